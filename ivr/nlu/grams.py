"""How alike two texts are by the sounds and characters that tell intents apart, the rarer the weightier."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ivr.nlu.syllables import syllables

Floats = npt.NDArray[np.float64]

#: Weight of each kind of piece: one syllable, two in a row, one character, two in a row.
_SYLLABLE, _SYLLABLES, _CHARACTER, _CHARACTERS = 1.0, 1.0, 0.5, 0.5


def bag(bare: str) -> dict[str, float]:
    """The pieces of a bare text with their weights."""
    made: dict[str, float] = defaultdict(float)
    heard = syllables(bare)
    for one in heard:
        made[f"s {one}"] += _SYLLABLE
    for one, two in pairwise(heard):
        made[f"S {one} {two}"] += _SYLLABLES
    for character in bare:
        made[f"c {character}"] += _CHARACTER
    for first, second in pairwise(bare):
        made[f"C {first}{second}"] += _CHARACTERS
    return made


class Grams:
    """An index over texts, each of one group; a piece weighs the more the fewer groups have it."""

    def __init__(self, texts: Sequence[str], groups: Sequence[int]) -> None:
        self._count = len(texts)
        bags = [bag(text) for text in texts]
        size = max(groups) + 1
        having: dict[str, Floats] = defaultdict(lambda: np.zeros(size))
        for pieces, group in zip(bags, groups, strict=True):
            for piece in pieces:
                having[piece][group] += 1
        self._having = dict(having)
        total = len(set(groups)) + 2
        self._rarity = {
            piece: math.log(total / (np.count_nonzero(found) + 0.5)) for piece, found in self._having.items()
        }
        self._groups = size
        self._unknown = math.log(total / 1.5)
        rows: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for row, pieces in enumerate(bags):
            for piece, weight in self._weighed(pieces).items():
                rows[piece].append((row, weight))
        self._rows = {piece: np.array([row for row, _ in found]) for piece, found in rows.items()}
        self._weights = {piece: np.array([weight for _, weight in found]) for piece, found in rows.items()}

    def likeness(self, bare: str) -> Floats:
        """Cosine 0…1 of the text with each text of the index. Pieces nobody has seen make it smaller."""
        made = np.zeros(self._count)
        for piece, weight in self._weighed(bag(bare)).items():
            if piece in self._rows:
                made[self._rows[piece]] += weight * self._weights[piece]
        return made

    def coverage(self, bare: str, without: int | None = None) -> Floats:
        """For each group, the share 0…1 of the text's pieces, weighed, that texts of the group have. `without` is the
        group that does not count this very text as its own."""
        made = np.zeros(self._groups)
        whole = 0.0
        for piece, weight in bag(bare).items():
            worth = weight * self._rarity.get(piece, self._unknown)
            whole += worth
            if piece in self._rarity:
                having = self._having[piece].copy()
                if without is not None:
                    having[without] -= 1
                made += worth * (having > 0)
        return made / whole if whole else made

    def _weighed(self, pieces: dict[str, float]) -> dict[str, float]:
        made = {piece: weight * self._rarity.get(piece, self._unknown) for piece, weight in pieces.items()}
        length = math.sqrt(sum(weight * weight for weight in made.values()))
        return {piece: weight / length for piece, weight in made.items()} if length else {}
