"""Two annotators side by side: how far they agree, and where they do not (CBA 二十一)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ivr.metrics.labels.agreement import JUDGEMENTS, Agreement, agreement, annotators, pairs_of
from ivr.records.model import Turn

#: A turn's id, and what the first and the second annotator said.
Pair = tuple[str, Hashable, Hashable]


@dataclass(frozen=True, slots=True)
class Comparison:
    """By judgement (`valid`, `intent`, `interaction`): the agreement, and the pairs that differ."""

    first: str
    second: str
    found: Mapping[str, Agreement]
    disagreements: Mapping[str, Sequence[Pair]]


def compare(turns: Sequence[Turn], names: tuple[str, str] | None = None) -> Comparison | None:
    """Two annotators over all turns that both labelled: the named ones, or the two who labelled most of the same
    turns. None where no two people labelled a turn."""
    pair = names or _two(turns)
    if pair is None:
        return None
    pairs = {name: pairs_of(turns, *pair, judged) for name, judged in JUDGEMENTS}
    found = {name: agreement((one, two) for _, one, two in rows) for name, rows in pairs.items()}
    differ = {name: [row for row in rows if row[1] != row[2]] for name, rows in pairs.items()}
    return Comparison(*pair, found, differ)


def _two(turns: Sequence[Turn]) -> tuple[str, str] | None:
    """Who labelled most of the same turns; of the two, who labelled more is the first."""
    together = Counter(
        pair for turn in turns for pair in combinations(sorted({note.annotator for note in turn.annotations}), 2)
    )
    best = min(together, key=lambda pair: (-together[pair], pair), default=())
    named = [name for name in annotators(turns) if name in best]
    return (named[0], named[1]) if len(named) == 2 else None


def disputed(turn: Turn) -> bool:
    """Two people judged something about it differently."""
    said = [{judged(note) for note in turn.annotations} - {None} for _, judged in JUDGEMENTS]
    return any(len(one) > 1 for one in said)
