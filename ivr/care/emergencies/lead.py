"""Decisions on emergencies: started, changed and ended by the emergency lead alone, with a reason, and told to those
whom the plan names (CBA 三十五, 三十六, 三十八). Nothing here knows who asks: it takes his permit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ivr.care.emergencies.telling import Told, contacts_of, delivered
from ivr.errors import EmergencyRefused
from ivr.flow.model import Flow
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records.audit.model import SYSTEM, AuditEntry, detail
from ivr.records.deliveries.model import Delivery
from ivr.records.emergencies.model import Decision, Emergency, EmergencyWarning, Step
from ivr.records.emergencies.store import EmergencyStore
from ivr.records.emergency import KIND_WORDS, PHASE_WORDS, EmergencyKind, EmergencyPhase, InForce

_ORDER = tuple(EmergencyPhase)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of an emergency; None stays as it is."""

    kind: EmergencyKind | None = None
    level: str | None = None
    phase: EmergencyPhase | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """How the emergency stands now, and who could not be told, with the reason."""

    emergency: Emergency
    untold: tuple[str, ...] = ()


def start(store: EmergencyStore, flow: Flow, permit: Permit, wanted: InForce, now: int) -> Decided:
    """Put an emergency or a drill in force, from the next call on. Raises EmergencyRefused and StoreError: nothing has
    changed then."""
    _may(permit, drill=wanted.drill)
    return _start(store, flow, permit.entry, wanted, now)


def start_by_itself(store: EmergencyStore, flow: Flow, warning: EmergencyWarning, now: int) -> Decided:
    """What a detector starts where the plan says so (`switch`): the first phase, in the name of the hotline. Raises as
    `start`."""
    entry = AuditEntry(SYSTEM, Action.EMERGENCY_LEAD.value, "emergency", reason=f"预案规定自动启动：{warning.words}")
    return _start(store, flow, entry, InForce(warning.kind, warning.level, _ORDER[0]), now)


def change(store: EmergencyStore, flow: Flow, permit: Permit, seen: Emergency, wanted: Change, now: int) -> Decided:
    """Another phase, level or kind. `seen` is the emergency as whoever decides has seen it. Raises EmergencyRefused,
    EmergencyChanged where somebody else decided meanwhile, StoreError."""
    _may(permit, drill=seen.drill)
    then = replace(
        seen,
        kind=wanted.kind or seen.kind,
        level=wanted.level or seen.level,
        phase=wanted.phase or seen.phase,
        t_changed=now,
        version=seen.version + 1,
    )
    if then.in_force == seen.in_force:
        raise EmergencyRefused(f"没有要变更的：现在就是{seen.words}")
    _planned(flow, then.in_force)
    _in_order(seen, then)
    return _saved(store, flow, permit, then, Step.CHANGE, now)


def end(store: EmergencyStore, flow: Flow, permit: Permit, seen: Emergency, now: int) -> Decided:
    """The order that it is over (CBA 三十八): from the next call on everything is as on any day. Raises as `change`."""
    _may(permit, drill=seen.drill)
    then = replace(seen, t_ended=now, t_changed=now, version=seen.version + 1)
    return _saved(store, flow, permit, then, Step.END, now)


def _may(permit: Permit, *, drill: bool) -> None:
    """Leave for a drill is none for an emergency, and nobody decides without saying why."""
    wanted = Action.EMERGENCY_DRILL if drill else Action.EMERGENCY_LEAD
    if permit.action is not wanted:
        raise EmergencyRefused(f"这需要「{wanted.label}」的权限，不是「{permit.action.label}」")
    if not (permit.entry.reason or "").strip():
        raise EmergencyRefused("启动、变更和结束应急都须写明原因（--reason）")


def _start(store: EmergencyStore, flow: Flow, entry: AuditEntry, wanted: InForce, now: int) -> Decided:
    _planned(flow, wanted)
    emergency = Emergency(wanted.kind, wanted.level, wanted.phase, wanted.drill, now, now)
    told = _Telling(flow)
    decision = _decision(entry, emergency, Step.START, now)
    started = store.start(emergency, decision, _detailed(entry, emergency, Step.START), told)
    return Decided(started, tuple(told.untold))


def _saved(store: EmergencyStore, flow: Flow, permit: Permit, then: Emergency, step: Step, now: int) -> Decided:
    told = _Telling(flow)
    store.save(then, _decision(permit.entry, then, step, now), _detailed(permit.entry, then, step), told)
    return Decided(then, tuple(told.untold))


def _decision(entry: AuditEntry, then: Emergency, step: Step, now: int) -> Decision:
    return Decision(step, then.kind, then.level, then.phase, entry.person, entry.role, entry.reason or "", now)


def _detailed(entry: AuditEntry, then: Emergency, step: Step) -> AuditEntry:
    what = detail(step=step, kind=then.kind, level=then.level, phase=then.phase, drill=then.drill)
    return replace(entry, detail=what)


def _planned(flow: Flow, wanted: InForce) -> None:
    """The plan has this kind and level. Raises EmergencyRefused, which names what it has."""
    if flow.emergency.level(wanted.kind, wanted.level) is not None:
        return
    levels = flow.emergency.kinds.get(wanted.kind, {})
    if not levels:
        kinds = "、".join(kind.value for kind in flow.emergency.kinds) or "没有（flows/emergency.yaml 没有写）"
        raise EmergencyRefused(f"预案里没有 {wanted.kind}（{KIND_WORDS[wanted.kind]}）；有：{kinds}")
    named = "、".join(f"{level.id}（{level.label}）" for level in levels.values())
    raise EmergencyRefused(f"预案里 {wanted.kind} 没有级别 {wanted.level}；有：{named}")


def _in_order(seen: Emergency, then: Emergency) -> None:
    """Phases go on, never back: but from recovery, where it begins anew."""
    back = _ORDER.index(then.phase) < _ORDER.index(seen.phase)
    if back and (seen.phase is not EmergencyPhase.RECOVER or then.phase is EmergencyPhase.WARN):
        words = "、".join(f"{phase.value} {PHASE_WORDS[phase]}" for phase in _ORDER)
        way = f"不能从{PHASE_WORDS[seen.phase]}阶段退回{PHASE_WORDS[then.phase]}阶段"
        raise EmergencyRefused(f"{way}；顺序是 {words}，恢复中复发可以回到响应或处置")


@dataclass(slots=True)
class _Telling:
    """Makes what is told of a decision, and keeps who cannot be."""

    flow: Flow
    untold: list[str]

    def __init__(self, flow: Flow) -> None:
        self.flow, self.untold = flow, []

    def __call__(self, emergency: Emergency, decision: Decision) -> Iterator[Delivery]:
        """Once each for every contact that the phase, or at the end the whole level, names."""
        told = Told.of_decision(self.flow, emergency, decision)
        for contact in contacts_of(self.flow, emergency, decision):
            yield from delivered(self.flow, contact, told, self.untold)
