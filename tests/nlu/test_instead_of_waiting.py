"""Who waits says that he wants to be called back, or to leave a message; and what only sounds like it."""

from __future__ import annotations

import pytest

from ivr.nlu import WaitingAnswer, instead_of_waiting


@pytest.mark.parametrize(
    "text", ["回呼", "请给我回电", "你们给我回个电话吧", "你们晚点打给我", "给我打个电话", "回拨给我", "我要回电话"]
)
def test_a_callback(text: str) -> None:
    assert instead_of_waiting(text) is WaitingAnswer.CALLBACK


@pytest.mark.parametrize("text", ["留言", "我留个言", "我想留言", "给你们留条言", "转语音信箱"])
def test_a_message(text: str) -> None:
    assert instead_of_waiting(text) is WaitingAnswer.MESSAGE


@pytest.mark.parametrize(
    "text",
    ["我下次再打过来", "继续等", "不要回电", "不用给我回电话了", "不想留言", "回电是什么意思吗", "挂失", "回主菜单",
     "我回头再打", "电话银行", "留言还是回呼", "我的电子账单", ""],
)  # fmt: skip
def test_neither(text: str) -> None:
    assert instead_of_waiting(text) is None
