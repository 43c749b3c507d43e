"""Do two annotators mean the same? Cohen's κ over the turns that both labelled (CBA 二十一)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ivr.metrics.counted import Counted, ratio
from ivr.records.model import Annotation, Turn

#: From here on the labels of one may stand for the labels of both.
LEAST_KAPPA = Fraction(4, 5)
#: What is compared: the name of the judgement and how to read it off an annotation; None is not judged.
JUDGEMENTS: tuple[tuple[str, Callable[[Annotation], Hashable]], ...] = (
    ("valid", lambda note: note.valid),
    ("intent", lambda note: note.intent_gold),
    ("interaction", lambda note: note.interaction_ok),
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two annotators over the same turns. `observed`: turns labelled alike of all that both labelled. `expected`: how
    many of them would be alike by chance, if each gave labels as often as now but blindly; an exact fraction."""

    observed: Counted
    expected: Counted

    @property
    def kappa(self) -> Fraction | None:
        """(po − pe) / (1 − pe), −1…1. None where nothing was labelled by both, or where both only ever gave one and
        the same label: chance then explains everything, and κ is not defined."""
        observed, expected = self.observed.exact, self.expected.exact
        if observed is None or expected is None or expected == 1:
            return None
        return (observed - expected) / (1 - expected)

    @property
    def verdict(self) -> Literal["达标", "未达标", "无数据"]:
        """Whether κ ≥ 0.8; 无数据 where κ is not defined."""
        if self.kappa is None:
            return "无数据"
        return "达标" if self.kappa >= LEAST_KAPPA else "未达标"


def agreement(pairs: Iterable[tuple[Hashable, Hashable]]) -> Agreement:
    """Agreement of two annotators; a pair is what the first and what the second said of one turn."""
    both = list(pairs)
    ours, theirs = Counter(one for one, _ in both), Counter(two for _, two in both)
    chance = sum(count * theirs[label] for label, count in ours.items())
    size = len(both)
    return Agreement(
        ratio(sum(one == two for one, two in both), size),
        Counted(Fraction(chance, size) if size else 0, size, "ratio"),
    )


def standing(turn: Turn) -> Annotation | None:
    """The annotation that counts: the latest, whoever made it (who reviews a disputed turn annotates it last). The
    figures use the same one (`Day.judged`)."""
    return max(turn.annotations, key=lambda one: (one.t, one.annotator, repr(one)), default=None)


def annotators(turns: Iterable[Turn]) -> tuple[str, ...]:
    """Everybody who annotated one of the turns, who did most first."""
    done = Counter(name for turn in turns for name in {note.annotator for note in turn.annotations})
    return tuple(sorted(done, key=lambda name: (-done[name], name)))


def pairs_of(
    turns: Iterable[Turn], first: str, second: str, judged: Callable[[Annotation], Hashable]
) -> list[tuple[str, Hashable, Hashable]]:
    """Turn id and both labels, for each turn where both annotators gave one. Of several by the same person the latest
    counts."""
    found: list[tuple[str, Hashable, Hashable]] = []
    for turn in turns:
        said = {note.annotator: judged(note) for note in sorted(turn.annotations, key=lambda note: note.t)}
        one, two = said.get(first), said.get(second)
        if one is not None and two is not None:
            found.append((turn.turn_id, one, two))
    return found
