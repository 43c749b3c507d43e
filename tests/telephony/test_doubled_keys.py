"""One press that comes twice, and two presses that are two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.telephony.agi.doubled_keys import KNOWN_S, PROBABLY_S, Doubled

keys = st.text("0123456789*#", min_size=1, max_size=12)


def taken(*presses: tuple[str, float]) -> str:
    """What counts of these keys and moments."""
    doubled = Doubled()
    return "".join(key for key, at in presses if not doubled.is_copy(key, at))


@given(keys, st.floats(0.2, 1.0), st.lists(st.floats(0, 0.16), min_size=12, max_size=12))
def test_a_line_that_doubles_every_key_counts_each_once(text: str, apart: float, late: list[float]) -> None:
    presses = [one for n, key in enumerate(text) for one in ((key, n * apart), (key, n * apart + late[n]))]
    assert taken(*sorted(presses, key=lambda one: one[1])) == text


@given(keys, st.floats(0.18, 2.0))
def test_keys_pressed_by_hand_all_count(text: str, apart: float) -> None:
    assert taken(*((key, n * apart) for n, key in enumerate(text))) == text


@given(keys, st.floats(0.1, 0.18))
def test_keys_sent_by_a_machine_count_once_one_of_them_came_alone(text: str, apart: float) -> None:
    """A telephone that dials on by itself: `1` first, and then the rest at 100 ms each."""
    first = "1" if text[0] != "1" else "2"
    assert taken((first, 0.0), *((key, 1 + n * apart) for n, key in enumerate(text))) == first + text


def test_three_of_a_key_are_two_presses_at_least() -> None:
    assert taken(("5", 0.0), ("5", 0.1), ("5", 0.3)) == "55"


@pytest.mark.parametrize(("late", "count"), [(PROBABLY_S - 0.01, 1), (PROBABLY_S + 0.02, 2)])
def test_the_first_repetition_is_a_copy_only_where_no_hand_is_so_quick(late: float, count: int) -> None:
    assert taken(("5", 0.0), ("5", late)) == "5" * count


def test_a_line_known_to_double_may_be_late_with_it() -> None:
    assert taken(("5", 0.0), ("5", 0.01), ("7", 1.0), ("7", 1.0 + KNOWN_S - 0.01), ("7", 2.0)) == "577"


def test_one_lost_copy_does_not_make_a_doubling_line_count_twice() -> None:
    assert taken(("5", 0.0), ("5", 0.02), ("6", 1.0), ("7", 2.0), ("7", 2.2)) == "567"
