"""However an amount or a day is said, it is read exactly or asked for again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow.model import SlotKind, When
from ivr.nlu.model import Context
from ivr.nlu.values.slots import read
from tests.nlu import saying

MOST = 99_999_999_99
_ROUND = st.builds(lambda digit, power: min(digit * 10**power, MOST), st.integers(1, 999), st.integers(0, 9))
_YUAN = st.integers(1, 10**7).map(lambda yuan: yuan * 100)
AMOUNTS = st.one_of(st.integers(1, MOST), _ROUND, st.integers(1, 10_000), _YUAN)
TODAYS = st.dates(date(2024, 1, 1), date(2039, 12, 31))
AHEAD = st.one_of(st.integers(0, 730), st.integers(0, 40))


def amount(text: str) -> int | None:
    return read(text, Context(SlotKind.AMOUNT, day=date(2026, 11, 20))).amount


@settings(max_examples=120)
@given(AMOUNTS)
def test_an_amount_is_read_exactly_or_asked_for_again(fen: int) -> None:
    wrong = {said: found for said in saying.amounts(fen) if (found := amount(said)) not in (fen, None)}
    assert not wrong


@settings(max_examples=40)
@given(AMOUNTS, st.sampled_from(saying.AROUND))
def test_what_stands_around_an_amount_does_not_change_it(fen: int, around: str) -> None:
    ways = [around.format(said) for said in saying.amounts(fen)]
    wrong = {said: found for said in ways if (found := amount(said)) not in (fen, None)}
    assert not wrong


@settings(max_examples=50)
@given(AMOUNTS, st.sampled_from(saying.INEXACT))
def test_what_is_inexact_is_no_amount(fen: int, around: str) -> None:
    ways = [around.format(said) for said in saying.amounts(fen)]
    assert not {said: found for said in ways if (found := amount(said)) is not None}


@pytest.mark.parametrize("fen", [50, 99, 100, 150, 1250, 35_000, 32_145, 10_300, 120_000_000, 1_234_567_89, MOST])
def test_most_ways_are_understood_at_once(fen: int) -> None:
    ways = saying.amounts(fen)
    asked = [said for said in ways if amount(said) is None]
    assert len(asked) <= len(ways) / 10, asked


def day(text: str, today: date, when: When = When.COMING) -> date | None:
    return read(text, Context(SlotKind.DATE, day=today, when=when)).day


@settings(max_examples=120)
@given(TODAYS, AHEAD)
def test_a_day_is_read_exactly_or_asked_for_again(today: date, ahead: int) -> None:
    meant = today + timedelta(ahead)
    wrong = {said: found for said in saying.days(meant, today) if (found := day(said, today)) not in (meant, None)}
    assert not wrong


@settings(max_examples=40)
@given(TODAYS, AHEAD, st.sampled_from(saying.DAY_AROUND))
def test_what_stands_around_a_day_does_not_change_it(today: date, ahead: int, around: str) -> None:
    meant = today + timedelta(ahead)
    ways = [around.format(said) for said in saying.days(meant, today)]
    assert not {said: found for said in ways if (found := day(said, today)) not in (meant, None)}


@settings(max_examples=50)
@given(TODAYS, AHEAD, st.sampled_from(saying.DAY_INEXACT))
def test_what_is_not_one_day_is_none(today: date, ahead: int, around: str) -> None:
    said_ways = saying.days(today + timedelta(ahead), today)
    ways = [around.format(said) for said in said_ways if not ("过" in said and around == "{}之后")]  # 过三天之后
    assert not {said: found for said in ways if (found := day(said, today)) is not None}


@settings(max_examples=40)
@given(TODAYS, AHEAD.filter(bool))
def test_the_wrong_side_of_today_is_never_a_day(today: date, off: int) -> None:
    coming, past = today + timedelta(off), today - timedelta(off)
    for said in saying._ymd(past):
        assert day(said, today) is None and day(said, today, When.PAST) in (past, None)
    for said in saying.days(coming, today):
        found = day(said, today, When.PAST)
        assert found is None or found <= today


@pytest.mark.parametrize("ahead", [0, 1, 2, 3, 7, 10, 14, 30, 41, 100, 200])
def test_most_ways_of_a_day_are_understood_at_once(ahead: int) -> None:
    today = date(2026, 11, 20)
    ways = saying.days(today + timedelta(ahead), today)
    asked = [said for said in ways if day(said, today) is None]
    assert len(asked) <= len(ways) / 3, asked


_WORDS = "不对 不是 大概 星期 礼拜 尾号 农历 以后 美元 分期 改成 🂡 \u200b ٣ Ⅷ ½"
_SIGNS = "0123456789零一二两三四五六七八九十百千万亿幺点.半几多块元角毛分个年月日号周天前后上下这大不是对到左右期第"
_PIECES = st.sampled_from([*_SIGNS, *"kw%-+/()，。 ", *_WORDS.split(" ")])


@settings(max_examples=200)
@given(st.lists(_PIECES, max_size=40).map("".join), st.sampled_from([None, *SlotKind]), TODAYS, st.sampled_from(When))
def test_no_heap_of_numbers_breaks_it(text: str, slot: SlotKind | None, today: date, when: When) -> None:
    found = read(text, Context(slot, day=today, when=when))
    assert found.amount is None or found.amount > 0
    assert found.last4 is None or (len(found.last4) == 4 and found.last4.isascii() and found.last4.isdecimal())
    assert found.phone is None or 11 <= len(found.phone) <= 12
    if slot is SlotKind.DATE and found.day is not None:
        assert when is When.ANY or (found.day <= today if when is When.PAST else found.day >= today)


@settings(max_examples=200)
@given(st.text(max_size=200), st.sampled_from([None, *SlotKind]), st.dates(), st.sampled_from(When))
def test_no_text_breaks_it(text: str, slot: SlotKind | None, today: date, when: When) -> None:
    found = read(text, Context(slot, day=today, when=when))
    assert found.amount is None or found.amount > 0
    assert found.last4 is None or (len(found.last4) == 4 and found.last4.isascii() and found.last4.isdecimal())
    assert found.phone is None or found.phone.isdecimal()
