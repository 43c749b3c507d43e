"""Two edits of one text brought together, line by line (diff3): what only one of them changed is taken, what both
changed, or what touches, is left to a person. Our own, on `difflib`: the library for it on PyPI (merge3) is under the
GPL, which this project is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TypeAlias


class Side(StrEnum):
    """Whose lines stand where both changed something."""

    MINE = "mine"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Agreed:
    """Lines that need nobody: what they were (`base`), what they become, and who changed them, None: nobody, or both
    alike."""

    base: str
    text: str
    by: Side | None = None

    def of(self, side: Side) -> str:
        """The lines as one side has them."""
        return self.text if self.by in (None, side) else self.base


@dataclass(frozen=True, slots=True)
class Conflict:
    """Lines that both changed, each in another way. `line`: where they stand in mine, from 1."""

    base: str
    mine: str
    theirs: str
    line: int

    def of(self, side: Side) -> str:
        """The lines as one side has them."""
        return self.mine if side is Side.MINE else self.theirs


Part: TypeAlias = Agreed | Conflict
_Lines: TypeAlias = Sequence[str]


def merged(base: str, mine: str, theirs: str) -> tuple[Part, ...]:
    """The parts of the text that comes of `mine` and `theirs`, which both began as `base`, in order. Without a conflict
    their texts, one after the other, are the merged text."""
    lines = tuple(text.splitlines(keepends=True) for text in (base, mine, theirs))
    return tuple(_parts(*lines))


def conflicts(parts: Sequence[Part]) -> tuple[Conflict, ...]:
    """What is left to a person."""
    return tuple(part for part in parts if isinstance(part, Conflict))


def text_of(parts: Sequence[Part], sides: Sequence[Side]) -> str:
    """The whole text, with one of `sides` for each conflict. Raises ValueError where they are not as many."""
    left = list(sides)
    if len(left) != len(conflicts(parts)):
        raise ValueError(f"{len(left)} sides for {len(conflicts(parts))} conflicts")
    return "".join(part.text if isinstance(part, Agreed) else part.of(left.pop(0)) for part in parts)


def _parts(base: _Lines, mine: _Lines, theirs: _Lines) -> Iterator[Part]:
    at = (0, 0, 0)
    for start, end in _common(base, mine, theirs):
        if start != at:
            old, own, other = (lines[a:b] for lines, a, b in zip((base, mine, theirs), at, start, strict=True))
            yield _part(old, own, other, at[1])
        if end != start:
            same = "".join(base[start[0] : end[0]])
            yield Agreed(same, same)
        at = end


def _part(base: _Lines, mine: _Lines, theirs: _Lines, line: int) -> Part:
    old, own, other = ("".join(lines) for lines in (base, mine, theirs))
    if own == other:
        return Agreed(old, own)
    if own == old:
        return Agreed(old, other, Side.THEIRS)
    if other == old:
        return Agreed(old, own, Side.MINE)
    return Conflict(old, own, other, line + 1)


_Place: TypeAlias = tuple[int, int, int]


def _common(base: _Lines, mine: _Lines, theirs: _Lines) -> Iterator[tuple[_Place, _Place]]:
    """Where all three have the same lines: from, to, in each of them; the last one is empty and at their ends."""
    one, two = (SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks() for other in (mine, theirs))
    i = j = 0
    while i < len(one) and j < len(two):
        (a, a_mine, a_size), (b, b_theirs, b_size) = one[i], two[j]
        start, end = max(a, b), min(a + a_size, b + b_size)
        if start < end:
            here = (start, a_mine + start - a, b_theirs + start - b)
            size = end - start
            yield here, (here[0] + size, here[1] + size, here[2] + size)
        if a + a_size < b + b_size:
            i += 1
        else:
            j += 1
    ends = (len(base), len(mine), len(theirs))
    yield ends, ends
