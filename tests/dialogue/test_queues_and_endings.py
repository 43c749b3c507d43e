"""To an agent and back: requests, refusals, the queue's question, faults, endings, hang-ups."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.dialogue.engine import Conversation
from ivr.dialogue.handoff import FIRST_PRIORITY, MAX_BONUS
from ivr.dialogue.model import Caller, End, HungUp, Key, NoInput, QueueEnded, QueueOutcome, Turn
from ivr.dialogue.queue_moves import MOST_PASSED_BACK
from ivr.dialogue.state import Position
from ivr.flow.model import HandoffReason, ReservedKeys
from ivr.records.facts import HandoffRequested, MenuKey
from tests.dialogue.talking import Talk, kinds
from tests.flows_for_tests import CLOSED, ELDERLY_NUMBER, OPEN, flow, local

NOTICES = {
    QueueOutcome.TIMEOUT: "queue_timeout",
    QueueOutcome.NO_AGENTS: "queue_empty",
    QueueOutcome.FULL: "queue_full",
}


@pytest.mark.parametrize("way", ["", "1", "11", "111", "2", "77", "##", "1*"])
def test_the_agent_key_leads_to_an_agent_from_everywhere(way: str) -> None:
    talk = Talk().press(way).press("0")
    assert talk.said == ["transferring"]
    assert talk.queued == ("general", 0, "key")
    assert talk.requests() == [("key", "general", False)]


def test_an_option_that_hands_over_goes_to_its_own_queue() -> None:
    talk = Talk().press("3")
    assert talk.said == ["transferring_unrecorded"]
    assert talk.queued == ("cards", 2, "key")
    assert talk.visits() == [("main", 1, "choice", "3")]


def test_a_closed_queue_is_refused_and_leads_back_to_the_menu() -> None:
    talk = Talk(at=CLOSED).press("0")
    assert talk.said == ["agents_closed", "closed_menu", "keys"]
    assert talk.turn.facts[:2] == (
        MenuKey(talk.at, "agent", "0"),
        HandoffRequested(talk.at, "key", "general", refused=True, why="closed"),
    )
    assert kinds(talk.turn.facts) == ["MenuKey", "HandoffRequested", "MenuEntered"]


def test_an_answered_caller_hears_a_goodbye() -> None:
    talk = Talk().press("0").back(QueueOutcome.ANSWERED)
    assert (talk.said, talk.ended) == (["agent_left", "goodbye"], True)
    assert talk.turn.facts == ()


@pytest.mark.parametrize("outcome", list(NOTICES))
def test_the_other_outcomes_are_told_and_a_choice_is_offered(outcome: QueueOutcome) -> None:
    talk = Talk().press("0").back(outcome)
    assert talk.said == [NOTICES[outcome], "queue_offer"]
    assert talk.timeout == 5_000
    assert talk.turn.facts == ()


def test_who_was_passed_on_to_another_queue_waits_on_in_that_one() -> None:
    talk = Talk().press("0").back(QueueOutcome.TIMEOUT, "cards").press("1")
    assert talk.queued == ("cards", 3, "key")
    assert Talk().press("0").back(QueueOutcome.TIMEOUT, "no such").press("1").queued[0] == "general"


@pytest.mark.parametrize("key", ["1", "0"])
def test_waiting_on_keeps_the_reason_and_raises_the_priority(key: str) -> None:
    talk = Talk().press("4").back(QueueOutcome.TIMEOUT).press(key)
    assert talk.said == ["transferring_unrecorded"]
    assert talk.queued == ("cards", 3, "policy")
    assert talk.requests() == [("policy", "cards", False)] * 2
    assert talk.back(QueueOutcome.TIMEOUT).press(key).queued == ("cards", 4, "policy")


def test_the_bonus_of_waiting_on_has_a_limit() -> None:
    talk = Talk().press("0")
    for _ in range(MAX_BONUS + 5):
        talk.back(QueueOutcome.FULL).press("1")
    assert talk.queued == ("general", MAX_BONUS, "key")


def test_the_second_choice_is_the_main_menu() -> None:
    talk = Talk().press("11").press("0").back(QueueOutcome.FULL).press("2")
    assert talk.said == ["main_menu", "keys"]
    assert talk.conversation.path == ("main",)
    assert talk.press("0").queued == ("general", 0, "key")


def test_the_third_choice_ends_the_call() -> None:
    talk = Talk().press("0").back(QueueOutcome.FULL).press("3")
    assert (talk.said, talk.ended) == (["goodbye"], True)


def test_reserved_keys_work_at_the_queues_question() -> None:
    talk = Talk().press("1").press("0").back(QueueOutcome.TIMEOUT)
    assert talk.press("#").said == ["queue_offer"]
    assert talk.press("*").said == ["accounts_menu", "keys"]
    talk.press("0").back(QueueOutcome.TIMEOUT)
    assert talk.press("9").queued == ("elderly", 10, "elderly_key")


def test_the_questions_own_keys_win_over_reserved_ones() -> None:
    talk = Talk(flow(keys=ReservedKeys("#", "*", "3", "9"))).press("3").back(QueueOutcome.FULL)
    assert talk.press("3").ended


def test_waiting_on_after_closing_time_is_refused() -> None:
    talk = Talk(at=local("2026-03-02 17:59")).press("1").press("0").back(QueueOutcome.TIMEOUT)
    talk.at = local("2026-03-02 18:00")
    assert talk.press("1").said == ["agents_closed", "accounts_menu", "keys"]
    assert talk.requests()[-1] == ("key", "general", True)


def test_a_listed_caller_who_gives_up_waiting_hears_the_main_menu() -> None:
    talk = Talk(number=ELDERLY_NUMBER).back(QueueOutcome.NO_AGENTS)
    assert talk.timeout == 10_000
    assert talk.press("*").said == ["main_menu", "keys"]
    assert talk.timeout == 10_000
    assert talk.press("3").queued == ("cards", 10, "key")


def test_a_queue_that_cannot_be_entered_is_tried_once_more() -> None:
    talk = Talk().press("0").back(QueueOutcome.FAILED)
    assert talk.said == ["fault", "transferring"]
    assert talk.queued == ("general", 0, "key")
    assert talk.requests() == [("key", "general", False)] * 2
    assert talk.back(QueueOutcome.FAILED).said == ["queue_offer"]
    assert talk.press("1").back(QueueOutcome.FAILED).said == ["queue_offer"]


def test_who_was_passed_on_to_nobody_is_told_and_goes_to_the_head_of_the_queue() -> None:
    talk = Talk().press("0").back(QueueOutcome.PASSED_BACK)
    assert talk.said == ["fault", "transferring"]  # a flow without transfer_failed
    assert talk.queued == ("general", 1, "key")
    assert talk.requests() == [("key", "general", False)] * 2
    for _ in range(MOST_PASSED_BACK - 1):
        talk.back(QueueOutcome.PASSED_BACK)
    assert talk.queued == ("general", MOST_PASSED_BACK, "key")
    assert talk.back(QueueOutcome.PASSED_BACK).said == ["queue_offer"]


def test_the_flow_says_that_nobody_answered_the_transfer() -> None:
    served = replace(flow(), prompts={**flow().prompts, "transfer_failed": flow().prompts["fault"]})
    assert Talk(served).press("0").back(QueueOutcome.PASSED_BACK).said == ["transfer_failed", "transferring"]


def test_whose_agents_telephone_was_lost_is_told_and_goes_before_everybody() -> None:
    served = replace(flow(), prompts={**flow().prompts, "agent_lost": flow().prompts["fault"]})
    talk = Talk(served).press("0").back(QueueOutcome.AGENT_LOST)
    assert talk.said == ["agent_lost"]
    assert talk.queued == ("general", FIRST_PRIORITY, "key")
    assert talk.requests() == [("key", "general", False)] * 2
    assert talk.back(QueueOutcome.TIMEOUT).press("1").queued == ("general", 2, "key")  # no longer before everybody
    assert Talk().press("0").back(QueueOutcome.AGENT_LOST).said == ["fault", "transferring"]


def test_a_line_that_cannot_speak_leads_to_an_agent() -> None:
    talk = Talk().press("1").fault()
    assert talk.said == ["fault", "transferring"]
    assert talk.queued == ("general", 0, "fallback")
    assert talk.visits()[-1] == ("accounts", 2, "agent", None)
    assert talk.fault().said == []
    assert talk.queued == ("general", 0, "fallback")
    assert talk.requests() == [("fallback", "general", False)]
    assert talk.fault().said == ["goodbye"]
    assert talk.ended


def test_a_line_that_cannot_speak_outside_hours_does_not_go_round_for_ever() -> None:
    talk = Talk(at=CLOSED).fault()
    assert talk.said == ["agents_closed", "closed_menu", "keys"]
    assert talk.fault().said == ["agents_closed", "closed_menu", "keys"]
    assert talk.fault().said == ["goodbye"]
    assert talk.ended


@pytest.mark.parametrize("way", ["key", "silence"])
def test_a_line_that_speaks_again_has_its_faults_forgotten(way: str) -> None:
    talk = Talk(at=CLOSED).fault().fault()
    talk = talk.press("#") if way == "key" else talk.silent()
    assert talk.fault().fault().said == ["agents_closed", "closed_menu", "keys"]
    assert talk.fault().ended


def test_what_cannot_happen_while_queued_leads_on_into_the_queue() -> None:
    talk = Talk().press("0")
    assert talk.press("5").queued == ("general", 0, "key")
    assert talk.said == []
    assert talk.silent().queued == ("general", 0, "key")
    assert talk.turn.facts == ()


def test_a_queue_that_ends_where_none_was_entered_is_offered_again() -> None:
    talk = Talk().back(QueueOutcome.TIMEOUT)
    assert talk.said == ["queue_timeout", "queue_offer"]
    assert talk.visits() == [("main", 1, "agent", None)]
    assert talk.press("1").queued == ("general", 1, "fallback")


@pytest.mark.parametrize(
    ("reason", "variant", "queued"),
    [
        (HandoffReason.POLICY, "normal", ("cards", 3, "policy")),
        (HandoffReason.ELDERLY_KEY, "elderly", ("cards", 11, "elderly_key")),
    ],
)
def test_a_new_application_takes_over_who_comes_back_from_the_queue(
    reason: HandoffReason, variant: str, queued: tuple[str, int, str]
) -> None:
    talk = Talk()
    talk.conversation = Conversation(flow(), Caller(None), OPEN)
    turn = talk.conversation.resume(QueueEnded(OPEN, QueueOutcome.TIMEOUT), "cards", reason)
    assert turn is not None
    assert [say.prompt for say in turn.say] == ["queue_timeout", "queue_offer"]
    assert (turn.variant, turn.facts) == (variant, ())
    assert talk.press("1").queued == queued


def test_a_new_application_ends_the_call_of_who_was_answered() -> None:
    conversation = Conversation(flow(), Caller(None), OPEN)
    turn = conversation.resume(QueueEnded(OPEN, QueueOutcome.ANSWERED), "cards", HandoffReason.KEY)
    assert turn is not None
    assert isinstance(turn.then, End)


@pytest.mark.parametrize("way", ["", "1", "11", "7", "#"])
def test_hanging_up_at_a_menu_closes_the_visit(way: str) -> None:
    talk = Talk().press(way)
    assert talk.hang_up() == (MenuKey(talk.at, "hangup"),)
    assert talk.visits()[-1][2:] == ("hangup", None)


@pytest.mark.parametrize("way", ["2", "0", "9"])
def test_hanging_up_where_no_menu_is_open_adds_no_visit(way: str) -> None:
    assert Talk().press(way).hang_up() == ()


@pytest.mark.parametrize("event", [HungUp(OPEN, 0), Key(OPEN, "1", 0), NoInput(OPEN)])
def test_nothing_follows_a_hang_up_or_an_end(event: HungUp | Key | NoInput) -> None:
    gone = Talk()
    gone.hang_up()
    assert gone.conversation.on(event) is None
    assert len(gone.conversation.closing) == 1
    ended = Talk().press("0").back(QueueOutcome.ANSWERED)
    assert ended.conversation.on(event) is None
    assert ended.conversation.closing == ()
    assert ended.conversation.place is Position.OVER


@pytest.mark.parametrize("key", ["", "A", "00", "①", "\x00", "1 "])
def test_what_is_no_key_of_a_telephone_is_a_wrong_key(key: str) -> None:
    turn = Talk().conversation.on(Key(OPEN, key, 0))
    assert isinstance(turn, Turn)
    assert turn.say[0].prompt == "no_match"


@pytest.mark.parametrize("way", ["", "1", "11", "2", "7", "##"])
def test_whom_asterisk_brings_again_is_where_he_was(way: str) -> None:
    """The same question, without greeting or hint, and the same keys lead on from it."""
    asked, again = Talk().press(way + "#"), Talk().press(way).again()
    assert again.said == asked.said and again.turn.then == asked.turn.then
    assert again.conversation.path == asked.conversation.path
    assert again.press("1").said == asked.press("1").said


def test_whom_asterisk_brings_again_on_the_way_to_an_agent_goes_on_to_the_queue() -> None:
    talk = Talk().press("0").again()
    assert talk.said == [] and talk.queued == ("general", 0, "key")
    assert talk.requests() == [("key", "general", False)], "asked for once"


def test_whom_asterisk_brings_again_in_the_goodbye_is_bidden_goodbye() -> None:
    talk = Talk().press("0").back(QueueOutcome.ANSWERED).again()
    assert talk.said == ["goodbye"] and isinstance(talk.turn.then, End)
