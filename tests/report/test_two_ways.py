"""Two ways, one truth: what the database counts are the definitions' figures, on whatever days are drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from ivr.metrics.day import Config
from ivr.metrics.lists import KINDS
from ivr.metrics.registry import INDICATORS
from ivr.records import tables
from ivr.records.engine import writing
from ivr.records.model import AgentState, Call, Hold, MenuVisit, QualityScore, Record
from ivr.records.store import Store
from ivr.report import kept as kept_module
from ivr.report.kept import Kept
from ivr.report.sources import Definitions, Provider
from tests.metrics.told import DAY, TEN, abandoned, answered, call, complaint, leg, survey, turn
from tests.report.odd_days import MOMENTS, odd_records

SINCE, UNTIL = DAY - timedelta(days=1), DAY + timedelta(days=3)
#: The same examples every time; the store is emptied before each.
drawn = settings(
    max_examples=30, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)  # fmt: skip


def fill(store: Store, records: Iterable[Record]) -> None:
    """The store holds these records and no others."""
    with writing(store._engine) as connection:
        for table in reversed(tables.metadata.sorted_tables):
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


def assert_same(store: Store, config: Config) -> Kept:
    kept = Kept(store, SINCE, UNTIL, config)
    counted, defined = told(kept), told(Definitions(store, SINCE, UNTIL, config))
    assert counted == defined
    ids = {id_ for part, _, _, id_ in counted["figures"] if part == "day"}
    assert ids == set(INDICATORS)
    return kept


@drawn
@given(odd_records(), MOMENTS, st.sampled_from([frozenset(), frozenset({"test"})]))
def test_the_database_counts_what_the_definitions_say(
    both: Store, records: list[Record], as_of: int | None, dids: frozenset[str]
) -> None:
    fill(both, records)
    assert_same(both, Config(as_of=as_of, test_dids=dids, rounds=0))


# ---- late facts


@settings(drawn, max_examples=15)
@given(odd_records(), st.data())
def test_late_records_correct_the_days_they_belong_to(both: Store, records: list[Record], data: st.DataObject) -> None:
    late = data.draw(st.integers(0, min(3, len(records))))
    fill(both, records[late:])
    first, then = (data.draw(MOMENTS) for _ in range(2))
    assert_same(both, Config(as_of=first, rounds=0))
    if then is None or (first is not None and then < first):
        then = first
    undecided = set(both.rollups.stale(SINCE, UNTIL, 2**63 - 1 if then is None else then, scope()))
    before = told(Definitions(both, SINCE, UNTIL, Config(as_of=then, rounds=0)))["figures"]
    add(both, records[:late])
    kept = assert_same(both, Config(as_of=then, rounds=0))
    after = told(kept)["figures"]
    changed = {key[1] for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert changed <= set(kept.recounted)
    assert undecided <= set(kept.recounted)
    assert_same(both, Config(as_of=then, rounds=0))


def scope() -> str:
    return kept_module._fingerprint()


def counted_again(store: Store, as_of: int | None = None) -> list[date]:
    return assert_same(store, Config(as_of=as_of, rounds=0)).recounted


NEXT = DAY + timedelta(days=1)
DAY_MS = 86_400_000


def test_nothing_new_is_nothing_to_count(both: Store) -> None:
    add(both, [call("a", handoffs=(answered(0),))])
    assert len(counted_again(both)) == 5
    assert counted_again(both) == []


def test_a_repeat_across_midnight_corrects_the_day_before(both: Store) -> None:
    first = call("a", TEN + 14 * 3_600_000 - 61_000, handoffs=(answered(0),), caller_number="+861")
    add(both, [first])
    counted_again(both)
    add(both, [call("b", first.t_ended + 3_599_999, caller_number="+861")])
    assert counted_again(both) == [DAY, NEXT]
    add(both, [call("c", first.t_ended + 3_600_000, caller_number="+861")])
    assert counted_again(both) == [NEXT]
    add(both, [call("d", first.t_ended + 60_000, caller_number="+862")])
    assert counted_again(both) == [NEXT]


def test_a_callback_days_later_and_the_repeat_after_it_correct_the_callers_day(both: Store) -> None:
    promised = call("p", caller_number="+861", handoffs=(replace(abandoned(1000), outcome="callback"),))
    add(both, [promised])
    counted_again(both)
    at = TEN + 2 * DAY_MS
    add(both, [call("q", at, direction="out", parent_call_id="p", handoffs=(answered(0, at),))])
    assert counted_again(both) == [DAY, DAY + timedelta(days=2)]
    add(both, [call("r", at + 60_000, caller_number="+861")])
    assert counted_again(both) == [DAY, DAY + timedelta(days=2)]


def test_a_label_a_decision_a_score_and_a_state_correct_their_days(both: Store) -> None:
    spoken = turn("查余额", "查余额")
    add(both, [call("a", turns=(replace(spoken, annotations=()),)), complaint("k", TEN, due=TEN + DAY_MS)])
    counted_again(both)
    both.annotate("t", spoken.annotations[0])
    assert counted_again(both) == [DAY]
    add(both, [complaint("k", TEN, due=TEN + DAY_MS, decided_at=TEN + 2 * DAY_MS)])
    assert counted_again(both) == [DAY, NEXT, DAY + timedelta(days=2)]
    add(both, [QualityScore("a", "1", "f", 90.0, "赵六", TEN + 2 * DAY_MS)])
    assert counted_again(both) == [DAY, DAY + timedelta(days=2)]
    add(both, [AgentState("1", "talk", TEN, TEN + DAY_MS)])
    assert counted_again(both) == [DAY, NEXT]


def test_a_call_that_becomes_a_drill_takes_its_complaint_along(both: Store) -> None:
    add(both, [call("a"), complaint("k", TEN - DAY_MS, call_ids=("a",))])
    counted_again(both)
    add(both, [call("a", drill=True)])
    assert counted_again(both) == [DAY - timedelta(days=1), DAY]


def test_a_rebuilt_call_that_gives_way_leaves_its_day(both: Store) -> None:
    rebuilt = call("r", TEN - DAY_MS, source="rebuilt", linkedid="same")
    add(both, [rebuilt])
    counted_again(both)
    add(both, [call("l", linkedid="same")])
    assert counted_again(both) == [DAY - timedelta(days=1), DAY]


def test_what_is_provisional_is_decided_when_its_time_has_come(both: Store) -> None:
    one = call("a", handoffs=(answered(0),), surveys=(survey(1),), agent_legs=(leg(),))
    add(both, [one, complaint("k", TEN, due=TEN + 2 * DAY_MS, ack_due=TEN + 1000)])
    counted_again(both, one.t_ended + 3_599_999)
    assert counted_again(both, one.t_ended + 3_599_999) == []
    assert counted_again(both, one.t_ended + 3_600_000) == [DAY]
    assert counted_again(both, TEN + 2 * DAY_MS) == []
    assert counted_again(both, TEN + 2 * DAY_MS + 1) == [DAY + timedelta(days=2)]
    assert counted_again(both, TEN) == [*counted_days()]


def counted_days() -> list[date]:
    return [SINCE + timedelta(days=at) for at in range((UNTIL - SINCE).days + 1)]


def test_other_test_numbers_are_other_figures(both: Store) -> None:
    add(both, [call("a", did="test")])
    assert counted_again(both) == counted_days()
    kept = assert_same(both, Config(test_dids=frozenset({"test"}), rounds=0))
    assert kept.recounted == counted_days()


@pytest.mark.parametrize(
    "absurd",
    [
        {"agent_legs": (leg(0, 2**63 - 1), leg(0, 2**63 - 1))},
        {"t_first_prompt": -(2**63) + 1, "t_answered": TEN},
        {"t_ended": 2**63 - 1, "handoffs": (answered(0),)},
    ],
)
def test_absurd_times_are_counted_call_by_call(both: Store, absurd: dict[str, Any]) -> None:
    add(both, [replace(call("a"), **absurd), call("b", handoffs=(answered(0),))])
    assert_same(both, Config(rounds=0))


def test_a_record_written_while_a_day_is_counted_has_it_counted_again(
    both: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(both, [call("a")])
    counted, real = [call("b"), call("c")], both.rollups.count

    def count(*words: Any) -> Any:
        done = real(*words)
        if counted and done.day == DAY:
            add(both, [counted.pop()])
        return done

    monkeypatch.setattr(both.rollups, "count", count)
    kept = Kept(both, SINCE, UNTIL, Config(rounds=0))
    assert kept.figures(DAY, DAY, "day")[DAY][""]["hb.ivr_connect_rate"].denominator == 2
    assert counted_again(both) == [DAY]
    assert counted_again(both) == []


@pytest.mark.parametrize("records", [[], [call("one", t_answered=None, t_first_prompt=None)]])
def test_an_empty_day_and_a_day_with_one_call(both: Store, records: list[Record]) -> None:
    fill(both, records)
    assert_same(both, Config())


def test_other_definitions_are_other_figures(both: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    add(both, [call("a")])
    counted_again(both)
    monkeypatch.setattr(kept_module, "_fingerprint", lambda: "the next version")
    assert counted_again(both) == counted_days()


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
