"""Written numbers are read as a Mandarin speaker means them, and where that is a guess it is said so."""

from __future__ import annotations

from datetime import date as Date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.text import numbers
from ivr.text.normalise import spoken, unsure

KINDS = [
    line.split("\t")
    for line in Path(__file__).with_name("reading.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("text", "said"), KINDS)
def test_each_kind_of_number_is_read_as_it_is_said(text: str, said: str) -> None:
    assert spoken(text) == said
    assert unsure(text) == ()


@pytest.mark.parametrize(("text", "said"), KINDS)
def test_a_number_is_read_the_same_inside_a_sentence(text: str, said: str) -> None:
    assert spoken(f"您好，{text}。") == f"您好，{said}。"


@pytest.mark.parametrize(
    ("text", "written", "others"),
    [
        ("请记住1234", "1234", ("幺二三四",)),
        ("公告2026第3号", "2026", ("二零二六",)),
        ("编有50000", "50000", ("五万",)),
        ("12/25", "12/25", ("十二月二十五日",)),
        ("10/1", "10/1", ("一分之十",)),
        ("2026-13-01", "2026-13-01", ()),
        ("25:00", "25:00", ()),
        ("1:75", "1:75", ()),
        ("1.2.3", "1.2.3", ()),
        ("GB2312", "2312", ("两千三百一十二",)),
        ("有2副", "2", ("两",)),
        ("10.1假期", "10.1", ("十月一日",)),
        ("第10086号", "10086", ("幺零零八六",)),
    ],
)
def test_a_guess_is_told_with_what_else_it_may_mean(text: str, written: str, others: tuple[str, ...]) -> None:
    (found,) = unsure(text)
    assert (found.written, found.others) == (written, others)
    assert text[found.at : found.end] == written
    assert found.spoken in spoken(text)


def test_both_ends_of_a_bare_range_are_guesses() -> None:
    assert [one.written for one in unsure("2020-2025")] == ["2020", "2025"]
    assert [one.written for one in unsure("3-5")] == ["3", "5"]


WRITTEN = st.text() | st.text("0123456789.,:-+%/*×￥$~—至到年月日时点个位第号尾拨打电话码按#① ½VvkmgGB℃", max_size=30)


@given(WRITTEN)
def test_a_guess_is_where_it_says(text: str) -> None:
    at = 0
    for one in unsure(text):
        assert at <= one.at < one.end <= len(text)
        assert text[one.at : one.end] == one.written
        assert one.spoken in spoken(text)
        at = one.end


@given(WRITTEN)
def test_reading_never_fails_leaves_no_digit_and_is_stable(text: str) -> None:
    said = spoken(text)
    assert not set(said) & set("0123456789#*")
    assert spoken(said) == said


@given(st.integers(0, 10**12))
def test_every_amount_is_read_as_a_placeholder_would_say_it(yuan: int) -> None:
    assert spoken(f"{yuan}元") == spoken(f"￥{yuan}") == spoken(f"{yuan:,}元") == numbers.count(yuan, "元")


@given(st.dates(Date(1900, 1, 1), Date(2099, 12, 31)))
def test_every_date_in_every_form_is_the_same_day(day: Date) -> None:
    said = numbers.date(day.isoformat())
    forms = [f"{day:%Y-%m-%d}", f"{day:%Y/%m/%d}", f"{day:%Y.%m.%d}", f"{day.year}/{day.month}/{day.day}"]
    forms += [f"{day.year}年{day.month}月{day.day}日", f"{day:%Y年%m月%d日}"]
    assert {spoken(form) for form in forms} == {said}


@given(st.from_regex(r"\A[0-9]{2,19}\Z"), st.sampled_from(["尾号", "工号", "卡号", "验证码", "账号", "单号"]))
def test_what_follows_a_label_is_told_digit_by_digit(number: str, label: str) -> None:
    assert spoken(f"{label}{number}") == label + numbers.digits(number)
