"""`ivr records list|show|export|import`: what happened on the line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, BinaryIO
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from ivr.cli.call_text import describe, entry_words, handoff_words, hangup_words, masked, plain
from ivr.cli.chinese import Group
from ivr.cli.files import write_private
from ivr.records.exchange import import_lines, to_line
from ivr.records.store import Store
from ivr.settings import Settings

ZONE = ZoneInfo("Asia/Shanghai")
#: A local day on the command line.
DAY = click.DateTime(["%Y-%m-%d"])


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The node's store, its tables brought up to date; closed in the end. Raises StoreError."""
    store = Store(settings.url)
    try:
        store.migrate()
        yield store
    finally:
        store.close()


def _ms(day: datetime | None, days: int = 0) -> int | None:
    """Local midnight of a day, in UTC epoch milliseconds."""
    if day is None:
        return None
    return int((day.replace(tzinfo=ZONE) + timedelta(days=days)).timestamp() * 1000)


def _at_least_one(_ctx: click.Context, _param: click.Parameter, number: int) -> int:
    if number < 1:
        raise click.BadParameter("至少是 1")
    return number


@click.group(cls=Group)
def records() -> None:
    """通话记录：查询、导出、导入。"""


@records.command(name="list")
@click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含），如 2026-10-01。")
@click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
@click.option("--limit", metavar="数目", type=int, callback=_at_least_one, default=20, help="最多列出多少通，默认 20。")
@click.pass_obj
def list_(settings: Settings, since: datetime | None, until: datetime | None, limit: int) -> None:
    """列出通话，最新的在前。主叫号码只显示后四位。"""
    table = Table(box=None)
    for column in ("通话编号", "来电时间", "主叫", "入口", "时长", "人工", "挂断方", "流程版本"):
        table.add_column(column, no_wrap=True)
    with opened(settings) as store:
        for call in store.list(_ms(since), _ms(until, 1), limit):
            at = datetime.fromtimestamp(call.t_offered / 1000, ZONE).strftime("%m-%d %H:%M:%S")
            outcome = "、".join(handoff_words(handoff) for handoff in call.handoffs) or "—"
            seconds = f"{((call.t_ended or call.t_offered) - call.t_offered) / 1000:.1f}s"
            table.add_row(
                plain(call.call_id),
                at,
                masked(call.caller_number),
                entry_words(call),
                seconds,
                outcome,
                hangup_words(call),
                plain(call.flow_revision),
            )
    Console(width=None if sys.stdout.isatty() else 160, markup=False, highlight=False).print(table)


@records.command()
@click.argument("call_id", metavar="通话编号")
@click.option("--json", "as_json", is_flag=True, help="按交换格式输出一行 JSON。")
@click.pass_obj
def show(settings: Settings, call_id: str, as_json: bool) -> None:
    """显示一通电话的完整记录，以及它所用流程版本的作者和修改原因。"""
    with opened(settings) as store:
        call = store.get(call_id)
        if call is None:
            click.echo(f"没有通话 {call_id}；用 ivr records list 查看编号", err=True)
            sys.exit(1)
        if as_json:
            click.echo(to_line(call), nl=False)
            return
        click.echo(describe(call, store.revision(call.flow_revision or ""), ZONE))


@records.command()
@click.argument(
    "target", metavar="[文件]", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-"
)
@click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含），如 2026-10-01。")
@click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
@click.pass_obj
def export(settings: Settings, target: Path, since: datetime | None, until: datetime | None) -> None:
    """导出为 JSON Lines（每行一条记录，主叫号码完整），默认写到标准输出；文件只有所有者可读。"""
    with opened(settings) as store:
        count = write_private(target, lambda out: _write(store, out, _ms(since), _ms(until, 1)))
    click.echo(f"导出 {count} 条", err=True)


def _write(store: Store, out: IO[str], since: int | None, until: int | None) -> int:
    """Calls of the days; complaints, agents' states and scores only where everything is wanted."""
    count = 0
    for call in store.all(since, until):
        out.write(to_line(call))
        count += 1
    if since is None and until is None:
        for record in store.others():
            out.write(to_line(record))
            count += 1
    return count


@records.command(name="import")
@click.argument("source", metavar="[文件]", type=click.File("rb"), default="-")
@click.pass_obj
def import_(settings: Settings, source: BinaryIO) -> None:
    """导入 JSON Lines，默认读标准输入。坏行按行号报告，其余照常导入；重复导入不会多计。有坏行时退出码为 1。"""
    with opened(settings) as store:
        done = import_lines(source, store)
    for fault in done.faults:
        click.echo(str(fault), err=True)
    click.echo(f"导入 {done.taken} 条，{len(done.faults)} 行有问题")
    sys.exit(1 if done.faults else 0)
