"""What visitors of the page that is open to everybody may have in a day: nobody knows who they are, and what they ask
for keeps people busy, calls strangers, or starts clocks of the law."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ivr.rate_limit import RateLimit

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class DailyLimits:
    """Of one node, within 24 hours: `callbacks` promised (0: none are), `complaints` written in all, and from one
    address."""

    callbacks: int = 0
    complaints: int = 100
    complaints_per_address: int = 3


class DailyTotals:
    """What they have had; moments are epoch ms. A node that starts again counts from nothing."""

    def __init__(self, most: DailyLimits | None = None) -> None:
        most = most or DailyLimits()
        #: Whether callbacks are promised at all.
        self.calls_back = most.callbacks > 0
        #: Held while a callback is asked for, so that not two have the last one.
        self.asking = asyncio.Lock()
        self._callbacks = RateLimit(most.callbacks, DAY_SECONDS)
        self._complaints = RateLimit(most.complaints, DAY_SECONDS)
        self._of_address = RateLimit(most.complaints_per_address, DAY_SECONDS)

    def may_call_back(self, now: int) -> bool:
        """Whether one more callback may be promised."""
        return self._callbacks.allows("", now / 1000)

    def called_back(self, now: int) -> None:
        """One was promised."""
        self._callbacks.note("", now / 1000)

    def may_complain(self, address: str | None, now: int) -> bool:
        """Whether one more complaint is taken from this address (None: nobody knows it)."""
        known = address is None or self._of_address.allows(address, now / 1000)
        return known and self._complaints.allows("", now / 1000)

    def complain(self, address: str | None, now: int) -> bool:
        """The same; it counts as taken then."""
        if not self.may_complain(address, now):
            return False
        self._complaints.note("", now / 1000)
        if address is not None:
            self._of_address.note(address, now / 1000)
        return True
