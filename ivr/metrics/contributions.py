"""What each call, each customer's day and each agent's state adds to the figures, by the indicators' own definitions.
The store asks when a record is saved or changes, and adds up. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache

from ivr.metrics import lists, rules, trouble
from ivr.metrics.counted import Count
from ivr.metrics.day import Case, CustomerDay, case_of, cut_by_day
from ivr.metrics.indicators.indicator import Indicator, terms
from ivr.metrics.indicators.registry import INDICATORS
from ivr.records import days
from ivr.records.counting.sums import CALLS, Item, Neighbourhood, Slot, Sums
from ivr.records.model import AgentState
from ivr.records.vocabulary import TEXT, VOICE

#: Indicator and what something adds to it → how often.
_Found = dict[tuple[str, Count], int]


class CallDefinitions:
    """The definitions of `ivr.records.counting`: those of these indicators."""

    def __init__(self, version: str, indicators: Mapping[str, Indicator] = INDICATORS) -> None:
        """`version` is that of the code that defines the figures."""
        self.version = version
        self._every = indicators
        self._of_channel: dict[str, list[tuple[str, Callable[[Case], Count | None]]]] = {}
        self._drill = [(one.id, one.drill) for one in indicators.values() if one.drill is not None]
        self._customer = [(one.id, one.customer) for one in indicators.values() if one.customer is not None]
        self._state = [(one.id, one.state) for one in indicators.values() if one.state is not None]

    def of_calls(self, neighbourhood: Neighbourhood, as_of: int | None = None) -> Sums:
        """What the calls and the customers' days add; at `as_of` (UTC epoch ms) some calls may be undecided (D4)."""
        done = Sums()
        found: dict[Slot, _Found] = {}
        for call in neighbourhood.calls:
            if call.direction != "in":
                continue
            day, hour = _day_and_hour(call.t_offered)
            voice = call.channel == VOICE
            if call.drill:
                _add(found, Slot(day), self._drill if voice else ())
                continue
            case = case_of(call, neighbourhood.callbacks.get(call.call_id, ()), neighbourhood.offered, as_of)
            slot = Slot(day, hour, True, case.queue) if case.requested_at_all else Slot(day, hour)
            here = found.setdefault(slot, {})
            for id_, definition in self._call(call.channel):
                if (count := definition(case)) is not None:
                    here[id_, count] = here.get((id_, count), 0) + 1
            done.at(slot)[CALLS] += 1
            done.items += [(kind, day, item) for kind, item in lists.items_of(case)]
            if (bad := trouble.points(call)) >= trouble.LEAST:
                done.items.append((trouble.LIST, day, Item(call.call_id, call.t_offered, bad)))
            if case.key is None and voice:
                self._add_customer(found, day, CustomerDay(False, 1, int(case.requested)))
        for customer, (calls, requests) in neighbourhood.customers.items():
            if calls:
                self._add_customer(found, customer.day, CustomerDay(True, calls, requests))
        return _summed(done, found)

    def _call(self, channel: str) -> Sequence[tuple[str, Callable[[Case], Count | None]]]:
        """The definitions that are about calls of the channel."""
        if channel not in (VOICE, TEXT):
            channel = ""  # of another, by whatever name, only what is about all of them
        if channel not in self._of_channel:
            self._of_channel[channel] = [
                (one.id, one.call)
                for one in self._every.values()
                if one.call is not None and one.channel in (None, channel)
            ]
        return self._of_channel[channel]

    def of_states(self, states: Sequence[AgentState]) -> Sums:
        """What agents' states add, cut by day."""
        found: dict[Slot, _Found] = {}
        for state in states:
            if rules.possible(state.t_to - state.t_from, rules.MOST_WAIT_MS):
                pieces = cut_by_day(state, date.min, date.max)
                spent: list[tuple[date, int | None]] = [(day, piece.t_to - piece.t_from) for day, piece in pieces]
            else:
                spent = [(rules.local_day(state.t_from), None)]
            for day, ms in spent:
                _add(found, Slot(day), [(id_, one(state.state, ms)) for id_, one in self._state])
        return _summed(Sums(), found)

    def _add_customer(self, found: dict[Slot, _Found], day: date, customer: CustomerDay) -> None:
        _add(found, Slot(day), [(id_, one(customer)) for id_, one in self._customer])


def _add(found: dict[Slot, _Found], slot: Slot, counts: Sequence[tuple[str, Count | None]]) -> None:
    here = found.setdefault(slot, {})
    for id_, count in counts:
        if count is not None:
            here[id_, count] = here.get((id_, count), 0) + 1


def _summed(done: Sums, found: Mapping[Slot, _Found]) -> Sums:
    for slot, counts in found.items():
        sums = done.at(slot)
        for (id_, count), times in counts.items():
            for term, number in terms(count):
                sums[id_, term] += number * times
    return done


def _day_and_hour(t: int) -> tuple[date, int]:
    """Zones begin their days and hours at whole halves of a minute."""
    return _of_half_minute(t // 30_000, days.zone().key)


@lru_cache(maxsize=4096)
def _of_half_minute(at: int, _zone: str) -> tuple[date, int]:
    t = at * 30_000
    return rules.local_day(t), rules.local_hour(t)
