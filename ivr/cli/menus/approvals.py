"""`ivr approvals`: what one person asks for and another decides (CBA 四十二)."""

from __future__ import annotations

import click

from ivr.cli.console.actions import acts, allowed, now_ms
from ivr.cli.console.chinese import Group
from ivr.people import approvals as rules
from ivr.people.actions import Action
from ivr.records.approvals.model import Approval
from ivr.records.days import moment
from ivr.settings import Settings

_ID = click.argument("id_", metavar="编号", type=click.IntRange(min=1))


@click.group(cls=Group)
def approvals() -> None:
    """待批准的事项：一个人申请，另一个人决定。菜单的发布用 ivr flow。"""


@approvals.command(name="list")
@click.option("--all", "every", is_flag=True, help="连同已经决定的。")
@click.pass_obj
@acts(Action.APPROVALS_READ)
def list_(settings: Settings, every: bool) -> None:
    """列出等待批准的事项，最新的在前。"""
    with allowed(settings, "approvals", read_only=True) as (store, _permit):
        found = store.approvals.list(open_only=not every)
    for one in found:
        click.echo(_told(one))
    if not found:
        click.echo("没有等待批准的事项")


@approvals.command()
@_ID
@click.option("--reason", metavar="原因", help="为什么同意；批准延期必写。")
@click.pass_obj
@acts(Action.APPROVALS_READ)
def approve(settings: Settings, id_: int, reason: str | None) -> None:
    """批准别人的申请。"""
    _decide(settings, id_, reason, approved=True)


@approvals.command()
@_ID
@click.option("--reason", metavar="原因", help="为什么不同意，必写。")
@click.pass_obj
@acts(Action.APPROVALS_READ)
def refuse(settings: Settings, id_: int, reason: str | None) -> None:
    """否决别人的申请。"""
    _decide(settings, id_, reason, approved=False)


def _decide(settings: Settings, id_: int, reason: str | None, *, approved: bool) -> None:
    """Who may decide depends on what is asked for."""
    with allowed(settings, f"approval:{id_}") as (store, _permit):
        action = rules.decided_by(store.approvals.get(id_).kind)
    with allowed(settings, f"approval:{id_}", reason, action=action) as (store, permit):
        decide = rules.approve if approved else rules.refuse
        click.echo(_told(decide(store, permit, id_, now_ms())))


def _told(one: Approval) -> str:
    when, until = (f"{moment(t):%Y-%m-%d %H:%M}" for t in (one.t_requested, one.t_expires))
    state = one.state(now_ms())
    by = f"（{one.decided_by}）" if one.decided_by else ""
    asked = f"{one.requested_by} 于 {when} 申请：{one.reason}"
    return f"{one.id}　{one.kind.word}　{one.subject}　{asked}　{state}{by}，{until} 前有效"
