"""What is found for words that an agent types."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.loader import require
from ivr.nlu.knowledge_search import MOST, answers, search

FLOW = require(Path(__file__).parents[2] / "flows")
DAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("余额", "account_balance"),
        ("开户", "open_account"),
        ("新开一个银行账户", "open_account"),
        (" 開戶 ", "open_account"),
    ],
)
def test_the_entry_that_asks_so_comes_first(words: str, first: str) -> None:
    found = search(FLOW, words, DAY)
    assert found[0].id == first
    assert len(found) <= MOST


def test_what_is_about_nothing_here_or_has_expired_is_not_found() -> None:
    assert search(FLOW, "明天天气怎么样呢", DAY) == ()
    assert search(FLOW, "余额", date(2035, 1, 1)) == ()


def test_an_entry_says_what_callers_are_told() -> None:
    told = answers(FLOW, FLOW.knowledge["open_account"])
    assert told and all(told), "its leaf's prompts"


@given(st.text(max_size=80))
def test_whatever_is_typed_is_looked_for(words: str) -> None:
    assert len(search(FLOW, words, DAY)) <= MOST
