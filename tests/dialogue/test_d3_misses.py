"""D3: the first miss rephrases, the second offers the agent, the third hands over; never a hang-up first."""

from __future__ import annotations

import pytest

from ivr.dialogue.model import QueueOutcome
from ivr.dialogue.state import Position
from ivr.flow.model import Misses
from tests.dialogue.talking import Talk
from tests.flows_for_tests import CLOSED, flow, local


def test_d3_no_input_first_rephrases_second_offers_third_hands_over() -> None:
    talk = Talk()
    assert talk.silent().said == ["no_input", "main_menu", "keys"]
    assert talk.silent().said == ["agent_offer", "main_menu", "keys"]
    assert talk.silent().said == ["handing_over", "transferring"]
    assert talk.queued == ("general", 0, "fallback")
    assert talk.visits() == [("main", 1, "timeout", None)] * 3
    assert talk.requests() == [("fallback", "general", False)]


def test_d3_no_match_first_rephrases_second_offers_third_hands_over() -> None:
    talk = Talk()
    assert talk.press("7").said == ["no_match", "main_menu", "keys"]
    assert talk.press("8").said == ["agent_offer", "main_menu", "keys"]
    assert talk.press("7").said == ["handing_over", "transferring"]
    assert [visit[2:] for visit in talk.visits()] == [("invalid", "7"), ("invalid", None), ("invalid", None)]


def test_d3_the_two_kinds_are_counted_separately() -> None:
    talk = Talk().silent().press("7")
    assert talk.said[0] == "no_match"
    assert talk.silent().said[0] == "agent_offer"
    assert talk.press("7").said[0] == "agent_offer"
    assert talk.silent().said[0] == "handing_over"


def test_d3_a_valid_choice_resets_both_counts() -> None:
    talk = Talk().silent(2).press("77").press("1")
    assert talk.said == ["accounts_menu", "keys"]
    assert talk.silent().said[0] == "no_input"
    assert talk.press("7").said[0] == "no_match"


def test_d3_going_back_does_not_reset_the_counts() -> None:
    talk = Talk().press("1").silent().press("*")
    assert talk.silent().said == ["agent_offer", "main_menu", "keys"]


@pytest.mark.parametrize(("rephrase", "first"), [(0, "agent_offer"), (1, "no_input"), (3, "no_input")])
def test_d3_the_number_of_rephrasings_is_the_operators(rephrase: int, first: str) -> None:
    talk = Talk(flow(misses=Misses(rephrase)))
    heard = [talk.silent().said[0] for _ in range(rephrase + 2)]
    assert heard == ["no_input"] * rephrase + ["agent_offer", "handing_over"]
    assert heard[0] == first


def test_d3_elderly_callers_get_one_more_of_each_and_more_time() -> None:
    talk = Talk(at=CLOSED).press("9")
    assert talk.turn.variant == "elderly"
    assert talk.timeout == 10_000
    assert [talk.silent().said[0] for _ in range(3)] == ["no_input", "no_input", "agent_offer"]
    assert [talk.press("7").said[0] for _ in range(3)] == ["no_match", "no_match", "agent_offer"]


def test_d3_after_a_leaf_the_question_is_asked_again_not_the_information() -> None:
    talk = Talk().press("2").silent()
    assert talk.said == ["no_input", "after_leaf"]
    assert talk.press("5", heard=2).said == ["no_match", "after_leaf"]
    assert talk.silent().said == ["agent_offer", "after_leaf"]
    assert talk.silent().queued == ("general", 0, "fallback")


def test_d3_a_wrong_key_during_a_leaf_does_not_lose_its_information() -> None:
    talk = Talk().press("2").press("5", heard=1)
    assert talk.said == ["no_match", "branch_hours_info", "branch_holiday_info", "after_leaf"]
    assert talk.completed() == []
    assert talk.press("5", heard=2).said == ["agent_offer", "branch_hours_info", "branch_holiday_info", "after_leaf"]
    assert talk.press("#", heard=3).completed() == ["branch_hours"]


def test_d3_closed_hours_lead_back_once_and_then_to_a_goodbye() -> None:
    talk = Talk(at=CLOSED).silent(3)
    assert talk.said == ["agents_closed", "closed_menu", "keys"]
    assert talk.requests() == [("fallback", "general", True)]
    assert [talk.silent().said[0] for _ in range(2)] == ["no_input", "agent_offer"]
    assert talk.silent().said == ["agents_closed", "goodbye"]
    assert talk.ended
    assert talk.requests() == [("fallback", "general", True)] * 2
    assert talk.visits()[-1] == ("closed", 1, "timeout", None)


def test_d3_a_valid_choice_between_makes_the_closed_ladder_start_afresh() -> None:
    talk = Talk(at=CLOSED).silent(3).press("1").press("*", heard=3)
    assert talk.silent(3).said == ["agents_closed", "closed_menu", "keys"]
    assert talk.silent(3).ended


def test_d3_who_waited_until_the_agents_opened_is_handed_over() -> None:
    talk = Talk(at=local("2026-03-02 08:29")).silent(3)
    assert talk.said[0] == "agents_closed"
    talk.at = local("2026-03-02 08:30")
    assert talk.silent(3).queued == ("general", 0, "fallback")


def test_d3_at_the_queues_question_the_last_step_is_to_wait_on() -> None:
    talk = Talk().press("0").back(QueueOutcome.TIMEOUT)
    assert talk.silent().said == ["no_input", "queue_offer"]
    assert talk.press("7").said == ["no_match", "queue_offer"]
    assert talk.silent().said == ["agent_offer", "queue_offer"]
    assert talk.silent().said == ["handing_over", "transferring"]
    assert talk.queued == ("general", 1, "key")


def test_d3_a_silent_caller_waits_on_as_long_as_somebody_can_answer() -> None:
    talk = Talk().press("0")
    for _ in range(12):
        talk.back(QueueOutcome.TIMEOUT).silent(3)
        assert talk.conversation.place is Position.QUEUE


@pytest.mark.parametrize(
    ("outcome", "notice"),
    [(QueueOutcome.NO_AGENTS, ["queue_empty"]), (QueueOutcome.FULL, ["queue_full"]), (QueueOutcome.FAILED, [])],
)
def test_d3_a_silent_caller_does_not_go_round_an_empty_queue_for_ever(outcome: QueueOutcome, notice: list[str]) -> None:
    talk = Talk().silent(3).back(outcome)
    if outcome is QueueOutcome.FAILED:
        assert talk.said == ["fault", "transferring"]
        talk.back(outcome)
    assert talk.said == [*notice, "queue_offer"]
    assert talk.silent(3).said == ["handing_over", "transferring"]
    assert talk.back(outcome).silent(3).said == [*notice, "goodbye"]
    assert talk.ended


def test_d3_the_queue_closes_while_a_silent_caller_is_asked() -> None:
    talk = Talk(at=local("2026-03-02 17:59")).press("0").back(QueueOutcome.TIMEOUT)
    talk.at = local("2026-03-02 18:00")
    assert talk.silent(3).said == ["agents_closed", "main_menu", "keys"]
    assert talk.silent(3).said == ["agents_closed", "goodbye"]
