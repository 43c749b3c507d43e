"""How alike two texts are by their sounds and characters, the rarer ones the weightier."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ivr.nlu.correction.syllables import syllables

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Weight of each kind of piece: one syllable, two in a row (the edges count as one), two with one between them that may
#: be misheard, one character, two in a row.
_SYLLABLE, _SYLLABLES, _SKIPPED, _CHARACTER, _CHARACTERS = 1.0, 1.0, 0.7, 0.5, 0.5
#: How much rarity counts: callers repeat what matters (信用卡), so less than its logarithm.
_RARITY = 0.25
#: Pieces that more texts have are multiplied as one matrix; a loop is faster for the others.
_COMMON = 40


def floats(made: npt.ArrayLike) -> Floats:
    """The same numbers, for the type checker."""
    return np.asarray(made, dtype=np.float64)


def bag(bare: str) -> Mapping[str, float]:
    """The pieces of a bare text with their weights."""
    made: dict[str, float] = defaultdict(float)
    heard = syllables(bare)
    for one in heard:
        made[f"s {one}"] += _SYLLABLE
    for one, two in pairwise(("^", *heard, "$")):
        made[f"S {one} {two}"] += _SYLLABLES
    for one, two in zip(heard, heard[2:], strict=False):
        made[f"k {one} {two}"] += _SKIPPED
    for character in bare:
        made[f"c {character}"] += _CHARACTER
    for first, second in pairwise(bare):
        made[f"C {first}{second}"] += _CHARACTERS
    return made


class NGrams:
    """An index over texts, each of one group; a piece weighs the more the fewer groups have it."""

    def __init__(self, texts: Sequence[str], groups: Sequence[int]) -> None:
        self._count = len(texts)
        bags = [bag(text) for text in texts]
        having: dict[str, set[int]] = defaultdict(set)
        for pieces, group in zip(bags, groups, strict=True):
            for piece in pieces:
                having[piece].add(group)
        total = len(set(groups)) + 2
        self._rarity = {piece: math.log(total / (len(found) + 0.5)) ** _RARITY for piece, found in having.items()}
        self._unknown = math.log(total / 1.5) ** _RARITY
        rows: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for row, pieces in enumerate(bags):
            for piece, weight in self._weighed(pieces).items():
                rows[piece].append((row, weight))
        self._rows: dict[str, tuple[Ints, Floats]] = {
            piece: (np.array([row for row, _ in found]), np.array([weight for _, weight in found]))
            for piece, found in rows.items()
        }

    def likeness(self, bare: str) -> Floats:
        """Cosine 0…1 of the text with each text of the index. Pieces nobody has seen make it smaller."""
        made = np.zeros(self._count)
        for piece, weight in self._weighed(bag(bare)).items():
            if piece in self._rows:
                rows, weights = self._rows[piece]
                made[rows] += weight * weights
        return made

    def kernel(self) -> Floats:
        """The likeness of every text of the index with every other."""
        made = np.zeros((self._count, self._count))
        common = [found for found in self._rows.values() if len(found[0]) >= _COMMON]
        dense = np.zeros((self._count, len(common)), dtype=np.float32)
        for column, (rows, weights) in enumerate(common):
            dense[rows, column] = weights
        made += dense @ dense.T
        for rows, weights in self._rows.values():
            if 1 < len(rows) < _COMMON:
                made[rows[:, None], rows] += weights[:, None] * weights
        np.fill_diagonal(made, 1.0)
        return made

    def _weighed(self, pieces: Mapping[str, float]) -> dict[str, float]:
        made = {piece: weight * self._rarity.get(piece, self._unknown) for piece, weight in pieces.items()}
        length = math.sqrt(sum(weight * weight for weight in made.values()))
        return {piece: weight / length for piece, weight in made.items()} if length else {}
