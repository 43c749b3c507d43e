"""Who stands where in which queue, and how long it will take. Pure: fed with telephony events, no clock.

Expected wait = position × pace, in ms per place. The pace is the mean of two moving averages, or the one that
there is: what the last callers waited per place they had before them, and how long agents lately took for a
call, divided by the agents who are talking for this queue now.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import fmean

from ivr.telephony.events.types import (
    AgentAnswered,
    ChannelGone,
    QueueConnected,
    QueueJoined,
    QueueLeft,
    QueueStanding,
    TelephonyEvent,
)

WINDOW = 20


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """A waiting caller: 1 is the head of the queue, `since` when (ms) they joined; `expected_ms` from now is
    None as long as nothing is known to estimate it from."""

    queue: str
    position: int
    since: int
    expected_ms: int | None


@dataclass(frozen=True, slots=True)
class _Visit:
    queue: str
    since: int
    joined_at: int


@dataclass(slots=True)
class _Queue:
    line: list[str] = field(default_factory=list)
    paces: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    handlings: deque[int] = field(default_factory=lambda: deque(maxlen=WINDOW))
    talking: dict[str, int] = field(default_factory=dict)

    def pace(self) -> float | None:
        known = [fmean(self.paces)] if self.paces else []
        if self.handlings:
            known.append(fmean(self.handlings) / max(len(self.talking), 1))
        return fmean(known) if known else None


class QueueBoard:
    """The queues as they stand after the events so far. After a lost AMI link call `clear`, then feed it what
    the action QueueStatus answers."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}
        self._waiting: dict[str, _Visit] = {}
        self._left: dict[str, _Visit] = {}
        self._calls: dict[str, str] = {}
        self._callers: dict[str, str] = {}
        #: Who has left a queue, and may come back: which, and those who stood before him then.
        self._ahead: dict[str, tuple[str, tuple[str, ...]]] = {}

    def feed(self, event: TelephonyEvent) -> None:
        """Take in one event; those that mean nothing here are ignored."""
        match event:
            case QueueJoined() | QueueStanding():
                self._join(event)
            case QueueLeft():
                self._leave(event.uniqueid)
            case QueueConnected():
                self._connected(event)
            case AgentAnswered():
                self._talks(event)
            case ChannelGone():
                self._gone(event)
            case _:
                return

    @property
    def standing(self) -> frozenset[str]:
        """The queues, by Asterisk's names, in which somebody waits."""
        return frozenset(visit.queue for visit in self._waiting.values())

    def position(self, uniqueid: str) -> QueuePlace | None:
        """Where the caller with this channel stands; None where they are in no queue."""
        visit = self._waiting.get(uniqueid)
        if visit is None:
            return None
        queue = self._queues[visit.queue]
        position = queue.line.index(uniqueid) + 1
        pace = queue.pace()
        return QueuePlace(visit.queue, position, visit.since, None if pace is None else round(position * pace))

    def kept(self, uniqueid: str, queue: str) -> int | None:
        """The place of a caller who has left the queue and comes back, or of who stands for him: behind those of the
        ones who were before him then that still wait. None where he did not stand in it."""
        left, ahead = self._ahead.get(uniqueid, ("", ()))
        if left != queue:
            return None
        line = self._queues[queue].line
        return 1 + max((line.index(one) + 1 for one in ahead if one in line), default=0)

    def waiting(self, queue: str) -> tuple[str, ...]:
        """The channels of those who wait in a queue, its head first."""
        found = self._queues.get(queue)
        return () if found is None else tuple(found.line)

    def clear(self) -> None:
        """Forget who waits and who talks; what was learned of the pace stays."""
        for queue in self._queues.values():
            queue.line.clear()
            queue.talking.clear()
        for known in (self._waiting, self._left, self._calls, self._callers, self._ahead):
            known.clear()

    def _join(self, event: QueueJoined | QueueStanding) -> None:
        self._leave(event.uniqueid)
        self._left.pop(event.uniqueid, None)
        self._ahead.pop(event.uniqueid, None)
        line = self._queues.setdefault(event.queue, _Queue()).line
        at = event.position - 1 if 0 < event.position <= len(line) else len(line)
        line.insert(at, event.uniqueid)
        self._waiting[event.uniqueid] = _Visit(event.queue, event.t, at + 1)
        call = event.linkedid or event.uniqueid  # a caller's channel gives the call its id
        self._calls[call] = event.queue
        self._callers[event.uniqueid] = call

    def _leave(self, uniqueid: str) -> None:
        visit = self._waiting.pop(uniqueid, None)
        if visit is not None:
            line = self._queues[visit.queue].line
            self._ahead[uniqueid] = (visit.queue, tuple(line[: line.index(uniqueid)]))
            line.remove(uniqueid)
            self._left[uniqueid] = visit

    def _connected(self, event: QueueConnected) -> None:
        self._leave(event.uniqueid)
        visit = self._left.pop(event.uniqueid, None)
        if visit is not None:
            self._queues[visit.queue].paces.append(max(event.t - visit.since, 0) / visit.joined_at)

    def _talks(self, event: AgentAnswered) -> None:
        queue = self._calls.get(event.linkedid)
        if queue is not None:
            self._queues[queue].talking[event.uniqueid] = event.t

    def _gone(self, event: ChannelGone) -> None:
        self._leave(event.uniqueid)
        self._left.pop(event.uniqueid, None)
        self._ahead.pop(event.uniqueid, None)
        self._calls.pop(self._callers.pop(event.uniqueid, ""), None)
        for queue in self._queues.values():
            began = queue.talking.pop(event.uniqueid, None)
            if began is not None:
                queue.handlings.append(max(event.t - began, 0))
