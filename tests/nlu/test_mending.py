"""Mending: what sounds like the bank's words becomes them, everything else stays."""

from __future__ import annotations

from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu.clean import MOST_CHARACTERS
from ivr.nlu.mending import Mending
from tests import flows_for_tests
from tests.nlu import knowing


@lru_cache(maxsize=1)
def mending() -> Mending:
    """Of the shipped knowledge base."""
    return Mending(knowing.flow())


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
    assert mending().mend(heard) == meant


@pytest.mark.parametrize(
    "text", ["今天的天气怎么样", "我的快递到了没有", "明天会不会下大雨", "是的", "不对", "没有", "喂", "嗯"]
)
def test_what_is_no_business_of_a_bank_stays(text: str) -> None:
    assert mending().mend(text) == text


def test_what_the_knowledge_base_says_stays() -> None:
    changed = {
        text: found
        for intent in knowing.flow().knowledge.values()
        for text in (intent.question, *intent.questions)
        if len(text) > 3 and (found := mending().mend(text)) != text
    }
    assert changed == {}


@pytest.mark.parametrize("text", ["", "卡号6222", "abc 会款", "会款。", "会" * (MOST_CHARACTERS + 1)])
def test_digits_letters_and_floods_are_left_alone(text: str) -> None:
    assert mending().mend(text) == text


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=40))
def test_any_text_keeps_its_length_and_is_mended_once(text: str) -> None:
    found = mending().mend(text)
    assert len(found) == len(text)


def test_without_knowledge_only_what_works_at_any_time_is_known() -> None:
    assert Mending(flows_for_tests.flow()).mend("再说一便") in ("再说一遍", "再说一便")
