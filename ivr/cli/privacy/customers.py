"""`ivr privacy show|erase|consent`: what is kept about one customer, what he agreed to, and its erasure."""

from __future__ import annotations

import sys

import click

from ivr.cli.console.actions import REASON, acts, allowed, now_ms
from ivr.cli.console.chinese import Command
from ivr.people.actions import Action
from ivr.records.days import moment
from ivr.records.numbers import e164, masked, plain
from ivr.records.privacy.model import Consent, Purpose
from ivr.serve.upkeep.privacy import erase_of, kept_of, schedule
from ivr.settings import Settings

_PURPOSES = {Purpose.RECORDING: "录音", Purpose.MARKETING: "营销"}


def _number(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    found = e164(text)
    if found is None:
        raise click.BadParameter(f"{text} 不是电话号码")
    return found


def _about(number: str) -> str:
    """What the audit trail calls a customer: it holds no whole number."""
    return f"customer:{masked(number)}"


NUMBER = click.argument("number", metavar="号码", callback=_number)


@click.command(cls=Command)
@NUMBER
@REASON
@click.pass_obj
@acts(Action.PRIVACY_SHOW)
def show(settings: Settings, number: str, reason: str | None) -> None:
    """汇总一个号码的客户的资料：通话、录音、回电与留言、投诉、同意、保全，以及各保存到哪天。"""
    with allowed(settings, _about(number), reason) as (store, _):
        kept = kept_of(settings, store, number)
    days = schedule(settings).days
    click.echo(f"客户 {number}")
    click.echo(f"通话 {len(kept.calls)} 通，录音 {len(kept.files)} 段")
    for call in kept.calls:
        done = f"，交易 {len(call.transactions)} 笔" if call.transactions else ""
        click.echo(f"  {moment(call.t_offered):%Y-%m-%d %H:%M:%S}  {plain(call.call_id)}{done}")
    click.echo(f"回电与留言 {len(kept.work)} 件")
    for call_id, t, open_ in kept.work:
        click.echo(f"  {moment(t):%Y-%m-%d %H:%M:%S}  来电 {plain(call_id)}，{'未办结' if open_ else '已办结'}")
    click.echo(f"投诉 {len(kept.complaints)} 件" + "".join(f"\n  {plain(one)}" for one in kept.complaints))
    for one in kept.consents:
        word = "同意" if one.given else "不同意"
        click.echo(f"{moment(one.t):%Y-%m-%d %H:%M:%S} {word}{_PURPOSES[one.purpose]}（{plain(one.how)}）")
    for held in kept.holds:
        click.echo(f"保全 {held.id}：{held.reason}")
    click.echo("保存天数：" + "、".join(f"{one.value} {number_of}" for one, number_of in days.items()))


@click.command(cls=Command)
@NUMBER
@REASON
@click.pass_obj
@acts(Action.PRIVACY_ERASE)
def erase(settings: Settings, number: str, reason: str | None) -> None:
    """应客户要求删除一个号码的资料，法律要求保存的除外：有交易、投诉、保全的通话留到期满；报表不变。"""
    with allowed(settings, _about(number), reason) as (store, permit):
        done = erase_of(settings, store, number, permit, now_ms())
    click.echo(f"删除 {done.calls} 通通话、{done.work} 件回电与留言、{done.files} 个录音文件；营销同意已撤回")
    for call_id, why in done.stay:
        click.echo(f"保留 {plain(call_id)}：{why}")
    click.echo("老年客户名单请用 ivr elderly remove 另行删除", err=True)
    for words in done.failed:
        click.echo(f"没有删掉 {words}", err=True)
    sys.exit(1 if done.failed else 0)


@click.command(cls=Command)
@NUMBER
@click.argument("word", metavar="yes|no", type=click.Choice(["yes", "no"]))
@click.option(
    "--for",
    "purpose",
    metavar="用途",
    type=click.Choice([one.value for one in Purpose]),
    help="recording 录音，或 marketing 营销；必须写。",
)
@click.option("--how", metavar="方式", default="letter", help="怎样表示的：letter 书面（默认）、branch 网点等。")
@REASON
@click.pass_obj
@acts(Action.CONSENTS_NOTE)
def consent(settings: Settings, number: str, word: str, purpose: str | None, how: str, reason: str | None) -> None:
    """登记客户对录音（recording）或营销（marketing）的同意或撤回：以最后一次为准，没有登记的视为不同意。"""
    now = now_ms()
    with allowed(settings, f"consent:{purpose or '-'}:{masked(number)}", reason) as (store, permit):
        if purpose is None:
            raise click.UsageError("请用 --for 写明用途：recording 或 marketing")
        one = Consent(number, Purpose(purpose), word == "yes", now, how, permit.person)
        store.privacy.consents.note(one, permit.entry, now)
    click.echo(f"已登记：{'同意' if one.given else '不同意'}{_PURPOSES[one.purpose]}")
