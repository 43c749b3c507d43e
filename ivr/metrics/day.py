"""What one local day's figures are computed from: the records of the day, looked at once, in the sets of requirements
2.3 (OFF, ANS, VOICE, REQ, REQ*, CONN)."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

from ivr.metrics import rules
from ivr.metrics.imported import Imported
from ivr.metrics.rules import CustomerKey
from ivr.records.model import AgentState, Annotation, Call, Complaint, Handoff, QualityScore, Record, Turn


@dataclass(frozen=True, slots=True)
class Config:
    """What the figures need besides records.

    `standard_day_hours` is 单个座席日标准工作时长. Calls to `test_dids` are drills (D10). `as_of` is the moment of the
    report (UTC epoch ms): what is not decided by then is provisional; None decides everything. `imported` are figures
    from outside. `seed` and `rounds` drive the bootstrap of the recognition accuracy's interval (rounds 0: none).
    """

    standard_day_hours: Fraction | int = 8
    test_dids: frozenset[str] = frozenset()
    as_of: int | None = None
    imported: tuple[Imported, ...] = ()
    seed: int = 1
    rounds: int = 1000


@dataclass(frozen=True, slots=True)
class Case:
    """An inbound call as the definitions see it: its callbacks joined (D9), its three handoffs found (D8)."""

    call: Call
    key: CustomerKey | None
    first: Handoff | None
    answered: Handoff | None
    left: Handoff | None
    repeated: bool = False

    @property
    def is_answered(self) -> bool:
        """In ANS."""
        return self.call.t_answered is not None

    @property
    def is_voice(self) -> bool:
        """In VOICE, whatever the channel: answered, with a first prompt."""
        return self.is_answered and self.call.t_first_prompt is not None

    @property
    def requested(self) -> bool:
        """In REQ: an agent was asked for and not refused."""
        return self.first is not None

    @property
    def requested_at_all(self) -> bool:
        """In REQ*: an agent was asked for, refused ones included."""
        return bool(self.call.handoffs)

    @property
    def waited(self) -> int | None:
        """t_left − t_requested of the left handoff."""
        return None if self.left is None else self.left.t_left - self.left.t_requested

    @property
    def gave_up_short(self) -> bool:
        """In `short`: gave up within 5 000 ms."""
        return self.waited is not None and rules.short_abandon(self.waited)

    @property
    def gave_up(self) -> bool:
        """Gave up after more than 5 000 ms, having been put through to the hotline (已经接入)."""
        return self.is_answered and self.waited is not None and rules.counted_abandon(self.waited)

    @property
    def elderly(self) -> bool:
        """Came in by the elderly key, or because the list of elderly callers routed the call."""
        return self.call.entry == "elderly_direct"


@dataclass(frozen=True, slots=True)
class Day:
    """One local day: what every daily indicator takes. `states` are cut at midnight."""

    day: date
    config: Config = Config()
    cases: tuple[Case, ...] = ()
    drills: int = 0
    complaints: tuple[Complaint, ...] = ()
    states: tuple[AgentState, ...] = ()
    scores: tuple[QualityScore, ...] = ()

    def holds(self, t: int | None) -> bool:
        """The moment lies in this day."""
        return t is not None and rules.local_day(t) == self.day

    @property
    def requests(self) -> list[Case]:
        """REQ."""
        return [case for case in self.cases if case.requested]

    @property
    def connected(self) -> list[Case]:
        """CONN."""
        return [case for case in self.cases if case.answered is not None]

    @property
    def voice(self) -> list[Case]:
        """VOICE, over every channel."""
        return [case for case in self.cases if case.is_voice]

    @property
    def judged(self) -> list[tuple[Call, Turn, Annotation]]:
        """Annotated turns, each with its latest annotation, whoever made it: who reviews what two annotators judged
        differently annotates last, and so has the last word."""
        return [
            (case.call, turn, max(turn.annotations, key=lambda one: (one.t, one.annotator, repr(one))))
            for case in self.cases
            for turn in case.call.turns
            if turn.annotations
        ]


@dataclass(slots=True)
class _Gathered:
    cases: dict[date, list[Case]] = field(default_factory=lambda: defaultdict(list))
    drills: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    complaints: list[Complaint] = field(default_factory=list)
    states: dict[date, list[AgentState]] = field(default_factory=lambda: defaultdict(list))
    scores: dict[date, list[QualityScore]] = field(default_factory=lambda: defaultdict(list))


def days_between(since: date, until: date) -> list[date]:
    """Every day from `since` to `until`, both included; none where they are the wrong way round."""
    return [since + timedelta(days=at) for at in range((until - since).days + 1)]


def days_of(records: Iterable[Record], since: date, until: date, config: Config) -> list[Day]:
    """The records of each day from `since` to `until`, both included. Calls outside the days are read too: they
    decide whether a call of the days was repeated, and they may be its callback."""
    gathered = _gather(records, since, until, config)
    return [
        Day(
            day,
            config,
            tuple(gathered.cases[day]),
            gathered.drills[day],
            tuple(_touching(gathered.complaints, day)),
            tuple(gathered.states[day]),
            tuple(gathered.scores[day]),
        )
        for day in days_between(since, until)
    ]


def _gather(records: Iterable[Record], since: date, until: date, config: Config) -> _Gathered:
    done = _Gathered()
    calls: dict[str, Call] = {}
    scores: list[QualityScore] = []
    for record in records:
        match record:
            case Call():
                calls[record.call_id] = record
            case Complaint():
                done.complaints.append(record)
            case AgentState():
                for day, state in _cut(record, since, until):
                    done.states[day].append(state)
            case QualityScore():
                scores.append(record)
    drills = {call.call_id for call in calls.values() if rules.is_drill(call, config.test_dids)}
    _place_calls(done, [call for call in calls.values() if call.call_id not in drills], since, until)
    for call_id in drills:
        if calls[call_id].direction == "in":
            done.drills[rules.local_day(calls[call_id].t_offered)] += 1
    done.complaints = [one for one in done.complaints if not one.call_ids or not set(one.call_ids) <= drills]
    for score in scores:
        if score.call_id not in drills:
            call = calls.get(score.call_id)
            done.scores[rules.local_day(call.t_offered if call else score.t)].append(score)
    return done


def _place_calls(done: _Gathered, calls: list[Call], since: date, until: date) -> None:
    callbacks: dict[str, list[Call]] = defaultdict(list)
    offered: dict[CustomerKey, list[int]] = defaultdict(list)
    for call in calls:
        if call.direction == "out" and call.parent_call_id is not None:
            callbacks[call.parent_call_id].append(call)
        elif call.direction == "in" and (key := rules.customer_key(call)) is not None:
            offered[key].append(call.t_offered)
    for times in offered.values():
        times.sort()
    start, end = rules.day_start(since), rules.day_start(until) + rules.DAY_MS
    for call in calls:
        if call.direction == "in" and start <= call.t_offered < end:
            case = _case(rules.chained(call, callbacks.get(call.call_id, ())), offered)
            done.cases[rules.local_day(call.t_offered)].append(case)


def _case(call: Call, offered: Mapping[CustomerKey, list[int]]) -> Case:
    key = rules.customer_key(call)
    return Case(
        call,
        key,
        rules.first_handoff(call),
        rules.answered_handoff(call),
        rules.left_handoff(call),
        key is not None and _repeated(call, offered[key]),
    )


def _repeated(call: Call, times: list[int]) -> bool:
    """Another call of the customer was offered within the hour after this one's end; `times` are all of the customer's
    calls, this one included."""
    near = bisect_left(times, call.t_ended + rules.REPEAT_MS) - bisect_left(times, call.t_ended)
    return near - rules.is_repeat(call.t_ended, call.t_offered) > 0


def _touching(complaints: Iterable[Complaint], day: date) -> list[Complaint]:
    """Complaints one of whose moments lies in the day; each figure then asks for the moment it is about."""
    found = []
    for one in complaints:
        times = (one.received_at, one.ack_due, rules.effective_due(one), one.closed_at, one.notified_at, one.decided_at)
        if any(t is not None and rules.local_day(t) == day for t in times):
            found.append(one)
    return found


def _cut(state: AgentState, since: date, until: date) -> list[tuple[date, AgentState]]:
    """The state's part of each local day from `since` to `until` that it touches."""
    if state.t_to <= state.t_from:
        return []
    first, last = max(since, rules.local_day(state.t_from)), min(until, rules.local_day(state.t_to - 1))
    pieces = []
    for day in days_between(first, last):
        start = rules.day_start(day)
        cut = replace(state, t_from=max(state.t_from, start), t_to=min(state.t_to, start + rules.DAY_MS))
        pieces.append((day, cut))
    return pieces
