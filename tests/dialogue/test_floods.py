"""Thousands of keys: bounded memory, bounded record, one turn each."""

from __future__ import annotations

import io
import pickle
from collections.abc import Generator
from typing import Any

import pytest

from ivr.dialogue.model import QueueOutcome
from ivr.dialogue.turn_facts import MAX_REFUSALS, MAX_VISITS
from ivr.records.facts import HandoffRequested, LanguageChosen, LeafCompleted, MenuEntered, MenuKey
from tests.dialogue.talking import Talk, kinds
from tests.flows_for_tests import CLOSED


def size(talk: Talk) -> int:
    """How much the conversation holds, flow included."""
    held = io.BytesIO()
    _Pickler(held).dump(talk.conversation)
    return held.tell()


class _Pickler(pickle.Pickler):
    """Steps at work are generators, which cannot be pickled: they count as nothing, what they hold is the run's."""

    def reducer_override(self, found: object) -> Any:
        """See pickle."""
        return (str, ()) if isinstance(found, Generator) else NotImplemented


@pytest.mark.parametrize(
    ("keys", "closed"), [("#", False), ("*", False), ("0", True), ("9", True), ("112", False), ("1*", True)]
)
def test_a_flood_of_keys_grows_neither_memory_nor_record(keys: str, closed: bool) -> None:
    talk = Talk(at=CLOSED) if closed else Talk()
    talk.press(keys * (MAX_VISITS + 10))
    before, facts = size(talk), len(talk.facts)
    talk.press(keys * 2_000)
    assert size(talk) <= before + 8
    assert len(talk.facts) - facts <= 2
    entered = [fact for fact in talk.facts if isinstance(fact, MenuEntered)]
    assert len(entered) == MAX_VISITS
    assert sum(isinstance(fact, MenuKey) for fact in talk.facts) == MAX_VISITS
    assert sum(isinstance(fact, HandoffRequested) for fact in talk.facts) <= MAX_REFUSALS
    assert sum(isinstance(fact, LeafCompleted) for fact in talk.facts) <= 2
    assert talk.said


def test_wrong_keys_reach_an_agent_long_before_they_are_a_flood() -> None:
    talk = Talk().press("777")
    assert talk.queued == ("general", 0, "fallback")


def test_after_a_flood_the_call_goes_on() -> None:
    talk = Talk().press("#" * 3_000)
    assert talk.press("1").said == ["accounts_menu", "keys"]
    assert talk.press("0").queued == ("general", 0, "key")
    assert kinds(talk.turn.facts) == ["HandoffRequested"]
    assert talk.back(QueueOutcome.ANSWERED).ended


def test_a_language_chosen_after_the_record_is_full_is_still_spoken() -> None:
    talk = Talk().press("#" * MAX_VISITS).press("5")
    assert talk.turn.language == "en"
    assert not any(isinstance(fact, LanguageChosen) for fact in talk.facts)
