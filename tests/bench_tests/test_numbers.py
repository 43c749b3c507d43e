"""What the benchmark of numbers draws has the value that it says, and what the dialogue does is counted as that."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.dialogue.leaf_run import told
from ivr.flow.model import Flow, SlotKind, When
from ivr.nlu import Context, Understanding
from ivr.nlu.values.slots import read
from ivr.speech.recognition.recogniser import Recognised
from tests.bench import numbers
from tests.bench.drawn_numbers import KINDS, TODAY, Saying, drawn
from tests.bench.numbers import Outcome, Result
from tests.nlu import saying_digits

DRAWN = 300
ONE = Saying(SlotKind.AMOUNT, "whole thousands", "三千元", 300_000)


@cache
def flow() -> Flow:
    return numbers.asking_flow()


@cache
def understanding() -> Understanding:
    return Understanding(flow())


def what_comes_of(saying: Saying, text: str, score: float = 0.9, *others: tuple[str, float]) -> Outcome:
    conversation, _ = numbers.asked(flow(), understanding(), saying.slot)
    return numbers.outcome(conversation, saying, Recognised(text, score, "zh", 0, 0, others))


@pytest.mark.parametrize("slot", KINDS)
def test_what_is_drawn_is_read_as_its_value_where_it_is_written(slot: SlotKind) -> None:
    context = Context(slot, day=TODAY, when=When.COMING)
    assert not {one: found for one in drawn(slot, DRAWN) if (found := told(slot, read(one.text, context))) != one.value}


@pytest.mark.parametrize("slot", KINDS)
def test_every_way_is_drawn_as_often_and_always_the_same(slot: SlotKind) -> None:
    ways = [one.way for one in drawn(slot, numbers.COUNT)]
    most, least = (bound(ways.count(way) for way in ways) for bound in (max, min))
    assert len(set(ways)) >= 5 and most - least <= 1
    assert drawn(slot, 7) == drawn(slot, numbers.COUNT)[:7]
    assert len({one.value for one in drawn(slot, numbers.COUNT)}) > numbers.COUNT / 2


@pytest.mark.parametrize("slot", KINDS)
def test_what_is_heard_as_it_was_said_is_right(slot: SlotKind) -> None:
    for one in drawn(slot, 10):
        assert what_comes_of(one, one.text) is Outcome.RIGHT


@settings(max_examples=200)
@given(st.text("0123456789", min_size=4, max_size=4))
def test_four_digits_are_read_exactly_however_they_are_said(four: str) -> None:
    context = Context(SlotKind.LAST4)
    for said in saying_digits.every(saying_digits.last4(four)):
        assert read(said, context).last4 == four, said


@settings(max_examples=200)
@given(st.sampled_from(("138", "199", "010", "021", "0755")), st.text("0123456789", min_size=8, max_size=8))
def test_a_telephone_number_is_read_exactly_however_it_is_said(front: str, own: str) -> None:
    for said in saying_digits.every(saying_digits.phones(front + own)):
        assert read(said, Context(SlotKind.PHONE)).phone == front + own, said


def test_what_the_dialogue_does_is_told_apart() -> None:
    assert what_comes_of(ONE, "三千块") is Outcome.RIGHT
    assert what_comes_of(ONE, "四千块") is Outcome.WRONG
    assert what_comes_of(ONE, "") is what_comes_of(ONE, "今天天气") is Outcome.AGAIN
    assert what_comes_of(ONE, "三千块", 0.1) is Outcome.AGAIN, "hardly heard"
    assert what_comes_of(ONE, "三千块", 0.9, ("四千块", 0.88)) is Outcome.AGAIN, "one as likely as the other"
    assert what_comes_of(ONE, "转人工") is Outcome.ELSE


def test_the_tables_count_each_outcome_once() -> None:
    found = [
        Result(ONE, voice, noise, outcome, "")
        for voice in ("zf_xiaoni", "zm_yunxi")
        for noise in (False, True)
        for outcome in (Outcome.RIGHT, Outcome.RIGHT, Outcome.WRONG)
    ]
    assert numbers.rows(found) == [
        ("amounts, zf_xiaoni", "2", "0", "1", "0", "3"),
        ("amounts, zm_yunxi (tuned on)", "2", "0", "1", "0", "3"),
        ("amounts, zf_xiaoni, 15 dB noise", "2", "0", "1", "0", "3"),
        ("amounts, zm_yunxi (tuned on), 15 dB noise", "2", "0", "1", "0", "3"),
    ]
    assert numbers.ways(found) == [("amounts: whole thousands", "2", "0", "1", "0", "3")], "reported voices alone"
