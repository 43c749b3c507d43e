"""What a figure was counted from: the calls behind it, by the indicator's own definition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ivr.metrics import rules
from ivr.metrics.counted import Count
from ivr.metrics.day import Case, Config, CustomerDay, case_of
from ivr.metrics.indicators.indicator import Indicator, Part
from ivr.records.counting.browse import Cursor
from ivr.records.counting.sums import CustomerOfDay, Neighbourhood
from ivr.records.days import local_day, local_hour
from ivr.records.model import Call
from ivr.records.store import Store
from ivr.records.vocabulary import VOICE

#: Rows of a page; calls that are looked at for one page, and for one question to the database.
SHOWN, MOST_LOOKED, CHUNK = 50, 2_000, 250


class Side(StrEnum):
    """How a call counts in a figure."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    EXCLUDED = "excluded"

    @property
    def label(self) -> str:
        """In words."""
        return {"numerator": "计入分子", "denominator": "只计入分母", "excluded": "按定义排除"}[self.value]


@dataclass(frozen=True, slots=True)
class Behind:
    """A call and what it adds."""

    call: Call
    count: Count


@dataclass(frozen=True, slots=True)
class BehindPage:
    """Some of the calls, in the order in which they came; `next` is where to go on, None at the end. Where few fit, a
    page may hold none and yet go on."""

    found: tuple[Behind, ...]
    next: Cursor | None
    looked_at: int


def told_by_calls(indicator: Indicator) -> bool:
    """Whether a figure is counted from calls; others come from agents' states, complaints, scores, labels, or from
    outside."""
    return indicator.call is not None or indicator.customer is not None


def calls_behind(
    store: Store,
    indicator: Indicator,
    since: date,
    until: date,
    side: Side,
    *,
    part: Part = "day",
    name: str = "",
    after: Cursor | None = None,
    config: Config | None = None,
) -> BehindPage:
    """The calls of the local days `since` … `until` (of one hour or queue, where `part` and `name` say so) that count
    in `indicator` in this way. Raises StoreError."""
    config = config or Config()
    start, end = rules.day_start(since), rules.day_end(until)
    found: list[Behind] = []
    looked = 0
    while looked < MOST_LOOKED and len(found) < SHOWN:
        some, then = store.counts.browse(start, end, after, CHUNK, config.test_dids)
        for one in _counted(indicator, some, config, part, name):
            if _side(one.count) is side:
                found.append(one)
                if len(found) == SHOWN:
                    last = Cursor(one.call.t_offered, one.call.call_id)
                    more = then is not None or one.call.call_id != some.calls[-1].call_id
                    return BehindPage(tuple(found), last if more else None, looked + len(some.calls))
        looked += len(some.calls)
        after = then
        if then is None:
            break
    return BehindPage(tuple(found), after, looked)


def _counted(indicator: Indicator, some: Neighbourhood, config: Config, part: Part, name: str) -> list[Behind]:
    done = []
    for call in some.calls:
        if call.drill:
            count = indicator.drill if call.channel == VOICE else None
        elif indicator.channel not in (None, call.channel) or (indicator.customer and call.channel != VOICE):
            continue
        else:
            case = case_of(call, some.callbacks.get(call.call_id, ()), some.offered, config.as_of)
            if (part == "queue" and case.queue != name) or (part == "hour" and str(local_hour(call.t_offered)) != name):
                continue
            count = _count(indicator, case, some)
        if count is not None:
            done.append(Behind(call, count))
    return done


def _count(indicator: Indicator, case: Case, some: Neighbourhood) -> Count | None:
    if indicator.call is not None:
        return indicator.call(case)
    if indicator.customer is None:
        return None
    if case.key is None:
        return indicator.customer(CustomerDay(False, 1, int(case.requested)))
    of_day = some.customers.get(CustomerOfDay(local_day(case.call.t_offered), case.key), (0, 0))
    return indicator.customer(CustomerDay(True, *of_day))


def _side(count: Count) -> Side:
    if count.numerator:
        return Side.NUMERATOR
    return Side.DENOMINATOR if count.denominator else Side.EXCLUDED
