"""`ivr flow`: an edit is proposed, reviewed by another person, and published (CBA 四十三)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ivr.care.publishing import drafts, publication, working_copy
from ivr.care.publishing.drafts import WorkingCopy
from ivr.care.publishing.review import Difference, Review, between, review, working_difference
from ivr.cli.console.actions import REASON, acts, allowed, now_ms
from ivr.cli.console.chinese import Group
from ivr.flow.model import Flow
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records.days import moment
from ivr.records.publishing.model import Draft, Publication, Trial
from ivr.records.store import Store
from ivr.settings import Settings

_NUMBER = click.IntRange(min=1)
_DRAFT = click.argument("draft", metavar="草稿编号", type=_NUMBER)


@click.group(cls=Group)
def flow() -> None:
    """双人复核菜单改动：提交、复核、发布、回退。

    登记人员以后，flows/ 的改动是草稿：一个人提交（propose），另一个人看过（review）再发布（publish），两秒内生效。
    """


@contextmanager
def _allowed(settings: Settings, target: str, reason: str | None = None) -> Iterator[tuple[Store, Permit]]:
    """Leave for the running command, where two people are needed."""
    with allowed(settings, target, reason) as (store, permit):
        publication.require_in_force(store, settings.publishing.four_eyes)
        yield store, permit


def _working(settings: Settings) -> WorkingCopy:
    return WorkingCopy(settings.flows, _trials)


def _trials(tried: Flow, folder: Path) -> tuple[Trial, ...]:
    # Imported here: understanding needs numpy, and the other commands should start at once.
    from ivr.call.flow_trials import trials

    return trials(tried, folder, now_ms())


@flow.command()
@REASON
@click.pass_obj
@acts(Action.FLOW_PROPOSE)
def propose(settings: Settings, reason: str | None) -> None:
    """把 flows/ 现在的内容提交为草稿：先检查并试走，再等另一个人发布。原因必写。"""
    with _allowed(settings, "draft", reason) as (store, permit):
        made = drafts.propose(store, permit, _working(settings), reason or "", now_ms())
    _proposed(made)


@flow.command()
@click.argument("number", metavar="发布编号", type=_NUMBER)
@click.option("--emergency", is_flag=True, help="立即生效，一天之内由另一个人补审。")
@REASON
@click.pass_obj
@acts(Action.FLOW_ROLLBACK)
def rollback(settings: Settings, number: int, emergency: bool, reason: str | None) -> None:
    """把以前发布过的内容再提交为草稿，同样由另一个人发布；flows/ 里的文件不变。"""
    with _allowed(settings, f"publication:{number}", reason) as (store, permit):
        made = drafts.propose_again(store, permit, _working(settings), number, reason or "", now_ms())
    if not emergency:
        _proposed(made)
        return
    _publish(settings, made.id, reason, emergency=True)


def _proposed(made: Draft) -> None:
    click.echo(f"已提交草稿 {made.id}（基于发布 {made.base}），由另一个人复核：")
    click.echo(f"  ivr flow review {made.id}\n  ivr flow publish {made.id}")
    for trial in made.trials:
        click.echo(_trial(trial))


@flow.command(name="review")
@_DRAFT
@click.option("--text/--no-text", default=True, help="是否列出文件的逐行差别，默认列出。")
@click.pass_obj
@acts(Action.FLOW_REVIEW)
def review_(settings: Settings, draft: int, text: bool) -> None:
    """复核一份草稿：客户听到的有什么不同，文件的差别，检查和试走的结果。"""
    with _allowed(settings, f"draft:{draft}") as (store, permit):
        found = review(store, permit, draft, settings.flows, now_ms())
    click.echo(_review(found, text))


@flow.command()
@_DRAFT
@click.option("--emergency", is_flag=True, help="紧急发布：可以由提交人自己发布，一天之内由另一个人补审。")
@REASON
@click.pass_obj
@acts(Action.FLOW_PUBLISH)
def publish(settings: Settings, draft: int, emergency: bool, reason: str | None) -> None:
    """发布别人提交、自己复核过的草稿；两秒内对新来电生效。"""
    _publish(settings, draft, reason, emergency=emergency)


def _publish(settings: Settings, draft: int, reason: str | None, *, emergency: bool) -> None:
    action = Action.FLOW_PUBLISH_EMERGENCY if emergency else Action.FLOW_PUBLISH
    with allowed(settings, f"draft:{draft}", reason, action=action) as (store, permit):
        publication.require_in_force(store, settings.publishing.four_eyes)
        made = publication.publish(store, permit, draft, settings.flows, now_ms(), emergency=emergency)
    click.echo(f"已发布 {made.number}")
    if made.t_confirm is not None:
        click.echo(f"须在 {_at(made.t_confirm)} 之前由另一个人补审：ivr flow confirm {made.number}")


@flow.command()
@_DRAFT
@click.option("--note", metavar="原因", default="", help="为什么不同意，必写。")
@click.pass_obj
@acts(Action.FLOW_PUBLISH)
def refuse(settings: Settings, draft: int, note: str) -> None:
    """不同意别人提交的草稿。"""
    with _allowed(settings, f"draft:{draft}") as (store, permit):
        drafts.refuse(store, permit, draft, note, now_ms())
    click.echo(f"草稿 {draft} 已否决")


@flow.command()
@_DRAFT
@click.pass_obj
@acts(Action.FLOW_PROPOSE)
def withdraw(settings: Settings, draft: int) -> None:
    """撤回自己提交的草稿。"""
    with _allowed(settings, f"draft:{draft}") as (store, permit):
        drafts.withdraw(store, permit, draft, now_ms())
    click.echo(f"草稿 {draft} 已撤回")


@flow.command()
@click.argument("number", metavar="发布编号", type=_NUMBER)
@click.option("--refuse", "refused", is_flag=True, help="不同意；再用 ivr flow rollback 退回。")
@click.option("--note", metavar="说明", default="", help="不同意时必写。")
@click.pass_obj
@acts(Action.FLOW_PUBLISH)
def confirm(settings: Settings, number: int, refused: bool, note: str) -> None:
    """补审一次紧急发布：提交人和发布人以外的人看过之后表态。"""
    with _allowed(settings, f"publication:{number}") as (store, permit):
        publication.confirm(store, permit, number, not refused, note, now_ms())
    click.echo(f"发布 {number} 补审{'不同意' if refused else '通过'}")


@flow.command()
@click.argument("number", metavar="[发布编号]", type=_NUMBER, required=False)
@click.option("--text/--no-text", default=True, help="是否列出文件的逐行差别，默认列出。")
@click.pass_obj
@acts(Action.FLOW_REVIEW)
def diff(settings: Settings, number: int | None, text: bool) -> None:
    """flows/ 与已发布版本的差别；写编号则是那次发布与它前一次的差别。"""
    with _allowed(settings, "flow", None) as (store, _permit):
        found = working_difference(store, settings.flows) if number is None else between(store, number, settings.flows)
    click.echo(_difference(found, text))


@flow.command()
@click.option("--limit", metavar="条数", type=click.IntRange(1, 10_000), default=20, help="最近多少次发布，默认 20。")
@click.pass_obj
@acts(Action.FLOW_REVIEW)
def history(settings: Settings, limit: int) -> None:
    """待复核的草稿，和历次发布：谁提交、谁发布、为什么。"""
    with _allowed(settings, "flow") as (store, _permit):
        waiting = publication.waiting(store, now_ms())
        made = store.publishing.history(limit)
    for draft in waiting.drafts:
        click.echo(f"草稿 {draft.id}　{_at(draft.t_proposed)}　{draft.proposed_by} 提交：{draft.reason}　待复核")
    for one in made:
        click.echo(_publication(one, current=one == waiting.current, late=one in waiting.overdue))
    if not made:
        click.echo("还没有发布过：热线运行时以当时的菜单为发布 1")


@flow.command()
@click.argument("number", metavar="[发布编号]", type=_NUMBER, required=False)
@click.option("--discard", is_flag=True, help="放弃 flows/ 里没有提交的改动。")
@click.pass_obj
@acts(Action.FLOW_PROPOSE)
def checkout(settings: Settings, number: int | None, discard: bool) -> None:
    """让 flows/ 回到已发布的内容（默认当前的）；客户名单不动。"""
    with _allowed(settings, "flow") as (store, permit):
        found = working_copy.check_out(store, permit, settings.flows, number, now_ms(), discard=discard)
    click.echo(f"{settings.flows} 现在是发布 {found.publication.number} 的内容")


# ---- how it is told


def _review(found: Review, text: bool) -> str:
    draft = found.draft
    lines = [f"草稿 {draft.id}　{_at(draft.t_proposed)}　{draft.proposed_by} 提交：{draft.reason}　{draft.state.word}"]
    if draft.again is not None:
        lines.append(f"退回到发布 {draft.again}")
    if (over := found.overtaken) is not None:
        by = f"{over.published_by} 已于 {_at(over.t)} 发布 {over.number}"
        lines.append(f"！不能发布：草稿基于发布 {draft.base}，而 {by}（{over.proposed_by} 提交：{over.reason}）")
    lines += [f"！不能发布：{late}" for late in found.late]
    lines += ["", _difference(found.difference, text), "", "检查："]
    lines += [f"  {finding}" for finding in found.findings] or ["  没有问题"]
    lines += ["试走：", *(_trial(trial) for trial in draft.trials)]
    if len(draft.trials) < 2:
        lines.append("  没有试走脚本：可以写在 flows/tests/*.txt（写法见 ivr try --script-help）")
    return "\n".join(lines)


def _difference(found: Difference, text: bool) -> str:
    base = "没有发布过的版本" if found.base is None else f"发布 {found.base.number}"
    lines = [f"客户听到的不同（与{base}相比）："]
    if found.broken:
        lines.append("  菜单文件有错误，只能比较文字（ivr check）")
    elif not found.changes:
        lines.append("  没有（只改了注释、排版或作者）" if found.text else "  没有")
    lines += [str(change) for change in found.changes]
    if text and found.text:
        lines += ["", "文件的差别：", found.text.rstrip("\n")]
    return "\n".join(lines)


def _trial(trial: Trial) -> str:
    return f"  {'✓' if trial.passed else '✗'} {trial.name}{f'：{trial.told}' if trial.told else ''}"


def _publication(one: Publication, *, current: bool, late: bool) -> str:
    words = [f"发布 {one.number}", _at(one.t), f"{one.proposed_by} 提交，{one.published_by} 发布：{one.reason}"]
    if one.again is not None:
        words.append(f"退回到发布 {one.again}")
    if one.emergency:
        words.append(_confirmation(one, late))
    if current:
        words.append("← 当前")
    return "　".join(words)


def _confirmation(one: Publication, late: bool) -> str:
    if one.confirmed is None:
        assert one.t_confirm is not None
        return f"紧急发布，{'已逾期，仍' if late else ''}待补审（{_at(one.t_confirm)} 之前）"
    note = f"：{one.note}" if one.note else ""
    return f"紧急发布，{one.confirmed_by} 补审{'通过' if one.confirmed else '不同意'}{note}"


def _at(t: int) -> str:
    return f"{moment(t):%Y-%m-%d %H:%M}"
