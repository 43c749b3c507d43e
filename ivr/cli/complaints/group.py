"""`ivr complaints list|show|due|causes|notice|play|order`: what there is, what is due, and what the customer is
told."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.console import Console

from ivr.care.complaints import notices
from ivr.care.complaints.handling import complex_reason, found
from ivr.care.complaints.terms import calendar_ends, standing
from ivr.care.complaints.work_orders import as_text, collect_receipts, last_order, of_order
from ivr.cli.complaints import handle, shown
from ivr.cli.complaints.console import ID, about, work, write_private
from ivr.cli.console.actions import REASON, acts
from ivr.cli.console.chinese import Group, Needed
from ivr.cli.console.output import OUTPUT, form_option, write
from ivr.cli.console.sound import SOUND_OUTPUT, hand_out
from ivr.people.actions import Action
from ivr.records.days import day_start
from ivr.report import complaint_causes as cause_report
from ivr.settings import Settings

_NOTICES = ("decision", "acknowledgement", "extension")


@click.group(cls=Group)
def complaints() -> None:
    """客户投诉：受理、答复、处理、告知、回访、结案，以及期限。"""


handle.add_to(complaints)


def _screen() -> Console:
    return Console(width=None if sys.stdout.isatty() else 160, markup=False, highlight=False)


@complaints.command(name="list")
@click.option("--all", "everything", is_flag=True, help="已结案、撤回、并案的也列出。")
@form_option("text", "json", metavar="格式", help="text（默认）或 json。")
@click.pass_obj
@acts(Action.COMPLAINTS_LIST)
def list_(settings: Settings, everything: bool, form: str) -> None:
    """列出投诉，先到期的在前；号码只显示后四位。"""
    with work(settings, "complaints") as at:
        cases = at.store.complaints.list(open_only=not everything)
        if form == "json":
            for case in cases:
                click.echo(shown.line(case, at.now))
        else:
            _screen().print(shown.table(cases, at.flow, at.now))


@complaints.command()
@ID
@REASON
@click.pass_obj
@acts(Action.COMPLAINTS_READ)
def show(settings: Settings, case_id: str, reason: str | None) -> None:
    """显示一件投诉的全部内容和经过，包括完整号码和客户原话。"""
    with work(settings, about(case_id), reason) as at:
        collect_receipts(at.store, at.now)
        case = found(at.store, case_id)
        click.echo(shown.whole(case, at.flow), nl=False)
        for one in of_order(at.store, case):
            click.echo(f"工单 {one.channel.label}：{one.state.label}，{one.receipt or one.trouble or '等待发送'}")
        _screen().print(shown.steps(at.store.complaints.steps(case.id), at.flow))


@complaints.command()
@click.pass_obj
@acts(Action.COMPLAINTS_LIST)
def due(settings: Settings) -> None:
    """逾期的、即将到期的投诉，没有回执的工单，以及日历还够不够用。"""
    with work(settings, "complaints") as at:
        collect_receipts(at.store, at.now)
        now = standing(at.store, at.flow, at.now)
        screen = _screen()
        for title, terms in (("逾期", now.overdue), ("即将到期", now.soon)):
            click.echo(f"{title} {len(terms)} 件")
            if terms:
                screen.print(shown.table([one.case for one in terms], at.flow, at.now))
        for case in now.stuck:
            click.echo(f"工单 {case.work_order} 超过 24 小时没有回执（投诉 {case.id}）")
        if (until := calendar_ends(at.flow, now)) is not None:
            click.echo(f"注意：节假日只写到 {until}，有投诉的期限在那之后，请补全 hours.yaml")


@complaints.command()
@ID
@click.option(
    "--kind", type=click.Choice(list(_NOTICES)), default="decision",
    metavar="种类", help="decision 处理决定（默认）、acknowledgement 受理、extension 延期。",
)  # fmt: skip
@REASON
@click.pass_obj
@acts(Action.COMPLAINTS_READ)
def notice(settings: Settings, case_id: str, kind: str, reason: str | None) -> None:
    """打出给客户的告知书：受理、延期或处理决定。"""
    with work(settings, about(case_id), reason) as at:
        case = found(at.store, case_id)
        match kind:
            case "acknowledgement":
                text = notices.acknowledgement(at.flow, case, complex_reason(at.store, case))
            case "extension":
                text = notices.extension(at.flow, case)
            case _:
                text = notices.decision(at.flow, case)
        click.echo(text.rstrip("\n"))


@complaints.command()
@ID
@SOUND_OUTPUT
@REASON
@click.pass_obj
@acts(Action.RECORDINGS_LISTEN)
def play(settings: Settings, case_id: str, output: Path | None, reason: str | None) -> None:
    """给出投诉录音的路径；加密的录音给出解密的副本。"""
    with work(settings, about(case_id), reason) as at:
        case = found(at.store, case_id)
    if case.audio is None:
        click.echo(f"投诉 {case_id} 没有录音", err=True)
        sys.exit(1)
    path = settings.state / case.audio
    if not path.is_file():
        click.echo(f"录音 {path} 不在了", err=True)
        sys.exit(1)
    hand_out(settings, path, output)


@complaints.command()
@ID
@click.option("--file", "path", metavar="文件", type=click.Path(path_type=Path, dir_okay=False), help="写入这个文件。")
@REASON
@click.pass_obj
@acts(Action.COMPLAINTS_READ)
def order(settings: Settings, case_id: str, path: Path | None, reason: str | None) -> None:
    """再打出最后一张工单（JSON），含客户资料。"""
    with work(settings, about(case_id), reason) as at:
        text = as_text(last_order(at.store, at.flow, found(at.store, case_id)))
    if path is None:
        click.echo(text, nl=False)
    else:
        write_private(path, text)


@complaints.command()
@click.option(
    "--month", metavar="月", cls=Needed, type=click.DateTime(["%Y-%m", "%Y-%m-%d"]), help="哪个月，如 2026-11。"
)
@form_option("text", "json", metavar="格式", help="text（默认）或 json。")
@OUTPUT
@click.pass_obj
@acts(Action.REPORTS_READ)
def causes(settings: Settings, month: datetime, form: str, output: Path | None) -> None:
    """一个月的投诉原因和重复投诉（CBA 五十二）：投诉了什么、问题出在哪里、谁又投诉了；不含客户资料。"""
    first = month.date().replace(day=1)
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    with work(settings, "complaints") as at:
        counted = cause_report.causes(at.store.complaints.received(day_start(first), day_start(after)))
        if form == "json":
            write(json.dumps({"month": f"{first:%Y-%m}", **counted.as_json()}, ensure_ascii=False) + "\n", output)
        else:
            write(shown.causes(counted, at.flow, f"{first:%Y-%m}"), output)
