"""Every figure that the golden day says nothing about, in cases a person of the field can read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from ivr.metrics.counted import named
from ivr.records.model import AgentState, MenuVisit, QualityScore
from tests.metrics.told import (
    DAY,
    MIDNIGHT,
    TEN,
    abandoned,
    answered,
    call,
    complaint,
    figures,
    leg,
    of,
    pair,
    refused,
    survey,
    turn,
)

HOUR = 3_600_000

# ---- agents' time


def shift(*spans: tuple[Any, int, int], agent: str = "1001") -> list[AgentState]:
    """An agent's states, in hours of the day."""
    return [AgentState(agent, state, MIDNIGHT + a * HOUR, MIDNIGHT + b * HOUR) for state, a, b in spans]


def test_utilisation_pays_for_pauses_and_not_for_being_away() -> None:
    morning = shift(("ready", 8, 9), ("ring", 9, 10), ("talk", 10, 12), ("acw", 12, 13))
    done = figures(*morning, *shift(("pause", 13, 16), ("offline", 16, 20)))["cba.agent_utilisation"]
    assert pair(done) == (5 * HOUR, 8 * HOUR)
    assert dict(done.parts) == {"ready_ms": HOUR, "ring_ms": HOUR, "talk_ms": 2 * HOUR, "acw_ms": HOUR}


def test_a_shift_over_midnight_is_cut_there() -> None:
    (night,) = shift(("talk", 22, 30))
    today, tomorrow = figures(night), figures(night, since=DAY + timedelta(days=1))
    assert (pair(today["cba.agent_utilisation"]), pair(tomorrow["cba.agent_utilisation"])) == (
        (2 * HOUR, 2 * HOUR),
        (6 * HOUR, 6 * HOUR),
    )


def test_a_state_that_ends_before_it_begins_is_none() -> None:
    assert figures(*shift(("talk", 9, 9), ("talk", 9, 8)))["cba.agent_utilisation"].value is None


@pytest.mark.parametrize(("hours", "per_day"), [(8, Fraction(2)), (4, Fraction(1)), (Fraction(15, 2), Fraction(15, 8))])
def test_calls_per_agents_day(hours: int | Fraction, per_day: Fraction) -> None:
    calls = [call(name, handoffs=(answered(2000),), agent_legs=(leg(), leg())) for name in "abcd"]
    shifts = [*shift(("ready", 8, 16)), *shift(("talk", 8, 12), ("pause", 12, 16), agent="1002")]
    done = figures(*calls, *shifts, standard_day_hours=hours)["cba.calls_per_fte_day"]
    assert (done.numerator, done.exact, done.unit) == (4, per_day, "count")


# ---- talk, wrap-up, announcement


def test_talk_and_wrap_up_are_averaged_over_calls_not_legs() -> None:
    legs = (leg(talk=60_000, acw_ms=4000), leg(talk=20_000, acw_ms=2000))
    one = call("a", handoffs=(answered(2000),), agent_legs=legs)
    two = call("b", handoffs=(answered(2000),), agent_legs=(leg(talk=10_000),))
    assert of([one, two], "cba.avg_talk_time", "cba.avg_acw") == [(90_000, 2), (6000, 2)]


def test_asa_does_not_count_the_ring_twice() -> None:
    done = figures(call(handoffs=(answered(9000, ring_ms_answering=4000),)))["cba.asa"]
    assert (pair(done), dict(done.parts)) == ((9000, 1), {"queue_ms": 5000, "ring_ms": 4000})


@pytest.mark.parametrize(("after", "told"), [(-1, 0), (0, 1), (3000, 1), (3001, 0), (None, 0)])
def test_the_agents_number_is_heard_within_three_seconds(after: int | None, told: int) -> None:
    one = answered(2000)
    said = None if after is None or one.t_connected is None else one.t_connected + after
    tries = (replace(one, agent_id_announced_at=said), abandoned(1))
    assert of([call(handoffs=tries)], "hb.agent_announced") == [(told, 1)]


# ---- diversion


