"""Two edits of one text: nothing of either is lost, and what both changed is never decided by the program."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.changes.merge import Agreed, Conflict, Side, conflicts, merged, text_of

BASE = "一\n二\n三\n四\n五\n"
LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d: {e: f}\n", "\n", "末"]), max_size=12).map("".join)


def whole(base: str, mine: str, theirs: str) -> str:
    return text_of(merged(base, mine, theirs), [])


@pytest.mark.parametrize(
    ("mine", "theirs", "wanted"),
    [
        ("一改\n二\n三\n四\n五\n", "一\n二\n三\n四\n五改\n", "一改\n二\n三\n四\n五改\n"),
        ("零\n" + BASE, BASE + "六\n", "零\n" + BASE + "六\n"),
        ("一\n三\n四\n五\n", "一\n二\n三\n四\n", "一\n三\n四\n"),
        ("一\n二二\n三\n四\n五\n", "一\n二二\n三\n四\n五\n", "一\n二二\n三\n四\n五\n"),
        (BASE, "全不同\n", "全不同\n"),
        ("一\r\n二\n三\n四\n五\n", "一\n二\n三\n四\n五", "一\r\n二\n三\n四\n五"),
    ],
)
def test_changes_that_do_not_touch_are_both_taken(mine: str, theirs: str, wanted: str) -> None:
    assert whole(BASE, mine, theirs) == wanted
    assert whole(BASE, theirs, mine) == wanted


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("一\n二甲\n三\n四\n五\n", "一\n二乙\n三\n四\n五\n"),  # the same line
        ("一\n二甲\n三\n四\n五\n", "一\n二\n三乙\n四\n五\n"),  # lines that touch
        ("一\n三\n四\n五\n", "一\n二乙\n三\n四\n五\n"),  # gone, and changed
        (BASE + "六甲\n", BASE + "六乙\n"),  # both added at one place
    ],
)
def test_what_both_changed_is_left_to_a_person(mine: str, theirs: str) -> None:
    parts = merged(BASE, mine, theirs)
    (found,) = conflicts(parts)
    assert found.mine in mine and found.theirs in theirs and found.base in BASE
    assert text_of(parts, [Side.MINE]) == mine and text_of(parts, [Side.THEIRS]) == theirs
    with pytest.raises(ValueError, match="0 sides"):
        text_of(parts, [])


def test_who_changed_what_is_told() -> None:
    parts = merged(BASE, "一甲\n二\n三\n四\n五\n", "一\n二\n三\n四\n五乙\n")
    changed = [(part.base, part.text, part.by) for part in parts if isinstance(part, Agreed) and part.by]
    assert changed == [("一\n", "一甲\n", Side.MINE), ("五\n", "五乙\n", Side.THEIRS)]
    (found,) = conflicts(merged(BASE, "一\n二\n三\n四甲\n五\n", "一\n二\n三\n四乙\n五\n"))
    assert found == Conflict("四\n", "四甲\n", "四乙\n", 4)


@given(LINES, LINES, LINES)
def test_nothing_of_either_side_is_lost(base: str, mine: str, theirs: str) -> None:
    parts = merged(base, mine, theirs)
    assert "".join(part.base for part in parts) == base
    for side, own in ((Side.MINE, mine), (Side.THEIRS, theirs)):
        assert "".join(part.of(side) for part in parts) == own
    assert all(part.mine != part.theirs and part.base not in (part.mine, part.theirs) for part in conflicts(parts))
    if mine == base or theirs in (base, mine):
        assert whole(base, mine, theirs) == (theirs if mine == base else mine)
