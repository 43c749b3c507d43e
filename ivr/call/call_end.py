"""How a live call ends: who ended it, and what of it was not seen."""

from __future__ import annotations

from collections.abc import Iterable

#: Q.850 causes of a caller whose sound stopped coming (rtp_timeout), or to whom none can be sent: the network's doing.
_NO_MEDIA = (44, 58)

#: A stretch of a call that was not seen, epoch ms; without an end it goes on.
Gap = tuple[int, int | None]


def covers(gap: Gap, t: int) -> bool:
    """Whether `t` lies in the gap."""
    return gap[0] <= t and (gap[1] is None or t <= gap[1])


class CallEnd:
    """What decides who ended a call, and what of it was not seen. Channels by their unique ids; `hung_up` in the
    order it happened."""

    def __init__(self, gaps: Iterable[Gap] = (), clock: int = 0) -> None:
        self.gaps = list(gaps)
        #: `ClockSteps.total` when the call began.
        self.clock = clock
        #: When the link to Asterisk broke with the call up, epoch ms.
        self.last_seen: int | None = None
        #: The dialplan has spoken to the caller by itself.
        self.spoken = False
        self.talking: str | None = None
        #: The agent, not known by a channel, who was asked by a colleague first and took the caller over.
        self.taken_over_by: str | None = None
        self.released_by_agent = False
        self.cause = ""
        self.hung_up: list[str] = []
        self.ringing_since: dict[str, int] = {}

    def close_gap(self, now: int) -> None:
        """What happens from `now` on is seen again."""
        if self.gaps and self.gaps[-1][1] is None:
            self.gaps[-1] = (self.gaps[-1][0], now)

    def hangup_by(self, call_id: str, cause: int) -> str:
        """caller, agent, network or system."""
        if self.released_by_agent or (self.talking is not None and self.hung_up[:1] == [self.talking]):
            return "agent"
        if call_id in self.hung_up:
            return "caller"
        return "network" if cause in _NO_MEDIA else "system"
