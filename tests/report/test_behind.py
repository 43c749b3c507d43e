"""The calls behind a figure are those that it was counted from: as many as its numerator and denominator say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ivr.metrics.day import Config
from ivr.metrics.indicators.indicator import Indicator
from ivr.metrics.indicators.registry import INDICATORS
from ivr.records.exchange.lines import import_lines
from ivr.records.store import Store
from ivr.report import behind
from ivr.report.behind import Behind, Side, calls_behind, told_by_calls
from ivr.report.build import build
from ivr.report.definitions import open_store

GOLDEN = Path(__file__).parents[1] / "records" / "golden-day.jsonl"
#: Each adds a call once; others add milliseconds or several to the numerator.
RATES = [one for one in INDICATORS.values() if one.call is not None and one.unit == "ratio" and one.of_period is None]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('golden')}/ivr.sqlite")
    store.migrate()
    with GOLDEN.open("rb") as lines:
        assert import_lines(lines, store).faults == ()
    return store


def the_days(store: Store) -> tuple[date, date]:
    from ivr.records.days import local_day

    days = [local_day(call.t_offered) for call in store.all()]
    return min(days), max(days)


def everything(store: Store, one: Indicator, side: Side) -> list[Behind]:
    since, until = the_days(store)
    page = calls_behind(store, one, since, until, side)
    found = list(page.found)
    while page.next is not None:
        page = calls_behind(store, one, since, until, side, after=page.next)
        found += page.found
    return found


@pytest.mark.parametrize("one", RATES, ids=lambda one: one.id)
def test_the_calls_add_up_to_the_figure(store: Store, one: Indicator) -> None:
    since, until = the_days(store)
    rows = {row.indicator.id: row.figure for row in build(store, since, until, config=Config()).whole.rows}
    of = {side: everything(store, one, side) for side in Side}
    counted = [*of[Side.NUMERATOR], *of[Side.DENOMINATOR]]
    assert sum(row.count.numerator for row in counted) == rows[one.id].numerator
    assert sum(row.count.denominator for row in counted) == rows[one.id].denominator
    assert all(row.count.numerator for row in of[Side.NUMERATOR])
    assert not any(row.count.numerator for row in of[Side.DENOMINATOR])
    assert not any(row.count.denominator for row in of[Side.EXCLUDED])


def test_pages_follow_each_other_and_miss_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    one = INDICATORS["ours.rebuilt_share"]
    whole = [row.call.call_id for side in Side for row in everything(store, one, side)]
    for shown, chunk, looked in ((1, 2, 3), (3, 3, 3), (2, 5, 100), (50, 1, 1)):
        monkeypatch.setattr(behind, "SHOWN", shown)
        monkeypatch.setattr(behind, "CHUNK", chunk)
        monkeypatch.setattr(behind, "MOST_LOOKED", looked)
        assert [row.call.call_id for side in Side for row in everything(store, one, side)] == whole
    assert len(whole) == len(set(whole)) > 5


def test_of_a_queue_and_an_hour_only_its_own(store: Store) -> None:
    one, (since, until) = INDICATORS["cba.agent_answer_rate"], the_days(store)
    report = build(store, since, until, "queue", Config())
    for period in report.parts:
        figure = next(row.figure for row in period.rows if row.indicator.id == one.id)
        found = [
            row
            for side in (Side.NUMERATOR, Side.DENOMINATOR)
            for row in calls_behind(store, one, since, until, side, part="queue", name=period.name).found
        ]
        assert len(found) == figure.denominator
    assert report.parts


def test_figures_from_elsewhere_have_no_calls(store: Store) -> None:
    since, until = the_days(store)
    one = INDICATORS["cba.complaint_on_time"]
    assert not told_by_calls(one)
    assert calls_behind(store, one, since, until, Side.NUMERATOR).found == ()
