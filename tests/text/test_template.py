"""Placeholders are found, characters counted, written Mandarin read as it is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.text.normalise import spoken
from ivr.text.template import Fixed, Slot, characters, parse


def test_a_text_without_placeholders_is_one_segment() -> None:
    assert parse("您好，欢迎致电。") == (Fixed("您好，欢迎致电。", 1),)


def test_a_text_is_cut_at_its_placeholders() -> None:
    assert parse("您前面还有{ahead:count}位客户，预计{minutes:count}分钟。") == (
        Fixed("您前面还有", 1),
        Slot("ahead", "count"),
        Fixed("位客户，预计", 2),
        Slot("minutes", "count"),
        Fixed("分钟。", 3),
    )


def test_stretches_of_punctuation_are_not_spoken() -> None:
    assert parse("{day:date}，{at:time}。") == (Slot("day", "date"), Slot("at", "time"))
    assert parse("余额：{sum:amount}。") == (Fixed("余额：", 1), Slot("sum", "amount"))
    assert parse("") == parse("，。") == ()


@pytest.mark.parametrize(
    "text",
    ["{ahead}", "{ahead:colour}", "{Ahead:count}", "还有{ahead:count位", "还有}位", "{{a:count}}", "{:count}", "{a:}"],
)
def test_a_wrong_placeholder_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="占位符"):
        parse(text)


def test_the_place_of_a_stray_brace_is_named() -> None:
    with pytest.raises(ValueError, match="第 3 个字"):
        parse("还有}位")


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        segments = parse(text)
    except ValueError:
        assert set(text) & set("{}")
    else:
        assert [segment.number for segment in segments if isinstance(segment, Fixed)] == list(
            range(1, 1 + sum(isinstance(segment, Fixed) for segment in segments))
        )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("请按1", "请按一"), ("按2", "按二"), ("按0转人工", "按零转人工"), ("年满60岁", "年满六十岁"),
        ("95000", "九五零零零"), ("95000元", "九万五千元"), ("10086", "幺零零八六"), ("0311", "零三幺幺"),
        ("400-123-4567", "四零零幺二三四五六七"), ("0311-12345678", "零三幺幺幺二三四五六七八"),
        ("+8613800000006", "八六幺三八零零零零零零零六"), ("2026年10月1日", "二零二六年十月一日"),
        ("2026-10-01", "二零二六年十月一日"), ("2026-13-01", "二零二六幺三零幺"), ("3.5%", "百分之三点五"),
        ("0.05元", "零点零五元"), ("10,000元", "一万元"), ("1,234,567.8", "一百二十三万四千五百六十七点八"),
        ("2位", "两位"), ("12个", "十二个"), ("第2个", "第二个"), ("第12个", "第十二个"), ("2月2日", "二月二日"),
        ("2小时", "两小时"), ("08:30-18:00", "八点三十分至十八点整"), ("08:30至24:00", "八点三十分至二十四点整"),
        ("1-2个工作日", "一至两个工作日"), ("10月1日-7日", "十月一日至七日"), ("7×24小时", "七乘二十四小时"),
        ("按#键", "按井号键"), ("按*键", "按星号键"), ("１２", "十二"), ("1.2.3", "一点二点三"),
        ("25:00", "二十五:零零"), ("12345678901234567890", "幺二三四五六七八九零幺二三四五六七八九零"),
        ("APP", "APP"), ("您好", "您好"), ("", ""),
    ],
)  # fmt: skip
def test_written_mandarin_is_read_as_it_is_said(text: str, said: str) -> None:
    assert spoken(text) == said


@given(st.text() | st.text("0123456789.,:-+%年月日个位第#* "))
def test_reading_never_fails_leaves_no_digit_and_is_stable(text: str) -> None:
    said = spoken(text)
    assert not set(said) & set("0123456789#*")
    assert spoken(said) == said


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("，。！ ——", 0),
        ("您好。", 2),
        ("1", 1),
        ("60", 2),
        ("按1，", 2),
        ("24小时", 5),
        ("APP", 3),
        ("95000", 5),
        ("#", 2),
    ],
)
def test_characters_counts_what_is_said(text: str, number: int) -> None:
    assert characters(text) == number
