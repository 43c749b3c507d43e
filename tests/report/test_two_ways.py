"""The sum of what each call counted for when it was saved is what the definitions say of the whole list, on whatever
days are drawn and however the records came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from ivr.errors import StoreError
from ivr.metrics.day import Config
from ivr.metrics.indicators.registry import INDICATORS
from ivr.metrics.lists import KINDS
from ivr.metrics.patterns import Pattern
from ivr.records import days
from ivr.records.counting import counting
from ivr.records.database import tables
from ivr.records.database.engine import writing
from ivr.records.database.migrate import downgrade
from ivr.records.model import (
    AgentState,
    Call,
    Hold,
    MenuVisit,
    QualityScore,
    Record,
    Transaction,
    Verification,
)
from ivr.records.store import Store
from ivr.records.vocabulary import TransactionOutcome
from ivr.report import build as build_module
from ivr.report.build import build
from ivr.report.definitions import open_store
from ivr.report.sources import Definitions, Provider
from ivr.report.stored import Stored, flags_of
from tests.metrics.told import DAY, MIDNIGHT, TEN, abandoned, answered, call, complaint, leg, survey, turn
from tests.report.odd_days import MOMENTS, odd_records

SINCE, UNTIL = DAY - timedelta(days=1), DAY + timedelta(days=3)
#: The same examples every time; the store is emptied before each.
drawn = settings(
    max_examples=25, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)  # fmt: skip


def fill(store: Store, records: Iterable[Record]) -> None:
    """The store holds these records and no others."""
    with writing(store._engine) as connection:
        for table in reversed(tables.metadata.sorted_tables):
            if table.name != "audit":  # which nothing can be taken from
                connection.execute(delete(table))
    add(store, records)


def add(store: Store, records: Iterable[Record]) -> None:
    listed = list(records)
    store.save([one for one in listed if isinstance(one, Call)])
    store.save_other([one for one in listed if not isinstance(one, Call)])


def told(provider: Provider, since: date = SINCE, until: date = UNTIL) -> dict[str, Any]:
    """Everything that a report may ask."""
    parts: Any = ("day", "hour", "queue")
    figures = {
        (part, day, name, id_): figure
        for part in parts
        for day, named in provider.figures(since, until, part).items()
        for name, some in named.items()
        for id_, figure in some.items()
    }
    lists = {kind: provider.worst(since, until, kind, 50) for kind in KINDS}
    return {
        "figures": figures,
        "lists": lists,
        "counts": dict(provider.counts(since, until)),
        "spoken": sorted(provider.spoken(since, until)),
    }


def assert_same(store: Store, config: Config) -> Stored:
    stored = Stored(store, SINCE, UNTIL, config)
    added, defined = told(stored), told(Definitions(store, SINCE, UNTIL, config))
    assert added == defined
    ids = {id_ for part, _, _, id_ in added["figures"] if part == "day"}
    assert ids == set(INDICATORS)
    return stored


@drawn
@given(odd_records(), MOMENTS, st.sampled_from([frozenset(), frozenset({"test"})]))
def test_the_sums_are_what_the_definitions_say(
    both: Store, records: list[Record], as_of: int | None, dids: frozenset[str]
) -> None:
    fill(both, records)
    assert_same(both, Config(as_of=as_of, test_dids=dids, rounds=0))


# ---- late facts, corrections, records that give way


@settings(drawn, max_examples=25)
@given(odd_records(), odd_records(), MOMENTS, st.data())
def test_whatever_is_written_again_the_sums_stay_the_figures(
    both: Store, records: list[Record], others: list[Record], as_of: int | None, data: st.DataObject
) -> None:
    """Two drawn days share ids: the later one's records replace those of the earlier, in pieces of any size."""
    fill(both, [])
    waiting = [*records, *others]
    while waiting:
        size = data.draw(st.integers(1, len(waiting)))
        add(both, waiting[:size])
        waiting = waiting[size:]
    assert both.counts.uncounted() == 0
    assert_same(both, Config(as_of=as_of, rounds=0))


@settings(drawn, max_examples=10)
@given(odd_records(), odd_records(), st.integers(1, 3))
def test_records_that_nobody_counted_are_counted_later(
    both: Store, records: list[Record], others: list[Record], batch: int
) -> None:
    fill(both, records)
    plain = Store(both._engine.url.render_as_string(hide_password=False))
    add(plain, others[:-1])
    plain.close()
    with mock.patch.object(counting, "_BATCH", batch):
        while both.counts.count_some():
            add(both, others[-1:])
    assert_same(both, Config(rounds=0))


DAY_MS = 86_400_000


