"""Patterns that need a person's eye (CBA 十(5), HB 7.3.3): many failed proofs of identity, many transactions in a short
time, a card reported lost and money transferred after it. Pure: from what calls did to the calls that are flagged."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ivr.bank.operations import Operation
from ivr.metrics import rules
from ivr.records.model import Call, Verification, customer_key
from ivr.records.numbers import shown
from ivr.records.vocabulary import IdentityOutcome, TransactionOutcome

#: So many wrong tries within a day: nearly two calls of three tries each.
FAILED_TRIES = 5
#: So many transactions within an hour.
MANY_TRANSACTIONS = 5
TRIES_MS = rules.DAY_MS
TRANSACTIONS_MS = rules.HOUR_MS
#: So long after a card was reported lost a transfer is looked at.
LOSS_MS = rules.DAY_MS
#: What happened so long before a call cannot flag it: a call may last a day, and a pattern look back one.
BACK_MS = 2 * rules.DAY_MS

#: The last try was wrong, or was given up.
_TRIED = (IdentityOutcome.WRONG, IdentityOutcome.LOCKED, IdentityOutcome.ABANDONED)


class Pattern(StrEnum):
    """What a person should look at."""

    IDENTITY_OF_NUMBER = "identity_of_number"
    IDENTITY_OF_CUSTOMER = "identity_of_customer"
    MANY_TRANSACTIONS = "many_transactions"
    LOSS_THEN_TRANSFER = "loss_then_transfer"


@dataclass(frozen=True, slots=True)
class RiskEvent:
    """One thing a call did: wrong tries to prove who calls (`tries`), or a transaction that was done or may have been
    (`operation`). `number` is None where it is withheld, `customer` where nobody was proved; `key` is the customer as
    the figures know him (D6), the call by itself where he is unknown."""

    t: int
    call_id: str
    t_offered: int
    number: str | None
    customer: str | None
    key: tuple[str, str]
    tries: int = 0
    operation: str | None = None
    #: Tells it from another in the same millisecond of the same call.
    place: int = 0


@dataclass(frozen=True, slots=True)
class Flag:
    """A call to look at: the pattern was complete at `t`, `span` ms after it began."""

    pattern: Pattern
    call_id: str
    t_offered: int
    t: int
    span: int


def events_of(call: Call) -> Iterator[RiskEvent]:
    """What the call did that a pattern asks for; drills, outbound calls and times that cannot be (D5) have nothing."""
    if call.direction != "in" or call.drill:
        return
    number = shown(call.caller_number, call.caller_kind)
    key = customer_key(call) or ("call", call.call_id)

    def event(t: int, place: int, tries: int = 0, operation: str | None = None) -> Iterator[RiskEvent]:
        if rules.possible(t - call.t_offered):
            yield RiskEvent(t, call.call_id, call.t_offered, number, call.customer_id, key, tries, operation, place)

    for place, check in enumerate(call.verifications):
        if (tries := _in_vain(check)) > 0:
            yield from event(check.t, place, tries)
    for place, one in enumerate(call.transactions):
        if one.outcome in (TransactionOutcome.DONE, TransactionOutcome.IN_DOUBT):
            yield from event(one.t, place, operation=one.operation)


def _in_vain(check: Verification) -> int:
    """How many of the tries were wrong. The last one was not where it was right, or the bank could not be asked; other
    systems' words tell nothing."""
    if check.outcome in _TRIED:
        return check.attempts
    return check.attempts - 1 if check.outcome in tuple(IdentityOutcome) else 0


def flags(events: Iterable[RiskEvent]) -> list[Flag]:
    """Every call that completes a pattern or goes on with it, once for each pattern, in the order of the calls."""
    told = sorted(events, key=lambda one: (one.t, one.call_id, one.operation or "", one.tries))
    found: dict[tuple[Pattern, str], Flag] = {}
    for pattern, of in _PATTERNS.items():
        for event, began in of(told):
            flag = Flag(pattern, event.call_id, event.t_offered, event.t, event.t - began)
            found.setdefault((pattern, event.call_id), flag)
    return sorted(found.values(), key=lambda one: (one.t_offered, one.call_id, one.pattern))


