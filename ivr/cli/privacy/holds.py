"""`ivr privacy hold|holds|release`: what must not be purged or erased (CBA 五十一(一))."""

from __future__ import annotations

import sys

import click

from ivr.cli.console.actions import REASON, acts, allowed, now_ms
from ivr.cli.console.chinese import Command
from ivr.people.actions import Action
from ivr.records.days import moment
from ivr.records.numbers import e164, masked, plain
from ivr.records.privacy.model import Hold, HoldKind
from ivr.settings import Settings

_KINDS = {
    HoldKind.CALL: "通话", HoldKind.NUMBER: "号码", HoldKind.CUSTOMER: "客户编号", HoldKind.COMPLAINT: "投诉",
}  # fmt: skip


@click.command(cls=Command)
@click.argument("kind", metavar="call|number|customer|complaint", type=click.Choice([one.value for one in HoldKind]))
@click.argument("target", metavar="编号或号码")
@REASON
@click.pass_obj
@acts(Action.PRIVACY_HOLD)
def hold(settings: Settings, kind: str, target: str, reason: str | None) -> None:
    """保全一通电话、一个号码、一位客户或一件投诉的资料：解除之前不清除、不删除。"""
    what = HoldKind(kind)
    named = e164(target) if what is HoldKind.NUMBER else target.strip()
    if not named or not named.isprintable():
        raise click.BadParameter("不是号码或编号", param_hint="编号或号码")
    with allowed(settings, f"hold:{what.value}", reason) as (store, permit):
        if not (reason or "").strip():
            raise click.UsageError("请用 --reason 写明为什么保全")
        one = store.privacy.hold(what, named, reason or "", permit.entry, now_ms())
    click.echo(f"保全 {one.id}：{_words(one)}")


@click.command(cls=Command)
@click.option("--all", "every", is_flag=True, help="连同已经解除的。")
@click.pass_obj
@acts(Action.PRIVACY_HOLD)
def holds(settings: Settings, every: bool) -> None:
    """列出保全，最新的在前；号码遮盖。"""
    with allowed(settings, "holds", "列出保全") as (store, _):
        found = store.privacy.holds(standing=not every)
    for one in found:
        over = "" if one.released_at is None else f"，{moment(one.released_at):%Y-%m-%d} 由 {one.released_by} 解除"
        click.echo(f"{one.id}  {_words(one)}，{moment(one.placed_at):%Y-%m-%d} {one.placed_by}：{one.reason}{over}")
    if not found:
        click.echo("没有保全")


@click.command(cls=Command)
@click.argument("id_", metavar="编号", type=click.IntRange(min=1))
@REASON
@click.pass_obj
@acts(Action.PRIVACY_HOLD)
def release(settings: Settings, id_: int, reason: str | None) -> None:
    """解除一项保全：它保全的资料从此按期清除。"""
    with allowed(settings, f"hold:{id_}", reason) as (store, permit):
        one = store.privacy.release(id_, permit.entry, now_ms())
    if one is None:
        click.echo(f"没有编号为 {id_} 的保全，或已经解除", err=True)
        sys.exit(1)
    click.echo(f"已解除保全 {one.id}：{_words(one)}")


def _words(one: Hold) -> str:
    target = masked(one.target) if one.kind is HoldKind.NUMBER else plain(one.target)
    return f"{_KINDS[one.kind]} {target}"
