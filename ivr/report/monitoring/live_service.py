"""How well callers who ask for a person were served in the last 15 minutes, by both standards' definitions: 20 s from
the first request (cba.service_level_20s, which hb.agent_connect_rate repeats) and connected at all, who gave up within
5 s left out (hb.overall_response_rate, HB 7.5.2). Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ivr.metrics.counted import Counted, ratio
from ivr.metrics.rules import short_abandon, within_20s
from ivr.records.facts import Connected, Ended, Fact, HandoffLeft, HandoffRequested

#: Service levels and offered calls are of the last 15 minutes.
WINDOW_MS = 15 * 60_000


@dataclass(frozen=True, slots=True)
class ServiceState:
    """`in_time` of the `due` first requests were answered within 20 s; due is what is decided, and what still waits
    longer. `connected` of the `asked` calls that asked for a person and are connected or over; `short` gave up within
    5 s beside them."""

    in_time: int = 0
    due: int = 0
    connected: int = 0
    asked: int = 0
    short: int = 0

    @property
    def level(self) -> Counted:
        """cba.service_level_20s, hb.agent_connect_rate."""
        return ratio(self.in_time, self.due)

    @property
    def response(self) -> Counted:
        """hb.overall_response_rate."""
        return ratio(self.connected, self.asked)


@dataclass(slots=True)
class _Asked:
    """A call that asked for a person: the queue of its first request, when (ms), whether that is decided; when the last
    request began, and whether anybody was ever connected."""

    queue: str
    first: int
    last: int
    decided: bool = False
    connected: bool = False


@dataclass(slots=True)
class LiveService:
    """`take` the facts of calls that count; ask for the `state` of all queues or `by_queue`."""

    _asked: dict[str, _Asked] = field(default_factory=dict)
    #: When, of which queue, what it adds.
    _decided: deque[tuple[int, str, ServiceState]] = field(default_factory=deque)

    def take(self, call_id: str, fact: Fact) -> None:
        """The next fact of a call."""
        call = self._asked.get(call_id)
        match fact:
            case HandoffRequested(refused=False, queue=queue, t=t):
                if call is None:
                    self._asked[call_id] = _Asked(queue, t, t)
                else:
                    call.last = t
            case Connected(t=t) if call is not None:
                self._first(call, t, answered=True)
                if not call.connected:
                    call.connected = True
                    self._add(call, t, ServiceState(connected=1, asked=1))
            case HandoffLeft(t=t) if call is not None:
                self._first(call, t, answered=False)
            case Ended(t=t, hangup_by=by) if call is not None:
                del self._asked[call_id]
                self._first(call, t, answered=False)
                if not call.connected:
                    short = by == "caller" and short_abandon(t - call.last)
                    self._add(call, t, ServiceState(short=1) if short else ServiceState(asked=1))

    def state(self, now: int) -> ServiceState:
        """All queues together at `now` (epoch ms)."""
        return _sum(self.by_queue(now).values())

    def by_queue(self, now: int) -> Mapping[str, ServiceState]:
        """Each queue that was asked for first in the window, or is now."""
        while self._decided and self._decided[0][0] < now - WINDOW_MS:
            self._decided.popleft()
        found: dict[str, list[ServiceState]] = {}
        for _, queue, one in self._decided:
            found.setdefault(queue, []).append(one)
        for call in self._asked.values():
            if not call.decided and not within_20s(now - call.first):
                found.setdefault(call.queue, []).append(ServiceState(due=1))
        return {queue: _sum(each) for queue, each in sorted(found.items())}

    def _first(self, call: _Asked, t: int, *, answered: bool) -> None:
        if not call.decided:
            call.decided = True
            self._add(call, t, ServiceState(in_time=int(answered and within_20s(t - call.first)), due=1))

    def _add(self, call: _Asked, t: int, one: ServiceState) -> None:
        self._decided.append((t, call.queue, one))


def _sum(states: Iterable[ServiceState]) -> ServiceState:
    each = list(states)
    return ServiceState(
        sum(one.in_time for one in each),
        sum(one.due for one in each),
        sum(one.connected for one in each),
        sum(one.asked for one in each),
        sum(one.short for one in each),
    )
