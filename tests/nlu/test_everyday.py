"""What callers say of themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu import Universal
from ivr.nlu.phrases.everyday import everyday
from tests.nlu import knowing


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("我岁数大了", Universal.ELDERLY), ("我七十八了", Universal.ELDERLY), ("我是个老太婆", Universal.ELDERLY),
        ("我五十岁", None), ("我妈年纪大了", None), ("我不是老年人", None), ("老人家怎么开户", None),
        ("声音太小了", Universal.REPEAT), ("大声点", Universal.REPEAT), ("耳朵背", Universal.REPEAT),
        ("急死我了", Universal.AGENT), ("救命啊", Universal.AGENT), ("不着急", None), ("护照丢了怎么办", None),
        ("", None), ("。", None),
    ],
)  # fmt: skip
def test_what_it_stands_for(said: str, what: Universal | None) -> None:
    assert everyday(said, 60) is what


@given(st.integers(2, 120))
def test_the_age_is_the_operators(years: int) -> None:
    told = everyday(f"我今年{years}岁了", 60)
    assert (told is Universal.ELDERLY) is (60 <= years < 130 and years >= 10)


def test_business_comes_first() -> None:
    meaning = knowing.shipped().understand("我年纪大了想开个存折行不行")
    assert meaning.intent == "open_account" and meaning.universal is None


@given(st.text())
def test_any_text_is_a_word_or_none(text: str) -> None:
    assert everyday(text, 60) in (None, Universal.ELDERLY, Universal.REPEAT, Universal.AGENT)
