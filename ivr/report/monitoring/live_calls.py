"""What goes on now, from the facts of calls as they happen: who is in which menu, who waits where and since when, how
many were answered in time lately. Pure: `take` the facts, ask for a `LiveState` at a moment (CBA 四十四)."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.metrics.counted import Counted
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
from ivr.records.vocabulary import kind_of
from ivr.report.monitoring.live_service import WINDOW_MS as WINDOW_MS
from ivr.report.monitoring.live_service import LiveService

#: So many calls that are followed no more are remembered: what is told of them late begins no call anew.
_REMEMBERED = 4096

#: What comes all at once shows within this.
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue now: how many wait, and how long the first of them has waited (ms)."""

    depth: int = 0
    longest_ms: int = 0


@dataclass(frozen=True, slots=True)
class LiveState:
    """The hotline at one moment. `menus` and `queues` name only those with somebody in them; `offered` is of the last
    15 minutes, as `service_level` is, `offered_minute` of the last one."""

    calls: int
    menus: Mapping[str, int]
    queues: Mapping[str, QueueState]
    offered: int
    service_level: Counted
    offered_since_start: int = 0
    offered_minute: int = 0


@dataclass(slots=True)
class _Call:
    menu: str | None = None
    waits: tuple[str, int] | None = None


@dataclass(slots=True)
class LiveCalls:
    """Follows every call in progress; drills are no business of it (D10)."""

    _calls: dict[str, _Call] = field(default_factory=dict)
    _offered: deque[int] = field(default_factory=deque)
    _offered_since_start: int = 0
    #: How well those were served who asked for a person.
    service: LiveService = field(default_factory=LiveService)
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
            self._calls.pop(call_id, None)
            self.service.take(call_id, fact)
            return
        self.service.take(call_id, fact)
        self._move(self._calls.setdefault(call_id, _Call()), fact)

    def _leave_alone(self, call_id: str) -> None:
        self._left_alone[call_id] = None
        if len(self._left_alone) > _REMEMBERED:
            del self._left_alone[next(iter(self._left_alone))]

    def live(self, now: int) -> LiveState:
        """How things are at `now` (UTC epoch ms)."""
        self._forget(now - WINDOW_MS)
        waits: dict[str, list[int]] = {}
        for call in self._calls.values():
            if call.waits is not None:
                waits.setdefault(call.waits[0], []).append(max(0, now - call.waits[1]))
        return LiveState(
            calls=len(self._calls),
            menus=Counter(call.menu for call in self._calls.values() if call.menu is not None),
            queues={queue: QueueState(len(each), max(each)) for queue, each in sorted(waits.items())},
            offered=len(self._offered),
            service_level=self.service.state(now).level,
            offered_since_start=self._offered_since_start,
            offered_minute=sum(1 for t in self._offered if t > now - MINUTE_MS),
        )

    def _move(self, call: _Call, fact: Fact) -> None:
        match fact:
            case MenuEntered(menu_id=menu):
                call.menu = menu
            case MenuKey():
                call.menu = None
            case CallerSpoke(action=action):
                self.spoken[kind_of(action)] += 1
            case HandoffRequested(refused=False):
                call.menu = None
            case Queued(queue=queue, t=t):
                call.waits = (queue, t)
            case Connected() | HandoffLeft():
                call.waits = None

    def _forget(self, before: int) -> None:
        while self._offered and self._offered[0] < before:
            self._offered.popleft()
