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
from ivr.metrics.imported import ImportedFigure
from ivr.metrics.patterns import Flag, events_of, flags
from ivr.metrics.rules import CustomerKey
from ivr.records.counting.sums import called
from ivr.records.model import AgentState, Annotation, Call, Complaint, Handoff, QualityScore, Record, Turn
from ivr.records.vocabulary import VOICE


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
    imported: tuple[ImportedFigure, ...] = ()
    seed: int = 1
    rounds: int = 1000


@dataclass(frozen=True, slots=True)
class Span:
    """The whole period of a report: local days, both included, and `spoken`: (reference, output, errors) in characters
    of each annotated call."""

    since: date
    until: date
    config: Config
    spoken: tuple[tuple[int, int, int], ...] = ()


@dataclass(slots=True)
class Case:
    """An inbound call as the definitions see it: its callbacks joined (D9), its three handoffs found (D8), and what
    many definitions ask for, found once."""

    call: Call
    key: CustomerKey | None
    first: Handoff | None
    answered: Handoff | None
    left: Handoff | None
    repeated: bool = False
    #: The handoff that a callback fulfilled, if any.
    promised: Handoff | None = None
    #: D5: how long the caller's own call lasted can be.
    lasted: bool = True
    #: D4: at the moment of the report the hour in which the customer may call again is not over.
    undecided: bool = False

    #: In ANS.
    is_answered: bool = field(init=False)
    #: Served, whatever the channel: answered, with a first prompt.
    is_served: bool = field(init=False)
    #: In CONN.
    connected: bool = field(init=False)
    #: In REQ: an agent was asked for and not refused.
    requested: bool = field(init=False)
    #: In REQ*: an agent was asked for, refused ones included.
    requested_at_all: bool = field(init=False)
    #: t_left − t_requested of the left handoff, where that can be (D5).
    waited: int | None = field(init=False)
    #: D5: how long the caller waited in the left handoff cannot be.
    waited_impossible: bool = field(init=False)
    #: Gave up after more than 5 000 ms, having been put through to the hotline (已经接入).
    gave_up: bool = field(init=False)
    #: D5: some time of the call cannot be, see `clock.impossible`; None where nobody asked yet.
    impossible: bool | None = field(init=False)
    #: Came in by the elderly key, or because the list of elderly callers routed the call.
    elderly: bool = field(init=False)

    def __post_init__(self) -> None:
        call, left = self.call, self.left
        self.is_answered = call.t_answered is not None
        self.is_served = self.is_answered and call.t_first_prompt is not None
        self.connected, self.requested = self.answered is not None, self.first is not None
        self.requested_at_all = bool(call.handoffs)
        waited = None if left is None else left.t_left - left.t_requested
        self.waited_impossible = waited is not None and not rules.possible(waited)
        self.waited = None if self.waited_impossible else waited
        self.gave_up = self.is_answered and self.waited is not None and rules.counted_abandon(self.waited)
        self.elderly, self.impossible = call.entry == "elderly_direct", None

    @property
    def queue(self) -> str:
        """The queue of the first entered handoff, or of the first refused one where none was entered; empty where it
        is not known."""
        if not self.requested_at_all:
            return ""
        first = self.first or min(self.call.handoffs, key=lambda one: one.t_requested)
        return first.queue or ""

    @property
    def gave_up_short(self) -> bool:
        """In `short`: gave up within 5 000 ms."""
        return self.waited is not None and rules.short_abandon(self.waited)

    def possible(self, one: Handoff, ms: int) -> bool:
        """D5: so long a wait in this handoff can be; one that a callback fulfilled may have taken days."""
        return rules.possible(ms, rules.MOST_WAIT_MS if one == self.promised else rules.MOST_MS)


@dataclass(frozen=True, slots=True)
class CustomerDay:
    """How often one customer called in a day, and how many of these calls asked for an agent. A call whose customer
    nobody knows (`known` False) is a customer of its own."""

    known: bool
    calls: int
    requests: int


@dataclass(frozen=True, slots=True)
class Day:
    """One local day: what every daily indicator takes. `states` are cut at midnight."""

    day: date
    config: Config = Config()
    cases: tuple[Case, ...] = ()
    drills: int = 0
    complaints: tuple[Complaint, ...] = ()
    states: tuple[AgentState, ...] = ()
    #: D5: states that began in this day and lasted as long as none can; none of them is in `states`.
    impossible_states: int = 0
    scores: tuple[QualityScore, ...] = ()
    #: Calls of the day that somebody should look at.
    flagged: tuple[Flag, ...] = ()

    @property
    def customers(self) -> list[CustomerDay]:
        """Every customer of the day who called."""
        calls: dict[CustomerKey, list[bool]] = defaultdict(list)
        unknown = []
        for case in self.cases:
            if case.call.channel != VOICE:
                continue
            if case.key is None:
                unknown.append(CustomerDay(False, 1, int(case.requested)))
            else:
                calls[case.key].append(case.requested)
        return [*unknown, *(CustomerDay(True, len(asked), sum(asked)) for asked in calls.values())]

    def holds(self, t: int | None) -> bool:
        """The moment lies in this day."""
        return t is not None and rules.local_day(t) == self.day

    @property
    def judged(self) -> list[tuple[Call, Turn, Annotation]]:
        """Annotated turns that were spoken, each with its latest annotation, whoever made it: who reviews what two
        annotators judged differently annotates last, and so has the last word."""
        return [
            (case.call, turn, max(turn.annotations, key=lambda one: (one.t, one.annotator, repr(one))))
            for case in self.cases
            if case.call.channel == VOICE
            for turn in case.call.turns
            if turn.annotations
        ]


