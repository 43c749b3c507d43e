"""An edit that began before somebody else published, brought together with what was published since: file by file, and
never without being shown. What both changed is chosen by a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ivr.care.publishing.editing import Base, base
from ivr.errors import FlowError, PublishingRefused
from ivr.flow import edit
from ivr.flow.changes.merge import Agreed, Conflict, Part, Side, conflicts, merged, text_of
from ivr.flow.reading.field_tables import HOTLINE_FILE
from ivr.records.publishing.model import Publication
from ivr.records.store import Store


@dataclass(frozen=True, slots=True)
class FileMerge:
    """One file: its parts in order."""

    name: str
    parts: tuple[Part, ...] = field(repr=False)

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What both changed."""
        return conflicts(self.parts)

    def taken(self, side: Side) -> int:
        """In how many places only this side changed something."""
        return sum(isinstance(part, Agreed) and part.by == side for part in self.parts)


@dataclass(frozen=True, slots=True)
class Merge:
    """An edit and what was `published` since: `files` are those that the edit changes, `base` is what is published
    now, which the merged edit has to follow."""

    published: Publication
    base: Base
    files: tuple[FileMerge, ...]

    @property
    def conflicts(self) -> int:
        """How many places both changed."""
        return sum(len(one.conflicts) for one in self.files)

    def texts(self, chosen: Mapping[str, Sequence[Side]]) -> dict[str, str]:
        """The texts that are other than what is published, with a side for each conflict of a file. Raises
        PublishingRefused where one is not chosen."""
        found: dict[str, str] = {}
        for one in self.files:
            sides = chosen.get(one.name, ())
            if len(sides) != len(one.conflicts):
                raise PublishingRefused("还有没选的冲突：每一处都要选一边")
            if (text := text_of(one.parts, sides)) != self.base.files.get(one.name, ""):
                found[one.name] = text
        return found


def merge(store: Store, working: Path, began: Base, changed: Mapping[str, str]) -> Merge:
    """An unsaved edit that began with `began` and changed these texts. Raises PublishingRefused where nothing was
    published since."""
    current = store.publishing.current()
    if current is None or current.number == began.number:
        raise PublishingRefused("你开始修改以后没有人发布过：不用合并，可以直接提交")
    # what was edited may be a draft, or an older publication: what it has to follow is what was published then
    old = store.publishing.published(began.number).files if began.number else began.files
    return _merge(current, base(store, working), old, began.with_changes(changed))


def merge_draft(store: Store, working: Path, number: int) -> Merge:
    """A draft that something else was published before. Raises PublishingRefused where that is not so."""
    draft, current = store.publishing.draft(number), store.publishing.current()
    if current is None or draft.base == current.number or draft.base == 0:
        raise PublishingRefused(f"草稿 {number} 之后没有人发布过：不用合并")
    began = store.publishing.published(draft.base).files
    return _merge(current, base(store, working), began, store.publishing.files(number))


def _merge(current: Publication, now: Base, began: Mapping[str, str], mine: Mapping[str, str]) -> Merge:
    theirs = now.files
    old, own = _with_words(current, began, mine)
    names = sorted(name for name in own if own[name] != old.get(name, "") and name not in now.personal)
    found = (FileMerge(name, merged(old.get(name, ""), own[name], theirs.get(name, ""))) for name in names)
    return Merge(current, now, tuple(found))


def _with_words(current: Publication, *sides: Mapping[str, str]) -> list[dict[str, str]]:
    """Who wrote the last one and why stands at the top of a file, and is nobody's change: proposing writes it anew."""
    words = {"author": current.proposed_by, "reason": current.reason}
    try:
        tops = [edit.set_words(files[HOTLINE_FILE], words) for files in sides]
    except (FlowError, KeyError):
        return [dict(files) for files in sides]
    return [{**files, HOTLINE_FILE: top} for files, top in zip(sides, tops, strict=True)]
