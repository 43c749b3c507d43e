"""What calls count for, as numbers that are added up. `ivr.metrics` says what that is; the store keeps the sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

from ivr.records.model import AgentState, Call, CustomerKey
from ivr.records.vocabulary import VOICE

#: No time of a record is later: as of then everything is decided.
FOREVER = 2**63 - 1
#: In every slot of calls this term of no indicator counts the calls themselves.
CALLS = ("", "calls")


class Slot(NamedTuple):
    """Where a sum belongs: a local day, the hour 0…23 of the calls' beginning, whether they asked for an agent, and in
    which queue (empty where that is not known)."""

    day: date
    hour: int = 0
    requested: bool = False
    queue: str = ""


#: (indicator, term), see `ivr.metrics.indicators.indicator.Terms`.
Term = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a list: which call, when (UTC epoch ms) and for how long."""

    call_id: str
    at: int
    ms: int | None


def called(call: Call) -> bool:
    """A customer called, by telephone: what he does in writing is neither a call nor a repeat of one."""
    return call.direction == "in" and call.channel == VOICE


@dataclass(slots=True)
class Sums:
    """What some calls, customers' days and states add; `items` are the calls' rows of the lists, each with its day."""

    counts: dict[Slot, Counter[Term]] = field(default_factory=dict)
    items: list[tuple[str, date, Item]] = field(default_factory=list)

    def at(self, slot: Slot) -> Counter[Term]:
        """The sums of a slot, to be added to."""
        found = self.counts.get(slot)
        if found is None:
            found = self.counts[slot] = Counter()
        return found


class CustomerOfDay(NamedTuple):
    """A customer on a local day."""

    day: date
    key: CustomerKey


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Calls to count, and what decides about them.

    `callbacks`: call id → the outbound calls made for it that are no drills (D9). `offered`: customer → the sorted
    times of the inbound calls around the ends of these calls (D4). `customers`: the days of customers to count, each
    with how many counted calls there are in it, and how many of them asked for an agent."""

    calls: Sequence[Call]
    callbacks: Mapping[str, Sequence[Call]]
    offered: Mapping[CustomerKey, list[int]]
    customers: Mapping[CustomerOfDay, tuple[int, int]]


class Definitions(Protocol):
    """What a count means."""

    @property
    def version(self) -> str:
        """Of the definitions: what another version counted is counted again."""

    def of_calls(self, neighbourhood: Neighbourhood) -> Sums:
        """What the calls and the customers' days add."""

    def of_states(self, states: Sequence[AgentState]) -> Sums:
        """What agents' states add."""
