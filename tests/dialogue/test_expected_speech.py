"""What the recogniser may write where a number was asked for: all the ways of saying it that are understood."""

from __future__ import annotations

import re

import pytest

from ivr.dialogue.expected_speech import of_question
from ivr.flow.model import Question, SlotKind
from tests.bench.drawn_numbers import drawn

#: What leads up to a telephone number is heard like any other speech.
_LED = re.compile("我电话是|手机号|，")


@pytest.mark.parametrize("slot", [SlotKind.AMOUNT, SlotKind.LAST4, SlotKind.PHONE])
def test_every_way_of_saying_a_number_can_be_written(slot: SlotKind) -> None:
    expected = of_question(Question("value", slot, "ask", "办理", False), check=False)
    said = {one.text: set(_LED.sub("", one.text)) for one in drawn(slot, 200)}
    assert {text for text, characters in said.items() if not characters <= set(expected.alphabet)} == set()


def test_a_reference_number_is_written_as_a_telephone_number_is() -> None:
    phone, reference = (
        of_question(Question("value", slot, "ask", "办理", False), check=False)
        for slot in (SlotKind.PHONE, SlotKind.REFERENCE)
    )
    assert reference.alphabet == phone.alphabet


def test_whether_it_was_heard_right_may_be_answered_with_anything() -> None:
    assert of_question(Question("value", SlotKind.AMOUNT, "ask", "办理", False), check=True).alphabet == ""
