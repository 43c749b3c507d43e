"""A PIN typed where none is asked stands in no record: keys that lead nowhere are counted, not kept (CBA 十三)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import Caller, Key, NoInput, Turn
from ivr.flow.loader import require
from ivr.records.facts import Fact, MenuKey
from tests.flows_for_tests import OPEN, flow

SHIPPED = require(Path(__file__).parents[2] / "flows")
DIGITS = st.text("0123456789", min_size=4, max_size=19)


def typed(
    digits: str, gap_ms: int | list[int], *, shipped: bool = True, pause_before: str = "", listens: bool = False
) -> list[MenuKey]:
    """What a record keeps of these keys, so far apart; before those in `pause_before` the caller lets a prompt end.
    `listens`: he hears each question before he presses a key."""
    gaps = [gap_ms] * len(digits) if isinstance(gap_ms, int) else gap_ms
    conversation = Conversation(SHIPPED if shipped else flow(), Caller(None), OPEN)
    turn: Turn | None = conversation.start(OPEN)
    assert turn is not None
    facts: list[Fact] = list(turn.facts)
    at = OPEN
    for key, gap in zip(digits, gaps, strict=False):
        at += gap
        if key in pause_before and (turn := conversation.on(NoInput(at))) is not None:
            facts += turn.facts
        heard = len(turn.say) if listens and turn is not None else 0
        if (turn := conversation.on(Key(at, key, heard))) is not None:
            facts += turn.facts
    return [fact for fact in facts if isinstance(fact, MenuKey)]


def keys(visits: list[MenuKey]) -> str:
    return "".join(visit.key or "" for visit in visits)


#: Any hand: quick, slow, or pausing to look the next digit up.
GAPS = st.lists(st.integers(1, 60_000), min_size=19, max_size=19)


@given(digits=DIGITS, gaps=GAPS, shipped=st.booleans())
def test_of_digits_typed_over_the_prompts_at_most_three_are_kept(digits: str, gaps: list[int], shipped: bool) -> None:
    assert len(keys(typed(digits, gaps, shipped=shipped))) <= 3


@given(digits=DIGITS, gaps=GAPS, shipped=st.booleans())
def test_where_one_of_them_leads_nowhere_at_most_two_are_kept(digits: str, gaps: list[int], shipped: bool) -> None:
    visits = typed(digits, gaps, shipped=shipped)
    if "invalid" in [visit.outcome for visit in visits[:3]]:
        assert len(keys(visits)) <= 2


@given(way=st.text("123456789*#", max_size=30), gaps=st.lists(st.integers(1000, 60_000), min_size=30, max_size=30))
def test_who_listens_and_chooses_is_recorded_in_full(way: str, gaps: list[int]) -> None:
    visits = typed(way, gaps, listens=True)
    assert all(visit.key is not None for visit in visits if visit.outcome != "timeout")


@pytest.mark.parametrize("pin", ["7142", "8129", "2361", "1212", "236113", "127020"])
@pytest.mark.parametrize("gap_ms", [1000, 1500, 3000, 6000, 20_000])
def test_a_number_typed_slowly_whose_digits_all_lead_somewhere(pin: str, gap_ms: int) -> None:
    """No row spells it, also where somebody types one digit in six seconds; # and a new attempt tell no more."""
    for kept in keys(typed(f"{pin}#{pin}", gap_ms)).split("#"):
        assert len(kept) <= 3 and pin.startswith(kept)


@pytest.mark.parametrize("pin", ["836251", "251836", "123456", "1234", "888888", "000000", "909090"])
@pytest.mark.parametrize("gap_ms", [120, 400, 990])
def test_pins(pin: str, gap_ms: int) -> None:
    visits = typed(pin, gap_ms)
    assert visits
    assert len(keys(visits)) <= 2
    assert all(visit.key is None or len(visit.key) == 1 for visit in visits)


@given(digits=st.text("678", min_size=2, max_size=8), gap_ms=st.integers(1, 5000))
def test_several_keys_in_a_row_that_lead_nowhere_are_counted_however_slowly(digits: str, gap_ms: int) -> None:
    visits = typed(digits, gap_ms, shipped=False)
    assert len(keys(visits)) <= 1
    assert [visit.outcome for visit in visits[:3]] == ["invalid"] * min(3, len(digits))


def test_a_digit_that_leads_somewhere_among_others_is_not_kept() -> None:
    assert keys(typed("7618", 3000, shipped=False)) == "7"
    assert keys(typed("761", 3000, shipped=False, pause_before="1")) == "71"


def test_who_knows_the_menus_is_recorded_as_before() -> None:
    assert [visit.key for visit in typed("53", 300)] == ["5", "3"]
    assert [visit.key for visit in typed("121", 300)] == ["1", "2", "1"]
    assert [visit.key for visit in typed("5*", 1000)] == ["5", "*"]
    assert [visit.key for visit in typed("7", 1000)] == ["7"]
    assert [visit.key for visit in typed("18", 3000)] == ["1", "8"]
    assert [visit.key for visit in typed("121*2", 3000)] == ["1", "2", "1", "2"]
