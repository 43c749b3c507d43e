"""Words that work at any time (CBA 十九)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu.model import Universal
from ivr.nlu.universal import WORDS, universal, yes_no


@pytest.mark.parametrize(("what", "word"), [(what, word) for what, words in WORDS.items() for word in words])
def test_each_word_is_known(what: Universal, word: str) -> None:
    assert universal(word) is what
    assert universal(f" {word}。") is what


def test_no_word_means_two_things() -> None:
    words = [word for each in WORDS.values() for word in each]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("嗯那个我想转人工", Universal.AGENT),
        ("请帮我转人工", Universal.AGENT),
        ("专人工", Universal.AGENT),
        ("轉人工", Universal.AGENT),
        ("没听轻", Universal.REPEAT),
        ("返回上已级", Universal.BACK),
        ("头诉", Universal.COMPLAINT),
        ("慢一点吧", Universal.SLOWER),
        ("不 是", Universal.NO),
        ("是的呀", Universal.YES),
        ("人工智能", None),
        ("事", None),  # one syllable by itself proves nothing
        ("", None),
        ("我要查余额", None),
    ],
)
def test_what_callers_say(said: str, what: Universal | None) -> None:
    assert universal(said) is what


@pytest.mark.parametrize(
    ("said", "yes"),
    [
        ("是的", True),
        ("嗯", True),
        ("对就是这个", True),
        ("好的麻烦你", True),
        ("不是我说的是转账", False),
        ("没有啊", False),
        ("错", False),
        ("别", False),
        ("是不是啊", None),
        ("转账", None),
        ("没听清", None),
        ("", None),
    ],
)
def test_yes_and_no(said: str, yes: bool | None) -> None:
    assert yes_no(said) is yes


@given(st.text())
def test_any_text_is_one_or_none(text: str) -> None:
    assert universal(text) in {None, *Universal}
    assert yes_no(text) in {None, True, False}
