"""Counted values: numerators and denominators add up, ratios never do."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.metrics.counted import Counted, add_days, named, nothing, ratio

WHOLE = st.integers(0, 10**12)
RATIOS = st.builds(lambda part, whole, **more: ratio(part, whole, **more), WHOLE, WHOLE, a=WHOLE, b=WHOLE)


def test_the_value_is_the_ratio_and_is_not_rounded() -> None:
    assert ratio(3, 11).value == 3 / 11
    assert ratio(3, 11).exact == Fraction(3, 11)
    assert Counted(51_001, 6, "ms").value == 51_001 / 6


@pytest.mark.parametrize("figure", [ratio(0, 0), Counted(5, 0, "ms"), nothing("ratio", "没有")])
def test_nothing_to_divide_by_is_no_value_at_all(figure: Counted) -> None:
    assert figure.value is None and figure.exact is None


def test_a_negative_rate_stays_negative() -> None:
    assert ratio(-2, 1).value == -2.0


def test_days_are_added_and_never_averaged() -> None:
    quiet, busy = ratio(1, 1), ratio(0, 9)
    assert (quiet + busy).value == 0.1  # the mean of the rates would be 0.5


def test_a_count_keeps_its_denominator_of_one() -> None:
    two, three, none = (Counted(number, 1, "count", bare=True) for number in (2, 3, 0))
    assert two + three + none == Counted(5, 1, "count", bare=True)


def test_an_interval_is_not_additive() -> None:
    one = Counted(1, 2, "ratio", interval=(0.1, 0.9))
    assert (one + ratio(1, 2)).interval is None


def test_what_stands_behind_a_figure_adds_up_by_name() -> None:
    one = Counted(1, 2, "ratio", excluded=named(withheld=1), parts=named(a=1), provisional=2)
    two = Counted(1, 2, "ratio", excluded=named(short=4, withheld=2), provisional=3)
    both = one + two
    assert (both.excluded, both.parts, both.provisional) == ((("short", 4), ("withheld", 3)), (("a", 1),), 5)
    assert two + one == both


@pytest.mark.parametrize("other", [Counted(1, 1, "ms"), Counted(1, 1, "count"), Counted(1, 1, "count", bare=True)])
def test_unlike_figures_are_not_added(other: Counted) -> None:
    with pytest.raises(ValueError, match="cannot add"):
        ratio(1, 2) + other


def test_no_periods_have_no_sum() -> None:
    assert add_days([]) == {}


@pytest.mark.parametrize(("one", "two", "both"), [("没有", "没有", "没有"), ("没有", None, None)])
def test_a_reason_lasts_while_it_is_everybodys(one: str | None, two: str | None, both: str | None) -> None:
    assert (Counted(0, 0, "ratio", reason=one) + Counted(0, 0, "ratio", reason=two)).reason == both


@given(RATIOS, RATIOS, RATIOS)
def test_adding_is_associative_and_commutative(one: Counted, two: Counted, three: Counted) -> None:
    assert (one + two) + three == one + (two + three)
    assert one + two == two + one


@given(st.lists(st.dictionaries(st.sampled_from("abc"), RATIOS, max_size=3), max_size=5))
def test_roll_ups_add_id_by_id(days: list[dict[str, Counted]]) -> None:
    done = add_days(days)
    assert done.keys() == {id_ for day in days for id_ in day}
    for id_, figure in done.items():
        assert figure == reduce(add, [day[id_] for day in days if id_ in day])
