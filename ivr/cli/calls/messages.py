"""`ivr messages list|show|play|done|complaint`: messages that callers left, and customers whom callbacks did not
reach."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from ivr.cli.console.actions import REASON, acts, allowed, now_ms, one_line
from ivr.cli.console.chinese import Group
from ivr.cli.console.output import form_option
from ivr.cli.console.sound import SOUND_OUTPUT, hand_out
from ivr.people.actions import Action
from ivr.records.days import moment
from ivr.records.numbers import masked, plain
from ivr.records.store import Store
from ivr.records.work.model import WorkItem
from ivr.settings import Settings


@click.group(cls=Group)
def messages() -> None:
    """客户留言和没有打通的回电：查看、收听、办结。"""


@messages.command(name="list")
@click.option("--all", "everything", is_flag=True, help="已办结的也列出。")
@form_option("text", "json", metavar="格式", help="text（默认）或 json。")
@click.pass_obj
@acts(Action.WORK_LIST)
def list_(settings: Settings, everything: bool, form: str) -> None:
    """列出待办，先到期的在前；号码只显示后四位，完整号码见 show。"""
    with allowed(settings, "work") as (store, _):
        items = store.work.items(open_only=not everything)
    if form == "json":
        for item in items:
            sys.stdout.write(json.dumps(_shown(item), ensure_ascii=False) + "\n")
        return
    table = Table(box=None)
    for column in ("编号", "类别", "业务", "客户", "收到", "到期", "时长", "状态"):
        table.add_column(column, no_wrap=True)
    now = now_ms()
    for item in items:
        table.add_row(
            str(item.id),
            item.kind.label,
            plain(item.about),
            masked(item.number),
            f"{moment(item.t_received):%m-%d %H:%M}",
            f"{moment(item.t_due):%m-%d %H:%M}",
            f"{item.ms / 1000:.0f}s" if item.audio else "—",
            _state(item, now),
        )
    Console(width=None if sys.stdout.isatty() else 120, markup=False, highlight=False).print(table)


@messages.command()
@click.argument("item_id", metavar="编号", type=int)
@REASON
@click.pass_obj
@acts(Action.WORK_READ)
def show(settings: Settings, item_id: int, reason: str | None) -> None:
    """显示一项待办的全部内容，包括要回电的完整号码。"""
    with allowed(settings, f"work:{item_id}", reason) as (store, _):
        item = _found(store, item_id)
    rows = {
        "编号": str(item.id),
        "类别": item.kind.label,
        "业务": item.about,
        "客户号码": item.number or "隐藏号码",
        "来电": item.call_id,
        "收到": f"{moment(item.t_received):%Y-%m-%d %H:%M:%S}",
        "到期": f"{moment(item.t_due):%Y-%m-%d %H:%M:%S}",
        "录音": str(settings.state / item.audio) if item.audio else None,
        "客户确认": ("已确认" if item.confirmed else "未确认：客户没有听完确认就挂机") if item.audio else None,
        "办结": None if item.t_done is None else f"{moment(item.t_done):%Y-%m-%d %H:%M:%S}",
        "办理人": item.done_by,
        "备注": item.note,
    }
    for name, text in rows.items():
        if text is not None:
            click.echo(f"{name}：{plain(text)}")


@messages.command()
@click.argument("item_id", metavar="编号", type=int)
@REASON
@SOUND_OUTPUT
@click.pass_obj
@acts(Action.RECORDINGS_LISTEN)
def play(settings: Settings, item_id: int, output: Path | None, reason: str | None) -> None:
    """给出留言录音的路径，例如 play "$(ivr messages play 3)"；加密的录音给出解密的副本。"""
    with allowed(settings, f"work:{item_id}", reason) as (store, _):
        item = _found(store, item_id)
    if item.audio is None:
        click.echo(f"待办 {item_id} 没有录音", err=True)
        sys.exit(1)
    path = settings.state / item.audio
    if not path.is_file():
        click.echo(f"录音 {path} 不在了", err=True)
        sys.exit(1)
    hand_out(settings, path, output)


@messages.command()
@click.argument("item_id", metavar="编号", type=int)
@click.option(
    "--by",
    "who",
    metavar="办理人",
    callback=one_line,
    help="谁办的，如工号；默认为当前人员（没有登记人员时为系统用户）。",
)
@click.option("--note", metavar="备注", callback=one_line, help="怎么办的。")
@click.pass_obj
@acts(Action.WORK_CLOSE)
def done(settings: Settings, item_id: int, who: str | None, note: str | None) -> None:
    """办结一项待办，记下由谁、何时、怎么办的；办结过的不能改。"""
    with allowed(settings, f"work:{item_id}") as (store, permit):
        item = _found(store, item_id)
        by = who or permit.person.removeprefix("os:")
        closed = store.work.close_item(item_id, by, note, permit.entry_with(done_by=by), now_ms())
    if closed is None:
        click.echo(f"待办 {item_id} 已由 {plain(item.done_by)} 办结", err=True)
        sys.exit(1)
    click.echo(f"已办结 {item_id}（{plain(closed.done_by)}）")


@messages.command()
@click.argument("item_id", metavar="编号", type=int)
@click.option(
    "--kind", metavar="类别", callback=one_line, help="投诉类别，见 complaints.yaml 的 kinds；不写由回电补问。"
)
@click.pass_obj
@acts(Action.COMPLAINTS_HANDLE)
def complaint(settings: Settings, item_id: int, kind: str | None) -> None:
    """把一条留言转为投诉：连同录音登记，给出投诉编号，留言随之办结。"""
    from ivr.care.complaints.from_message import from_message
    from ivr.serve.upkeep.flow_in_service import flow_in_service

    with allowed(settings, f"work:{item_id}") as (store, permit):
        flow = flow_in_service(settings, store)
        case = from_message(store, flow, _found(store, item_id), kind, permit, now_ms())
    click.echo(f"已登记投诉 {case.id}，{moment(case.ack_due):%Y-%m-%d} 前答复受理，{moment(case.due):%Y-%m-%d} 前处理")


def _found(store: Store, item_id: int) -> WorkItem:
    item = store.work.item(item_id)
    if item is None:
        click.echo(f"没有待办 {item_id}；用 ivr messages list 查看编号", err=True)
        sys.exit(1)
    return item


def _state(item: WorkItem, now: int) -> str:
    if item.t_done is not None:
        return f"已办结 {plain(item.done_by)}"
    return ("逾期" if item.overdue(now) else "待办") + ("" if item.confirmed else "（未确认）")


def _shown(item: WorkItem) -> dict[str, object]:
    return {
        "id": item.id,
        "kind": item.kind.value,
        "call_id": item.call_id,
        "queue": item.queue,
        "about": item.about,
        "number": masked(item.number),
        "t_received": item.t_received,
        "t_due": item.t_due,
        "audio": item.audio,
        "ms": item.ms,
        "confirmed": item.confirmed,
        "t_done": item.t_done,
        "done_by": item.done_by,
        "note": item.note,
    }
