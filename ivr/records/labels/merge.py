"""Labels from a file into the store: one for each annotator and turn, the later one stands, twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from ivr.records.exchange.lines import Fault
from ivr.records.labels.forms import Given
from ivr.records.model import Annotation, Call, Turn


class Labels(Protocol):
    """The part of `Store` that labels need."""

    def turns(self, turn_ids: Iterable[str]) -> dict[str, tuple[Call, Turn]]:
        """Turn id → its call and the turn, for those that are there."""

    def annotate_all(self, annotations: Iterable[Annotation]) -> set[str]:
        """Write annotations; returns the ids that no turn has."""


@dataclass(frozen=True, slots=True)
class Merged:
    """How many annotations were new, changed an earlier one, said what was known, or were older than what is known;
    `hidden` had a number in their reference text; `faults` were not taken."""

    added: int
    changed: int
    same: int
    older: int
    hidden: tuple[Turn, ...]
    faults: tuple[Fault, ...]


def merge(items: Iterable[Given | Fault], store: Labels, mask: Callable[[str], str]) -> Merged:
    """Take every good line into the store. A line without a time changes an annotation only where it says something
    else. `mask` hides numbers in what annotators wrote (CBA 十三). Raises StoreError; then nothing was taken."""
    lines = list(items)
    given = [item for item in lines if isinstance(item, Given)]
    faults = [item for item in lines if isinstance(item, Fault)]
    there = store.turns(item.annotation.turn_id for item in given)
    taken: list[Annotation] = []
    count = dict.fromkeys(("added", "changed", "same", "older"), 0)
    hidden: dict[str, Turn] = {}
    for item in given:
        if item.annotation.turn_id not in there:
            faults.append(Fault(item.number, f"没有话轮 {item.annotation.turn_id}（或编号不唯一）"))
            continue
        _, turn = there[item.annotation.turn_id]
        one = replace(item.annotation, ref_text=mask(item.annotation.ref_text))
        if one.ref_text != item.annotation.ref_text:
            hidden[turn.turn_id] = turn
        what = _compared(one, item.dated, turn)
        count[what] += 1
        if what in ("added", "changed"):
            taken.append(one)
    store.annotate_all(taken)
    return Merged(**count, hidden=tuple(hidden.values()), faults=tuple(sorted(faults, key=lambda one: one.number)))


def _compared(one: Annotation, dated: bool, turn: Turn) -> str:
    known = next((note for note in turn.annotations if note.annotator == one.annotator), None)
    if known is None:
        return "added"
    if replace(one, t=known.t) == known and (not dated or one.t <= known.t):
        return "same"
    return "older" if dated and one.t < known.t else "changed"
