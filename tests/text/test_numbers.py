"""Numbers as they are said: tables a Mandarin speaker can check, and an inverse for everything else."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ivr.bank.vocabulary import AccountKind
from ivr.text import numbers
from ivr.text.numbers import LIMIT, amount, cardinal, count, date, digits, speak, time

VALUES = {word: number for number, word in enumerate("零一二三四五六七八九")} | {"两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000}


def value_of(words: str) -> int:
    """Read a verbalised cardinal back: an independent inverse of `cardinal` and `count`."""
    if words.startswith("负"):
        return -value_of(words[1:])
    for name, unit in (("亿", 10**8), ("万", 10**4)):
        if name in words:
            high, low = words.rsplit(name, 1)
            return value_of(high) * unit + (value_of(low) if low else 0)
    total, digit = 0, None
    for character in words:
        if character in UNITS:
            total += (1 if digit is None else digit) * UNITS[character]
            digit = None
        else:
            digit = VALUES[character]
    return total + (digit or 0)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "零"), (1, "一"), (2, "二"), (9, "九"), (10, "十"), (11, "十一"), (12, "十二"), (19, "十九"),
        (20, "二十"), (22, "二十二"), (99, "九十九"), (100, "一百"), (101, "一百零一"), (110, "一百一十"),
        (115, "一百一十五"), (200, "二百"), (222, "二百二十二"), (1000, "一千"), (1001, "一千零一"),
        (1010, "一千零一十"), (1100, "一千一百"), (2000, "两千"), (2020, "两千零二十"), (2200, "两千二百"),
        (10_000, "一万"), (10_001, "一万零一"), (10_010, "一万零一十"), (10_500, "一万零五百"), (15_000, "一万五千"),
        (20_000, "两万"), (22_000, "两万二千"), (100_000, "十万"), (100_500, "十万零五百"), (105_000, "十万五千"),
        (120_000, "十二万"), (1_000_000, "一百万"), (1_010_000, "一百零一万"), (10_000_000, "一千万"),
        (100_000_000, "一亿"), (100_000_001, "一亿零一"), (100_005_000, "一亿零五千"), (105_000_000, "一亿零五百万"),
        (150_000_000, "一亿五千万"), (1_200_000_000, "十二亿"), (10**12, "一万亿"), (10**12 + 5, "一万亿零五"),
        (-5, "负五"), (-10, "负十"), (-2000, "负两千"), ("3.14", "三点一四"), ("3.50", "三点五零"),
        ("-0.5", "负零点五"), ("-0", "零"), ("-0.00", "零点零零"), ("10.01", "十点零一"), (" 12 ", "十二"),
        ("2000.2", "两千点二"),
    ],
)  # fmt: skip
def test_a_cardinal_is_said_as_a_speaker_says_it(value: int | str, words: str) -> None:
    assert cardinal(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "零位"), (1, "一位"), (2, "两位"), (3, "三位"), (10, "十位"), (12, "十二位"), (20, "二十位"),
        (22, "二十二位"), (102, "一百零二位"), (200, "两百位"), (202, "两百零二位"), (2000, "两千位"),
        (20_000, "两万位"), (120_000, "十二万位"), (200_000, "二十万位"), (200_000_000, "两亿位"), (-2, "负两位"),
        ("2", "两位"), ("-12", "负十二位"),
    ],
)  # fmt: skip
def test_a_count_takes_liang_before_its_measure_word(value: int | str, words: str) -> None:
    assert count(value, "位") == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "零元"), (2, "两分"), (5, "五分"), (20, "两角"), (50, "五角"), (55, "五角五分"), (100, "一元"),
        (105, "一元零五分"), (150, "一元五角"), (155, "一元五角五分"), (200, "两元"), (222, "两元两角两分"),
        (1000, "十元"), (1200, "十二元"), (1005, "十元零五分"), (10050, "一百元五角"), (10100, "一百零一元"),
        (20000, "两百元"), (2_000_000, "两万元"), ("0", "零元"), ("0.00", "零元"), ("-0.00", "零元"),
        ("12.5", "十二元五角"), ("12.50", "十二元五角"), ("12.05", "十二元零五分"), ("0.5", "五角"),
        ("-1.05", "负一元零五分"), ("-0.05", "负五分"), (-205, "负两元零五分"),
    ],
)  # fmt: skip
def test_an_amount_is_said_in_yuan_jiao_and_fen(value: int | str, words: str) -> None:
    assert amount(value) == words


def test_a_date_is_said_digit_by_digit_then_in_cardinals() -> None:
    assert date("2026-10-01") == "二零二六年十月一日"
    assert date("2026-12-22") == "二零二六年十二月二十二日"
    assert date("1949-02-20") == "一九四九年二月二十日"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("08:30", "八点三十分"), ("8:30", "八点三十分"), ("08:00", "八点整"), ("08:05", "八点零五分"),
        ("02:00", "两点整"), ("02:10", "两点十分"), ("12:02", "十二点零二分"), ("22:20", "二十二点二十分"),
        ("00:00", "零点整"), ("24:00", "二十四点整"), (0, "零点整"), (510, "八点三十分"), (1440, "二十四点整"),
    ],
)  # fmt: skip
def test_a_time_is_said_with_zheng_or_ling(value: int | str, words: str) -> None:
    assert time(value) == words


def test_digits_are_said_one_by_one_with_yao() -> None:
    assert digits("1001") == digits(1001) == "幺零零幺"
    assert digits("1001", yao=False) == "一零零一"
    assert digits("+86 138-0000-0006") == "八六幺三八零零零零零零零六"
    assert digits("0") == "零"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", ""), ("number", "abc"), ("number", "1e5"), ("number", "１２"), ("number", "1."), ("number", "--1"),
        ("number", LIMIT + 1), ("number", -LIMIT - 1), ("number", "9" * 17), ("count", "1.5"), ("count", "两"),
        ("count", LIMIT + 1), ("amount", "1.005"), ("amount", "1,000"), ("amount", "元"),
        ("amount", (LIMIT + 1) * 100), ("date", "2026-02-29"), ("date", "2026-13-01"), ("date", "十月一日"),
        ("date", 20261001000), ("time", "24:01"), ("time", "25:00"), ("time", "8点"), ("time", "08:60"),
        ("time", 1441), ("time", -1), ("digits", ""), ("digits", -5), ("digits", "12a"), ("digits", "1--2"),
        ("digits", "１"), ("colour", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused(kind: str, value: int | str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        speak(kind, value)


def test_an_unknown_type_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="count、number、amount、date、time、digits"):
        speak("colour", 1)


def test_every_type_of_the_flow_is_spoken() -> None:
    assert set(numbers.SPEAKERS) == {"count", "number", "amount", "date", "time", "digits", "word"}


def test_a_word_is_spoken_as_the_banks_vocabulary_has_it_and_no_other() -> None:
    assert [speak("word", kind) for kind in AccountKind] == [kind.word for kind in AccountKind]
    for other in ("储蓄卡", "debit", 1, object()):
        with pytest.raises(ValueError, match="不是能播报的词"):
            speak("word", other)  # type: ignore[arg-type]


@given(st.integers(-LIMIT, LIMIT) | st.integers(0, 20_000) | st.integers(0, 10**12))
@example(10**12)
@example(10**8)
@example(LIMIT)
def test_a_cardinal_reads_back(number: int) -> None:
    assert value_of(cardinal(number)) == value_of(count(number)) == number


@given(st.integers(0, LIMIT))
def test_a_cardinal_keeps_the_rules_of_zero_and_one(number: int) -> None:
    words = cardinal(number)
    assert "零零" not in words
    assert not words.startswith(("一十", "零")) or number == 0
    assert not words.endswith("零") or number == 0
    assert not any("零" + unit in words for unit in "十百千万亿")


@given(st.integers(0, 10**12))
def test_liang_stands_only_at_the_head(number: int) -> None:
    assert "两" not in cardinal(number)[1:]
    assert "两" not in count(number)[1:]


@given(st.decimals(-(10**9), 10**9, places=2))
def test_an_amount_in_fen_and_in_yuan_is_the_same(yuan: object) -> None:
    fen = int(str(yuan).replace(".", ""))
    assert amount(str(yuan)) == amount(fen)


@given(st.integers(-(10**14), 10**14))
def test_an_amount_reads_back(fen: int) -> None:
    words = amount(fen).removeprefix("负")
    yuan, _, rest = words.rpartition("元") if "元" in words else ("零", "", words)
    jiao, _, odd = rest.rpartition("角") if "角" in rest else ("零", "", rest)
    read = value_of(yuan) * 100 + value_of(jiao) * 10 + value_of(odd.removesuffix("分"))
    assert read == abs(fen)
    assert amount(fen).startswith("负") == (fen < 0)


@given(st.dates(datetime.date(1000, 1, 1)))
def test_a_date_reads_back(day: datetime.date) -> None:
    year, rest = date(day.isoformat()).split("年")
    month, day_words = rest.removesuffix("日").split("月")
    assert "".join(str(VALUES[digit]) for digit in year) == f"{day.year}"
    assert (value_of(month), value_of(day_words)) == (day.month, day.day)


@given(st.integers(0, 1440))
def test_a_time_reads_back_and_both_forms_agree(minutes: int) -> None:
    words = time(minutes)
    hour, rest = words.split("点")
    assert value_of(hour) * 60 + (0 if rest == "整" else value_of(rest.removesuffix("分"))) == minutes
    assert time(f"{minutes // 60:02d}:{minutes % 60:02d}") == words


@given(st.text("0123456789", min_size=1, max_size=20))
def test_digits_read_back(text: str) -> None:
    assert "".join(str(VALUES["一" if word == "幺" else word]) for word in digits(text)) == text
