"""Consent before recording (CBA 二十九): asked once, before the first recording, by key and by word; who says no or
nothing is served all the same, and nothing of his call is recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.dialogue.model import Enqueue, QueueOutcome
from ivr.dialogue.state import Position
from ivr.flow.model import Flow, Prompt, PromptKind
from ivr.records.facts import RecordingAnswered
from tests.dialogue.listening import decided, listening
from tests.dialogue.talking import Talk
from tests.flows_for_tests import ELDERLY_NUMBER, flow


def asking(served: Flow | None = None) -> Flow:
    """The flow, which asks before it records."""
    given = served or flow()
    question = Prompt("recording_consent", PromptKind.QUESTION, {"zh": "需要录音，同意请按1，不同意请按2。"})
    return replace(given, recording_consent=True, prompts={**given.prompts, "recording_consent": question})


def answers(talk: Talk) -> list[tuple[bool, str]]:
    return [(fact.given, fact.how) for fact in talk.facts if isinstance(fact, RecordingAnswered)]


def recorded(talk: Talk) -> bool:
    assert isinstance(talk.turn.then, Enqueue)
    return talk.turn.then.record


def test_who_says_yes_is_recorded_and_not_asked_again() -> None:
    talk = Talk(asking()).press("0")
    assert talk.said == ["recording_consent"] and talk.conversation.place is Position.CONSENT
    talk.press("1")
    assert talk.said == ["transferring"] and recorded(talk) and answers(talk) == [(True, "key")]
    talk.back(QueueOutcome.TIMEOUT).press("1")
    assert recorded(talk) and answers(talk) == [(True, "key")]


def test_who_says_no_goes_on_without_recording() -> None:
    talk = Talk(asking()).press("02")
    assert talk.said == ["transferring_unrecorded"] and not recorded(talk)
    assert answers(talk) == [(False, "key")] and talk.requests() == [("key", "general", False)]
    talk.back(QueueOutcome.TIMEOUT).press("1")
    assert not recorded(talk)


@pytest.mark.parametrize(("words", "yes"), [("同意", True), ("不同意", False), ("可以", True), ("不要", False)])
def test_words_answer_as_keys_do(words: str, yes: bool) -> None:
    served = asking(listening())
    talk = Talk(served, understanding=decided()).press("0").say(words)
    assert answers(talk) == [(yes, "word")] and recorded(talk) is yes


def test_who_does_not_answer_is_asked_twice_and_served_unrecorded() -> None:
    talk = Talk(asking()).press("0").silent()
    assert talk.said == ["no_input", "recording_consent"]
    talk.silent()
    assert talk.said == ["transferring_unrecorded"] and not recorded(talk) and answers(talk) == [(False, "none")]


def test_who_presses_for_an_agent_instead_of_answering_reaches_one() -> None:
    talk = Talk(asking()).press("00")
    assert talk.said == ["transferring_unrecorded"] and not recorded(talk) and answers(talk) == [(False, "none")]


def test_back_leads_to_the_menu_and_the_question_comes_again() -> None:
    talk = Talk(asking()).press("0*")
    assert talk.conversation.place is Position.MENU and answers(talk) == []
    assert talk.press("0").said == ["recording_consent"]


def test_the_elderly_way_is_straight_and_unrecorded() -> None:
    for talk in (Talk(asking(), number=ELDERLY_NUMBER), Talk(asking()).press("9")):
        assert "recording_consent" not in talk.said and not recorded(talk) and answers(talk) == []


def test_a_queue_that_is_not_recorded_and_a_flow_that_does_not_ask_ask_nothing() -> None:
    assert Talk(asking()).press("3").said == ["transferring_unrecorded"]
    talk = Talk().press("0")
    assert talk.said == ["transferring"] and recorded(talk) and answers(talk) == []


def test_a_fault_at_the_question_hands_over_unrecorded() -> None:
    talk = Talk(asking()).press("0").fault()
    assert not recorded(talk) and answers(talk) == [(False, "none")]
