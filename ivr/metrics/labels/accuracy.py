"""Character accuracy of recognised speech: alignment, counts, and a confidence interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein

from ivr.metrics.labels.norm import norm_v1


@dataclass(frozen=True, slots=True)
class Aligned:
    """Characters of a reference and of an output after normalisation: kept, substituted, deleted, inserted."""

    hits: int = 0
    subs: int = 0
    dels: int = 0
    ins: int = 0

    @property
    def reference(self) -> int:
        """N: characters of the reference."""
        return self.hits + self.subs + self.dels

    @property
    def output(self) -> int:
        """Characters that the recogniser wrote."""
        return self.hits + self.subs + self.ins

    @property
    def errors(self) -> int:
        """S + D + I."""
        return self.subs + self.dels + self.ins

    def __add__(self, other: Aligned) -> Aligned:
        """Micro-average: counts are added."""
        return Aligned(self.hits + other.hits, self.subs + other.subs, self.dels + other.dels, self.ins + other.ins)


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of an alignment: what the reference has and what the output has there."""

    tag: str
    reference: str
    output: str


def align(reference: str, output: str) -> Aligned:
    """Count the characters of both texts after `norm_v1`, along a shortest edit path."""
    one, two = norm_v1(reference), norm_v1(output)
    if one == two:
        return Aligned(hits=len(one))
    hits = subs = dels = ins = 0
    for code in Levenshtein.opcodes(one, two):
        here, there = code.src_end - code.src_start, code.dest_end - code.dest_start
        if code.tag == "equal":
            hits += here
        elif code.tag == "replace":
            subs += here
        elif code.tag == "delete":
            dels += here
        else:
            ins += there
    return Aligned(hits, subs, dels, ins)


def steps(reference: str, output: str) -> list[Step]:
    """The alignment itself, to be shown: equal, replace, delete and insert stretches of the normalised texts."""
    one, two = norm_v1(reference), norm_v1(output)
    codes = Levenshtein.opcodes(one, two)
    return [Step(c.tag, one[c.src_start : c.src_end], two[c.dest_start : c.dest_end]) for c in codes]


def interval(
    calls: Sequence[tuple[int, int]], *, seed: int, rounds: int, level: float = 0.95
) -> tuple[float, float] | None:
    """Percentile bootstrap of Σ numerator ÷ Σ denominator over calls, each (numerator, denominator): whole calls are
    drawn with replacement, since one caller's turns are not independent. The same seed gives the same interval; None
    where there are fewer than two calls or nothing to divide by."""
    if len(calls) < 2 or rounds < 1:
        return None
    pairs = np.array(sorted(calls), dtype=np.float64)
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(rounds):
        top, bottom = pairs[draw.integers(0, len(pairs), len(pairs))].sum(axis=0)
        if bottom > 0:
            found.append(top / bottom)
    if not found:
        return None
    low, high = np.quantile(np.array(found), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
