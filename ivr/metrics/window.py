"""The one way in: every indicator of some local days, from records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from ivr.metrics.counted import Counted, add_days
from ivr.metrics.day import Config, Day, Span, days_of
from ivr.metrics.indicators.recognition import call_counts
from ivr.metrics.indicators.registry import INDICATORS
from ivr.records.model import Record

RollUp = Mapping[str, Counted]
Spoken = tuple[int, int, int]


def window(records: Iterable[Record], since: date, until: date, config: Config | None = None) -> dict[str, Counted]:
    """Every indicator, by id, over the local days `since` … `until`, both included. `records` may hold more than these
    days; an hour of calls after them is needed to see who called again. Raises ValueError where `until` is before
    `since`."""
    config = config or Config()
    days = _days(records, since, until, config)
    return finished(add_days(roll_up(day) for day in days), spoken(days), since, until, config)


def roll_up(day: Day) -> dict[str, Counted]:
    """Every indicator of one day, still without the figures from outside and without intervals."""
    return {id_: indicator.compute(day) for id_, indicator in INDICATORS.items()}


def spoken(days: Iterable[Day]) -> list[Spoken]:
    """(reference, output, errors) in characters of each annotated call, for the interval of the accuracy."""
    return [(sums.reference, sums.output, sums.errors) for sums, _ in call_counts(days)]


def finished(
    summed: Mapping[str, Counted], spoken: Iterable[Spoken], since: date, until: date, config: Config
) -> dict[str, Counted]:
    """Summed roll-ups with what only the whole period has: imported figures, the number of business transactions, and
    the interval of the recognition accuracy (`spoken`, see there)."""
    span = Span(since, until, config, tuple(spoken))
    done = dict(summed)
    for id_, figure in summed.items():
        if (of_period := INDICATORS[id_].of_period) is not None:
            done[id_] = of_period(figure, span)
    return done


def _days(records: Iterable[Record], since: date, until: date, config: Config) -> list[Day]:
    if until < since:
        raise ValueError("until is before since")
    return days_of(records, since, until, config)
