"""`ivr audit list|verify|export`: who did what (CBA 十三, 四十二)."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click
from rich.console import Console
from rich.table import Table

from ivr.cli.console.actions import acts, allowed
from ivr.cli.console.chinese import Group
from ivr.cli.console.files import write_private
from ivr.cli.console.output import DAY, form_option
from ivr.people.actions import Action
from ivr.records.audit import checks
from ivr.records.audit.file import to_line, verify_lines
from ivr.records.audit.model import AuditEntry, Kept
from ivr.records.audit.witness import Witness
from ivr.records.days import day_end, day_start, moment
from ivr.records.numbers import plain
from ivr.settings import Settings

_FROM = click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含），如 2026-10-01。")
_TO = click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
_LABELS = {action.value: action.label for action in Action}


@click.group(cls=Group)
def audit() -> None:
    """审计记录：谁、何时、对什么、做了什么、为什么、允许还是拒绝。只能增加；看审计本身也记入审计。"""


@audit.command(name="list")
@_FROM
@_TO
@click.option("--person", metavar="编号", help="只列这位人员的。")
@click.option("--target", metavar="对象", help="只列关于它的，如 call:n-1.1、person:wang。")
@click.option("--action", metavar="操作", type=click.Choice(list(_LABELS)), help="只列这种操作，见 ivr people roles。")
@click.option("--refused", is_flag=True, help="只列被拒绝的。")
@click.option("--limit", metavar="数目", type=click.IntRange(1), default=50, help="最多列出多少条，默认 50。")
@form_option("text", "json", help="json 供程序读取，一行一条。")
@click.pass_obj
@acts(Action.AUDIT_READ)
def list_(
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
    person: str | None,
    target: str | None,
    action: str | None,
    refused: bool,
    limit: int,
    form: str,
) -> None:
    """列出审计记录，最新的在前。"""
    begin = None if since is None else day_start(since.date())
    end = None if until is None else day_end(until.date())
    with allowed(settings, "audit") as (store, _):
        found = store.audit.list(begin, end, person=person, target=target, action=action, refused=refused, limit=limit)
    if form == "json":
        for kept in found:
            click.echo(to_line(kept), nl=False)
        return
    table = Table(box=None)
    for column in ("序号", "时间", "人员", "操作", "对象", "结果", "原因"):
        table.add_column(column, overflow="fold")
    for kept in found:
        table.add_row(*_row(kept))
    Console(width=None if sys.stdout.isatty() else 160, markup=False, highlight=False).print(table)


def _row(kept: Kept) -> tuple[str, ...]:
    entry = kept.entry
    return (
        str(kept.number),
        f"{moment(kept.t):%Y-%m-%d %H:%M:%S}",
        _who(entry),
        _LABELS.get(entry.action, plain(entry.action)),
        plain(entry.target),
        "允许" if entry.allowed else "拒绝",
        plain(entry.reason),
    )


def _who(entry: AuditEntry) -> str:
    """The person, and which user of the operating system acted as him where his name does not say so."""
    known = entry.os_user is None or entry.person in (entry.os_user, f"os:{entry.os_user}")
    return plain(entry.person) if known else f"{plain(entry.person)}（系统用户 {plain(entry.os_user)}）"


@audit.command()
@click.argument("file", metavar="[文件]", type=click.File("rb"), required=False)
@form_option("text", "json")
@click.pass_obj
@acts(Action.AUDIT_VERIFY)
def verify(settings: Settings, file: BinaryIO | None, form: str) -> None:
    """核验审计记录（或导出的文件）：有没有改动、缺少、插入、调换。有问题时退出码为 1。

    最后一条的序号和校验值另存在状态目录的 audit-head.json，末尾被截去也看得出；请把这里显示的校验值抄存到别处。
    """
    seen = Witness(settings.state).read()
    with allowed(settings, "audit") as (store, permit):
        head = store.audit.head()
        if file is None:
            faults = store.audit.verify(seen)
            checks.enter(store.audit, head, faults, permit.entry, time.time_ns() // 1_000_000)
        else:
            faults = verify_lines(file, None)
    if form == "json":
        told = {
            "entries": head.number,
            "hash": head.hash,
            "faults": [{"number": fault.number, "words": fault.words} for fault in faults],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        for fault in faults:
            click.echo(str(fault))
        click.echo(f"{len(faults)} 处问题" if faults else "审计记录完整")
        click.echo(f"最后一条：第 {head.number} 条，校验值 {head.hash}")
    sys.exit(1 if faults else 0)


@audit.command()
@click.argument(
    "target", metavar="[文件]", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-"
)
@click.pass_obj
@acts(Action.AUDIT_READ)
def export(settings: Settings, target: Path) -> None:
    """导出全部审计记录（每行一条 JSON，含校验值），默认写到标准输出；文件只有所有者可读，`ivr audit verify` 能核验。"""
    with allowed(settings, "audit-export") as (store, _):
        count = write_private(target, lambda out: sum(bool(out.write(to_line(kept))) for kept in store.audit.all()))
    click.echo(f"导出 {count} 条", err=True)
