"""A report's content: the figures of a period and of its days, weeks or months, each beside the period before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, Protocol

from ivr.metrics import rules
from ivr.metrics.counted import Counted, add_days
from ivr.metrics.day import Config, days_between, days_of
from ivr.metrics.registry import INDICATORS, Indicator, Verdict
from ivr.metrics.window import finished, roll_up
from ivr.records.model import AgentState, Call, Complaint, Other, QualityScore, Record

By = Literal["day", "week", "month"]


class Source(Protocol):
    """The part of `Store` that a report reads."""

    def all(self, since: int | None = None, until: int | None = None) -> Iterator[Call]:
        """Every call offered in the half-open interval of UTC epoch ms."""

    def others(self) -> Iterator[Other]:
        """Every complaint, agent state and quality score."""

    def get(self, call_id: str) -> Call | None:
        """The call, or None."""


@dataclass(frozen=True, slots=True)
class Row:
    """An indicator with its figure, its verdict, and its figure in the period before."""

    indicator: Indicator
    figure: Counted
    verdict: Verdict
    previous: Counted


@dataclass(frozen=True, slots=True)
class Period:
    """Local days `since` … `until`, both included, with a row for every indicator."""

    since: date
    until: date
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole period, and its parts where some were asked for. `as_of` is the moment of the report, UTC epoch ms."""

    whole: Period
    parts: tuple[Period, ...]
    by: By | None
    as_of: int | None


def build(source: Source, since: date, until: date, by: By | None = None, config: Config | None = None) -> Report:
    """The report over the local days `since` … `until`, both included; the period before a period is as many days
    right before it. Raises StoreError where the store cannot be read, ValueError where `until` is before `since`."""
    if until < since:
        raise ValueError("until is before since")
    config = config or Config()
    earliest = since - timedelta(days=(until - since).days + 1)
    days = days_of(_records(source, earliest, until), earliest, until, config)
    sums = {day.day: roll_up(day) for day in days}

    def figures(start: date, end: date, config: Config) -> dict[str, Counted]:
        some = [day for day in days if start <= day.day <= end]
        return finished(add_days(sums[day.day] for day in some), some, start, end, config)

    def period(start: date, end: date) -> Period:
        now = figures(start, end, config)
        back = timedelta(days=(end - start).days + 1)
        before = figures(start - back, end - back, replace(config, rounds=0))
        rows = (Row(one, now[id_], one.verdict(now[id_]), before[id_]) for id_, one in INDICATORS.items())
        return Period(start, end, tuple(rows))

    parts = tuple(period(*span) for span in spans(since, until, by)) if by else ()
    return Report(period(since, until), parts, by, config.as_of)


def spans(since: date, until: date, by: By) -> list[tuple[date, date]]:
    """The days, weeks (from Monday) or calendar months between two days; the first and the last may be cut."""
    found: list[tuple[date, date]] = []
    last: object = None
    for day in days_between(since, until):
        name = {"day": day, "week": day.isocalendar()[:2], "month": (day.year, day.month)}[by]
        found[-1:] = [(found[-1][0], day)] if name == last else [*found[-1:], (day, day)]
        last = name
    return found


def _records(source: Source, since: date, until: date) -> Iterable[Record]:
    """The records of the days, and what decides about them: the calls of the hour after the last one ended and the
    callbacks of the day after, and the calls that scores and complaints of these days speak of."""
    start, end = rules.day_start(since), rules.day_start(until) + rules.DAY_MS
    calls = list(source.all(start, end))
    late = max((call.t_ended + rules.REPEAT_MS for call in calls), default=end)
    calls += source.all(end, max(late, end + rules.DAY_MS))
    others = [one for one in source.others() if _touches(one, start, end)]
    known = {call.call_id for call in calls}
    named: set[str] = set()
    for one in others:
        if isinstance(one, QualityScore):
            named.add(one.call_id)
        elif isinstance(one, Complaint):
            named.update(one.call_ids)
    calls += (call for call_id in sorted(named - known) if (call := source.get(call_id)) is not None)
    return [*calls, *others]


def _touches(record: Other, start: int, end: int) -> bool:
    """A state overlaps the days. Scores and complaints are all taken: a score belongs to its call's day, and each of
    a complaint's figures to the day of its own clock."""
    return not isinstance(record, AgentState) or (record.t_from < end and record.t_to > start)
