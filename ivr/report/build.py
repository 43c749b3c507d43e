"""A report's content: the figures of a period and of its days, weeks, months, hours or queues, each beside the period
before it, and the lists of what somebody should look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from ivr.errors import StoreError
from ivr.metrics import rules
from ivr.metrics.counted import Counted, add_days
from ivr.metrics.day import Config, days_between
from ivr.metrics.indicators.indicator import Indicator, Part, Verdict
from ivr.metrics.indicators.registry import INDICATORS
from ivr.metrics.labels.sampling import Coverage, coverage
from ivr.metrics.lists import KINDS
from ivr.metrics.window import finished
from ivr.records.counting.sums import Item
from ivr.records.store import Store
from ivr.report.sources import Definitions, Provider
from ivr.report.stored import Stored

By = Literal["day", "week", "month", "queue", "hour"]

#: Rows of a list that a report shows.
SHOWN = 50
#: A report counts so many records itself where the store has not counted them yet.
MOST_UNCOUNTED = 20_000


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An indicator with its figure, its verdict, and its figure in the period before."""

    indicator: Indicator
    figure: Counted
    verdict: Verdict
    previous: Counted


@dataclass(frozen=True, slots=True)
class Period:
    """Local days `since` … `until`, both included, with a row for every indicator; or one hour or queue of them (`part`
    and its `name`), with a row for every indicator that can be told of it."""

    since: date
    until: date
    rows: tuple[IndicatorRow, ...]
    part: Part = "day"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list: the worst first, at most as many as the report shows, and how many there are. `numbers`: call id →
    caller's number, of the calls that are still there."""

    kind: str
    items: tuple[Item, ...]
    count: int
    numbers: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole period, its parts where some were asked for, and its days (for charts). `as_of` is the moment of the
    report, UTC epoch ms; `sampling` the plans that drew the labelled turns behind the recognition figures."""

    whole: Period
    parts: tuple[Period, ...]
    by: By | None
    as_of: int | None
    lists: tuple[Listed, ...] = ()
    days: Mapping[date, Mapping[str, Counted]] | None = None
    sampling: tuple[Coverage, ...] = ()


def build(
    store: Store,
    since: date,
    until: date,
    by: By | None = None,
    config: Config | None = None,
    *,
    recount: bool = False,
    lists: bool = True,
) -> Report:
    """The report over the local days `since` … `until`, both included; the period before a period is as many days
    right before it. `recount` computes every figure call by call from its definition, which takes long, instead of from
    the sums that the store keeps. Without `lists` there are none in it, nor the plans behind the labels. Nothing is
    written. Raises StoreError where the store cannot be used, ValueError where `until` is before `since`."""
    if until < since:
        raise ValueError("until is before since")
    config = config or Config()
    earliest = since - timedelta(days=(until - since).days + 1)
    from_: Provider = _provider(store, earliest, until, config, recount)
    parts: tuple[Period, ...] = ()
    if by == "hour" or by == "queue":
        parts = _split(from_, since, until, by, config)
    elif by is not None:
        parts = tuple(_period(from_, *span, config) for span in spans(since, until, by))
    days = {day: figures[""] for day, figures in from_.figures(since, until, "day").items()}
    whole = _period(from_, since, until, config)
    if not lists:
        return Report(whole, parts, by, config.as_of, days=days)
    labelled = store.labelled(rules.day_start(since), rules.day_end(until))
    behind = tuple(coverage(labelled, store.plans(), config.test_dids))
    return Report(whole, parts, by, config.as_of, _lists(from_, since, until), days, behind)


def _provider(store: Store, since: date, until: date, config: Config, recount: bool) -> Provider:
    """Where the sums are not whole yet, the definitions count few calls themselves, and refuse many. Of days whose
    records are gone there are sums alone."""
    gone = store.counts.any_purged(since, until)
    if gone and recount:
        raise StoreError("这段时间有记录已按保存期限清除，只有当时的计数，不能逐条重算：请不要用 --recount")
    waiting = 0 if recount else store.counts.uncounted()
    if gone and waiting:
        raise StoreError(f"还有 {waiting} 条记录没有计数，而这段时间有记录已按期清除：请先运行 ivr records count")
    if waiting > MOST_UNCOUNTED:
        raise StoreError(f"还有 {waiting} 条记录没有计数：热线运行时会在后台完成，也可运行 ivr records count")
    return (Definitions if recount or waiting else Stored)(store, since, until, config)


def spans(since: date, until: date, by: By) -> list[tuple[date, date]]:
    """The days, weeks (from Monday) or calendar months between two days; the first and the last may be cut."""
    found: list[tuple[date, date]] = []
    last: object = None
    for day in days_between(since, until):
        name = {"day": day, "week": day.isocalendar()[:2], "month": (day.year, day.month)}[by]
        found[-1:] = [(found[-1][0], day)] if name == last else [*found[-1:], (day, day)]
        last = name
    return found


def _before(since: date, until: date) -> tuple[date, date]:
    back = timedelta(days=(until - since).days + 1)
    return since - back, until - back


def _period(from_: Provider, since: date, until: date, config: Config) -> Period:
    def figures(start: date, end: date, config: Config) -> dict[str, Counted]:
        summed = add_days(day[""] for day in from_.figures(start, end, "day").values())
        return finished(summed, from_.spoken(start, end), start, end, config)

    now, before = figures(since, until, config), figures(*_before(since, until), replace(config, rounds=0))
    return Period(since, until, _rows(now, before))


def _split(from_: Provider, since: date, until: date, part: Part, config: Config) -> tuple[Period, ...]:
    """A period for each hour or queue that has calls."""
    plain = replace(config, rounds=0)

    def figures(start: date, end: date) -> dict[str, dict[str, Counted]]:
        days = list(from_.figures(start, end, part).values())
        names = {name for day in days for name in day}
        summed = {name: add_days(day[name] for day in days if name in day) for name in names}
        return {name: finished(one, [], start, end, plain) for name, one in summed.items()}

    now, before = figures(since, until), figures(*_before(since, until))
    names = sorted(now, key=lambda name: (int(name), "") if part == "hour" else (name == "", name))
    return tuple(Period(since, until, _rows(now[name], before.get(name, {})), part, name) for name in names)


def _rows(now: Mapping[str, Counted], before: Mapping[str, Counted]) -> tuple[IndicatorRow, ...]:
    return tuple(
        IndicatorRow(
            one, now[id_], one.verdict(now[id_]), before.get(id_, replace(now[id_], numerator=0, denominator=0))
        )
        for id_, one in INDICATORS.items()
        if id_ in now
    )


def _lists(from_: Provider, since: date, until: date) -> tuple[Listed, ...]:
    counts = from_.counts(since, until)
    found = {kind: tuple(from_.worst(since, until, kind, SHOWN)) for kind in KINDS}
    numbers = from_.numbers({item.call_id for kind, items in found.items() if kind != "overdue" for item in items})
    return tuple(
        Listed(kind, items, counts[kind], {item.call_id: numbers.get(item.call_id) for item in items})
        for kind, items in found.items()
    )
