"""Numbers as callers say them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu.values.numerals import digits, exact, value
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
        ("一百03", 103),
        ("一百二十3", 123),
        ("伍仟", 5_000),
        ("贰拾万", 200_000),
        ("十万零五千", 105_000),
        ("一百九十万零三千九百七十一", 1_903_971),
        ("一亿二", 120_000_000),
        ("10千", 10_000),
        ("1万2000", 12_000),
    ],
)
def test_words_are_numbers(words: str, number: int) -> None:
    assert value(words) == number


NONE = "幺三八 一二三 五5 很多 三千块 百 万 九十九十 两三万 三千五六 一百3千 15百 零五 一千20 三万五万 一百二十万五"


@pytest.mark.parametrize("words", ["", "1" * 41, "一 二", *NONE.split()])
def test_what_is_no_number(words: str) -> None:
    assert value(words) is None


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("一点五万", 15_000),
        ("1.5亿", 150_000_000),
        (".5", Fraction(1, 2)),
        ("点五万", 5_000),
        ("十二点二五", Fraction(49, 4)),
        ("两万半", 25_000),
        ("三千半", 3_500),
        ("半个亿", 50_000_000),
        ("一个半亿", 150_000_000),
        ("半", Fraction(1, 2)),
        ("三个亿", 300_000_000),
        ("三千", 3_000),
        ("十半", None),
        ("一半", None),
        ("一点", None),
        ("一点五万五", None),
        ("1.5.5", None),
        ("一点十五", None),
        ("一万点五万", None),
        ("1.123456789", None),
    ],
)
def test_decimals_and_halves(words: str, number: Fraction | int | None) -> None:
    assert exact(words) == number


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
    assert value(text) is None or value(text) >= 0  # type: ignore[operator]
    assert exact(text) is None or exact(text) >= 0  # type: ignore[operator]
