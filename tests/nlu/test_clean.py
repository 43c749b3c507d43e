"""Recogniser output → bare words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu.clean import _PAIRS, MOST_CHARACTERS, bare, fold


@pytest.mark.parametrize(
    ("said", "folded"),
    [
        ("查 余 额 。", "查余额"),
        ("我要掛失銀行卡", "我要挂失银行卡"),
        ("請問貸款怎麼還", "请问贷款怎么还"),
        ("ＡＴＭ在哪？", "atm在哪"),
        ("存20万", "存二十万"),
        ("", ""),
        ("，。！", ""),
    ],
)
def test_one_script_one_width_no_spaces(said: str, folded: str) -> None:
    assert fold(said) == folded


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("嗯那个我想查询一下余额", "查余额"),
        ("麻烦你帮我看看余额吧", "查余额"),
        ("我银行卡不见了", "我银行卡丢了"),
        ("嗯", "嗯"),
        ("请问", "请问"),
    ],
)
def test_what_only_leads_up_is_left_out(said: str, left: str) -> None:
    assert bare(said) == left


def test_the_table_of_characters_is_one_to_one() -> None:
    pairs = _PAIRS.split()
    assert all(len(pair) == 2 and pair[0] != pair[1] for pair in pairs)
    assert len({pair[0] for pair in pairs}) == len(pairs)
    assert not {pair[0] for pair in pairs} & {pair[1] for pair in pairs}


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert len(fold(text)) <= MOST_CHARACTERS


def test_long_texts_are_cut() -> None:
    assert len(fold("余额" * 5_000)) == MOST_CHARACTERS
