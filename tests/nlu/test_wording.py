"""The usual wording among what may have been heard."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu.correction.wording import Wording
from tests.nlu import knowing

SMALL = Wording(["转账收手续费吗", "我要转账", "信用卡账单分期", "我的卡丢了"])


def test_what_the_bank_talks_of_is_more_usual() -> None:
    for usual, odd in (("转账收多少", "转仗收多少"), ("账单分期", "账单分析"), ("我的卡丢了", "我的咖丢了")):
        assert SMALL.usual(usual) > SMALL.usual(odd)


def test_other_talk_is_told_apart_little() -> None:
    """Words that the knowledge base has not are all as unusual."""
    assert abs(SMALL.usual("晚饭吃火锅") - SMALL.usual("碗饭迟火锅")) < 0.5


@given(st.text(max_size=400))
def test_any_text_has_a_probability(text: str) -> None:
    assert -20 < SMALL.usual(text) <= 0


def test_the_shipped_knowledge_base_chooses() -> None:
    shipped = knowing.shipped()
    assert shipped.likeliest([("受机上一天可以转账多少", 0.80), ("手机上一天可以转账多少", 0.76)])[0].startswith("手机")
    assert shipped.likeliest([("转仗收多少手续费", 0.80), ("转账收多少手续费", 0.74)])[0].startswith("转账")
    assert shipped.likeliest([("今天的天气怎么样", 0.80), ("今天的天气怎么养", 0.79)])[0] == "今天的天气怎么样"
    assert shipped.likeliest([("铃鱼", 0.70), ("领域", 0.66)])[0] == "领域", "what is a word"
    assert shipped.likeliest([("查余额", 0.70), ("查余额查余额查余额", 0.70)])[0] == "查余额", "no round in circles"