def test_a_repeat_across_midnight_corrects_the_day_before(both: Store) -> None:
    first = call("a", TEN + 14 * 3_600_000 - 61_000, handoffs=(answered(0),), caller_number="+861")
    add(both, [first])
    assert success(both) == 1
    add(
        both, [call("c", first.t_ended + 3_600_000, caller_number="+861"), call("d", first.t_ended, caller_number="+2")]
    )
    assert success(both) == 1
    add(both, [call("b", first.t_ended + 3_599_999, caller_number="+861")])
    assert success(both) == 0
    add(both, [call("b", first.t_ended + 3_599_999, caller_number="+862")])
    assert success(both) == 1


def test_a_callback_days_later_and_the_repeat_after_it_correct_the_callers_day(both: Store) -> None:
    promised = call("p", caller_number="+861", handoffs=(replace(abandoned(1000), outcome="callback"),))
    add(both, [promised])
    assert success(both) == 0
    at = TEN + 2 * DAY_MS
    add(both, [call("q", at, direction="out", parent_call_id="p", handoffs=(answered(0, at),))])
    assert success(both) == 1
    add(both, [call("r", at + 60_000, caller_number="+861")])
    assert success(both) == 0


def success(store: Store) -> int | Fraction:
    """How many calls of the day were successful at once."""
    stored = assert_same(store, Config(rounds=0))
    return stored.figures(DAY, DAY, "day")[DAY][""]["hb.one_time_success"].numerator


def test_a_label_a_decision_a_score_and_a_state_correct_their_days(both: Store) -> None:
    spoken = turn("查余额", "查余额")
    add(both, [call("a", turns=(replace(spoken, annotations=()),)), complaint("k", TEN, due=TEN + DAY_MS)])
    both.annotate("t", spoken.annotations[0])
    add(both, [complaint("k", TEN, due=TEN + DAY_MS, decided_at=TEN + 2 * DAY_MS)])
    add(both, [QualityScore("a", "1", "f", 90.0, "赵六", TEN + 2 * DAY_MS)])
    add(both, [AgentState("1", "talk", TEN, TEN + DAY_MS)])
    add(both, [AgentState("1", "pause", TEN, TEN + 2 * DAY_MS)])
    day = assert_same(both, Config(rounds=0)).figures(DAY, DAY, "day")[DAY][""]
    assert day["cba.asr_accuracy"].denominator == 3 and day["cba.quality_score"].numerator == 90
    assert dict(day["cba.calls_per_fte_day"].parts)["signed_in_ms"] == 14 * 3_600_000


def test_a_call_that_becomes_a_drill_takes_its_complaint_along(both: Store) -> None:
    add(both, [call("a"), complaint("k", TEN - DAY_MS, call_ids=("a",))])
    add(both, [call("a", drill=True)])
    day = assert_same(both, Config(rounds=0)).figures(DAY, DAY, "day")[DAY][""]
    assert (day["ours.drill_calls"].numerator, day["hb.ivr_connect_rate"].denominator) == (1, 0)


def test_a_rebuilt_call_that_gives_way_leaves_its_day(both: Store) -> None:
    rebuilt = call("r", TEN - DAY_MS, source="rebuilt", linkedid="same")
    add(both, [rebuilt])
    add(both, [call("l", linkedid="same")])
    days = assert_same(both, Config(rounds=0)).figures(SINCE, UNTIL, "day")
    assert [figures[""]["ours.rebuilt_share"].denominator for figures in days.values()] == [0, 1, 0, 0, 0]


def test_what_is_provisional_is_decided_when_its_time_has_come(both: Store) -> None:
    one = call("a", handoffs=(answered(0),), surveys=(survey(1),), agent_legs=(leg(),))
    add(both, [one, complaint("k", TEN, due=TEN + 2 * DAY_MS, ack_due=TEN + 1000)])
    for as_of, open_ in ((one.t_ended + 3_599_999, 1), (one.t_ended + 3_600_000, 0), (TEN, 1), (TEN + 3 * DAY_MS, 0)):
        stored = assert_same(both, Config(as_of=as_of, rounds=0))
        assert stored.figures(DAY, DAY, "day")[DAY][""]["hb.one_time_success"].provisional == open_


def test_test_numbers_are_left_out_with_all_that_hangs_on_them(both: Store) -> None:
    promised = call("p", caller_number="+861", handoffs=(replace(abandoned(1000), outcome="callback"),))
    at = TEN + 60_000
    add(both, [promised, call("again", promised.t_ended + 1, did="test", caller_number="+861")])
    add(both, [call("q", at, did="test", direction="out", parent_call_id="p", handoffs=(answered(0, at),))])
    for dids in ({"test"}, {"test", "95000"}, {"other"}, set()):
        assert_same(both, Config(test_dids=frozenset(dids), rounds=0))


