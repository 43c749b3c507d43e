"""Cohen's κ: cases worked by hand, and the formula written once more over the table of both annotators' labels."""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.metrics.counted import Counted
from ivr.metrics.day import Config, days_of
from ivr.metrics.labels.agreement import JUDGEMENTS, agreement, annotators, pairs_of, standing
from ivr.records.model import Annotation, Turn
from tests.metrics.told import DAY, call

Pairs = list[tuple[Hashable, Hashable]]


def table(rows: list[list[int]]) -> Pairs:
    """Pairs of a table of counts: rows are the first annotator's labels, columns the second's."""
    return [(i, j) for i, row in enumerate(rows) for j, count in enumerate(row) for _ in range(count)]


#: Table, agreed, expected agreements, κ; each worked on paper from the sums at the table's edges.
WORKED = [
    # 25 + 25 rows, 30 + 20 columns of 50: pe = (25·30 + 25·20) / 50² = 0.5; po = 0.7
    ([[20, 5], [10, 15]], 35, Fraction(25), Fraction(2, 5)),
    # rows 50, 50; columns 60, 40 of 100: pe = 0.5; po = 0.9
    ([[50, 0], [10, 40]], 90, Fraction(50), Fraction(4, 5)),
    # three labels: rows 10, 20, 30, columns 12, 18, 30 of 60: chance 120 + 360 + 900 = 1380 / 60 = 23; agreed 50
    ([[8, 2, 0], [3, 15, 2], [1, 1, 28]], 51, Fraction(23), Fraction(28, 37)),
    # one annotator says the same of everything: agreement is what chance gives, κ = 0
    ([[6, 4], [0, 0]], 6, Fraction(6), Fraction(0)),
    ([[0, 5], [5, 0]], 0, Fraction(5), Fraction(-1)),
    ([[3, 0], [0, 4]], 7, Fraction(25, 7), Fraction(1)),
    ([[9, 0], [0, 0]], 9, Fraction(9), None),  # both only ever said one thing
    ([], 0, Fraction(0), None),
]


@pytest.mark.parametrize(("rows", "agreed", "expected", "kappa"), WORKED)
def test_worked_cases(rows: list[list[int]], agreed: int, expected: Fraction, kappa: Fraction | None) -> None:
    done = agreement(table(rows))
    n = sum(map(sum, rows))
    assert (done.observed.numerator, done.observed.denominator) == (agreed, n)
    assert done.expected == Counted(expected, n, "ratio")
    assert done.kappa == kappa


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [([[50, 0], [10, 40]], "达标"), ([[50, 0], [11, 40]], "未达标"), ([[9]], "无数据"), ([], "无数据")],
)
def test_four_fifths_are_enough(rows: list[list[int]], verdict: str) -> None:
    assert agreement(table(rows)).verdict == verdict


LABELS = st.sampled_from(["loss", "balance", "-", True])


@given(st.lists(st.tuples(LABELS, LABELS), max_size=40))
def test_the_same_as_the_formula_over_the_table(pairs: Pairs) -> None:
    """1 − Σ w·observed / Σ w·expected with w = 0 on the diagonal, 1 beside it, as scikit-learn computes it."""
    labels = sorted({label for pair in pairs for label in pair}, key=str)
    observed = [[pairs.count((one, two)) for two in labels] for one in labels]
    rows, columns = [sum(row) for row in observed], [sum(column) for column in zip(*observed, strict=True)]
    n, size = len(pairs), range(len(labels))
    off = sum(observed[i][j] for i in size for j in size if i != j)
    chance = sum((Fraction(rows[i] * columns[j], n) for i in size for j in size if i != j), Fraction(0))
    assert agreement(pairs).kappa == (1 - Fraction(off) / chance if chance else None)


@given(st.lists(st.tuples(LABELS, LABELS), max_size=40))
def test_who_is_first_makes_no_difference_and_names_neither(pairs: Pairs) -> None:
    done = agreement(pairs)
    assert agreement([(two, one) for one, two in reversed(pairs)]) == done
    assert agreement([(f"x{one}", f"x{two}") for one, two in pairs]) == done
    assert done.kappa is None or -1 <= done.kappa <= 1


def said(turn_id: str, *notes: Annotation) -> Turn:
    """A turn with annotations."""
    return Turn(turn_id, 0, 1, "", annotations=notes)


def note(
    who: str, t: int = 1, *, valid: bool = True, intent: str | None = None, right: bool | None = None
) -> Annotation:
    """An annotation."""
    return Annotation("t", who, "", valid, t, intent_gold=intent, interaction_ok=right)


def test_only_what_both_judged_is_compared() -> None:
    turns = [
        said("a", note("甲", intent="loss", right=True), note("乙", intent="loss")),
        said("b", note("甲", intent="loss"), note("乙", valid=False)),
        said("c", note("甲", intent="loss")),
        said("d", note("丙", intent="loss"), note("乙", intent="loss")),
        said("e", note("乙", intent="balance", t=3), note("甲", intent="loss"), note("乙", intent="loss", t=9)),
    ]
    judged = dict(JUDGEMENTS)
    assert pairs_of(turns, "甲", "乙", judged["intent"]) == [("a", "loss", "loss"), ("e", "loss", "loss")]
    assert pairs_of(turns, "甲", "乙", judged["valid"]) == [("a", True, True), ("b", True, False), ("e", True, True)]
    assert pairs_of(turns, "甲", "乙", judged["interaction"]) == []
    assert annotators(turns) == ("乙", "甲", "丙")


@given(st.lists(st.tuples(st.sampled_from("甲乙丙"), st.integers(0, 3), st.booleans()), min_size=1, max_size=6))
def test_the_annotation_that_stands_is_the_one_the_figures_use(made: list[tuple[str, int, bool]]) -> None:
    turn = said("a", *(note(who, t, valid=valid) for who, t, valid in made))
    ((_, _, used),) = days_of([call("c", turns=(turn,))], DAY, DAY, Config())[0].judged
    assert standing(turn) == used and used.t == max(t for _, t, _ in made)
    assert standing(said("b")) is None
