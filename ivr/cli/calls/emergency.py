"""`ivr emergency`: how it stands, and the decisions of the emergency lead (CBA 三十三 to 三十九)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from ivr.care.emergencies import drills, lead
from ivr.care.emergencies.lead import Change, Decided
from ivr.care.emergencies.words import situation
from ivr.cli.console.actions import REASON, acts, allowed, now_ms
from ivr.cli.console.chinese import Group
from ivr.errors import EmergencyRefused
from ivr.flow.emergency_words import measures_in_words
from ivr.flow.model import Flow
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records.days import DAY_MS, moment
from ivr.records.deliveries.model import Delivery
from ivr.records.emergencies.model import STEP_WORDS, Emergency
from ivr.records.emergency import KIND_WORDS, PHASE_WORDS, EmergencyKind, EmergencyPhase, InForce
from ivr.records.numbers import plain
from ivr.records.store import Store
from ivr.serve.care.evidence import make_evidence
from ivr.serve.upkeep.flow_in_service import flow_in_service
from ivr.settings import Settings

_KIND = click.Choice([kind.value for kind in EmergencyKind])
_PHASE = click.Choice([phase.value for phase in EmergencyPhase])


@click.group(cls=Group)
def emergency() -> None:
    """应急：现状、预警、启动、变更、结束、演练和证据。启动、变更、结束只能由应急负责人写明原因后进行，两秒内对新来电生效。"""


@emergency.command()
@click.pass_obj
@acts(Action.EMERGENCY_READ)
def status(settings: Settings) -> None:
    """执行中的应急、现在的预警、演练是否到期。"""
    with allowed(settings, "emergency") as (store, _):
        flow, now, current = flow_in_service(settings, store), now_ms(), store.emergencies.current()
        last = store.emergencies.last_drill()
        standing = [one for one in store.emergencies.warnings(since=now) if one.t_over is None]
        decisions = () if current is None else store.emergencies.decisions(current.id)
    if current is None:
        click.echo("没有应急在执行。")
    else:
        click.echo(f"{'演练' if current.drill else '应急'}执行中（编号 {current.id}）：{situation(flow, current)}")
        for one in decisions:
            click.echo(f"  {_at(one.t)} {STEP_WORDS[one.step]} {one.person}：{plain(one.reason)}")
        for line in measures_in_words(flow, flow.emergency.measures(current.in_force)):
            click.echo(f"  措施：{plain(line)}")
    for warning in standing:
        click.echo(f"预警（{_at(warning.t_raised)}，节点 {warning.node}）：{warning.words}")
    _drill(flow, last, now)


def _drill(flow: Flow, last: int | None, now: int) -> None:
    at = drills.due_at(flow, last)
    if at is None:
        click.echo("没有应急预案：flows/emergency.yaml")
    elif now >= at:
        click.echo(f"应急演练到期：{'从未演练' if last is None else f'上次 {_at(last)}'}")
    else:
        click.echo(f"下次演练最晚 {moment(at):%Y-%m-%d}（还有 {(at - now) // DAY_MS} 天）")


@emergency.command()
@click.argument("kind", metavar="类别", type=_KIND)
@click.argument("level", metavar="级别")
@click.option(
    "--phase", metavar="阶段", type=_PHASE, default="respond", help="从哪个阶段开始，默认 `respond`（响应）。"
)
@click.option("--drill", is_flag=True, help="演练：只有预案里写明的电话进入，不计入指标。")
@REASON
@click.pass_obj
@acts(Action.EMERGENCY_LEAD)
def start(settings: Settings, kind: str, level: str, phase: str, drill: bool, reason: str | None) -> None:
    """启动应急或演练，例如 `start surge major --reason 来电是平时的四倍`。"""
    wanted = InForce(EmergencyKind(kind), level, EmergencyPhase(phase), drill)
    action = Action.EMERGENCY_DRILL if drill else Action.EMERGENCY_LEAD
    with allowed(settings, "emergency", reason, action=action) as (store, permit):
        flow = flow_in_service(settings, store)
        decided = lead.start(store.emergencies, flow, permit, wanted, now_ms())
    _told(flow, decided, "已启动")


@emergency.command()
@click.option("--kind", metavar="类别", type=_KIND, help="改为哪一类。")
@click.option("--level", metavar="级别", help="改为哪一级。")
@click.option("--phase", metavar="阶段", type=_PHASE, help="进入哪个阶段：`warn`、`respond`、`handle`、`recover`。")
@REASON
@click.pass_obj
@acts(Action.EMERGENCY_LEAD)
def change(settings: Settings, kind: str | None, level: str | None, phase: str | None, reason: str | None) -> None:
    """变更执行中的应急：阶段、级别或类别。"""
    wanted = Change(EmergencyKind(kind) if kind else None, level, EmergencyPhase(phase) if phase else None)
    with _leading(settings, reason) as (store, permit, current):
        flow = flow_in_service(settings, store)
        decided = lead.change(store.emergencies, flow, permit, current, wanted, now_ms())
    _told(flow, decided, "已变更")


@emergency.command()
@click.option(
    "--evidence",
    metavar="目录",
    type=click.Path(path_type=Path, file_okay=False),
    help="证据放在哪里，默认状态目录的 evidence/。",
)
@REASON
@click.pass_obj
@acts(Action.EMERGENCY_LEAD)
def end(settings: Settings, evidence: Path | None, reason: str | None) -> None:
    """结束应急或演练，并整理证据；“之后”的指标，等同样长的时间过后由热线自动补齐。"""
    with _leading(settings, reason) as (store, permit, current):
        flow = flow_in_service(settings, store)
        decided = lead.end(store.emergencies, flow, permit, current, now_ms())
        _told(flow, decided, "已结束")
        _write(settings, store, flow, current.id, evidence)


@emergency.command()
@click.argument("emergency_id", metavar="编号", type=int)
@click.option(
    "--output",
    metavar="目录",
    type=click.Path(path_type=Path, file_okay=False),
    help="放在哪里，默认状态目录的 evidence/。",
)
@REASON
@click.pass_obj
@acts(Action.EMERGENCY_LEAD)
def evidence(settings: Settings, emergency_id: int, output: Path | None, reason: str | None) -> None:
    """整理一次应急或演练的证据：时间线、决定、之前之中之后的指标、播报、流失的客户（号码遮盖）。"""
    target = f"emergency:{emergency_id}"
    with allowed(settings, target, action=Action.EMERGENCY_READ) as (store, _):
        found = store.emergencies.get(emergency_id)
    action = Action.EMERGENCY_DRILL if found is not None and found.drill else Action.EMERGENCY_LEAD
    with allowed(settings, target, reason, action=action) as (store, permit):
        store.audit.note(permit.entry_with(evidence="gathered"), now_ms())
        _write(settings, store, flow_in_service(settings, store), emergency_id, output)


@emergency.command(name="list")
@click.pass_obj
@acts(Action.EMERGENCY_READ)
def list_(settings: Settings) -> None:
    """列出历次应急和演练，新的在前。"""
    with allowed(settings, "emergency") as (store, _):
        found = store.emergencies.list()
    table = Table(box=None)
    for column in ("编号", "应急/演练", "类别", "级别", "阶段", "开始", "结束"):
        table.add_column(column, no_wrap=True)
    for one in found:
        ended = "执行中" if one.t_ended is None else _at(one.t_ended)
        table.add_row(
            str(one.id), "演练" if one.drill else "应急", KIND_WORDS[one.kind], one.level, PHASE_WORDS[one.phase],
            _at(one.t_started), ended,
        )  # fmt: skip
    Console(width=None if sys.stdout.isatty() else 120, markup=False, highlight=False).print(table)


@emergency.command()
@click.option("--all", "everything", is_flag=True, help="已送达的也列出。")
@click.option("--again", "key", metavar="编号", help="重发没有送达的一条。")
@click.pass_obj
@acts(Action.EMERGENCY_READ)
def deliveries(settings: Settings, everything: bool, key: str | None) -> None:
    """列出没有送达的通知和工单，看原因，重发。"""
    action = Action.EMERGENCY_LEAD if key else Action.EMERGENCY_READ
    with allowed(settings, "deliveries", f"重发 {key}" if key else None, action=action) as (store, permit):
        if key is not None:
            if store.deliveries.again(key, now_ms(), permit.entry_with(target=f"delivery:{key}")) is None:
                raise EmergencyRefused(f"没有要重发的 {plain(key)}：只有对方拒收或已放弃的可以重发")
            click.echo(f"会在几秒内重发 {plain(key)}（热线运行时）")
            return
        found = store.deliveries.recent(undelivered=not everything)
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo("没有。" if everything else "没有未送达的通知和工单。")


def _line(one: Delivery) -> str:
    why = one.receipt or one.trouble or ""
    return f"{_at(one.t_asked)} {one.state.label} {one.channel} {plain(one.target)} {plain(one.key)} {plain(why)}"


@contextmanager
def _leading(settings: Settings, reason: str | None) -> Iterator[tuple[Store, Permit, Emergency]]:
    """Leave to decide on what is in force, which whoever decides sees now; on a drill, leave for drills."""
    with allowed(settings, "emergency", reason) as (store, permit):
        current = store.emergencies.current()
        if current is None:
            raise EmergencyRefused("没有应急在执行")
        if not current.drill:
            yield store, permit, current
            return
    with allowed(settings, current.target, reason, action=Action.EMERGENCY_DRILL) as (store, permit):
        yield store, permit, current


def _told(flow: Flow, decided: Decided, what: str) -> None:
    one = decided.emergency
    click.echo(f"{what}（编号 {one.id}）：{situation(flow, one)}")
    if one.t_ended is None:
        for line in measures_in_words(flow, flow.emergency.measures(one.in_force)):
            click.echo(f"  措施：{plain(line)}")
    for words in decided.untold:
        click.echo(f"提醒：没有通知到 {plain(words)}", err=True)


def _write(settings: Settings, store: Store, flow: Flow, id_: int, folder: Path | None) -> None:
    click.echo(f"证据：{make_evidence(settings, store, flow, id_, now_ms(), folder)}")


def _at(t: int) -> str:
    return f"{moment(t):%Y-%m-%d %H:%M:%S}"
