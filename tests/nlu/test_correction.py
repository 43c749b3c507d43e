"""Mending: what sounds like the bank's words becomes them, everything else stays."""

from __future__ import annotations

from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu.correction.correction import Correction
from ivr.nlu.normalise import MOST_CHARACTERS
from tests import flows_for_tests
from tests.nlu import knowing


@lru_cache(maxsize=1)
def correction() -> Correction:
    """Of the shipped knowledge base."""
    return Correction(knowing.flow())


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("新用卡丢了", "信用卡丢了"),
        ("我要办一笔会款", "我要办一笔汇款"),
        ("买礼财", "买理财"),
        ("转仗要手续费吗", "转账要手续费吗"),
        ("存款力息是多少", "存款利息是多少"),
        ("提前环款", "提前还款"),
    ],
)
def test_what_sounds_like_the_banks_words_becomes_them(heard: str, meant: str) -> None:
    assert correction().mend(heard) == meant


@pytest.mark.parametrize(
    "text", ["今天的天气怎么样", "我的快递到了没有", "明天会不会下大雨", "是的", "不对", "没有", "喂", "嗯"]
)
def test_what_is_no_business_of_a_bank_stays(text: str) -> None:
    assert correction().mend(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "分析一下",
        "会计来了",
        "部队",
        "布什",
        "我叫陈会款",
        "王礼财先生",
        "按一",
        "一万两千",
        "三千五百",
        "等不及了",
        "万一",
    ],
)
def test_words_names_and_numbers_are_never_changed(text: str) -> None:
    assert correction().mend(text) == text


@given(st.text("零一二三四五六七八九十百千万亿两半几会款新用卡转仗", max_size=20))
def test_no_number_is_changed_or_made_up(text: str) -> None:
    kept = "零一二三四五六七八九十百千万亿两半几"
    pairs = zip(text, correction().mend(text), strict=True)
    assert all(one == two for one, two in pairs if one in kept or two in kept)


def test_what_the_knowledge_base_says_stays() -> None:
    changed = {
        text: found
        for intent in knowing.flow().knowledge.values()
        for text in (intent.question, *intent.questions)
        if len(text) > 3 and (found := correction().mend(text)) != text
    }
    assert changed == {}


@pytest.mark.parametrize("text", ["", "卡号6222", "abc 会款", "会款。", "会" * (MOST_CHARACTERS + 1)])
def test_digits_letters_and_floods_are_left_alone(text: str) -> None:
    assert correction().mend(text) == text


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=40))
def test_any_text_keeps_its_length_and_is_mended_once(text: str) -> None:
    found = correction().mend(text)
    assert len(found) == len(text)


def test_without_knowledge_only_what_works_at_any_time_is_known() -> None:
    assert Correction(flows_for_tests.flow()).mend("再说一便") in ("再说一遍", "再说一便")
