"""Words that work at any time (CBA 十九)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu.model import Universal
from ivr.nlu.phrases.universal import WORDS, universal
from tests.nlu import knowing


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
    ("said", "what"),
    [
        ("你给我转人工吧", Universal.AGENT),
        ("我要找个真人", Universal.AGENT),
        ("麻烦你帮我转一下人工", Universal.AGENT),
        ("我听不明白转仁工", Universal.AGENT),
        ("我刚才没听清楚你再说一遍行吗", Universal.REPEAT),
        ("你慢点说我听不清", Universal.SLOWER),
        ("我要回主菜单", Universal.MENU),
        ("给我返回上一级", Universal.BACK),
        ("我想用一下老年人服务", Universal.ELDERLY),
        ("不要转人工", None),
        ("别给我转人工", None),
        ("人工客服几点上班", None),
        ("人工服务时间", None),
        ("信用卡太多了我想慢慢还", None),
        ("我听不明白你们的人说要我到柜台去办然后我去了又让我转人工", None),  # says far more than that
    ],
)
def test_a_request_in_the_middle_of_a_sentence(said: str, what: Universal | None) -> None:
    assert universal(said) is what


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("冲铁", Universal.REPEAT),
        ("没停情", Universal.REPEAT),
        ("麦一爹", Universal.SLOWER),
        ("说卖一点", Universal.SLOWER),
        ("翻回煮菜单", Universal.MENU),
        ("摘人工", Universal.AGENT),
        ("员工", None),
        ("范围", None),
        ("主要", None),
        ("还款", None),
    ],
)
def test_what_nearly_sounds_so(said: str, what: Universal | None) -> None:
    assert universal(said) is what


def test_other_talk_does_not_sound_like_such_a_word() -> None:
    answers = {None, Universal.YES, Universal.NO}
    for name in ("train", "misheard", "heldout", "heldout2"):
        for row in knowing.labelled(name):
            if row.intent == "-":
                assert universal(row.text) in answers, row.text


@given(st.text())
def test_any_text_is_one_or_none(text: str) -> None:
    assert universal(text) in {None, *Universal}