@dataclass(slots=True)
class _Gathered:
    cases: dict[date, list[Case]] = field(default_factory=lambda: defaultdict(list))
    drills: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    complaints: list[Complaint] = field(default_factory=list)
    states: dict[date, list[AgentState]] = field(default_factory=lambda: defaultdict(list))
    impossible_states: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    scores: dict[date, list[QualityScore]] = field(default_factory=lambda: defaultdict(list))
    flagged: dict[date, list[Flag]] = field(default_factory=lambda: defaultdict(list))


def days_between(since: date, until: date) -> list[date]:
    """Every day from `since` to `until`, both included; none where they are the wrong way round."""
    return [since + timedelta(days=at) for at in range((until - since).days + 1)]


def days_of(records: Iterable[Record], since: date, until: date, config: Config) -> list[Day]:
    """The records of each day from `since` to `until`, both included. Calls outside the days are read too: they
    decide whether a call of the days was repeated or is flagged, and they may be its callback."""
    gathered = _gather(records, since, until, config)
    return [
        Day(
            day,
            config,
            tuple(gathered.cases[day]),
            gathered.drills[day],
            tuple(_touching(gathered.complaints, day)),
            tuple(gathered.states[day]),
            gathered.impossible_states[day],
            tuple(gathered.scores[day]),
            tuple(gathered.flagged[day]),
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
            case AgentState() if not rules.possible(record.t_to - record.t_from, rules.MOST_WAIT_MS):
                done.impossible_states[rules.local_day(record.t_from)] += 1
            case AgentState():
                for day, state in cut_by_day(record, since, until):
                    done.states[day].append(state)
            case QualityScore():
                scores.append(record)
    drills = {call.call_id for call in calls.values() if rules.is_drill(call, config.test_dids)}
    for flag in flags(event for call_id in calls.keys() - drills for event in events_of(calls[call_id])):
        done.flagged[rules.local_day(flag.t_offered)].append(flag)
    _place_calls(done, [call for call in calls.values() if call.call_id not in drills], since, until, config.as_of)
    for call_id in drills:
        if calls[call_id].direction == "in" and calls[call_id].channel == VOICE:
            done.drills[rules.local_day(calls[call_id].t_offered)] += 1
    done.complaints = [one for one in done.complaints if not one.call_ids or not set(one.call_ids) <= drills]
    for score in scores:
        if score.call_id not in drills:
            call = calls.get(score.call_id)
            done.scores[rules.local_day(call.t_offered if call else score.t)].append(score)
    return done


def _place_calls(done: _Gathered, calls: list[Call], since: date, until: date, as_of: int | None) -> None:
    callbacks: dict[str, list[Call]] = defaultdict(list)
    offered: dict[CustomerKey, list[int]] = defaultdict(list)
    for call in calls:
        if call.direction == "out" and call.parent_call_id is not None:
            callbacks[call.parent_call_id].append(call)
        elif called(call) and (key := rules.customer_key(call)) is not None:
            offered[key].append(call.t_offered)
    for times in offered.values():
        times.sort()
    start, end = rules.day_start(since), rules.day_end(until)
    for call in calls:
        if call.direction == "in" and start <= call.t_offered < end:
            case = case_of(call, callbacks.get(call.call_id, ()), offered, as_of)
            done.cases[rules.local_day(call.t_offered)].append(case)


def case_of(
    one: Call, callbacks: Iterable[Call], offered: Mapping[CustomerKey, list[int]], as_of: int | None = None
) -> Case:
    """The case of an inbound call that is no drill. `callbacks` are the outbound calls made for it; `offered` has, by
    customer and sorted, the times of the inbound calls around its end (or of all), its own among them where it lies
    there; `as_of` is the moment of the report, None where everything is decided."""
    key, call = rules.customer_key(one), rules.chained(one, callbacks)
    promised = None
    if call is not one:
        fulfilled = [new for old, new in zip(one.handoffs, call.handoffs, strict=True) if old != new]
        promised = next(iter(fulfilled), None)
    return Case(
        call,
        key,
        rules.first_handoff(call),
        rules.answered_handoff(call),
        rules.left_handoff(call),
        key is not None and _repeated(call, offered.get(key, [])),
        promised,
        rules.possible(one.t_ended - one.t_offered),
        as_of is not None and as_of - call.t_ended < rules.REPEAT_MS,
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


def cut_by_day(state: AgentState, since: date, until: date) -> list[tuple[date, AgentState]]:
    """The state's part of each local day from `since` to `until` that it touches."""
    if state.t_to <= state.t_from:
        return []
    first, last = max(since, rules.local_day(state.t_from)), min(until, rules.local_day(state.t_to - 1))
    pieces = []
    for day in days_between(first, last):
        start = rules.day_start(day)
        cut = replace(state, t_from=max(state.t_from, start), t_to=min(state.t_to, rules.day_end(day)))
        pieces.append((day, cut))
    return pieces
