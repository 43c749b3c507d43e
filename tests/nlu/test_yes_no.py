"""Yes and no, however they are said and misheard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu import yes_no

YES = "是的 是 对 嗯 好的 没错 不错 是啊 可以 行 对对对 嗯没错 好吧 没问题 OK 是是是 要 对就是这个 好的麻烦你 那是的"
YES_AT_THE_END = "信用卡挂失没错 我要办的就是这个"
#: As recognisers write them.
YES_HEARD = "四的 十的 事的 四 队 堆的 号的 可疑 恩 兴 是地"
NO = "不是 不对 不 不要 不用了 不是的我要转账 没有啊 错 别 算了 取消 你听错了 我说的不是这个不对 嗯不是 都不是 不行"
NO_HEARD = "布什 不四 部队 补用了 步行 布 不堆"
NEITHER = (
    "是不是啊 转账 没听清 不知道 对不起 不好意思 对方账户 我要转账 要查余额 不过 "
    "是这样的我想问一下 有人吗 可是 不必客气"
)


@pytest.mark.parametrize("said", [*YES.split(), *YES_AT_THE_END.split(), *YES_HEARD.split()])
def test_yes(said: str) -> None:
    assert yes_no(said) is True


@pytest.mark.parametrize("said", [*NO.split(), *NO_HEARD.split()])
def test_no(said: str) -> None:
    assert yes_no(said) is False


@pytest.mark.parametrize("said", [*NEITHER.split(), "", "。", "🙂"])
def test_neither(said: str) -> None:
    assert yes_no(said) is None


@given(st.text())
def test_any_text_is_one_or_none(text: str) -> None:
    assert yes_no(text) in {None, True, False}


@given(st.text("是不对好行嗯要没错啊的四部队 "))
def test_any_heap_of_answers_is_one_or_none(text: str) -> None:
    assert yes_no(text) in {None, True, False}
    assert yes_no(text) == yes_no(f" {text}。")


@pytest.mark.parametrize("text", ["好的但是不要现在", "对但不是全部", "是的不过金额错了", "可以只是晚一点", "哦"])
def test_a_yes_that_is_taken_back_in_part_is_none(text: str) -> None:
    assert yes_no(text) is None


@pytest.mark.parametrize(
    "text", ["请问是张老师家吗", "可以用微信还信用卡吗", "对方能收到吗", "只要能促进这个行业发展就是好的"]
)
def test_other_talk_that_begins_or_ends_like_a_yes_is_none(text: str) -> None:
    assert yes_no(text) is None
