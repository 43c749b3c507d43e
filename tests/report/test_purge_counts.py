"""Whatever is purged, in whatever order, and whatever is on hold: every figure stays what it was, to the last term."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.errors import RecordRefused, StoreError
from ivr.metrics.day import Config
from ivr.records.model import AgentState, Complaint, QualityScore, Record
from ivr.records.privacy import purge as purge_module
from ivr.records.privacy.model import HoldKind
from ivr.records.privacy.retention import Retention
from ivr.records.store import Store
from ivr.report.build import build
from ivr.report.making import Making
from ivr.report.stored import Stored
from tests.metrics.told import DAY, TEN, answered, call, complaint, turn
from tests.records.privacy_told import ENTRY, purge_all
from tests.report.odd_days import odd_records
from tests.report.test_two_ways import DAY_MS, SINCE, UNTIL, add, drawn, fill, told

#: Long after the drawn days: everything is decided.
NOW = TEN + 400 * DAY_MS
CONFIG = Config(as_of=NOW, rounds=0)
CLASSES = (Retention.COMPLAINTS, Retention.CALLS, Retention.AGENTS)


def figures(store: Store) -> dict[str, Any]:
    """All that a report tells but for the rows of its lists, which are calls: those that are gone are in no list."""
    everything = told(Stored(store, SINCE, UNTIL, CONFIG))
    del everything["lists"]
    # an hour or queue whose calls are all gone has its figures still; figures that say nothing may come or go
    everything["figures"] = {key: one for key, one in everything["figures"].items() if _says_something(one)}
    return everything


def _says_something(figure: Any) -> bool:
    return bool(
        figure.numerator
        or (figure.denominator and not figure.bare)
        or any(number for _, number in (*figure.parts, *figure.excluded))
    )


@settings(drawn, max_examples=25)
@given(odd_records(), st.data())
def test_no_figure_changes_by_a_purge(both: Store, records: list[Record], data: st.DataObject) -> None:
    fill(both, records)
    closed = [replace(one, closed_at=one.closed_at or TEN) for one in both.others() if isinstance(one, Complaint)]
    both.save_other(closed)
    for held in data.draw(st.lists(st.sampled_from(["0", "1", "2"]), max_size=2, unique=True)):
        both.privacy.hold(HoldKind.CALL, held, "诉讼", ENTRY, NOW)
    before = figures(both)
    purge = both.privacy.purge(Making(NOW))
    days = st.integers(-2, 60).map(lambda more: DAY + timedelta(days=more))
    with mock.patch.object(purge_module, "PAGE", data.draw(st.integers(1, 4))):
        for retention in data.draw(st.permutations(CLASSES)):
            purge_all(purge, retention, data.draw(days), NOW)
            assert figures(both) == before
        for retention in CLASSES:
            purge_all(purge, retention, date(2027, 1, 1), NOW)
            assert figures(both) == before


def test_a_purged_month_is_reported_as_before_and_cannot_be_counted_anew(both: Store) -> None:
    spoken = turn("查余额", "查余")
    add(both, [call("a", turns=(spoken,), handoffs=(answered(25_000),)), call("b", TEN + 70_000, caller_number="+86a")])
    add(
        both,
        [
            complaint("k", TEN, due=TEN + DAY_MS, closed_at=TEN + DAY_MS, decided_at=TEN),
            AgentState("1", "talk", TEN, TEN + 9),
        ],
    )
    add(both, [QualityScore("a", "1", "f", 90.5, "赵六", TEN + DAY_MS)])
    before = build(both, SINCE, UNTIL, "day", CONFIG)
    purge = both.privacy.purge(Making(NOW))
    assert [purge_all(purge, one, date(2027, 1, 1), NOW) for one in CLASSES] == [1, 2, 1]
    assert both.count() == 0 and list(both.others()) == []
    after = build(both, SINCE, UNTIL, "day", CONFIG)
    assert (after.whole, after.parts, after.days) == (before.whole, before.parts, before.days)
    assert [(one.kind, one.count) for one in after.lists] == [(one.kind, one.count) for one in before.lists]
    with pytest.raises(StoreError, match="不能逐条重算"):
        build(both, SINCE, UNTIL, config=CONFIG, recount=True)


def test_other_definitions_count_what_is_left_and_keep_what_is_gone(
    both: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(both, [call("old", TEN - DAY_MS, handoffs=(answered(0, TEN - DAY_MS),)), call("new", handoffs=(answered(0),))])
    add(both, [AgentState("1", "talk", TEN - DAY_MS, TEN - DAY_MS + 9), AgentState("1", "talk", TEN, TEN + 9)])
    before = figures(both)
    purge = both.privacy.purge(Making(NOW))
    assert purge_all(purge, Retention.CALLS, DAY, NOW) == 1
    assert purge_all(purge, Retention.AGENTS, DAY, NOW) == 1
    monkeypatch.setattr(both._counting._definitions, "version", "the next one")
    with pytest.raises(StoreError, match="有记录还没有计数"):
        purge_all(purge, Retention.CALLS, DAY + timedelta(days=1), NOW)
    with pytest.raises(StoreError, match="先运行 ivr records count"):
        build(both, SINCE, UNTIL, config=CONFIG)
    while both.counts.count_some():
        pass
    assert figures(both) == before
    assert purge_all(purge, Retention.CALLS, DAY + timedelta(days=1), NOW) == 1
    assert figures(both) == before


def test_what_was_purged_is_not_taken_in_again(both: Store) -> None:
    add(both, [call("old", TEN - DAY_MS), call("held", TEN - DAY_MS), call("new")])
    both.privacy.hold(HoldKind.CALL, "held", "诉讼", ENTRY, NOW)
    purge_all(both.privacy.purge(Making(NOW)), Retention.CALLS, DAY, NOW)
    before = figures(both)
    for again in (call("old", TEN - DAY_MS), call("other", TEN - DAY_MS)):
        with pytest.raises(RecordRefused, match="不再收入"):
            both.save([again])
    both.save([call("held", TEN - DAY_MS), call("new")])
    assert figures(both) == before
    assert {one.call_id for one in both.all()} == {"held", "new"}


@pytest.mark.parametrize("failing", ["counts", "figures", "audit"])
def test_a_database_that_fails_in_the_middle_changes_nothing(both: Store, failing: str) -> None:
    add(both, [call(str(at), TEN + at, turns=(replace(turn("甲", "乙"), turn_id=str(at)),)) for at in range(5)])
    before = figures(both)
    purge = both.privacy.purge(Making(NOW))
    place = {"counts": "ivr.records.counting.counting._list_again", "figures": "ivr.records.counting.purged.add"}
    with (
        mock.patch.object(purge_module, "PAGE", 2),
        mock.patch(
            place.get(failing, "ivr.records.privacy.purge.append"), side_effect=StoreError("disk full")
        ) as fails,
    ):
        with pytest.raises(StoreError, match="disk full"):
            purge_all(purge, Retention.CALLS, date(2027, 1, 1), NOW)
        assert fails.called and both.count() == 5 and figures(both) == before
    assert both.counts.purged(SINCE, UNTIL) == {}
    assert purge_all(purge, Retention.CALLS, date(2027, 1, 1), NOW) == 5
    assert figures(both) == before
