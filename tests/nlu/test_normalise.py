"""Recogniser output → bare words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu.normalise import MOST_CHARACTERS, bare, fold, in_simplified

TOP = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("said", "folded"),
    [
        ("查 余 额 。", "查余额"),
        ("我要掛失銀行卡", "我要挂失银行卡"),
        ("請問貸款怎麼還", "请问贷款怎么还"),
        ("ＡＴＭ在哪？", "atm在哪"),
        ("存20万", "存二十万"),
        ("劃款給別人一百圓", "划款给别人一百元"),
        ("內地的帳戶著急用", "内地的账户著急用"),
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


def test_every_character_keeps_its_place_and_is_simplified_once() -> None:
    characters = "".join(map(chr, range(0x3400, 0xA000)))
    simple = in_simplified(characters)
    assert len(simple) == len(characters) and in_simplified(simple) == simple


@pytest.mark.parametrize("file", ["hotline.yaml", "prompts.yaml", "knowledge.yaml"])
def test_what_the_bank_writes_is_simplified_already(file: str) -> None:
    text = (TOP / "flows" / file).read_text(encoding="utf-8")
    assert in_simplified(text) == text


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert len(fold(text)) <= MOST_CHARACTERS


def test_long_texts_are_cut() -> None:
    assert len(fold("余额" * 5_000)) == MOST_CHARACTERS
