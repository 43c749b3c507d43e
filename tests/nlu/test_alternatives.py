"""Of the numbers that may have been said one is taken only where no other is nearly as likely."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.model import SlotKind
from ivr.nlu import surest

WAYS = st.lists(
    st.tuples(st.sampled_from(["三千元", "六千元", "两千", "二千元", "好的", ""]), st.floats(0, 1)),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize(
    ("ways", "taken"),
    [
        ([("三千元", 0.9), ("六千元", 0.6)], ("三千元", 0.9)),
        ([("三千元", 0.9), ("六千元", 0.8)], ("三千元", 0.0)),
        ([("两千元", 0.9), ("二千元", 0.85), ("六千元", 0.5)], ("两千元", 0.9)),
        ([("六千千元", 0.9), ("六千元", 0.8)], ("六千千元", 0.9)),
        ([("转人工", 0.9), ("返回", 0.9)], ("转人工", 0.9)),
    ],
)
def test_of_two_amounts_that_are_nearly_as_likely_neither_is_taken(
    ways: list[tuple[str, float]], taken: tuple[str, float]
) -> None:
    assert surest(ways, SlotKind.AMOUNT) == taken


def test_digits_are_compared_as_amounts_are_and_a_day_is_not() -> None:
    ways = [("一二三四", 0.9), ("一二三七", 0.85)]
    assert surest(ways, SlotKind.LAST4) == ("一二三四", 0.0)
    assert surest(ways, SlotKind.DATE) == ways[0]


@given(WAYS)
def test_what_is_taken_was_heard(ways: list[tuple[str, float]]) -> None:
    text, score = surest(ways, SlotKind.AMOUNT)
    assert text == ways[0][0] and score in (0.0, ways[0][1])
