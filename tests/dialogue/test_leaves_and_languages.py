"""What a leaf says, when it counts as completed, and the language choice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.dialogue.state import Position
from ivr.flow.model import Entry, LeafKind
from ivr.records.facts import LanguageChosen, LeafCompleted
from tests.dialogue.talking import Talk, kinds
from tests.flows_for_tests import CLOSED, consult, flow, leaves, queue


def test_a_consult_leaf_says_its_prompts_and_listens() -> None:
    talk = Talk().press("2")
    assert talk.said == ["branch_hours_info", "branch_holiday_info", "after_leaf"]
    assert talk.timeout == 5_000
    assert talk.conversation.place is Position.LEAF
    assert talk.conversation.leaf == "branch_hours"
    assert talk.completed() == []


@pytest.mark.parametrize(
    ("heard", "completed"), [(-1, []), (0, []), (1, []), (2, ["branch_hours"]), (3, ["branch_hours"])]
)
def test_a_leaf_is_completed_once_all_its_information_was_heard(heard: int, completed: list[str]) -> None:
    assert Talk().press("2").press("*", heard).completed() == completed
    by_hanging_up = Talk().press("2")
    facts = by_hanging_up.hang_up(heard)
    assert facts == tuple(LeafCompleted(by_hanging_up.at, leaf) for leaf in completed)


def test_silence_after_a_leaf_means_that_it_was_heard() -> None:
    talk = Talk().press("2").silent()
    assert talk.turn.facts == (LeafCompleted(talk.at, "branch_hours"),)


def test_a_leaf_is_completed_once_per_call() -> None:
    talk = Talk().press("2").press("#", 3).press("#", 3).press("*", 3).press("2").press("*", 3)
    assert talk.completed() == ["branch_hours"]


def test_a_leaf_that_is_repeated_may_be_completed_by_the_repetition() -> None:
    talk = Talk().press("2").press("#", 0).press("#", 1)
    assert talk.completed() == []
    assert talk.press("0", 2).completed() == ["branch_hours"]
    assert kinds(talk.turn.facts) == ["LeafCompleted", "HandoffRequested"]


def test_a_fault_in_a_leaf_does_not_complete_it() -> None:
    talk = Talk().press("2").fault()
    assert talk.said == ["fault", "transferring"]
    talk.hang_up(2)
    assert talk.completed() == []


def test_a_leaf_that_is_left_is_not_completed_by_what_comes_after_it() -> None:
    talk = Talk(at=CLOSED).press("1").press("0", 1)
    assert talk.said == ["agents_closed", "closed_menu", "keys"]
    assert talk.press("#", 3).completed() == []


def test_a_leaf_for_agents_announces_and_hands_over_with_its_reason() -> None:
    talk = Talk().press("4")
    assert talk.said == ["card_loss_intro", "transferring_unrecorded"]
    assert talk.queued == ("cards", 2, "policy")
    assert talk.requests() == [("policy", "cards", False)]
    assert talk.visits() == [("main", 1, "choice", "4")]


@pytest.mark.parametrize("kind", [kind for kind in LeafKind if kind is not LeafKind.CONSULT])
def test_a_leaf_without_a_queue_or_a_reason_goes_to_the_general_queue_by_policy(kind: LeafKind) -> None:
    bare = dict(leaves()) | {"card_loss": replace(leaves()["card_loss"], kind=kind, queue=None)}
    assert Talk(flow(leaves=bare)).press("4").queued == ("general", 0, "policy")


def test_a_leaf_for_agents_outside_their_hours_leads_back_to_the_menu() -> None:
    served = flow(entries=(Entry(None, ("greeting",), "main", False),))
    talk = Talk(served, at=CLOSED).press("4")
    assert talk.said == ["agents_closed", "main_menu", "keys"]
    assert talk.requests() == [("policy", "cards", True)]
    assert talk.turn.facts[1].why == "closed"  # type: ignore[attr-defined]


def test_a_leaf_whose_queue_never_closes_is_served_at_night() -> None:
    queues = {"general": queue("general"), "elderly": queue("elderly"), "cards": queue("cards", hours=None)}
    served = flow(entries=(Entry(None, ("greeting",), "main", False),), queues=queues)
    assert Talk(served, at=CLOSED).press("4").queued[0] == "cards"


def test_a_leaf_without_prompts_is_heard_at_once() -> None:
    empty = dict(leaves()) | {"branch_hours": consult("branch_hours", 1)}
    talk = Talk(flow(leaves=empty)).press("2")
    assert talk.said == ["after_leaf"]
    assert talk.press("*").completed() == ["branch_hours"]


def test_an_option_with_a_language_is_spoken_from_there_on() -> None:
    talk = Talk().press("5")
    assert (talk.turn.language, talk.said) == ("en", ["accounts_menu", "keys"])
    assert LanguageChosen(talk.at, "en") in talk.turn.facts
    assert talk.press("*").turn.language == "en"
    assert "LanguageChosen" not in kinds(talk.press("5").turn.facts)
