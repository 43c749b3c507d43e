"""What a reading of the files gathers: values with their places, names that refer to something, near names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz, process

from ivr.flow.findings import FindingsReport, Pos

_NEAREST_LIMIT = 200  # look-ups of near names in one run: a file of nothing but errors must not take minutes


@dataclass(slots=True)
class At:
    """A value, where it stands, and where its key stands (for an item of a list the same place)."""

    value: Any
    pos: Pos
    key: Pos


@dataclass(slots=True)
class RefAt:
    """A name that must exist elsewhere: what kind of thing (menu, leaf, queue, …), which, and where it is named."""

    kind: str
    id: str
    pos: Pos


class Collector:
    """What one reading of all files gathers: findings, and names that refer to something."""

    def __init__(self, report: FindingsReport) -> None:
        self.report = report
        self.refs: list[RefAt] = []
        self._looked_up = 0

    def nearest(self, name: str, valid: Iterable[str]) -> str | None:
        """The valid name that `name` was probably meant to be."""
        self._looked_up += 1
        if self._looked_up > _NEAREST_LIMIT or len(name) > 100:
            return None
        best = process.extractOne(name, list(valid), scorer=fuzz.ratio, score_cutoff=60)
        return str(best[0]) if best else None

    def hint(self, name: str, valid: Iterable[str]) -> str:
        """`nearest` in words, or nothing."""
        near = self.nearest(name, valid)
        return f"，是不是「{near}」？" if near else ""


@dataclass(slots=True)
class Rec:
    """A mapping that was read: its good fields. What was wrong with the others is already reported."""

    pos: Pos
    fields: dict[str, At] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def get(self, name: str) -> At | None:
        """The field with its place, or None where it is absent or broken."""
        return self.fields.get(name)

    def value(self, name: str, default: Any = None) -> Any:
        """The field's value, or the default."""
        found = self.fields.get(name)
        return default if found is None else found.value

    def items(self, name: str) -> list[At]:
        """The items of a list field; none where it is absent."""
        found: list[At] = self.value(name, [])
        return found

    def table(self, name: str) -> dict[str, At]:
        """The entries of a table field; none where it is absent."""
        found: dict[str, At] = self.value(name, {})
        return found

    def where(self, name: str) -> Pos:
        """Where the field's value stands; the mapping's own place where it is absent."""
        found = self.fields.get(name)
        return self.pos if found is None else found.pos