def test_diversion_and_its_four_companions() -> None:
    calls = [
        call("a", completed_leaf=("balance",)),  # helped himself
        call("b", completed_leaf=("balance",), handoffs=(refused(),)),  # wanted an agent out of hours
        call("c", handoffs=(abandoned(3000),)),  # went into the queue: that is a transfer
        call("d", handoffs=(answered(2000),), entry="elderly_direct"),
        call("e", lasts=6000),  # hung up five seconds after the answer
        call("f", t_first_prompt=None),  # heard nothing: no 进线
        call("g", t_answered=None, t_first_prompt=None),
    ]
    ids = ("", "_strict", "_excl_elderly", "_resolved_share", "_early_hangup_share")
    assert of(calls, *(f"cba.voice_diversion{one}" for one in ids)) == [(3, 5), (2, 5), (3, 4), (1, 5), (1, 5)]
    assert of(calls, "cba.smart_diversion", "cba.agent_answer_rate", "cba.refused_handoffs") == [(3, 5), (1, 2), (1, 1)]


@pytest.mark.parametrize(
    ("fields", "early"),
    [
        ({"lasts": 6000}, 1),
        ({"lasts": 6001}, 0),
        ({"lasts": 6000, "menu_visits": (MenuVisit("main", 1, TEN, "choice", "1"),)}, 0),
        ({"lasts": 6000, "menu_visits": (MenuVisit("main", 1, TEN, "hangup"),)}, 1),
        ({"lasts": 6000, "turns": (turn("喂", "喂"),)}, 0),
        ({"lasts": 6000, "handoffs": (abandoned(1),)}, 0),
    ],
)
def test_an_early_hang_up_had_no_key_and_no_word(fields: dict[str, Any], early: int) -> None:
    assert of([call(**fields)], "cba.voice_diversion_early_hangup_share") == [(early, 1)]


def test_another_channel_counts_for_smart_diversion_only() -> None:
    assert of([call(channel="text")], "cba.voice_diversion", "cba.smart_diversion") == [(0, 0), (1, 1)]


# ---- elderly callers


def test_elderly_callers_have_their_own_line() -> None:
    calls = [
        call("a", entry="elderly_direct", handoffs=(answered(20_001),)),
        call("b", entry="elderly_direct", handoffs=(abandoned(5001),)),
        call("c", handoffs=(answered(1000),)),
    ]
    ids = ("cba.service_level_20s", "cba.elderly_service_level_20s", "hb.abandon_rate", "cba.elderly_abandon_rate")
    assert of(calls, *ids) == [(1, 3), (0, 2), (1, 3), (1, 2)]


# ---- once a day, once and for all


def test_one_contact_a_day_begins_anew_each_day() -> None:
    calls = [call(str(at), TEN + at * 86_400_000, caller_number="+861", handoffs=(answered(2000),)) for at in range(3)]
    twice = call("x", TEN + HOUR, caller_number="+861", handoffs=(answered(2000),))
    done = figures(*calls, twice, until=DAY + timedelta(days=2))["cba.fcr_day"]
    assert pair(done) == (2, 3)  # three customer-days, on one of them two calls


def test_a_repeat_by_menu_only_counts() -> None:
    one = call("a", handoffs=(answered(2000),))
    again = call("b", one.t_ended, caller_number=one.caller_number)
    out = call("c", one.t_ended, caller_number=one.caller_number, direction="out")
    assert of([one, again], "hb.one_time_success") == [(0, 2)]
    assert of([one, out], "hb.one_time_success", "hb.ivr_connect_rate") == [(1, 1), (1, 1)]


def test_calls_that_overlap_are_no_repeats() -> None:
    one = call("a", handoffs=(answered(2000),), lasts=60_000)
    meanwhile = call("b", TEN + 30_000, caller_number=one.caller_number)
    assert of([one, meanwhile], "hb.one_time_success") == [(1, 2)]


def test_an_instant_call_does_not_repeat_itself() -> None:
    one = call("a", lasts=0, handoffs=(answered(0),))
    assert of([one], "hb.one_time_success") == [(1, 1)]
    assert of([one, replace(one, call_id="b")], "hb.one_time_success") == [(0, 2)]


