"""Numbers in English, with an inverse for what no table holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.text.english import WORDS, count, digits
from ivr.text.numbers import LIMIT

UNITS = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
SMALL = {word: number for number, word in enumerate(WORDS[:20])}
TENS = {word: 10 * number for number, word in enumerate(WORDS[20:28], 2)}


def value_of(words: str) -> int:
    """Read a spelt number back."""
    total = group = 0
    for word in words.removeprefix("minus ").split():
        if word in UNITS:
            total, group = total + group * UNITS[word], 0
        elif word == "hundred":
            group *= 100
        elif word != "and":
            group += SMALL[word] if word in SMALL else TENS[word]
    return -(total + group) if words.startswith("minus ") else total + group


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "zero"),
        (1, "one"),
        (13, "thirteen"),
        (20, "twenty"),
        (42, "forty two"),
        (100, "one hundred"),
        (105, "one hundred and five"),
        (1000, "one thousand"),
        (1005, "one thousand and five"),
        (1105, "one thousand one hundred and five"),
        (12_000_012, "twelve million and twelve"),
        (-3, "minus three"),
        ("7", "seven"),
    ],
)
def test_a_count_is_said_as_a_speaker_says_it(value: int | str, words: str) -> None:
    assert count(value) == words


@given(st.integers(-999 * 10**12, 999 * 10**12) | st.integers(0, 20_000))
def test_a_count_reads_back(number: int) -> None:
    assert value_of(count(number)) == number


def test_digits_are_said_one_by_one() -> None:
    assert digits("+86 100") == "eight six one zero zero"


@pytest.mark.parametrize("value", ["", "1.5", "two", LIMIT + 1])
def test_what_cannot_be_said_is_refused(value: int | str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        count(value)