_Found = Iterator[tuple[RiskEvent, int]]


def _tries(key: Callable[[RiskEvent], str | None]) -> Callable[[Sequence[RiskEvent]], _Found]:
    def of(told: Sequence[RiskEvent]) -> _Found:
        for group in _grouped((one for one in told if one.tries), key):
            yield from _crowded(group, [one.tries for one in group], FAILED_TRIES, TRIES_MS)

    return of


def _many(told: Sequence[RiskEvent]) -> _Found:
    for group in _grouped((one for one in told if one.operation), lambda one: one.key):
        yield from _crowded(group, [1] * len(group), MANY_TRANSACTIONS, TRANSACTIONS_MS)


def _loss_then_transfer(told: Sequence[RiskEvent]) -> _Found:
    for group in _grouped((one for one in told if one.operation), lambda one: one.key):
        lost: int | None = None
        for one in group:
            if one.operation == Operation.REPORT_LOSS:
                lost = one.t
            elif one.operation == Operation.TRANSFER_ACCEPT and lost is not None and one.t - lost < LOSS_MS:
                yield one, lost


def _crowded(group: Sequence[RiskEvent], weights: Sequence[int], enough: int, window: int) -> _Found:
    """The events at which the weights of the `window` ms up to them (its beginning left out) are `enough`."""
    first, weight = 0, 0
    for at, one in enumerate(group):
        weight += weights[at]
        while one.t - group[first].t >= window:
            weight -= weights[first]
            first += 1
        if weight >= enough:
            yield one, group[first].t


def _grouped(events: Iterable[RiskEvent], key: Callable[[RiskEvent], object]) -> Iterable[list[RiskEvent]]:
    groups: dict[object, list[RiskEvent]] = defaultdict(list)
    for one in events:
        if (name := key(one)) is not None:
            groups[name].append(one)
    return groups.values()


_PATTERNS: dict[Pattern, Callable[[Sequence[RiskEvent]], _Found]] = {
    Pattern.IDENTITY_OF_NUMBER: _tries(lambda one: one.number),
    Pattern.IDENTITY_OF_CUSTOMER: _tries(lambda one: one.customer),
    Pattern.MANY_TRANSACTIONS: _many,
    Pattern.LOSS_THEN_TRANSFER: _loss_then_transfer,
}


@dataclass(slots=True)
class PatternWatch:
    """The same, call by call as they end. Remembers what the last two days' calls did."""

    _events: list[RiskEvent] = field(default_factory=list)
    _by_name: dict[tuple[str, object], list[RiskEvent]] = field(default_factory=lambda: defaultdict(list))
    _told: dict[tuple[Pattern, str], int] = field(default_factory=dict)

    def take(self, call: Call) -> list[Flag]:
        """The calls that are flagged now that this one is over, each once for each pattern. A call may come again with
        more in it."""
        new = [event for event in events_of(call) if event not in self._by_name.get(("key", event.key), ())]
        near: set[RiskEvent] = set()
        for event in new:
            self._events.append(event)
            for name in _names(event):
                self._by_name[name].append(event)
                near.update(self._by_name[name])
        found = [flag for flag in flags(near) if (flag.pattern, flag.call_id) not in self._told]
        self._told |= {(flag.pattern, flag.call_id): flag.t for flag in found}
        if new:
            self._forget(max(event.t for event in new) - BACK_MS)
        return found

    def _forget(self, before: int) -> None:
        self._events.sort(key=lambda one: one.t)
        old = self._events[: bisect_left(self._events, before, key=lambda one: one.t)]
        if not old:
            return
        del self._events[: len(old)]
        for name in {name for event in old for name in _names(event)}:
            self._by_name[name] = [one for one in self._by_name[name] if one.t >= before]
            if not self._by_name[name]:
                del self._by_name[name]
        self._told = {one: t for one, t in self._told.items() if t >= before}


def _names(event: RiskEvent) -> Iterator[tuple[str, object]]:
    yield "key", event.key
    if event.number is not None:
        yield "number", event.number
    if event.customer is not None:
        yield "customer", event.customer
