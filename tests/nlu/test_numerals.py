"""Numbers as callers say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu.numerals import digits, value
from ivr.text import numbers


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("零", 0),
        ("十", 10),
        ("十五", 15),
        ("一百二", 120),
        ("一百零二", 102),
        ("三千五", 3_500),
        ("三千零五", 3_005),
        ("两万五", 25_000),
        ("两万零五", 20_005),
        ("3万5", 35_000),
        ("3百", 300),
        ("二十万", 200_000),
        ("一亿两千万", 120_000_000),
        ("一万亿", 10**12),
        ("500", 500),
        ("百", 100),
    ],
)
def test_words_are_numbers(words: str, number: int) -> None:
    assert value(words) == number


@pytest.mark.parametrize("words", ["", "幺三八", "一二三", "五5", "5五", "很多", "三千块", "1" * 41, "一 二"])
def test_what_is_no_number(words: str) -> None:
    assert value(words) is None


@given(st.integers(0, 10**12 - 1))
def test_what_the_hotline_says_it_also_understands(number: int) -> None:
    assert value(numbers.cardinal(number)) == number
    assert value(numbers.count(number)) == number


@given(st.integers(0, 10**15).map(str))
def test_digits_are_read_one_by_one(number: str) -> None:
    assert digits(numbers.digits(number)) == number
    assert digits(numbers.digits(number, yao=False)) == number


@given(st.text())
def test_any_text_has_digits_or_none(text: str) -> None:
    assert set(digits(text)) <= set("0123456789")
    assert value(text) is None or value(text) is not None
