"""Who writes, and what he may have: a test nothing real, a stranger from the open page little."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from ivr.call.writing.daily_limits import DailyTotals
from ivr.flow.steps.effects import Done, Refused, Result

#: Nobody is called from here, see `RequestCallback`.
_NOT_CALLED = Refused("not_allowed")


@dataclass(frozen=True, slots=True)
class Visitor:
    """`test`: it counts nowhere (D10), and there are no bounds; else a stranger, by what others share his `address`
    (None: nobody knows it), and by what strangers have had. Moments are epoch ms."""

    test: bool = False
    address: str | None = field(default=None, repr=False)
    totals: DailyTotals = field(default_factory=DailyTotals, repr=False)

    @property
    def calls_back(self) -> bool:
        """Whether he may be promised a callback at all."""
        return self.test or self.totals.calls_back

    async def call_back(self, now: int, promise: Callable[[], Awaitable[Result]]) -> Result:
        """What came of the promise, where it may be made."""
        if self.test:
            return await promise()
        async with self.totals.asking:
            if not self.totals.may_call_back(now):
                return _NOT_CALLED
            if isinstance(result := await promise(), Done):
                self.totals.called_back(now)
            return result

    def may_complain(self, now: int, *, again: bool) -> bool:
        """Whether he may write a complaint, or the same one again."""
        return self.test or again or self.totals.may_complain(self.address, now)

    def complain(self, now: int, *, again: bool) -> bool:
        """The same; it counts as written then."""
        return self.test or again or self.totals.complain(self.address, now)
