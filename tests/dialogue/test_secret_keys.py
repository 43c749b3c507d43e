"""Which keys are one secret answer, and what the record knows of them: nothing."""

from __future__ import annotations

import pytest

from ivr.bank.secret import Secret
from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import Caller, SecretKeys
from ivr.dialogue.recordable_keys import KeysKept
from ivr.dialogue.secret_keys import taken
from tests.flows_for_tests import OPEN, flow


def answer(keys: str, most: int) -> tuple[str, str]:
    """What is taken of the keys, and what is left."""
    digits, over = "", False
    while keys and not over:
        digits, over = taken(digits, keys[0], most)
        keys = keys[1:]
    return digits, keys


@pytest.mark.parametrize(
    ("keys", "most", "taken_and_left"),
    [
        ("836251", 6, ("836251", "")),
        ("8362519", 6, ("836251", "9")),
        ("836#1", 6, ("836", "1")),
        ("836*1", 6, ("836", "1")),
        ("0#", 6, ("0", "")),
        ("11010519491231002*#", 19, ("11010519491231002X", "#")),
        ("11010519491231002*", 17, ("11010519491231002", "*")),
        ("1101051949123100*", 19, ("1101051949123100", "")),
        ("6222021234567890123", 19, ("6222021234567890123", "")),
        ("6222021234567890#", 19, ("6222021234567890", "")),
    ],
)
def test_one_answer(keys: str, most: int, taken_and_left: tuple[str, str]) -> None:
    assert answer(keys, most) == taken_and_left


def test_what_is_typed_after_a_secret_is_not_kept_until_a_question_was_heard() -> None:
    keys = KeysKept()
    keys.typing()
    keys.pressed(1000, "1", heard=False)
    assert keys.keep("1", "chosen") is None
    keys.pressed(9000, "1", heard=True)
    assert keys.keep("1", "chosen") == "1"


def test_a_secret_that_nobody_asked_for_leads_nowhere_and_leaves_no_trace() -> None:
    conversation = Conversation(flow(), Caller(None), OPEN)
    first = conversation.start(OPEN)
    turn = conversation.on(SecretKeys(OPEN + 1000, Secret("836251"), 0))
    assert turn is not None and turn.then == first.then
    assert "836251" not in repr(turn) and not [fact for fact in turn.facts if getattr(fact, "key", None)]
