"""A promised callback and the call that keeps it, from facts to the chained record (D9)."""

from __future__ import annotations

from ivr.metrics import rules
from ivr.records.folding.fold import fold
from tests.records.told import BASE, told

ASKED = """
    0 Offered n-1.1 in 95000 +8613800000001 normal
    100 Answered
    5000 HandoffRequested key general
    5100 Queued general
    65000 HandoffLeft timeout
    80000 CallbackAsked general
    90000 Ended system 16
"""
MADE = """
    80500 Offered n-2.9 out 95000 +8613800000001 normal
    80500 CallbackOf n-1.1
    80500 HandoffRequested key general
    80600 Queued general
    100000 Ringing 1001
    {rest}
"""
TALKED = "120000 Connected 1001 4000\n121000 AgentAnnounced 1001\n180000 Released 1001\n180000 Ended agent 16"
VAIN = "130000 HandoffLeft timeout\n130000 Ended system 19"


def test_the_request_that_the_caller_waited_in_is_the_promised_one() -> None:
    call = fold("n-1.1", told(ASKED))
    (one,) = call.handoffs
    assert (one.outcome, one.t_left - BASE, one.t_requested - BASE) == ("callback", 80_000, 5000)


def test_a_request_that_still_goes_on_ends_with_the_promise() -> None:
    call = fold("n-1.1", told(ASKED.replace("65000 HandoffLeft timeout", "")))
    assert [one.outcome for one in call.handoffs] == ["callback"]


def test_a_promise_takes_nothing_from_an_answered_request() -> None:
    text = ASKED.replace("65000 HandoffLeft timeout", "20000 Connected 1001 900\n40000 Released 1001")
    assert [one.outcome for one in fold("n-1.1", told(text)).handoffs] == ["answered"]


def test_the_wait_of_a_kept_promise_counts_from_the_first_request() -> None:
    caller, back = fold("n-1.1", told(ASKED)), fold("n-2.9", told(MADE.format(rest=TALKED)))
    assert (back.direction, back.parent_call_id) == ("out", "n-1.1")
    whole = rules.chained(caller, [back])
    answered = rules.answered_handoff(whole)
    assert answered is not None and answered.t_connected is not None
    assert answered.t_connected - answered.t_requested == 115_000
    assert answered.agent_id_announced_at == BASE + 121_000
    assert [leg.agent_id for leg in whole.agent_legs] == ["1001"]


def test_a_callback_in_vain_is_no_answer() -> None:
    """人工接通率 does not rise because a telephone rang that nobody took."""
    caller, back = fold("n-1.1", told(ASKED)), fold("n-2.9", told(MADE.format(rest=VAIN)))
    assert back.agent_legs == () and [one.outcome for one in back.handoffs] == ["timeout"]
    whole = rules.chained(caller, [back])
    assert whole == caller and rules.answered_handoff(whole) is None
    assert rules.left_handoff(whole) is None, "who is to be called back has not given up"