@pytest.mark.parametrize(("since_end", "decided"), [(3_599_999, 0), (3_600_000, 1)])
def test_within_the_hour_nothing_is_decided(since_end: int, decided: int) -> None:
    one = call(handoffs=(answered(2000),))
    done = figures(one, as_of=one.t_ended + since_end)
    for id_ in ("hb.one_time_success", "hb.one_time_success_of_connected"):
        assert (pair(done[id_]), done[id_].provisional) == ((decided, decided), 1 - decided)
        assert done[id_].excluded == named(provisional=1 - decided)


def test_a_repeat_after_the_reports_edge_is_seen() -> None:
    late = call("a", MIDNIGHT + 86_399_000, lasts=500, handoffs=(answered(0),))
    again = call("b", MIDNIGHT + 86_400_000, caller_number=late.caller_number)
    assert of([late, again], "hb.one_time_success_of_connected") == [(0, 1)]


# ---- what the hotline must not do


@pytest.mark.parametrize(
    ("by", "kind", "expected"),
    [("system", "goodbye", (0, 1)), ("system", "notice", (0, 1)), ("system", "menu", (1, 1)), ("system", None, (1, 1)),
     ("caller", "menu", (0, 0)), ("agent", None, (0, 0))],
)  # fmt: skip
def test_a_hang_up_by_the_system_is_announced(by: str, kind: str | None, expected: tuple[int, int]) -> None:
    assert of([call(hangup_by=by, last_prompt_kind=kind)], "hb.unannounced_hangups") == [expected]


def test_a_rejected_call_was_not_told_either_and_is_named() -> None:
    one = call(hangup_by="system", last_prompt_kind=None, t_answered=None, t_first_prompt=None)
    assert figures(one)["hb.unannounced_hangups"].parts == (("never_answered", 1),)


# ---- satisfaction


@pytest.mark.parametrize(
    ("scores", "satisfied"),
    [
        ((1,), (1, 1)),
        ((2,), (1, 1)),
        ((3,), (0, 1)),
        ((None,), (0, 0)),
        ((3, 1), (1, 1)),
        ((1, None), (1, 1)),
        ((), (0, 0)),
    ],
)
def test_the_last_answer_of_a_call_counts(scores: tuple[int | None, ...], satisfied: tuple[int, int]) -> None:
    one = call(surveys=tuple(survey(score) for score in scores))
    assert of([one], "cba.agent_csat", "hb.phone_csat", "cba.bot_csat") == [satisfied, satisfied, (0, 0)]


def test_the_response_rate_is_of_those_invited() -> None:
    calls = [call("a", surveys=(survey(3), survey(None))), call("b", surveys=(survey(None),)), call("c")]
    assert of(calls, "cba.agent_csat_response_rate") == [(1, 2)]


def test_the_telephone_as_a_whole_takes_every_subject() -> None:
    one = call(surveys=(survey(3), survey(1, "bot"), survey(2, "complaint")))
    assert of([one], "hb.phone_csat", "cba.bot_csat") == [(2, 3), (1, 1)]


def test_an_answer_whose_score_was_lost_is_not_satisfied() -> None:
    done = figures(call(surveys=(replace(survey(1), score=None),)))["cba.agent_csat"]
    assert (pair(done), done.excluded) == ((0, 0), (("without_score", 1),))


# ---- quality scores


def test_quality_scores_are_averaged_exactly_on_the_calls_day() -> None:
    yesterday = call("y", TEN - 86_400_000)
    marks = (("c", 0.1), ("c", 0.2), ("y", 60.0))
    scores = [QualityScore(name, "1001", "f1", mark, "赵六", TEN) for name, mark in marks]
    done = figures(call(), yesterday, *scores)["cba.quality_score"]
    assert (done.exact, done.denominator, done.unit) == ((Fraction(0.1) + Fraction(0.2)) / 2, 2, "score")
    assert pair(figures(yesterday, *scores, since=DAY - timedelta(days=1))["cba.quality_score"]) == (60, 1)


def test_a_score_of_an_unknown_call_stands_on_its_own_day_and_one_of_a_drill_nowhere() -> None:
    unknown = QualityScore("gone", "1001", "f1", 80.0, "赵六", TEN)
    assert of([unknown], "cba.quality_score") == [(80, 1)]
    assert of([replace(unknown, call_id="d"), call("d", drill=True)], "cba.quality_score") == [(0, 0)]


