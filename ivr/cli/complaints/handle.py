"""`ivr complaints accept|…|merge`: one step each. The rules are those of `ivr.care.complaints`; here are only options
and words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from ivr.care.complaints import notices
from ivr.care.complaints.handling import complex_reason
from ivr.care.complaints.steps import CalledBack, Elements
from ivr.care.complaints.work_orders import as_text, collect_receipts
from ivr.cli.complaints.console import ID, SEEN, about, phone, work, write_private
from ivr.cli.console.actions import REASON, acts
from ivr.cli.console.chinese import Command, Needed
from ivr.flow.complaint_policy import Right
from ivr.people.actions import Action
from ivr.records.complaints.model import ELEMENTS, Case, Cause, Decision
from ivr.records.days import moment
from ivr.records.deliveries.model import Channel
from ivr.serve.care.deliveries import notifier
from ivr.settings import Settings

_COMMANDS: list[click.Command] = []


def add_to(group: click.Group) -> None:
    """Every step of this module becomes a command of the group."""
    for command in _COMMANDS:
        group.add_command(command)


def _step(name: str, action: Action) -> Callable[[Callable[..., None]], click.Command]:
    """A command on one complaint, which may be refused because somebody else was faster."""

    def make(function: Callable[..., None]) -> click.Command:
        command = click.command(name=name, cls=Command)(ID(SEEN(REASON(click.pass_obj(acts(action)(function))))))
        _COMMANDS.append(command)
        return command

    return make


def _elements(function: Callable[..., None]) -> Callable[..., None]:
    rights = "、".join(f"{one.value} {one.label}" for one in Right)
    waivable = "、".join(f"{name} {label}" for name, label in ELEMENTS.items())
    for option in (
        click.option("--kind", metavar="类别", help="投诉类别，complaints.yaml 里写的。"),
        click.option("--right", type=click.Choice([one.value for one in Right]), metavar="权益", help=f"{rights}。"),
        click.option("--amount", type=click.IntRange(min=0), metavar="元", help="涉及金额。"),
        click.option("--summary", metavar="文字", help="投诉内容，用自己的话。"),
        click.option("--phone", "number", metavar="号码", callback=phone, help="回复客户用的电话。"),
        click.option(
            "--waive", multiple=True, type=click.Choice(list(ELEMENTS)), metavar="要素",
            help=f"确实无法取得的要素，须写 --reason：{waivable}。",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def _given(kind: str | None, right: str | None, amount: int | None, summary: str | None, number: str | None,
           waive: tuple[str, ...]) -> Elements:  # fmt: skip
    return Elements(kind, None if right is None else Right(right), amount, summary, number, waive)


def _done(case: Case, more: str = "") -> None:
    click.echo(f"投诉 {case.id} {case.state.label}{more}")


def _day(at: int) -> str:
    return f"{moment(at):%Y-%m-%d}"


@_step("accept", Action.COMPLAINTS_HANDLE)
@_elements
@click.option("--complex", "complex_", is_flag=True, help="情况复杂，按更长的期限，须写 --reason。")
def accept(
    settings: Settings, case_id: str, seen: int | None, reason: str | None, complex_: bool, **given: str
) -> None:
    """受理：补齐要素，定级，确定期限和负责人。"""
    with work(settings, about(case_id), reason) as at:
        case = at.handling(seen).accept(case_id, _given(**given), complex=complex_, why=reason)  # type: ignore[arg-type]
        _done(case, f"：{case.owner or '未定级'}负责，{_day(case.ack_due)} 前答复，{_day(case.due)} 前作出处理决定")
        grade = next((one for one in at.flow.complaints.grades if one.id == case.grade), None)
        if grade is not None:
            click.echo(f"等级：{grade.label}；话术：{grade.script}")


@_step("supplement", Action.COMPLAINTS_HANDLE)
@_elements
def supplement(settings: Settings, case_id: str, seen: int | None, reason: str | None, **given: str) -> None:
    """补充或更正类别、权益、金额、内容、回复电话。"""
    with work(settings, about(case_id), reason) as at:
        case = at.handling(seen).supplement(case_id, _given(**given), reason)  # type: ignore[arg-type]
        _done(case, f"，还缺{'、'.join(ELEMENTS[name] for name in case.missing)}" if case.missing else "，要素齐全")


@_step("assign", Action.COMPLAINTS_HANDLE)
@click.option("--to", "handler", metavar="处理人", cls=Needed, help="由谁处理。")
def assign(settings: Settings, case_id: str, seen: int | None, reason: str | None, handler: str) -> None:
    """指派本部门的处理人；已转办的收回自办。"""
    with work(settings, about(case_id), reason) as at:
        case = at.handling(seen).assign(case_id, handler, reason)
        _done(case, f"，由 {case.handler} 处理")


@_step("acknowledge", Action.COMPLAINTS_HANDLE)
@click.option("--contact", metavar="联系方式", help="由谁处理、怎么联系；不写用 complaints.yaml 里写的。")
def acknowledge(settings: Settings, case_id: str, seen: int | None, reason: str | None, contact: str | None) -> None:
    """登记已答复客户：已受理、由谁处理、怎么联系（HB 10.2.1）；打出答复的文字。"""
    with work(settings, about(case_id), reason) as at:
        case = at.handling(seen).acknowledge(case_id, contact, reason)
        _done(case)
        click.echo(notices.acknowledgement(at.flow, case, complex_reason(at.store, case)))


@_step("pass-on", Action.COMPLAINTS_HANDLE)
@click.option("--to", "department", metavar="部门", cls=Needed, help="complaints.yaml 里写的一个。")
@click.option(
    "--file", "path", metavar="文件", type=click.Path(path_type=Path, dir_okay=False), help="另存工单（JSON）。"
)
def pass_on(
    settings: Settings, case_id: str, seen: int | None, reason: str | None, department: str, path: Path | None
) -> None:
    """用工单转办给别的部门，马上发送；没有送达的由热线继续发。"""
    with work(settings, about(case_id), reason) as at:
        case, sent = at.handling(seen).pass_on(case_id, department, reason)
        _done(case, f"，工单 {sent.order}")
        if path is not None:
            write_private(path, as_text(sent.content))
            click.echo(f"工单已写入 {path}（含客户资料，交接后请删除）")
        sending = notifier(settings, at.store)
        for one in map(sending.send, sent.deliveries):
            click.echo(f"{one.channel.value}：{one.receipt or one.trouble or one.state.value}")
        collect_receipts(at.store, at.now)
        if sent.by_hand:
            click.echo("这个部门没有写邮箱和网址：请把工单文件送去（--file），收到后用 ivr complaints receipt 登记回执")
        elif all(one.channel is Channel.MAIL for one in sent.deliveries):
            click.echo("邮件送出不是回执：对方确认收到后用 ivr complaints receipt 登记")


@_step("receipt", Action.COMPLAINTS_HANDLE)
@click.option("--words", metavar="回执", cls=Needed, help="谁、怎样确认收到了工单。")
def receipt(settings: Settings, case_id: str, seen: int | None, reason: str | None, words: str) -> None:
    """登记工单的回执。"""
    with work(settings, about(case_id), reason) as at:
        _done(at.handling(seen).receipt(case_id, words), "，回执已登记")


@_step("extend", Action.COMPLAINTS_HANDLE)
@click.option("--days", type=click.IntRange(1, 366), metavar="天", cls=Needed, help="延到收到投诉后第几天。")
def extend(settings: Settings, case_id: str, seen: int | None, reason: str | None, days: int) -> None:
    """申请延期（须写 --reason）；由另一人批准，告知客户之后才作数。"""
    with work(settings, about(case_id), reason) as at:
        case = at.handling(seen).extend(case_id, days, reason)
        until = "" if case.extension is None else _day(case.extension.until)
        _done(case, f"，已申请延期到 {until}，等待批准")


@_step("approve", Action.COMPLAINTS_EXTEND_APPROVE)
def approve(settings: Settings, case_id: str, seen: int | None, reason: str | None) -> None:
    """批准别人申请的延期。"""
    with work(settings, about(case_id), reason) as at:
        _done(at.handling(seen).approve(case_id, reason), "，延期已批准，请告知客户（ivr complaints told）")


@_step("told", Action.COMPLAINTS_HANDLE)
@click.option("--how", metavar="方式", cls=Needed, help="怎样告知客户的，如 电话、短信、信函。")
def told(settings: Settings, case_id: str, seen: int | None, reason: str | None, how: str) -> None:
    """登记已把延期和理由告知客户；打出告知的文字。"""
    with work(settings, about(case_id), reason) as at:
        case = at.handling(seen).tell_extension(case_id, how)
        _done(case, f"，期限延到 {_day(case.effective_due)}")
        click.echo(notices.extension(at.flow, case))


@_step("decide", Action.COMPLAINTS_DECIDE)
@click.option("--facts", metavar="文字", default="", help="核实情况。")
@click.option("--basis", metavar="文字", default="", help="依据。")
@click.option("--why", metavar="文字", default="", help="理由。")
@click.option("--remedies", metavar="文字", default="", help="其他救济途径；不写用 complaints.yaml 里写的。")
@click.option(
    "--cause", type=click.Choice([one.value for one in Cause]), metavar="原因", cls=Needed,
    help=f"问题出在哪里：{'、'.join(f'{one.value} {one.label}' for one in Cause)}。",
)  # fmt: skip
def decide(
    settings: Settings, case_id: str, seen: int | None, reason: str | None, facts: str, basis: str, why: str,
    remedies: str, cause: str,
) -> None:  # fmt: skip
    """作出处理决定：核实情况、依据、理由、救济途径，缺一不可（CBA 五十一）。"""
    with work(settings, about(case_id), reason) as at:
        case = at.handling(seen).decide(case_id, Decision(facts, basis, why, remedies), Cause(cause))
        _done(case)
        click.echo(notices.decision(at.flow, case), nl=False)


@_step("notify", Action.COMPLAINTS_HANDLE)
@click.option("--how", metavar="方式", cls=Needed, help="怎样告知客户的，如 电话、信函。")
def notify(settings: Settings, case_id: str, seen: int | None, reason: str | None, how: str) -> None:
    """登记已把处理决定告知客户。"""
    with work(settings, about(case_id), reason) as at:
        _done(at.handling(seen).notify(case_id, how))


@_step("call-back", Action.COMPLAINTS_HANDLE)
@click.option("--reached/--missed", default=True, help="接通了（默认），或没有接通。")
@click.option("--satisfied/--dissatisfied", default=None, help="客户满意，或不满意、一般；不写为没有表示。")
def call_back(
    settings: Settings, case_id: str, seen: int | None, reason: str | None, reached: bool, satisfied: bool | None
) -> None:
    """登记人工回访的结果；热线自己回访的由热线登记。"""
    with work(settings, about(case_id), reason) as at:
        _done(at.handling(seen).call_back(case_id, CalledBack(reached, satisfied), reason))


@_step("close", Action.COMPLAINTS_CLOSE)
def close(settings: Settings, case_id: str, seen: int | None, reason: str | None) -> None:
    """结案。"""
    with work(settings, about(case_id), reason) as at:
        _done(at.handling(seen).close(case_id, reason))


@_step("reopen", Action.COMPLAINTS_HANDLE)
def reopen(settings: Settings, case_id: str, seen: int | None, reason: str | None) -> None:
    """重新处理（须写 --reason）：新的一轮，期限重新起算，上一轮的结果不变。"""
    with work(settings, about(case_id), reason) as at:
        case = at.handling(seen).reopen(case_id, reason)
        _done(case, f"（第 {case.round} 轮）：{_day(case.ack_due)} 前答复，{_day(case.due)} 前作出处理决定")


@_step("withdraw", Action.COMPLAINTS_HANDLE)
def withdraw(settings: Settings, case_id: str, seen: int | None, reason: str | None) -> None:
    """登记客户撤回投诉（须写 --reason）。"""
    with work(settings, about(case_id), reason) as at:
        _done(at.handling(seen).withdraw(case_id, reason))


@_step("merge", Action.COMPLAINTS_HANDLE)
@click.option("--into", metavar="受理编号", cls=Needed, help="并入哪一件。")
def merge(settings: Settings, case_id: str, seen: int | None, reason: str | None, into: str) -> None:
    """并案（须写 --reason）：并入另一件，期限取两件中更早的。"""
    with work(settings, about(case_id), reason) as at:
        _done(at.handling(seen).merge(case_id, into, reason), f"，并入了 {case_id}")
