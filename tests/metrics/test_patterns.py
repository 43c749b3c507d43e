"""Calls that a person should look at (CBA 十(5)): every bound of every pattern, and the same call by call as in a
list."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.metrics.patterns import FAILED_TRIES, MANY_TRANSACTIONS, Flag, Pattern, PatternWatch, events_of, flags
from ivr.records.model import Call, Transaction, Verification
from ivr.records.vocabulary import TransactionOutcome
from tests.metrics.drawn import calls, few
from tests.metrics.told import TEN, call, figures, pair

HOUR, DAY_MS = 3_600_000, 86_400_000
DONE = TransactionOutcome.DONE
_NAMES = count()


def proved(at: int, attempts: int, outcome: str = "wrong", **more: Any) -> Call:
    """A call at `at` (ms after ten) whose identity was asked for at once."""
    name = f"c{next(_NAMES)}"
    given: dict[str, Any] = {"caller_number": "+861"} | more
    one = call(name, TEN + at, **given)
    return replace(one, verifications=(Verification("pin", attempts, outcome, TEN + at),))


def did(at: int, *operations: str, outcome: TransactionOutcome = DONE, **more: Any) -> Call:
    """A call at `at` in which these transactions were done at once."""
    given: dict[str, Any] = {"customer_id": "k7"} | more
    one = call(f"c{next(_NAMES)}", TEN + at, **given)
    return replace(one, transactions=tuple(Transaction(name, TEN + at, outcome) for name in operations))


def flagged(*calls: Call) -> list[tuple[str, int]]:
    """Pattern and place of each flagged call."""
    places = {one.call_id: at for at, one in enumerate(calls)}
    return sorted((str(one.pattern), places[one.call_id]) for one in looked(calls))


def looked(calls: tuple[Call, ...] | list[Call]) -> list[Flag]:
    return flags(event for one in calls for event in events_of(one))


NUMBER, CUSTOMER = "identity_of_number", "identity_of_customer"


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        ([proved(0, 3), proved(1, FAILED_TRIES - 4)], []),
        ([proved(0, 3), proved(1, FAILED_TRIES - 3)], [(NUMBER, 1)]),
        ([proved(0, 3), proved(DAY_MS - 1, 3)], [(NUMBER, 1)]),
        ([proved(0, 3), proved(DAY_MS, 3)], []),
        ([proved(0, 3), proved(1, 3), proved(2, 1)], [(NUMBER, 1), (NUMBER, 2)]),
        ([proved(0, 3, "locked"), proved(1, 2, "abandoned")], [(NUMBER, 1)]),
        ([proved(0, 3, "unavailable"), proved(1, 3, "unavailable")], []),  # two wrong tries before each
        ([proved(0, 3, "unavailable"), proved(1, 4, "unavailable")], [(NUMBER, 1)]),
        ([proved(0, 3), proved(1, 2, "verified")], []),  # the second of them was right
        ([proved(0, 3), proved(1, 3, "verified")], [(NUMBER, 1)]),
        ([proved(0, 3), proved(1, 3, caller_number="+862")], []),
        ([proved(0, 3), proved(1, 3, caller_kind="withheld")], []),
        ([proved(0, 3), proved(1, 3, drill=True)], []),
        ([proved(0, 3), proved(1, 3, direction="out")], []),
        ([proved(0, 9, "ok")], []),  # a word of another system's
    ],
)
def test_failed_proofs_from_one_number(calls: list[Call], found: list[tuple[str, int]]) -> None:
    assert flagged(*calls) == found


def test_failed_proofs_of_one_customer_from_several_numbers() -> None:
    calls = [proved(at, 3, "verified", caller_number=f"+86{at}", customer_id="k7") for at in range(3)]
    assert flagged(*calls[:2]) == [] and flagged(*calls) == [(CUSTOMER, 2)]
    assert flagged(*(replace(one, customer_id=None) for one in calls)) == []


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        ([did(0, *["instalment_accept"] * (MANY_TRANSACTIONS - 1))], []),
        ([did(0, *["instalment_accept"] * MANY_TRANSACTIONS)], [0]),
        (
            [did(at * (HOUR // 4) - at // 4, "transfer_accept") for at in range(5)],
            [4],
        ),  # the fifth 1 ms within the hour
        ([did(at * (HOUR // 4), "transfer_accept") for at in range(5)], []),  # exactly an hour
        ([did(0, *["a"] * 4), did(1, "a", outcome=TransactionOutcome.IN_DOUBT)], [1]),
        ([did(0, *["a"] * 4), did(1, "a", outcome=TransactionOutcome.REFUSED)], []),
        ([did(0, *["a"] * 4), did(1, "a", customer_id="k8")], []),
        ([did(0, *["a"] * 4, customer_id=None, caller_kind="withheld")], []),
        ([did(0, *["a"] * 5, customer_id=None, caller_kind="withheld")], [0]),
    ],
)
def test_many_transactions_in_a_short_time(calls: list[Call], found: list[int]) -> None:
    assert flagged(*calls) == [("many_transactions", at) for at in found]


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        ([did(0, "report_loss", "transfer_accept")], [0]),
        ([did(0, "report_loss"), did(DAY_MS - 1, "transfer_accept")], [1]),
        ([did(0, "report_loss"), did(DAY_MS, "transfer_accept")], []),
        ([did(0, "transfer_accept"), did(1, "report_loss")], []),
        ([did(0, "report_loss"), did(DAY_MS, "report_loss"), did(DAY_MS + 1, "transfer_accept")], [2]),
        ([did(0, "report_loss"), did(1, "transfer_accept", customer_id="k8")], []),
        ([did(0, "report_loss", outcome=TransactionOutcome.FAILED), did(1, "transfer_accept")], []),
        ([did(0, "report_loss", outcome=TransactionOutcome.IN_DOUBT), did(1, "transfer_accept")], [1]),
    ],
)
def test_a_transfer_after_a_lost_card(calls: list[Call], found: list[int]) -> None:
    assert flagged(*calls) == [("loss_then_transfer", at) for at in found]


def test_a_flag_says_when_and_how_long_it_took() -> None:
    one, two = did(0, "report_loss"), did(90_000, "transfer_accept")
    assert looked([one, two]) == [
        Flag(Pattern.LOSS_THEN_TRANSFER, two.call_id, two.t_offered, TEN + 90_000, 90_000),
    ]


def test_times_that_cannot_be_flag_nobody() -> None:
    one = did(0, *["a"] * 5)
    for t in (TEN - 1, TEN + DAY_MS + 1):
        assert flagged(replace(one, transactions=tuple(replace(each, t=t) for each in one.transactions))) == []


def test_the_day_counts_a_call_once_and_names_its_patterns() -> None:
    done = figures(did(0, "report_loss", *["transfer_accept"] * 4), proved(0, 5))["ours.flagged_calls"]
    assert pair(done) == (2, 1)
    assert dict(done.parts) == {
        "identity_of_number": 1, "identity_of_customer": 0, "many_transactions": 1, "loss_then_transfer": 1,
    }  # fmt: skip


@few
@given(st.lists(st.integers(0, 9).flatmap(lambda name: calls(str(name))), max_size=9), st.randoms())
def test_call_by_call_as_in_the_list_whatever_the_order(drawn: list[Call], chance: random.Random) -> None:
    """Within two days nothing is forgotten, so that even calls that end in any order are all flagged."""
    told = [replace(one, call_id=str(at), t_offered=TEN + at) for at, one in enumerate(drawn)]
    told = [
        replace(one, verifications=tuple(replace(v, t=TEN + 99 + v.t % 7) for v in one.verifications)) for one in told
    ]
    told = [
        replace(one, transactions=tuple(replace(v, t=TEN + 99 + v.t % 7) for v in one.transactions)) for one in told
    ]
    watch, found = PatternWatch(), list[Flag]()
    for one in chance.sample(told, len(told)):
        found += watch.take(one)
    assert {(one.pattern, one.call_id) for one in found} == {(one.pattern, one.call_id) for one in looked(told)}
    assert len(found) == len({(one.pattern, one.call_id) for one in found})


def test_what_happened_in_one_millisecond_of_a_call_counts_as_often_as_it_did() -> None:
    watch = PatternWatch()
    one = did(0, *["a"] * 5)
    assert watch.take(replace(one, transactions=one.transactions[:4])) == []
    assert [flag.pattern for flag in watch.take(one)] == [Pattern.MANY_TRANSACTIONS] and watch.take(one) == []


def test_the_watch_forgets_what_no_pattern_asks_for_any_more() -> None:
    watch = PatternWatch()
    assert watch.take(proved(0, 3)) == []
    for day in range(3, 300, 3):
        assert watch.take(proved(day * DAY_MS, 3)) == []
    assert len(watch._events) == 1 and sum(map(len, watch._by_name.values())) == 2 and not watch._told
    assert len(watch.take(proved(297 * DAY_MS + 1, 3))) == 1
