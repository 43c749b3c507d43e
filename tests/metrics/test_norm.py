"""`norm_v1`: texts that say the same are written the same."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ivr.metrics.labels.norm import norm_v1
from ivr.text.numbers import cardinal

SPEECH = st.text(
    st.sampled_from(" 0123456789零〇一二两三四五六七八九幺十百千万亿点分元位%，。:.,-*#ＡａBß我要查嗯～"), max_size=16
)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("我要 查 余额", "我要查余额。"),  # Vosk writes spaces
        ("ＡＴＭ", "atm"),
        ("１３８", "幺三八"),
        ("138", "一百三十八"),
        ("一三八", "幺三八"),
        ("105", "一百零五"),
        ("1001", "幺零零幺"),
        ("1001", "一千零一"),
        ("95588", "九五五八八"),
        ("200元", "两百元"),
        ("200元", "二百元"),
        ("2位", "两位"),
        ("2位", "二位"),
        ("10000", "幺零零零零"),
        ("1,000元", "一千元"),
        ("10000元", "一万元"),
        ("120元", "一百二元"),
        ("23000元", "两万三元"),
        ("十五", "15"),
        ("3050", "三千零五十"),
        ("100020元", "十万零二十元"),
        ("08:30", "八点三十分"),
        ("3.5%", "百分之三点五"),
        ("二〇二六年", "2026年"),
        ("一百，二十", "一百二十"),
        ("138 0000 0001", "13800000001"),
        ("#键", "井号键"),
    ],
)
def test_two_ways_of_writing_it_are_one(one: str, two: str) -> None:
    assert norm_v1(one) == norm_v1(two)


@pytest.mark.parametrize(
    "text", ["嗯我啊要呃查", "千万别", "三四千", "万一", "百货", "十五十", "一百零零五", "零百", "一万零", "一亿一万万"]
)
def test_fillers_and_what_is_no_number_stay(text: str) -> None:
    assert norm_v1(text) == text


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("十", "一零"), ("二十", "二零"), ("一千", "一零零零"), ("一千零一十", "一零一零"), ("一千五", "一五零零"),
        ("一百零五", "一零五"), ("九千九百九十九", "九九九九"), ("三万零五", "三零零零五"),
        ("两千万", "二零零零零零零零"),
        ("一亿", "一零零零零零零零零"), ("一亿零一", "一零零零零零零零一"), ("一亿两千万", "一二零零零零零零零"),
    ],
)  # fmt: skip
def test_a_spoken_number_becomes_its_digits(words: str, digits: str) -> None:
    assert norm_v1(words) == digits


@pytest.mark.parametrize("text", ["", " ", "，。！", "\n\t", "～"])
def test_nothing_said_is_nothing(text: str) -> None:
    assert norm_v1(text) == ""


@given(SPEECH)
@example("十，五")
@example("千，五")
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert norm_v1(norm_v1(text)) == norm_v1(text)


@given(st.text(max_size=30))
def test_any_text_is_taken(text: str) -> None:
    assert not any(character.isspace() for character in norm_v1(text))


@given(st.integers(0, 10**16 - 1))
def test_a_number_is_the_same_in_digits_and_in_words(number: int) -> None:
    assert norm_v1(cardinal(number)) == norm_v1(str(number))
    assert norm_v1(cardinal(number)) == str(number).translate(str.maketrans("0123456789", "零一二三四五六七八九"))
