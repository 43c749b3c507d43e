"""What the machine did for callers since the start, from the records of calls that are over: identity (HB 7.3.2),
transactions (HB 7.3.3), calls that somebody should look at (CBA 十(5)). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ivr.metrics.patterns import Pattern, PatternWatch
from ivr.metrics.rules import unrecorded
from ivr.records.model import Call
from ivr.records.vocabulary import IdentityOutcome, TransactionOutcome

#: What of a call is told again, or after its end, counts for what is new: so many calls are remembered.
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class BusinessState:
    """Counts since the start: identity checks and transactions by outcome, transactions outside every recording,
    flagged calls by pattern. What did not happen is 0, not missing: what is missing raises no alarm."""

    identity: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(map(str, IdentityOutcome), 0))
    transactions: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(map(str, TransactionOutcome), 0))
    unrecorded: int = 0
    flagged: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(map(str, Pattern), 0))


@dataclass(slots=True)
class LiveBusiness:
    """Takes each call when it is over; drills and outbound calls are no business of it (D10)."""

    _identity: Counter[str] = field(default_factory=Counter)
    _transactions: Counter[str] = field(default_factory=Counter)
    _unrecorded: int = 0
    _flagged: Counter[str] = field(default_factory=Counter)
    _watch: PatternWatch = field(default_factory=PatternWatch)
    _taken: dict[str, Call] = field(default_factory=dict)

    def knows(self, call_id: str) -> bool:
        """The call is over, and was taken."""
        return call_id in self._taken

    def take(self, call: Call) -> None:
        """The call is over, or more of it has come since: a write that the bank answered when the caller had gone."""
        if call.direction != "in" or call.drill:
            return
        before = self._taken.pop(call.call_id, None) or replace(call, verifications=(), transactions=())
        self._taken[call.call_id] = call
        if len(self._taken) > _REMEMBERED:
            del self._taken[next(iter(self._taken))]
        # a counter never falls: who was in doubt stays told, and counts as done besides
        self._identity += _identity(call) - _identity(before)
        self._transactions += _transactions(call) - _transactions(before)
        self._unrecorded += max(0, len(unrecorded(call)) - len(unrecorded(before)))
        self._flagged.update(str(flag.pattern) for flag in self._watch.take(call))

    def state(self) -> BusinessState:
        """The counts now."""
        none = BusinessState()
        return BusinessState(
            {name: self._identity[name] for name in none.identity},
            {name: self._transactions[name] for name in none.transactions},
            self._unrecorded,
            {name: self._flagged[name] for name in none.flagged},
        )


def _identity(call: Call) -> Counter[str]:
    return Counter(check.outcome for check in call.verifications)


def _transactions(call: Call) -> Counter[str]:
    return Counter(str(one.outcome) for one in call.transactions)
