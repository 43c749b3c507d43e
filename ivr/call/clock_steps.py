"""A wall clock that is set while calls go on: their times go on from where they began.

Asterisk's stamps (D5) and ours are of the machine's wall clock. Where that is set by a second or more, for instance by
an hour or by minutes when its time server is back, each call in progress keeps to the time that it began with: what is
stamped afterwards is moved by as much as the clock was. Differences within a call are then what has really passed, and
nothing comes before what it follows. New calls have the new time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from ivr.records.facts import CallerSpoke, Fact

#: Less is the steering of a time server, and no step.
STEP_MS = 1000


def wall_ms() -> int:
    """This machine's clock in UTC epoch milliseconds. It is Asterisk's as well (D5): both have only loopback between
    them, so asking Asterisk would cost a turn of two processes and tell the same."""
    return time.time_ns() // 1_000_000


def elapsed_ms() -> int:
    """Goes on whatever the wall clock does, also while the machine is suspended, ms."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


class ClockSteps:
    """Ask it often: a step is seen when it is asked next. Events take moments to arrive, so for each stamp the reading
    is chosen that makes it the more recent one."""

    def __init__(self, wall: Callable[[], int] = wall_ms, elapsed: Callable[[], int] = elapsed_ms) -> None:
        self._wall, self._elapsed = wall, elapsed
        self._apart = wall() - elapsed()
        self._total = 0

    def total(self) -> int:
        """By how much the clock has been set since the beginning, ms; negative: back. A call keeps what this was when
        it began."""
        apart = self._wall() - self._elapsed()
        if abs(apart - self._apart) >= STEP_MS:
            self._total += apart - self._apart
        self._apart = apart
        return self._total

    def carried(self, t: int, began: int) -> int:
        """A stamp `t` (epoch ms) on the clock of a call for which `total` was `began`."""
        stepped = self.total() - began
        if not stepped:
            return t
        now = self._wall() - stepped
        return min(t, t - stepped, key=lambda one: abs(now - one))

    def fact(self, fact: Fact, began: int) -> Fact:
        """A fact on the clock of a call for which `total` was `began`."""
        t = self.carried(fact.t, began)
        if t == fact.t:
            return fact
        if isinstance(fact, CallerSpoke):
            return replace(fact, t=t, t_end=fact.t_end + t - fact.t)
        return replace(fact, t=t)
