"""The one entry point: what holds for every set of records."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.metrics.counted import add_days
from ivr.metrics.day import Config, days_between, days_of
from ivr.metrics.indicators.registry import INDICATORS
from ivr.metrics.labels.accuracy import align
from ivr.metrics.window import roll_up, window
from ivr.records.model import Call, Record
from tests.metrics.drawn import few, records
from tests.metrics.told import DAY, TEN, call, figures, pair, turn

LAST = DAY + timedelta(days=2)
QUICK = Config(rounds=0)
#: 1 − CER may be below zero (more insertions than characters): that is not hidden.
BELOW_ZERO = {"cba.asr_accuracy", "cba.asr_accuracy_hyp_denominator"}


@few
@given(records())
def test_the_days_add_up_to_the_whole(given_: list[Record]) -> None:
    whole = window(given_, DAY, LAST, QUICK)
    summed = add_days(window(given_, day, day, QUICK) for day in days_between(DAY, LAST))
    assert summed == whole
    assert add_days(map(roll_up, days_of(given_, DAY, LAST, QUICK))).keys() == whole.keys()


@few
@given(records(), st.randoms())
def test_the_order_of_records_means_nothing(given_: list[Record], chance: random.Random) -> None:
    shuffled = chance.sample(given_, len(given_))
    assert window(given_, DAY, LAST, Config(rounds=20)) == window(shuffled, DAY, LAST, Config(rounds=20))


@few
@given(records())
def test_drills_change_nothing(given_: list[Record]) -> None:
    drills = [replace(one, call_id=f"d{one.call_id}", drill=True) for one in given_ if isinstance(one, Call)]
    with_drills, without = window([*given_, *drills], DAY, LAST, QUICK), window(given_, DAY, LAST, QUICK)
    with_drills.pop("ours.drill_calls")
    without.pop("ours.drill_calls")
    assert with_drills == without


@few
@given(records(), st.integers(TEN, TEN + 10**8) | st.none())
def test_every_figure_is_sound(given_: list[Record], as_of: int | None) -> None:
    done = window(given_, DAY, LAST, Config(rounds=0, as_of=as_of))
    assert list(done) == list(INDICATORS)
    for id_, figure in done.items():
        assert figure.unit == INDICATORS[id_].unit
        assert figure.denominator >= 0
        assert (figure.value is None) == (figure.denominator == 0)
        assert figure.provisional >= 0 and all(number >= 0 for _, number in figure.excluded)
        if figure.unit == "ratio" and id_ not in BELOW_ZERO:
            assert 0 <= figure.numerator <= figure.denominator
        if figure.bare:
            assert figure.denominator == 1


@few
@given(records())
def test_figures_that_must_agree_agree(given_: list[Record]) -> None:
    done = window(given_, DAY, LAST, QUICK)
    num = {id_: figure.numerator for id_, figure in done.items()}
    den = {id_: figure.denominator for id_, figure in done.items()}
    assert done["hb.agent_connect_rate"] == done["cba.service_level_20s"]
    assert num["cba.service_level_20s"] <= num["cba.agent_answer_rate"]
    # a refused request, a short abandon and a counted one are three different things
    short = dict(done["hb.overall_response_rate"].excluded).get("short", 0)
    assert den["hb.overall_response_rate"] + short == den["cba.agent_answer_rate"]
    assert num["hb.abandon_rate"] == num["hb.queue_abandon_rate"]
    assert num["hb.queue_abandon_rate"] + short + num["cba.agent_answer_rate"] <= den["cba.agent_answer_rate"]
    assert num["cba.voice_diversion_strict"] <= num["cba.voice_diversion"]
    assert num["cba.voice_diversion_resolved_share"] <= num["cba.voice_diversion_strict"]
    assert num["hb.one_time_success"] == num["hb.one_time_success_of_connected"]
    assert den["hb.one_time_success_of_connected"] == den["cba.avg_talk_time"] <= den["hb.one_time_success"]
    assert num["hb.handled_on_time"] <= den["hb.handled_on_time"] == den["cba.complaint_on_time"]


def test_an_empty_day_has_every_row_and_no_value() -> None:
    done = figures()
    assert list(done) == list(INDICATORS)
    assert {id_ for id_, figure in done.items() if figure.value is not None} == {
        "cba.refused_handoffs", "ours.supervised_calls", "ours.flagged_calls", "ours.drill_calls", "ours.clock_faults",
    }  # fmt: skip


def test_calls_outside_the_days_are_in_no_figure() -> None:
    assert pair(figures(call(at=TEN - 86_400_000), call("b", TEN + 86_400_000))["hb.ivr_connect_rate"]) == (0, 0)


def test_the_days_are_given_the_right_way_round() -> None:
    with pytest.raises(ValueError, match="before"):
        window([], DAY, DAY - timedelta(days=1))
    assert days_between(DAY, DAY - timedelta(days=1)) == []


def test_the_interval_is_over_calls_and_not_over_turns() -> None:
    good, bad = turn("查余额", "查余额"), turn("查余额", "嗯")
    alike = [call(str(at), turns=(good, bad)) for at in range(10)]
    unlike = [call(str(at), turns=(good, good) if at % 2 else (bad, bad)) for at in range(10)]
    same, wide = (figures(*calls, rounds=300)["cba.asr_accuracy"] for calls in (alike, unlike))
    assert same.value == wide.value == align("查余额", "查余额").hits / 6
    assert same.interval == (0.5, 0.5)
    assert wide.interval is not None and wide.interval[0] < 0.3 and wide.interval[1] > 0.7


def test_a_year_is_a_list_of_days() -> None:
    assert len(days_between(date(2026, 1, 1), date(2026, 12, 31))) == 365
