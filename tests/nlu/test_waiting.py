"""The question whether to wait on, answered by meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu.phrases.waiting import WaitingAnswer, waiting

NOT = ("不要", "别", "先别", "不想", "不许", "千万别", "请不要", "可别")
HANGING = ("挂", "挂断", "挂电话", "挂机", "结束")
NEVER = ("不想", "不愿", "没时间", "懒得", "不再", "没空", "不能再", "没工夫")


@given(st.sampled_from(NOT), st.sampled_from(HANGING), st.sampled_from(("", "啊", "吧", "了", "谢谢")))
def test_who_does_not_want_to_be_cut_off_waits(no: str, hang: str, end: str) -> None:
    assert waiting(no + hang + end) is WaitingAnswer.WAIT


@given(st.sampled_from(NEVER), st.sampled_from(("等", "等了", "等下去", "等待")), st.sampled_from(("", "啊", "谢谢")))
def test_who_does_not_want_to_wait_leaves(no: str, wait: str, end: str) -> None:
    assert waiting(no + wait + end) is WaitingAnswer.LEAVE


@pytest.mark.parametrize(
    "said",
    [
        "我要挂失",
        "不不等",
        "挂号",
        "还要等多久",
        "等额本息",
        "等了半天了",
        "怎么没人接",
        "不对",
        "",
        "是吗",
        "挂了没",
        "挂不挂",
        "你挂我就投诉",
        "再见面",
        "以后",
        "结束不了",
    ],
)
def test_what_answers_something_else(said: str) -> None:
    assert waiting(said) is None


def test_the_last_word_counts() -> None:
    assert waiting("算了我还是等吧") is WaitingAnswer.WAIT
    assert waiting("等等我不等了") is WaitingAnswer.LEAVE
    assert waiting("不等了回主菜单") is WaitingAnswer.HOME


@given(st.text("不别等挂断结束再见主菜单回我了吧要继续排队多久吗好"))
def test_any_heap_is_one_or_none(text: str) -> None:
    assert waiting(text) in (None, *WaitingAnswer)
