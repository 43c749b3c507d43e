"""Keys that are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu.phrases.said_keys import names_a_key, said_key, sounded_key

FIVE = ("1", "2", "3", "4", "5")
LEADS = ("", "按", "请按", "我选", "嗯", "我要按", "那就按", "摁", "选择", "就选")
TAILS = ("", "吧", "啊", "键", "号键", "谢谢")
SAID = {"零": "0", "一": "1", "幺": "1", "二": "2", "两": "2", "七": "7", "9": "9", "井号": "#", "星号": "*"}


@given(st.sampled_from(LEADS), st.sampled_from(sorted(SAID)), st.sampled_from(TAILS))
def test_however_it_is_said(lead: str, key: str, tail: str) -> None:
    assert said_key(f"{lead}{key}{tail}", FIVE) == SAID[key] or (key in ("井号", "星号") and tail == "号键")


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("第一个", "1"), ("第二项", "2"), ("最后一个", "5"), ("倒数第二个", "4"), ("头一个", "1"), ("第九个", None),
        ("不是一是二", "2"), ("不按三按四", "4"), ("不按一", None), ("十", None), ("二十", None), ("一二", None),
        ("三千", None), ("一号到账", None), ("五点", None), ("", None), ("查余额", None),
    ],
)  # fmt: skip
def test_what_it_names(said: str, key: str | None) -> None:
    assert said_key(said, FIVE) == key


@pytest.mark.parametrize(
    ("heard", "key"),
    [
        ("我按意", "1"),
        ("按议", "1"),
        ("按儿", "2"),
        ("按武吧", "5"),
        ("按异议", None),
        ("按意愿", None),
        ("意", None),
        ("我要案疑", "1"),
        ("我要安宜", "1"),
        ("平安一", None),
        ("安一个分机", None),
        ("方案一", None),
    ],
)
def test_a_digit_that_was_misheard_right_after_press(heard: str, key: str | None) -> None:
    assert said_key(heard, FIVE) == key


def test_of_nothing_offered_there_is_no_first() -> None:
    assert said_key("第一个", ()) is None and said_key("最后一个", ()) is None


@pytest.mark.parametrize(
    ("said", "named"), [("按一", True), ("井号", True), ("第二个", True), ("一", False), ("1", False)]
)
def test_whether_a_key_is_meant_for_sure(said: str, named: bool) -> None:
    assert names_a_key(said) is named


@given(st.text("按选第一二三四五个最后倒数井星号键是不0123456789 "))
def test_any_heap_is_a_key_or_none(text: str) -> None:
    assert said_key(text, FIVE) in (*"0123456789*#", None)


@pytest.mark.parametrize(
    ("heard", "key"),
    [
        ("阿姨", "1"), ("我要阿姨", "1"), ("俺医吧", "1"), ("安儿", "2"), ("安武", "5"),
        ("安逸", None), ("暗示", None), ("案例", None), ("安全", None), ("阿姨你好", None), ("俺爸", None), ("", None),
    ],
)  # fmt: skip
def test_what_sounds_like_press_and_a_digit_and_is_no_word_of_its_own(heard: str, key: str | None) -> None:
    assert sounded_key(heard, FIVE) == key
    assert sounded_key(heard, ("9",)) is None, "the menu has no such key"
