"""`ivr records list|show|to-test|listen|flagged|export|import|count`: what happened on the line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import click
from rich.console import Console
from rich.table import Table

from ivr.care.privacy.exports import Export, leave, write
from ivr.cli.console.actions import REASON, acts, allowed, now_ms
from ivr.cli.console.chinese import Group
from ivr.cli.console.files import write_private
from ivr.cli.console.output import DAY, form_option, span
from ivr.cli.console.sound import SOUND_OUTPUT, hand_out
from ivr.metrics import rules
from ivr.metrics.lists import PATTERN_WORDS
from ivr.people.actions import Action
from ivr.records.days import day_start, moment, zone
from ivr.records.exchange.lines import import_lines, to_line
from ivr.records.model import Call
from ivr.records.numbers import e164, masked, plain, shown
from ivr.records.recordings import recordings_of
from ivr.report.record_text import describe
from ivr.report.record_words import entry_words, handoff_words, hangup_words, transaction_words
from ivr.report.revision_flows import RevisionFlows
from ivr.report.stored import flags_of
from ivr.serve.upkeep.privacy import export_key
from ivr.settings import Settings


def _ms(day: datetime | None, days: int = 0) -> int | None:
    """Local midnight of a day, in UTC epoch milliseconds."""
    if day is None:
        return None
    return day_start(day.date() + timedelta(days=days))


def _at_least_one(_ctx: click.Context, _param: click.Parameter, number: int | None) -> int | None:
    if number is not None and number < 1:
        raise click.BadParameter("至少是 1")
    return number


@click.group(cls=Group)
def records() -> None:
    """通话记录：查询、导出、导入。"""


@records.command(name="number")
@click.argument("texts", metavar="号码…", nargs=-1, required=True)
@form_option("text", "json", metavar="格式", help="text（默认）或 json。")
@acts(Action.HELP)
def number_(texts: tuple[str, ...], form: str) -> None:
    """主叫号码会记成什么：不论中继用什么写法送来，同一个号码只有一种。隐藏的为空。"""
    for text in texts:
        number = e164(text)
        if form == "json":
            sys.stdout.write(json.dumps({"text": text, "number": number}, ensure_ascii=False) + "\n")
        else:
            sys.stdout.write(f"{plain(text)}　{masked(None) if number is None else number}\n")


@records.command()
@click.pass_obj
@acts(Action.RECORDS_RECOUNT)
def count(settings: Settings) -> None:
    """更新数据库，并为还没有计数的记录计数：升级后或改了时区后一次；热线运行时会在后台自行完成。"""
    with (
        allowed(settings, "records") as (store, _),
        click.progressbar(length=store.counts.uncounted(), label="计数", file=sys.stderr) as bar,
    ):
        while done := store.counts.count_some():
            bar.update(done)
    click.echo("全部记录都已计数", err=True)


@records.command(name="list")
@click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含），如 2026-10-01。")
@click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
@click.option("--limit", metavar="数目", type=int, callback=_at_least_one, default=20, help="最多列出多少通，默认 20。")
@click.option("--transactions", is_flag=True, help="只列办理过交易的来电，每笔交易一行，并写明有没有录音。")
@click.pass_obj
@acts(Action.RECORDS_LIST)
def list_(settings: Settings, since: datetime | None, until: datetime | None, limit: int, transactions: bool) -> None:
    """列出通话，最新的在前。主叫号码只显示后四位。"""
    with allowed(settings, "records") as (store, _):
        calls = store.list(_ms(since), _ms(until, 1), limit, transactions=transactions)
    _print(_transactions(calls) if transactions else _calls(calls))


def _print(table: Table) -> None:
    Console(width=None if sys.stdout.isatty() else 160, markup=False, highlight=False).print(table)


def _table(*columns: str) -> Table:
    table = Table(box=None)
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table


def _calls(calls: Iterable[Call]) -> Table:
    table = _table("通话编号", "来电时间", "主叫", "入口", "时长", "人工", "挂断方", "流程版本")
    for call in calls:
        at = moment(call.t_offered).strftime("%m-%d %H:%M:%S")
        outcome = "、".join(handoff_words(handoff) for handoff in call.handoffs) or "—"
        ms = call.t_ended - call.t_offered
        seconds = f"{ms / 1000:.1f}s" if rules.possible(ms) else "—"  # a clock was set meanwhile (D5)
        table.add_row(
            plain(call.call_id),
            at,
            masked(shown(call.caller_number, call.caller_kind)),
            entry_words(call),
            seconds,
            outcome,
            hangup_words(call),
            plain(call.flow_revision),
        )
    return table


def _transactions(calls: Iterable[Call]) -> Table:
    """HB 7.3.3: every transaction, and whether its call was recorded then."""
    table = _table("通话编号", "交易时间", "主叫", "客户", "交易", "录音")
    for call in calls:
        missed = rules.unrecorded(call)
        for one in call.transactions:
            table.add_row(
                plain(call.call_id),
                moment(one.t).strftime("%m-%d %H:%M:%S"),
                masked(shown(call.caller_number, call.caller_kind)),
                "—" if call.customer_id is None else masked(call.customer_id),
                transaction_words(one),
                "没有" if one in missed else "有",
            )
    return table


@records.command()
@click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含），如 2026-10-01。")
@click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
@click.option("--test-did", "dids", metavar="号码", multiple=True, help="测试号码：拨打它的来电不列；可写多次。")
@click.pass_obj
@acts(Action.RECORDS_LIST)
def flagged(settings: Settings, since: datetime | None, until: datetime | None, dids: tuple[str, ...]) -> None:
    """须人工复核的来电：多次答错身份、短时间内多笔交易、挂失后转账（CBA 十(5)）。"""
    first, last = span(since, until)
    table = _table("通话编号", "来电时间", "主叫", "情形", "历时")
    with allowed(settings, "records") as (store, _):
        found = flags_of(store, first, last, frozenset(dids))
        calls = store.counts.calls(flag.call_id for flag in found)
    for flag in found:
        call = calls.get(flag.call_id)
        table.add_row(
            plain(flag.call_id),
            moment(flag.t_offered).strftime("%m-%d %H:%M:%S"),
            "—" if call is None else masked(shown(call.caller_number, call.caller_kind)),
            PATTERN_WORDS[flag.pattern],
            f"{flag.span / 1000:.0f}s",
        )
    _print(table)
    click.echo(f"{len({flag.call_id for flag in found})} 通须复核", err=True)


@records.command()
@click.argument("call_id", metavar="通话编号")
@click.option("--json", "as_json", is_flag=True, help="按交换格式输出一行 JSON。")
@REASON
@click.pass_obj
@acts(Action.RECORDS_READ)
def show(settings: Settings, call_id: str, as_json: bool, reason: str | None) -> None:
    """显示一通电话的完整记录，以及它所用流程版本的作者和修改原因。"""
    with allowed(settings, f"call:{call_id}", reason) as (store, _):
        call = store.get(call_id)
        if call is None:
            click.echo(f"没有通话 {call_id}；用 ivr records list 查看编号", err=True)
            sys.exit(1)
        if as_json:
            click.echo(to_line(call), nl=False)
            return
        click.echo(describe(call, store.revision(call.flow_revision or ""), zone()))


@records.command(name="to-test")
@click.argument("call_id", metavar="通话编号")
@click.argument("name", metavar="名字")
@click.option(
    "--into",
    metavar="目录",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=".",
    help="项目的目录，默认当前目录。",
)
@click.pass_obj
@acts(Action.RECORDS_LIST)
def to_test(settings: Settings, call_id: str, name: str, into: Path) -> None:
    """把一通来电做成测试：`ivr try` 的脚本在 flows/tests/，没有说话的还有 tests/calls/ 下的 call.yaml。

    不含号码，客户的话换成知识库里的例句；脚本在当时的菜单上走不通时退出码为 1。"""
    # imported here: understanding needs numpy, and lists should start at once
    from ivr.call.test_of_call import make_test
    from ivr.nlu import Understanding

    with allowed(settings, f"call:{call_id}") as (store, _):
        call = store.get(call_id)
        flow = None if call is None else RevisionFlows(settings.flows).of(store.revision(call.flow_revision or ""))
    if call is None or flow is None:
        click.echo(f"没有通话 {call_id}，或者它当时的菜单读不出来了", err=True)
        sys.exit(1)
    made = make_test(call, flow, name, Understanding(flow) if call.turns else None)
    for place, text in made.files().items():
        path = into / place
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as out:
            out.write(text)
        click.echo(f"已写入 {path}")
    for line in made.left_out:
        click.echo(f"须手工补上：{line}", err=True)
    for mismatch in made.result.mismatches:
        click.echo(str(mismatch), err=True)
    sys.exit(made.result.exit_status)


@records.command()
@click.argument("call_id", metavar="通话编号")
@click.option("--number", metavar="序号", type=int, callback=_at_least_one, help="第几段录音；只有一段时不必写。")
@SOUND_OUTPUT
@REASON
@click.pass_obj
@acts(Action.RECORDINGS_LISTEN)
def listen(settings: Settings, call_id: str, number: int | None, output: Path | None, reason: str | None) -> None:
    """收听一通电话的录音：给出路径，例如 play "$(ivr records listen 编号)"；加密的录音给出解密的副本。"""
    with allowed(settings, f"call:{call_id}", reason) as (store, _permit):
        if store.get(call_id) is None:
            click.echo(f"没有通话 {call_id}；用 ivr records list 查看编号", err=True)
            sys.exit(1)
        found = recordings_of(settings.recordings, call_id)
    if not found:
        click.echo(f"通话 {plain(call_id)} 没有录音", err=True)
        sys.exit(1)
    if number is None and len(found) > 1:
        listed = "\n".join(f"{at}　{path.name}" for at, path in enumerate(found, 1))
        click.echo(f"有 {len(found)} 段录音，用 --number 写明听哪一段：\n{listed}", err=True)
        sys.exit(1)
    if number is not None and number > len(found):
        click.echo(f"只有 {len(found)} 段录音", err=True)
        sys.exit(1)
    hand_out(settings, found[(number or 1) - 1], output)


@records.command()
@click.argument(
    "target", metavar="[文件]", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-"
)
@click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含），如 2026-10-01。")
@click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
@click.option("--full", is_flag=True, help="号码和原话完整；登记人员之后不写为散列的号码、不含原话。")
@click.option("--marketing", is_flag=True, help="用于营销：只含已同意营销的客户（CBA 二十九）。")
@REASON
@click.pass_obj
@acts(Action.RECORDS_EXPORT)
def export(
    settings: Settings,
    target: Path,
    since: datetime | None,
    until: datetime | None,
    full: bool,
    marketing: bool,
    reason: str | None,
) -> None:
    """导出为 JSON Lines（每行一条记录），默认写到标准输出；文件只有所有者可读。

    登记人员之后须另一人批准，批准一次导出一次。"""
    with allowed(settings, "records", reason) as (store, permit):
        registered = bool(store.people.all())
        wanted = Export(_day(since), _day(until), full or not registered, marketing)
        asked = leave(store, permit, wanted, reason or "", now_ms())
        if asked is not None:
            click.echo(f"导出须另一人批准：申请 {asked.id}（{asked.target}），批准后再次运行这条命令", err=True)
            sys.exit(3)
        key = b"" if wanted.full else export_key(settings)
        count = write_private(target, lambda out: write(store, wanted, out, key, now_ms()))
    click.echo(f"导出 {count} 条", err=True)


def _day(given: datetime | None) -> date | None:
    return None if given is None else given.date()


@records.command(name="import")
@click.argument("source", metavar="[文件]", type=click.File("rb"), default="-")
@click.pass_obj
@acts(Action.RECORDS_IMPORT)
def import_(settings: Settings, source: BinaryIO) -> None:
    """导入 JSON Lines，默认读标准输入。坏行按行号报告，其余照常导入；重复导入不会多计。有坏行时退出码为 1。"""
    with allowed(settings, "records") as (store, _):
        done = import_lines(source, store)
    for fault in done.faults:
        click.echo(str(fault), err=True)
    click.echo(f"导入 {done.taken} 条，{len(done.faults)} 行有问题")
    sys.exit(1 if done.faults else 0)
