"""How far sounds are apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu.correction.sound_distance import apart, distance
from ivr.nlu.correction.syllables import syllables


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [("zon", "zon", 0.0), ("ka", "ta", 0.3), ("tin", "tie", 0.3), ("man", "mai", 0.3), ("ren", "guo", 1.2)],
)
def test_syllables(one: str, other: str, far: float) -> None:
    assert apart(one, other) == pytest.approx(far)


def test_what_is_confused_is_nearer_than_what_is_not() -> None:
    heard, meant, other = map(syllables, ("冲铁", "重听", "人工"))
    assert distance(heard, meant) <= 0.31 < distance(heard, other)


def test_another_length_is_as_far_as_can_be() -> None:
    assert distance(("ren", "gon"), ("guo", "gon")) == 1.2
    assert distance((), ()) == distance(("a",), ("a", "a")) == 1.2


@given(st.text("重听人工转账慢一点返回主菜单", max_size=5), st.text("重听人工转账慢一点返回主菜单", max_size=5))
def test_the_distance_is_the_same_both_ways(one: str, other: str) -> None:
    there, back = distance(syllables(one), syllables(other)), distance(syllables(other), syllables(one))
    assert there == pytest.approx(back) and 0.0 <= there <= 1.2
    assert not one or distance(syllables(one), syllables(one)) == 0.0