@pytest.mark.parametrize(
    "absurd",
    [
        {"agent_legs": (leg(0, 2**63 - 1), leg(0, 2**63 - 1))},
        {"t_first_prompt": -(2**63) + 1, "t_answered": TEN},
        {"t_ended": 2**63 - 1, "handoffs": (answered(0),)},
    ],
)
def test_absurd_times_are_left_out_both_ways(both: Store, absurd: dict[str, Any]) -> None:
    add(both, [replace(call("a"), **absurd), call("b", handoffs=(answered(0),))])
    assert_same(both, Config(rounds=0))


@pytest.mark.parametrize("records", [[], [call("one", t_answered=None, t_first_prompt=None)]])
def test_an_empty_day_and_a_day_with_one_call(both: Store, records: list[Record]) -> None:
    fill(both, records)
    assert_same(both, Config())


@pytest.mark.parametrize("change", ["definitions", "zone"])
def test_other_definitions_and_another_zone_count_all_anew(
    both: Store, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(both, [call("a", MIDNIGHT + 1), AgentState("1", "talk", TEN, TEN + 1)])
    if change == "definitions":
        monkeypatch.setattr(both._counting._definitions, "version", "the next one")
    else:
        monkeypatch.setattr(days, "_zone", ZoneInfo("UTC"))
    assert both.counts.uncounted() == 2
    add(both, [call("b", handoffs=(answered(0),))])
    assert both.counts.uncounted() == 3
    while both.counts.count_some():
        pass
    assert_same(both, Config(rounds=0))
    add(both, [call("c", handoffs=(answered(0),))])
    assert both.counts.uncounted() == 0
    assert_same(both, Config(rounds=0))


def test_a_database_of_an_earlier_version_is_counted_after_it_is_migrated(both: Store) -> None:
    add(both, [call("a", handoffs=(answered(0),)), call("b", drill=True), AgentState("1", "talk", TEN, TEN + 1)])
    with writing(both._engine) as connection:
        downgrade(connection, "0004")
    assert not both.is_current()
    both.migrate()
    assert both.is_current() and both.counts.uncounted() == 3
    while both.counts.count_some():
        pass
    assert both.counts.uncounted() == 0
    assert_same(both, Config(rounds=0))


def test_a_report_reads_a_database_that_cannot_be_written(both: Store) -> None:
    url = both._engine.url.render_as_string(hide_password=False)
    add(both, [call("a", handoffs=(answered(0),)), call("b")])
    reader = open_store(url.replace("postgresql+psycopg", "postgresql"), read_only=True)
    for recount in (False, True):
        report = build(reader, DAY, DAY, config=Config(rounds=0), recount=recount)
        assert report.whole.rows[0].figure.denominator == 1
    state = AgentState("1", "talk", TEN, TEN + 1)
    for write in (lambda: reader.save([call("c")]), lambda: reader.save_other([state])):
        with pytest.raises(StoreError, match=r"read-?only"):
            write()
    reader.close()
    assert both.count() == 2


def test_a_store_with_much_to_count_says_so(both: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    add(both, [call("a"), call("b")])
    monkeypatch.setattr(both._counting._definitions, "version", "the next one")
    rows = {row.indicator.id: row for row in build(both, DAY, DAY, config=Config(rounds=0)).whole.rows}
    assert rows["hb.ivr_connect_rate"].figure.denominator == 2
    monkeypatch.setattr(build_module, "MOST_UNCOUNTED", 1)
    with pytest.raises(StoreError, match="还有 2 条记录没有计数"):
        build(both, DAY, DAY, config=Config(rounds=0))


def test_every_bound_is_the_same_to_the_millisecond(both: Store) -> None:
    """What drawn days seldom hit: each bound of D4, one below, on it and one above."""
    calls = [call(f"w{at}", handoffs=(answered(20_000 + at),)) for at in (-1, 0, 1)]
    calls += [call(f"q{at}", handoffs=(replace(answered(30_000), t_queued=TEN + 20_000 + at),)) for at in (-1, 0, 1)]
    calls += [call(f"a{at}", handoffs=(abandoned(5_000 + at),)) for at in (-1, 0, 1)]
    calls += [
        call(f"n{at}", handoffs=(replace(answered(0), agent_id_announced_at=TEN + 10_000 + at),))
        for at in (-1, 0, 1, 2_999, 3_000, 3_001)
    ]
    calls += [call(f"p{at}", t_first_prompt=TEN + 20_000 + at, t_answered=TEN + 10_000) for at in (-1, 0, 1)]
    calls += [call(f"e{at}", lasts=6_000 + at) for at in (-1, 0, 1)]
    visit = MenuVisit("main", 1, TEN, "choice")
    calls += [call(f"k{key}", lasts=2_000, menu_visits=(replace(visit, key=key),)) for key in (None, "", "1")]
    pressed = replace(abandoned(100), reason="elderly_key")
    calls += [call("key", lasts=2_000, handoffs=(pressed,)), call("spoke", lasts=2_000, turns=(turn("嗯", "嗯"),))]
    calls += [call("said", lasts=2_000, handoffs=(replace(pressed, reason="intent"),)), call("seen", channel="video")]
    for at in (-1, 0, 3_599_999, 3_600_000):
        first = call(f"r{at}", handoffs=(answered(0),), caller_number=f"+1{at}")
        calls += [first, call(f"s{at}", first.t_ended + at, caller_number=first.caller_number)]
    calls += [call("by agent", hangup_by="agent", handoffs=(abandoned(9_000),))]
    # promised twice: the later promise is kept, and waits from its own request
    twice = tuple(replace(abandoned(1_000, TEN + at), outcome="callback") for at in (1_000, 60_000))
    calls += [call("twice", handoffs=twice, lasts=90_000)]
    calls += [
        call("back", TEN + 95_000, direction="out", parent_call_id="twice", handoffs=(answered(0, TEN + 79_000),))
    ]
    held = [leg(hold=(Hold(TEN, TEN + 30_000 + at),)) for at in (-1, 0, 1)]
    add(both, [*calls, *(call(f"h{at}", agent_legs=(one,)) for at, one in enumerate(held))])
    assert_same(both, Config(rounds=0))


def test_calls_to_look_at_are_the_same_both_ways_across_midnight_and_around_drills(both: Store) -> None:
    """What flags a call was done in calls of the days before, some of them drills or outbound."""
    check, deed = Verification("pin", 3, "wrong", 0), Transaction("transfer_accept", 0, TransactionOutcome.DONE)

    def tried(name: str, at: int, **more: Any) -> Call:
        return replace(call(name, at, caller_number="+861", **more), verifications=(replace(check, t=at + 1),))

    def did(name: str, at: int, *operations: str, **more: Any) -> Call:
        deeds = tuple(replace(deed, t=at + 1, operation=one) for one in operations)
        return replace(call(name, at, customer_id="k", **more), transactions=deeds)

    add(both, [
        tried("before", MIDNIGHT - 1), tried("after", MIDNIGHT + 5), tried("drill", MIDNIGHT + 6, drill=True),
        tried("test", MIDNIGHT + 7, did="test"), tried("out", MIDNIGHT + 8, direction="out"),
        did("loss", MIDNIGHT - DAY_MS + 10, "report_loss"), did("late", MIDNIGHT + 10, "transfer_accept"),
        did("in time", MIDNIGHT + 9, "transfer_accept"),
        *(
            replace(tried(f"k8-{at}", MIDNIGHT - 50 + 25 * at, customer_id="k8"), caller_number=f"+87{at}",
                    verifications=(replace(check, attempts=3, outcome="verified", t=MIDNIGHT - 50 + 25 * at),))
            for at in range(3)
        ),
        did("crowd", MIDNIGHT + 30, *["transfer_accept"] * 3),
        # over two days before the first day that is asked for, and within
        did("old", MIDNIGHT - 3 * DAY_MS - 1, "report_loss"),
        did("older", MIDNIGHT - 2 * DAY_MS - 2, "transfer_accept"),
    ])  # fmt: skip
    for dids in (frozenset[str](), frozenset({"test"})):
        stored = assert_same(both, Config(rounds=0, test_dids=dids))
        lists = {kind: {item.call_id for item in stored.worst(DAY, DAY, kind, 50)} for kind in KINDS}
        assert lists["identity_of_number"] == {"after", "test"} - ({"test"} if dids else set())
        assert lists["identity_of_customer"] == {"k8-2"}
        assert lists["loss_then_transfer"] == {"in time"} and lists["many_transactions"] == {"crowd"}
        # a single day asks for the day before by itself
        alone = {flag.call_id for flag in flags_of(both, DAY, DAY, dids)}
        assert alone == set().union(*(lists[pattern] for pattern in Pattern))
    both.save([call("before", MIDNIGHT - 1, caller_number="+861")])
    stored = assert_same(both, Config(rounds=0, test_dids=frozenset({"test"})))
    assert stored.worst(DAY, DAY, "identity_of_number", 50) == []