# ---- complaints (received at ten, to be acknowledged by eleven, decided by twelve)

DUE = TEN + 2 * HOUR


@pytest.mark.parametrize(
    ("fields", "on_time"),
    [
        ({"decided_at": DUE}, (1, 1)),
        ({"decided_at": DUE + 1}, (0, 1)),
        ({}, (0, 1)),
        ({"extended_to": DUE + HOUR, "approved_by": "王五", "notified_at": TEN, "decided_at": DUE + HOUR}, (1, 1)),
        ({"extended_to": DUE + HOUR, "approved_by": "王五", "decided_at": DUE + HOUR}, (0, 1)),
        ({"extended_to": DUE + HOUR, "notified_at": TEN, "decided_at": DUE + HOUR}, (0, 1)),
        ({"due": DUE + 24 * HOUR, "decided_at": DUE}, (0, 0)),  # belongs to tomorrow
        ({"withdrawn_at": DUE}, (0, 0)),
        ({"withdrawn_at": DUE + 1}, (0, 1)),
        ({"withdrawn_at": DUE, "decided_at": TEN}, (1, 1)),
    ],
)
def test_complaints_are_decided_in_time(fields: dict[str, Any], on_time: tuple[int, int]) -> None:
    assert of([complaint(**fields)], "cba.complaint_on_time") == [on_time]


@pytest.mark.parametrize(
    ("fields", "on_time"),
    [
        ({"closed_at": DUE, "satisfied": True}, (1, 1)),
        ({"closed_at": DUE, "satisfied": False}, (0, 1)),
        ({"closed_at": DUE}, (0, 1)),
        ({"closed_at": DUE + 1, "satisfied": True}, (0, 1)),
        ({"decided_at": DUE, "satisfied": True}, (0, 1)),
    ],
)
def test_handled_means_closed_and_accepted(fields: dict[str, Any], on_time: tuple[int, int]) -> None:
    assert of([complaint(**fields)], "hb.handled_on_time") == [on_time]


@pytest.mark.parametrize(
    ("fields", "on_time"),
    [({"acknowledged_at": TEN + HOUR}, (1, 1)), ({"acknowledged_at": TEN + HOUR + 1}, (0, 1)), ({}, (0, 1)),
     ({"notified_at": TEN + HOUR}, (1, 1)), ({"acknowledged_at": TEN + 1, "notified_at": DUE}, (1, 1))],
)  # fmt: skip
def test_a_reply_is_an_acknowledgement_or_the_answer(fields: dict[str, Any], on_time: tuple[int, int]) -> None:
    assert of([complaint(**fields)], "hb.reply_on_time") == [on_time]


@pytest.mark.parametrize(("now", "expected", "open_"), [(DUE, (0, 0), 1), (DUE + 1, (0, 1), 0), (None, (0, 1), 0)])
def test_what_is_not_yet_due_is_not_late(now: int | None, expected: tuple[int, int], open_: int) -> None:
    done = figures(complaint(), as_of=now)["cba.complaint_on_time"]
    assert (pair(done), done.provisional) == (expected, open_)


@pytest.mark.parametrize(
    ("fields", "satisfied"),
    [
        ({"callback_ok": True, "satisfied": True, "closed_at": TEN}, (1, 1)),
        ({"callback_ok": True, "satisfied": False, "closed_at": TEN}, (0, 1)),
        ({"callback_ok": True, "closed_at": TEN}, (0, 1)),  # neutral is not satisfied
        ({"callback_ok": True, "satisfied": True, "notified_at": TEN}, (1, 1)),
        ({"callback_ok": True, "satisfied": True, "decided_at": TEN}, (1, 1)),
        ({"callback_ok": False, "satisfied": True, "closed_at": TEN}, (0, 0)),
        ({"callback_ok": True, "satisfied": True}, (0, 0)),  # not finished
    ],
)
def test_satisfaction_with_complaints(fields: dict[str, Any], satisfied: tuple[int, int]) -> None:
    assert of([complaint(**fields)], "cba.complaint_csat", "hb.complaint_csat") == [satisfied] * 2
