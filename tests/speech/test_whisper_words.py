"""What was told comes back as an echo where nobody spoke, and what a caller says does not count as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.recognition.whisper_words import TALK, in_context, in_sentences, is_drone, is_echo, is_loop, once

TOLD = in_sentences(("账户", "理财", "信用卡", "贷款"))


@pytest.mark.parametrize(
    "text",
    [
        "请问信用卡怎么办",
        "请问信用卡怎么办帮我看看贷款",
        "请问信用卡怎么办帮我看看账户账户账户账户",
        "请问信用卡怎",
        "帮我看看贷款帮我看",
    ],
)
def test_what_was_told_is_an_echo(text: str) -> None:
    assert is_echo(text, TOLD)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "信用卡",
        "账户",
        "我要办信用卡",
        "请问信用卡怎么办理分期",
        "帮我看看贷款还有多少",
        "是的",
    ],
)
def test_what_a_caller_says_is_none(text: str) -> None:
    assert not is_echo(text, TOLD)


def test_talk_about_nothing_is_no_answer_to_anything() -> None:
    from ivr.nlu import yes_no

    assert [sentence for sentence in TALK if yes_no(sentence) is not None] == []


@given(st.text("甲乙丙丁", min_size=1, max_size=5), st.integers(1, 5))
def test_once_is_what_is_repeated(unit: str, times: int) -> None:
    found = once(unit * times)
    assert (unit * times).replace(found, "") == ""
    assert len(found) <= len(unit)


@pytest.mark.parametrize(
    ("text", "drone"),
    [("对对", False), ("走走走走", True), ("账户账户账户账户", True), ("是的", False)],
)
def test_a_drone_is_a_word_without_end(text: str, drone: bool) -> None:
    assert is_drone(text) is drone


def test_of_texts_that_are_nearly_as_likely_the_one_with_context_words_comes_first() -> None:
    ways = [("新用卡账单", -0.30), ("信用卡账单", -0.35), ("信用卡账单分析", -0.60)]
    assert in_context(ways, ("信用卡", "账单"), 0.4) == "信用卡账单"
    assert in_context(ways, (), 0.4) == in_context(ways, ("信用卡",), 0.0) == "新用卡账单"
    assert in_context([("好", -0.1), ("信用卡", -0.9)], ("信用卡",), 0.4) == "好", "context makes up nothing"


def test_a_number_that_goes_round_again_is_a_loop() -> None:
    assert is_loop("三千元三千五", "三千元") and not is_loop("三千元", "三千元")
    assert not is_loop("三千元整", "三千元") and not is_loop("五千元三千元", "三千元")
