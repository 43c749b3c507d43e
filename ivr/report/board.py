"""What goes on now, from the facts of calls as they happen: who is in which menu, who waits where and since when, how
many were answered in time lately. Pure: `take` the facts, ask for a `Standing` at a moment (CBA 四十四)."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.metrics.counted import Counted, ratio
from ivr.metrics.rules import ANSWER_MS
from ivr.records.facts import (
    CallerSpoke,
    Connected,
    Ended,
    Fact,
    HandoffLeft,
    HandoffRequested,
    MenuEntered,
    MenuKey,
    Offered,
    Queued,
)

#: So many calls that are followed no more are remembered: what is told of them late begins no call anew.
_REMEMBERED = 4096

#: Service level and offered calls are of the last 15 minutes.
WINDOW_MS = 15 * 60_000


@dataclass(frozen=True, slots=True)
class Line:
    """A queue now: how many wait, and how long the first of them has waited (ms)."""

    depth: int = 0
    longest_ms: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """The hotline at one moment. `menus` and `queues` name only those with somebody in them; `offered` is of the last
    15 minutes, as `service_level` is."""

    calls: int
    menus: Mapping[str, int]
    queues: Mapping[str, Line]
    offered: int
    service_level: Counted
    offered_since_start: int = 0


@dataclass(slots=True)
class _Call:
    menu: str | None = None
    asked: bool = False
    requested: int | None = None  # the first request, while it is undecided
    waits: tuple[str, int] | None = None


@dataclass(slots=True)
class Board:
    """Follows every call in progress; drills are no business of it (D10)."""

    _calls: dict[str, _Call] = field(default_factory=dict)
    _offered: deque[int] = field(default_factory=deque)
    _offered_since_start: int = 0
    #: First requests that are decided: when, and whether an agent answered within 20 s.
    _decided: deque[tuple[int, bool]] = field(default_factory=deque)
    #: Calls that have ended, and drills.
    _left_alone: dict[str, None] = field(default_factory=dict)
    #: What was done with what callers said, by kind of action, since the start.
    spoken: Counter[str] = field(default_factory=Counter)

    def take(self, call_id: str, fact: Fact) -> None:
        """The next fact of a call; facts of calls whose beginning was not seen begin one. A call is over with its end,
        whatever is told of it after that: the application may note it while Asterisk already tells of the hang-up."""
        if call_id in self._left_alone:
            return
        if isinstance(fact, Offered):
            if fact.drill:
                self._leave_alone(call_id)
                return
            self._offered.append(fact.t)
            self._offered_since_start += 1
        elif isinstance(fact, Ended):
            self._leave_alone(call_id)
            call = self._calls.pop(call_id, None)
            if call is not None and call.requested is not None:
                self._decide(call, fact.t, answered=False)
            return
        self._move(self._calls.setdefault(call_id, _Call()), fact)

    def _leave_alone(self, call_id: str) -> None:
        self._left_alone[call_id] = None
        if len(self._left_alone) > _REMEMBERED:
            del self._left_alone[next(iter(self._left_alone))]

    def standing(self, now: int) -> Standing:
        """How things are at `now` (UTC epoch ms)."""
        self._forget(now - WINDOW_MS)
        waits: dict[str, list[int]] = {}
        for call in self._calls.values():
            if call.waits is not None:
                waits.setdefault(call.waits[0], []).append(max(0, now - call.waits[1]))
        late = sum(
            1 for call in self._calls.values() if call.requested is not None and now - call.requested > ANSWER_MS
        )
        in_time = sum(1 for _, good in self._decided if good)
        return Standing(
            calls=len(self._calls),
            menus=Counter(call.menu for call in self._calls.values() if call.menu is not None),
            queues={queue: Line(len(each), max(each)) for queue, each in sorted(waits.items())},
            offered=len(self._offered),
            service_level=ratio(in_time, len(self._decided) + late),
            offered_since_start=self._offered_since_start,
        )

    def _move(self, call: _Call, fact: Fact) -> None:
        match fact:
            case MenuEntered(menu_id=menu):
                call.menu = menu
            case MenuKey():
                call.menu = None
            case CallerSpoke(action=action):
                self.spoken[action.partition(":")[0]] += 1
            case HandoffRequested(refused=False, t=t):
                call.menu = None
                if not call.asked:
                    call.asked, call.requested = True, t
            case Queued(queue=queue, t=t):
                call.waits = (queue, t)
            case Connected(t=t):
                call.waits = None
                if call.requested is not None:
                    self._decide(call, t, answered=True)
            case HandoffLeft(t=t):
                call.waits = None
                if call.requested is not None:
                    self._decide(call, t, answered=False)

    def _decide(self, call: _Call, t: int, *, answered: bool) -> None:
        assert call.requested is not None
        self._decided.append((t, answered and t - call.requested <= ANSWER_MS))
        call.requested = None

    def _forget(self, before: int) -> None:
        while self._offered and self._offered[0] < before:
            self._offered.popleft()
        while self._decided and self._decided[0][0] < before:
            self._decided.popleft()
