"""Everything that is known of an emergency, gathered once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ivr.errors import EmergencyRefused
from ivr.flow.emergency_words import announcements, measures_in_words
from ivr.flow.model import Flow
from ivr.records.audit.model import Kept
from ivr.records.deliveries.model import Delivery
from ivr.records.emergencies.model import Decision, Emergency, EmergencyWarning, Step
from ivr.records.emergency import EmergencyPhase
from ivr.records.model import Call
from ivr.records.store import Store
from ivr.report.evidence_pack.figures import Span, calls_between, spans
from ivr.report.evidence_pack.lost import Lost, lost

#: Warnings of so long before the start belong to it.
WARNED_BEFORE_MS = 3_600_000
#: Nobody waits for longer.
_LONGEST_CALL_MS = 12 * 3_600_000
#: Points of the chart, at the most.
_POINTS = 48
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class PhasePassed:
    """A phase as it was passed through: what it did (`measures`), and what callers heard."""

    kind: str
    level: str
    phase: EmergencyPhase
    since: int
    until: int
    measures: tuple[str, ...]
    announcements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """Calls of a piece of time that begins at `t`: how many came, how many of them were lost."""

    t: int
    offered: int
    lost: int


@dataclass(frozen=True, slots=True)
class Pack:
    """The evidence. `until` is the end, or `made` where the emergency is still in force. `heard`: what was told to
    callers → how many heard it, and how many of them to its end. The plan is the one of now: `revision`."""

    emergency: Emergency
    level: str
    made: int
    until: int
    decisions: tuple[Decision, ...]
    phases: tuple[PhasePassed, ...]
    warnings: tuple[EmergencyWarning, ...]
    told: tuple[Delivery, ...]
    trail: tuple[Kept, ...]
    spans: tuple[Span, Span, Span]
    lost: tuple[Lost, ...]
    load: tuple[Load, ...]
    heard: dict[str, tuple[int, int]]
    revision: str
    queues: dict[str, str]


def collect(store: Store, flow: Flow, id_: int, now: int) -> Pack:
    """The evidence of the emergency with this id as of `now`. Raises EmergencyRefused where there is none, and
    StoreError."""
    emergency = store.emergencies.get(id_)
    if emergency is None:
        raise EmergencyRefused(f"没有编号为 {id_} 的应急或演练：ivr emergency list")
    until = now if emergency.t_ended is None else emergency.t_ended
    started, drill = emergency.t_started, emergency.drill
    decisions = store.emergencies.decisions(id_)
    three = spans(store, started, until, now, drill=drill)
    calls = calls_between(store, started, until, drill=drill)
    later = calls_between(store, started, three[2].until, drill=drill)
    met = [*_waiting(store, started, drill=drill), *calls]
    gone = lost(met, later, list(store.callbacks([call.call_id for call in met])))
    warnings = store.emergencies.warnings(started - WARNED_BEFORE_MS, until)
    abouts = dict.fromkeys([emergency.target, *(f"warning:{one.node}:{one.detector}" for one in warnings)])
    told = [one for about in abouts for one in store.deliveries.about(about)]
    level = flow.emergency.level(emergency.kind, emergency.level)
    return Pack(
        emergency,
        emergency.level if level is None else level.label,
        now,
        until,
        decisions,
        tuple(_passed(flow, decisions, until)),
        warnings,
        tuple(one for one in told if started - WARNED_BEFORE_MS <= one.t_asked <= now),
        tuple(reversed(store.audit.list(target=emergency.target))),
        three,
        gone,
        _load(_course(store, three, calls), gone, three[0].since, three[2].until),
        _heard(calls),
        flow.revision.id,
        {id_: queue.label for id_, queue in flow.queues.items()},
    )


def _waiting(store: Store, started: int, *, drill: bool) -> list[Call]:
    """Who waited for an agent already when it began: no call of the emergency, but lost in it if nobody came."""
    before = calls_between(store, started - _LONGEST_CALL_MS, started, drill=drill)
    return [call for call in before if any(one.t_requested < started < one.t_left for one in call.handoffs[-1:])]


def _passed(flow: Flow, decisions: Sequence[Decision], until: int) -> list[PhasePassed]:
    """From decision to decision; what the plan of now says of each phase."""
    found = []
    began = [one for one in decisions if one.step is not Step.END]
    for at, one in enumerate(began):
        over = began[at + 1].t if at + 1 < len(began) else until
        level = flow.emergency.level(one.kind, one.level)
        measures = () if level is None else tuple(measures_in_words(flow, level.phases[one.phase]))
        spoken = () if level is None else announcements(flow, level.phases[one.phase])
        found.append(PhasePassed(one.kind, one.level, one.phase, one.t, over, measures, spoken))
    return found


def _course(store: Store, three: Sequence[Span], calls: Sequence[Call]) -> list[Call]:
    before, _, after = three
    return [
        *calls_between(store, before.since, before.until, drill=False),
        *calls,
        *(calls_between(store, after.since, after.until, drill=False) if after.until > after.since else ()),
    ]


def _load(calls: Sequence[Call], gone: Sequence[Lost], since: int, until: int) -> tuple[Load, ...]:
    step = max(_MINUTE_MS, -(-(until - since) // _POINTS // _MINUTE_MS) * _MINUTE_MS)
    offered = Counter((call.t_offered - since) // step for call in calls)
    left = Counter((one.t - since) // step for one in gone)
    return tuple(Load(since + n * step, offered[n], left[n]) for n in range(-(-(until - since) // step)))


def _heard(calls: Sequence[Call]) -> dict[str, tuple[int, int]]:
    """By call: who heard it twice is one who heard it."""
    heard: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for call in calls:
        heard.update({one.announcement for one in call.announcements_heard})
        whole.update({one.announcement for one in call.announcements_heard if one.whole})
    return {name: (number, whole[name]) for name, number in sorted(heard.items())}
