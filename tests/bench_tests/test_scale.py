"""The days that the benchmarks count: the same for a seed, believable, and counted the same both ways."""

from __future__ import annotations

import sqlite3
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from ivr.metrics.day import Config
from ivr.metrics.rules import day_start, local_hour
from ivr.records.model import Call
from ivr.report.definitions import open_store
from ivr.report.sources import Definitions
from ivr.report.stored import Stored
from tests.bench import scale
from tests.bench.days import calls_of, days, states_of

SINCE = date(2026, 10, 5)


@pytest.fixture(scope="module")
def week() -> list[Call]:
    return [call for _, rows in days(7, 7000, SINCE, 7) for call in calls_of(rows)]


def test_a_seed_gives_its_days_and_another_seed_others() -> None:
    one, two, other = (list(days(seed, 300, SINCE, 2)) for seed in (1, 1, 2))
    assert one == two != other


def test_the_week_is_believable(week: list[Call]) -> None:
    assert abs(len(week) - 7000) < 10
    assert len({call.call_id for call in week}) == len(week)
    by_day = [sum(SINCE.toordinal() + at == date.fromtimestamp(call.t_offered / 1000 + 8 * 3600).toordinal()
                  for call in week) for at in range(7)]  # fmt: skip
    assert by_day[0] > by_day[5] > by_day[6]
    night = sum(local_hour(call.t_offered) < 6 for call in week)
    assert night < 0.05 * len(week) < sum(local_hour(call.t_offered) == 10 for call in week)
    assert 0.08 < sum(call.entry == "elderly_direct" for call in week) / len(week) < 0.16
    outcomes = {handoff.outcome for call in week for handoff in call.handoffs}
    assert outcomes == {"answered", "abandoned", "closed"}
    assert {hold.explained for call in week for leg in call.agent_legs for hold in leg.hold} == {True, False}
    times = [(call.t_offered, call.t_answered or call.t_offered, call.t_ended) for call in week]
    assert all(one <= two <= three for one, two, three in times)


def test_customers_call_again_within_the_hour(week: list[Call]) -> None:
    last: dict[str, int] = {}
    again = 0
    for call in sorted(week, key=lambda one: one.t_offered):
        if call.caller_number is not None:
            again += 0 <= call.t_offered - last.get(call.caller_number, 0) < 3_600_000
            last[call.caller_number] = call.t_ended
    assert again > 0.02 * len(week)


def test_states_tile_each_hour() -> None:
    ((_, rows),) = days(7, 2000, SINCE, 1)
    states = states_of(rows)
    first = [state for state in states if state.agent_id == states[0].agent_id]
    assert all(one.t_to <= two.t_from for one, two in pairwise(first))
    assert {state.state for state in states} == {"ready", "ring", "talk", "acw", "pause"}


def test_a_bulk_load_is_what_the_store_would_have_kept(tmp_path: Path) -> None:
    file = tmp_path / "bulk.sqlite"
    assert scale.fill(file, 900) > 0
    store = open_store(f"sqlite:///{file}")
    made = [call for _, rows in days(scale.SEED, 900, scale.SINCE, scale.DAYS) for call in calls_of(rows)]
    assert {call.call_id: call for call in store.all()} == {call.call_id: call for call in made}
    with sqlite3.connect(file) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert {"ix_call_t_offered", "ix_call_caller_number", "ix_call_t_ended", "ix_agent_state_t_to"} <= names
    config = Config(rounds=0, as_of=day_start(scale.UNTIL) + 10**9)
    span = (scale.SINCE, scale.UNTIL)
    while store.counts.count_some():
        pass
    counted, defined = Stored(store, *span, config), Definitions(store, *span, config)
    for part in ("day", "hour", "queue"):
        assert counted.figures(*span, part) == defined.figures(*span, part)
    store.close()


def test_the_scale_is_measured_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "INGESTED", 200)
    rows = scale.measure(tmp_path / "scale", (500,))
    assert len(rows) == 7 and [row.goal for row in rows if row.goal] == ["≥ 4,000 calls/s saved"]
    assert not list((tmp_path / "scale").glob("*00.sqlite"))


def test_more_than_linear_growth_misses_the_goal() -> None:
    (good,), (bad,) = scale.growth({10: 1.0, 100: 10.0}), scale.growth({10: 1.0, 100: 10.1})
    assert (good.result, good.goal, good.met, bad.met) == ("10.00 ×", "≤ 10 ×", True, False)
    assert scale.growth({10: 1.0}) == []
