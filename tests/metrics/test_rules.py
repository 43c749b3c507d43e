"""Rules D4–D11 of requirements 2.4, each at its exact millisecond and under its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.metrics import rules
from ivr.records.model import Hold
from tests.metrics.told import DAY, MIDNIGHT, TEN, abandoned, answered, call, complaint, figures, leg, of, pair, refused

# ---- D4: 20 s, 5 s, 10 s, 30 s, 3600 s


@pytest.mark.parametrize(("wait", "inside"), [(0, 1), (19_999, 1), (20_000, 1), (20_001, 0)])
def test_d4_twenty_seconds_from_request_to_agent(wait: int, inside: int) -> None:
    one = call(handoffs=(answered(wait),))
    assert of([one], "cba.service_level_20s", "hb.agent_connect_rate") == [(inside, 1)] * 2


@pytest.mark.parametrize(("wait", "inside"), [(20_000, 1), (20_001, 0)])
def test_d4_twenty_seconds_from_offer_to_voice(wait: int, inside: int) -> None:
    assert of([call(t_first_prompt=TEN + wait)], "hb.ivr_connect_rate") == [(inside, 1)]


@pytest.mark.parametrize(("wait", "inside"), [(10_000, 1), (10_001, 0)])
def test_d4_ten_seconds_from_answer_to_voice(wait: int, inside: int) -> None:
    assert of([call(t_first_prompt=TEN + 1000 + wait)], "hb.first_prompt_10s") == [(inside, 1)]


@pytest.mark.parametrize(("wait", "gave_up", "asked"), [(4_999, 0, 0), (5_000, 0, 0), (5_001, 1, 1)])
def test_d4_five_seconds_part_short_from_counted_abandons(wait: int, gave_up: int, asked: int) -> None:
    one = call(handoffs=(abandoned(wait),))
    ids = ("hb.abandon_rate", "hb.queue_abandon_rate", "hb.overall_response_rate")
    assert of([one], *ids) == [(gave_up, 1), (gave_up, 1), (0, asked)]


@pytest.mark.parametrize(("held", "over"), [(29_999, 0), (30_000, 0), (30_001, 1)])
def test_d4_thirty_seconds_of_a_hold(held: int, over: int) -> None:
    kept = leg(hold=(Hold(TEN, TEN + held, explained=True), Hold(TEN, TEN)))
    done = figures(call(handoffs=(answered(2000),), agent_legs=(kept,)))["hb.holds_over_30s"]
    assert (pair(done), done.parts) == ((over, 2), (("unexplained", 1),))


@pytest.mark.parametrize(("after", "success"), [(-1, 2), (0, 1), (3_599_999, 1), (3_600_000, 2)])
def test_d4_one_hour_is_half_open(after: int, success: int) -> None:
    one = call("a", handoffs=(answered(2000),), agent_legs=(leg(),))
    two = call("b", one.t_ended + after, caller_number=one.caller_number, handoffs=(answered(2000),))
    assert of([one, two], "hb.one_time_success", "hb.one_time_success_of_connected") == [(success, 2)] * 2


@given(st.integers(-10_000, 10_000_000))
def test_d4_short_and_counted_abandons_partition_every_wait(wait: int) -> None:
    assert rules.short_abandon(wait) != rules.counted_abandon(wait)


# ---- D5: one clock


def test_d5_a_sound_record_runs_forwards() -> None:
    assert rules.clock_faults(call(handoffs=(answered(2000),), agent_legs=(leg(),))) == []


def test_d5_times_that_run_backwards_are_named() -> None:
    one = call(
        t_answered=TEN - 1,
        t_first_prompt=None,
        handoffs=(answered(2000, agent_id_announced_at=TEN), answered(2000, t_queued=TEN + 9_999)),
        agent_legs=(leg(), leg(talk=-1)),
    )
    assert rules.clock_faults(one) == [
        "t_answered", "handoffs[0].agent_id_announced_at", "handoffs[1].t_queued", "agent_legs[1].t_released",
        "agent_legs[1]",
    ]  # fmt: skip


def test_d5_a_backward_clock_leaves_out_what_cannot_be() -> None:
    done = figures(call(t_answered=TEN - 5000, t_ended=TEN - 9000, handoffs=(answered(-500),)))
    for id_ in ("cba.service_level_20s", "cba.asa", "hb.one_time_success"):
        assert pair(done[id_]) == (0, 0) and dict(done[id_].excluded)["impossible"] == 1
    assert pair(done["ours.clock_faults"]) == (1, 1)
    assert pair(done["cba.agent_answer_rate"]) == (1, 1)  # that somebody answered is no matter of clocks


# ---- D6: who is the same customer


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"caller_number": "+861"}, ("number", "+861")),
        ({"caller_number": "+861", "customer_id": "K9"}, ("customer", "K9")),
        ({"caller_kind": "withheld", "customer_id": "K9"}, ("customer", "K9")),
        ({"caller_kind": "withheld", "caller_number": "+861"}, None),
        ({"caller_number": None}, None),
    ],
)
def test_d6_the_customer_comes_before_the_number(fields: dict[str, Any], key: tuple[str, str] | None) -> None:
    assert rules.customer_key(call(**fields)) == key


def test_d6_withheld_numbers_are_left_out_and_counted() -> None:
    hidden = [call(name, caller_kind="withheld", handoffs=(answered(2000),)) for name in "ab"]
    done = figures(*hidden, call("c", handoffs=(answered(2000),)))
    assert (pair(done["cba.fcr_day"]), done["cba.fcr_day"].excluded) == ((1, 1), (("withheld", 2),))
    assert pair(done["hb.one_time_success"]) == (3, 3)  # two unknown callers are not one customer
    assert done["hb.one_time_success"].parts == (("unidentified", 2),)


def test_d6_two_numbers_of_one_customer_are_one_customer() -> None:
    both = [call(name, customer_id="K9", handoffs=(answered(2000),)) for name in "ab"]
    assert of(both, "cba.fcr_day") == [(0, 1)]


# ---- D7: the local day


@pytest.mark.parametrize(
    ("at", "day"),
    [(MIDNIGHT - 1, DAY - timedelta(days=1)), (MIDNIGHT, DAY), (MIDNIGHT + 86_399_999, DAY),
     (MIDNIGHT + 86_400_000, DAY + timedelta(days=1))],
)  # fmt: skip
def test_d7_a_call_belongs_to_the_shanghai_day_it_was_offered_in(at: int, day: date) -> None:
    assert rules.local_day(at) == day
    late = call(at=at, lasts=3_600_000)
    around = [DAY + timedelta(days=at) for at in (-1, 0, 1)]
    assert [one for one in around if figures(late, since=one)["hb.ivr_connect_rate"].denominator] == [day]


@given(st.integers(946_684_800_000, 4_102_444_800_000))
def test_d7_the_arithmetic_agrees_with_the_time_zone_data(t: int) -> None:
    day = datetime.fromtimestamp(t / 1000, ZoneInfo("Asia/Shanghai")).date()
    assert rules.local_day(t) == day
    assert rules.day_start(day) <= t < rules.day_start(day) + rules.DAY_MS


# ---- D8: one call, many requests


def test_d8_the_first_request_decides_the_twenty_seconds() -> None:
    tries = (abandoned(1000, TEN + 2000), answered(1000, TEN + 30_000))
    done = figures(call(handoffs=tries))
    assert pair(done["cba.service_level_20s"]) == (0, 1)  # the first one was not answered
    assert pair(done["cba.agent_answer_rate"]) == (1, 1)
    assert pair(done["cba.asa"]) == (1000, 1)  # the answered one


def test_d8_the_last_request_decides_the_abandon() -> None:
    tries = (replace(abandoned(9000, TEN + 2000), outcome="timeout"), abandoned(5000, TEN + 30_000))
    done = figures(call(handoffs=tries))
    assert (pair(done["hb.abandon_rate"]), pair(done["hb.overall_response_rate"])) == ((0, 1), (0, 0))


def test_d8_a_refused_request_is_none() -> None:
    one = call(handoffs=(refused(TEN + 2000), answered(20_000, TEN + 30_000)))
    two = call("d", handoffs=(refused(),))
    ids = ("cba.service_level_20s", "cba.refused_handoffs", "cba.voice_diversion", "cba.voice_diversion_strict")
    assert of([one, two], *ids) == [(1, 1), (1, 1), (1, 2), (0, 2)]


@pytest.mark.parametrize("by", ["system", "agent", "network"])
def test_d8_only_the_caller_abandons(by: str) -> None:
    one = call(handoffs=(abandoned(9000),), hangup_by=by)
    assert of([one], "hb.abandon_rate", "hb.overall_response_rate") == [(0, 1), (0, 1)]


def test_d8_an_answered_call_abandons_nothing() -> None:
    one = call(handoffs=(answered(1000, TEN + 2000), abandoned(9000, TEN + 30_000)))
    assert of([one], "hb.abandon_rate") == [(0, 1)]


# ---- D9: transfers and callbacks


def test_d9_a_transfer_is_no_new_call_but_no_one_time_success() -> None:
    legs = (leg(talk=10_000, transferred_to="1002"), leg(TEN + 22_000, 5_000, agent_id="1002", acw_ms=3000))
    one = call(handoffs=(answered(2000),), agent_legs=legs)
    ids = ("cba.avg_talk_time", "cba.avg_acw", "cba.agent_answer_rate", "hb.one_time_success")
    assert of([one], *ids) == [(15_000, 1), (3000, 1), (1, 1), (0, 1)]


def test_d9_a_callback_goes_on_waiting_from_the_request() -> None:
    promised = replace(abandoned(3000), outcome="callback")
    parent = call("p", handoffs=(promised,))
    back = call(
        "q", TEN + 600_000, direction="out", parent_call_id="p",
        handoffs=(answered(0, TEN + 610_000),), agent_legs=(leg(TEN + 610_000, 7000),),
    )  # fmt: skip
    done = figures(parent, back)
    assert pair(done["hb.ivr_connect_rate"]) == (1, 1)  # the callback is no second call
    assert pair(done["cba.agent_answer_rate"]) == (1, 1)
    assert pair(done["cba.service_level_20s"]) == (0, 1)
    assert pair(done["cba.asa"]) == (600_000, 1)
    assert pair(done["cba.avg_talk_time"]) == (7000, 1)
    assert pair(figures(parent)["cba.agent_answer_rate"]) == (0, 1)


def test_d9_an_hour_after_a_callback_counts_from_its_end() -> None:
    parent = call("p", handoffs=(replace(abandoned(3000), outcome="callback"),))
    back = call("q", TEN + 600_000, direction="out", parent_call_id="p", handoffs=(answered(0, TEN + 610_000),))
    again = call("r", back.t_ended + 3_599_999, caller_number=parent.caller_number)
    assert of([parent, back, again], "hb.one_time_success_of_connected") == [(0, 1)]
    assert of([parent, back, replace(again, t_offered=again.t_offered + 1)], "hb.one_time_success_of_connected") == [
        (1, 1)
    ]


@pytest.mark.parametrize(
    "back",
    [
        call("q", direction="out", parent_call_id="p"),  # nobody was there
        call("q", direction="in", parent_call_id="p", caller_number="+1", handoffs=(answered(0),)),
    ],
)
def test_d9_a_callback_that_reached_nobody_changes_nothing(back: Any) -> None:
    parent = call("p", handoffs=(replace(abandoned(3000), outcome="callback"),))
    assert rules.chained(parent, [back]) == parent


def test_d9_an_inbound_call_is_a_repeat_whatever_its_parent() -> None:
    one = call("a", handoffs=(answered(2000),))
    again = call("b", one.t_ended, caller_number=one.caller_number, parent_call_id="a")
    assert of([one, again], "hb.one_time_success", "hb.ivr_connect_rate") == [(0, 2), (2, 2)]


def test_d9_an_outbound_call_without_a_promise_is_no_callback() -> None:
    parent = call("p", handoffs=(abandoned(3000),))
    back = call("q", direction="out", parent_call_id="p", handoffs=(answered(0),))
    assert rules.chained(parent, [back]) == parent


# ---- D10: drills


@pytest.mark.parametrize("fields", [{"drill": True}, {"did": "95099"}])
def test_d10_drills_and_test_numbers_are_only_counted(fields: dict[str, Any]) -> None:
    real, drill = call("a", handoffs=(answered(2000),)), call("b", handoffs=(abandoned(9000),), **fields)
    with_drill = figures(real, drill, test_dids=frozenset({"95099"}))
    without = figures(real)
    assert with_drill.pop("ours.drill_calls").value == 1
    assert without.pop("ours.drill_calls").value == 0
    assert with_drill == without


def test_d10_a_drill_repeats_nothing() -> None:
    one = call("a", handoffs=(answered(2000),))
    again = call("b", one.t_ended + 5, caller_number=one.caller_number, drill=True)
    assert of([one, again], "hb.one_time_success") == [(1, 1)]


def test_d10_a_complaint_that_a_drill_made_is_none() -> None:
    drill = call("b", drill=True)
    kept = complaint("k", call_ids=("b", "c"))
    assert of([drill, complaint(call_ids=("b",))], "cba.complaint_on_time") == [(0, 0)]
    assert of([drill, kept], "cba.complaint_on_time") == [(0, 1)]


# ---- D11: missing data


def test_d11_the_share_of_rebuilt_calls_is_shown() -> None:
    assert of([call("a"), call("b", source="rebuilt"), call("d")], "ours.rebuilt_share") == [(1, 3)]


def test_d11_an_answer_without_its_times_is_left_out_of_the_average_and_counted() -> None:
    known, lost = call("a", handoffs=(answered(3000),)), call("b", handoffs=(answered(3000, t_queued=None),))
    done = figures(known, lost, call("d", handoffs=(answered(3000, t_connected=None),)))
    assert (pair(done["cba.asa"]), done["cba.asa"].excluded) == ((3000, 1), (("untimed", 2),))
    assert pair(done["cba.service_level_20s"]) == (2, 3)  # what cannot be shown is not within 20 s
    assert pair(done["cba.service_level_20s_from_queue"]) == (1, 3)


# ---- complaints' clocks and agents' states


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({}, 7),
        ({"extended_to": 30}, 7),
        ({"extended_to": 30, "approved_by": "王五"}, 7),
        ({"extended_to": 30, "notified_at": 6}, 7),
        ({"extended_to": 30, "approved_by": "王五", "notified_at": 6}, 30),
        ({"approved_by": "王五", "notified_at": 6}, 7),
        ({"extended_to": 30, "approved_by": "王五", "extension_told_at": 7}, 30),
        ({"extended_to": 30, "approved_by": "王五", "extension_told_at": 8}, 7),
        ({"extended_to": 30, "approved_by": "王五", "extension_told_at": 8, "notified_at": 6}, 7),
        ({"extended_to": 30, "extension_told_at": 6}, 7),
    ],
)
def test_an_extension_needs_approval_and_notice(fields: dict[str, Any], due: int) -> None:
    assert rules.effective_due(complaint(due=7, **fields)) == due
