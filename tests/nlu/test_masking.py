"""What is stored holds no card, phone or ID number (CBA 十三, 三十)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu.masking import MASK, mask, personal
from ivr.text import numbers


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("我的卡号是6222021234567890123", f"我的卡号是{MASK}"),
        ("6222 0212 3456 7890", MASK),
        ("6222-0212，3456", MASK),
        ("我电话幺三八零零零零零零零六帮我查", f"我电话{MASK}帮我查"),
        ("幺三八 零零零零 零零零六", MASK),
        ("六二二二嗯零二一二啊三四", MASK),
        ("六十二二十二零二十一", MASK),
        ("要三八零零一三八零零零", MASK),
        ("妖三吧零零一二三", MASK),
        ("身份证11010519491231002X", f"身份证{MASK}"),
        ("身份证一一零一零五一九四九一二三一零零二X", f"身份证{MASK}"),
        ("１２３４５６", MASK),
        ("①②③④⑤⑥", MASK),
        ("٠١٢٣٤٥", MASK),
        ("零一二三四五", MASK),
        ("先是123456然后是654321。", f"先是{MASK}然后是{MASK}。"),
        ("卡123456X", f"卡{MASK}X"),
    ],
)
def test_long_runs_of_digits_are_hidden(said: str, stored: str) -> None:
    assert mask(said) == stored
    assert personal(said)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "尾号1234",
        "12345",
        "幺二三四五",
        "一百二十三万四千五百六十七块",
        "二零二六年十月一日",
        "三千五百块",
        "要要要要要要",
        "我要办就是那个点",
        "转两万五给我儿子",
        MASK,
    ],
)
def test_what_is_short_or_counted_stays(said: str) -> None:
    assert mask(said) == said
    assert not personal(said)


@given(st.text())
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask(text)
    assert mask(once) == once
    assert not personal(once)


_GAPS = st.text(st.sampled_from(" -,，、.嗯啊"), max_size=2)


@given(st.text(), st.text("0123456789", min_size=6, max_size=19), st.data())
def test_no_number_survives_however_it_is_cut_up(around: str, number: str, data: st.DataObject) -> None:
    spoken = numbers.digits(number) if data.draw(st.booleans()) else number
    said = "".join(digit + data.draw(_GAPS) for digit in spoken)
    left = re.sub(r"[\s\-,，、.嗯啊]", "", mask(f"{around}卡{said}卡{around}"))
    assert spoken not in left.split("卡", 1)[-1].rsplit("卡", 1)[0]
    assert not re.search(r"[0-9]{6}", left)


def test_a_long_text_takes_no_time() -> None:
    assert mask("1" * 10_000) == MASK
    assert mask("一，" * 5_000) == MASK + "，"
