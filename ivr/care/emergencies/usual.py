"""What is usual at a moment: the same hour of the same weekday in past weeks."""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from typing import Protocol

from ivr.care.emergencies.detectors import Usual
from ivr.records import days

#: So many past weeks are looked at; of fewer than so many with calls nothing is usual.
WEEKS, LEAST_WEEKS = 4, 2
_MINUTE = 60_000
#: What comes ten minutes earlier or later in another week is usual too: of three quarters of an hour the busiest
#: counts, of three moments the one with the fewest agents.
_SHIFTS = (-10 * _MINUTE, 0, 10 * _MINUTE)
_QUARTER = 15


class Past(Protocol):
    """What of the records is asked; see `ivr.records.emergencies.usual.PastLoad`."""

    def offered(self, since: int, until: int) -> int:
        """Calls in a span."""

    def any_call(self, since: int, until: int) -> bool:
        """Whether there was any."""

    def signed_in(self, at: int) -> int:
        """Agents at a moment."""


def usual_at(past: Past, now: int) -> Usual:
    """The middle of the past weeks in which the hotline was called at all. Raises StoreError."""
    then = days.moment(now)
    same = [round((then - timedelta(weeks=week)).timestamp() * 1000) for week in range(1, WEEKS + 1)]
    known = [at for at in same if past.any_call(at - days.DAY_MS // 2, at + days.DAY_MS // 2)]
    if len(known) < LEAST_WEEKS:
        return Usual()
    half = _QUARTER * _MINUTE // 2
    offered = [max(past.offered(at + by - half, at + by + half) for by in _SHIFTS) / _QUARTER for at in known]
    agents = [min(past.signed_in(at + by) for by in _SHIFTS) for at in known]
    return Usual(median(offered), median(agents))
