"""Context words: short, few, what the menu is about first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.nlu import YES_NO_WORDS, context_words, yes_no
from ivr.nlu.expected_words import MOST_WORDS
from tests import flows_for_tests
from tests.nlu import knowing


@pytest.mark.parametrize("menu", [None, *knowing.flow().menus])
def test_words_are_few_and_short(menu: str | None) -> None:
    words = context_words(knowing.flow(), menu)
    assert 20 <= len(words) == len(set(words)) <= MOST_WORDS
    assert all(2 <= len(word) <= 6 for word in words)
    assert "人工" in words


@pytest.mark.parametrize(
    ("menu", "first", "somewhere"),
    [
        (None, {"账户", "信用卡", "挂失"}, {"存款", "转账", "投诉"}),
        ("cards", {"账单", "额度", "还款"}, {"信用卡", "申请"}),
        ("deposits", {"利率", "保险", "支取"}, {"存款利率", "存款保险", "利息", "定期"}),
    ],
)
def test_what_the_menu_offers_comes_first(menu: str | None, first: set[str], somewhere: set[str]) -> None:
    words = context_words(knowing.flow(), menu)
    assert first <= set(words[:8]) and somewhere <= set(words)


def test_pieces_of_words_are_left_out() -> None:
    assert not {"用卡", "行卡", "期利", "卡丢"} & set(context_words(knowing.flow()))


def test_a_menu_that_takes_few_intents_gives_their_words_only() -> None:
    flow = knowing.flow()
    menu = replace(flow.menus["main"], intents=("loan_query", "loan_prepay"))
    words = context_words(replace(flow, menus={**flow.menus, "main": menu}), "main")
    assert "贷款" in words and "存款" not in words


def test_without_knowledge_there_are_the_labels() -> None:
    words = context_words(flows_for_tests.flow())
    assert "人工" in words and len(words) > 1
    with pytest.raises(KeyError):
        context_words(flows_for_tests.flow(), "nowhere")


def test_each_answer_to_yes_or_no_is_one() -> None:
    assert {yes_no(word) for word in YES_NO_WORDS} == {True, False}
