"""Two flows compared: what callers will hear, press and reach differently, place by place (CBA 四十三, HB 12.2.2)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ivr.flow.changes.description import Described, Place, PlaceKind, describe
from ivr.flow.model import Flow


class ChangeKind(StrEnum):
    """What became of a place."""

    NEW = "新增"
    GONE = "删除"
    CHANGED = "改动"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a place: `sign` is + where it is new, - where it goes."""

    sign: str
    text: str

    def __str__(self) -> str:
        return f"{self.sign} {self.text}"


@dataclass(frozen=True, slots=True)
class Change:
    """What is different in one place, in the order of the place's lines."""

    place: Place
    title: str
    kind: ChangeKind
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        named = " ".join(dict.fromkeys(filter(None, (self.place.kind.value, self.title, self.place.id))))
        return "\n".join((f"【{self.kind}】{named}", *(f"  {line}" for line in self.lines)))


def compare(before: Flow | None, after: Flow) -> tuple[Change, ...]:
    """Every place in which the two differ, by kind of place, then in the flow's order; author and reason are no
    difference. None: there was no flow before, everything is new."""
    old = {} if before is None else describe(before)
    new = describe(after)
    found = [change for place in {**old, **new} if (change := _change(place, old.get(place), new.get(place)))]
    if before is not None and (listed := _list_of_callers(before, after)) is not None:
        found = [one for one in found if one.place != listed.place] + [_merged(found, listed)]
    order = list(PlaceKind)
    return tuple(sorted(found, key=lambda change: order.index(change.place.kind)))


def _change(place: Place, old: Described | None, new: Described | None) -> Change | None:
    if new is None:
        assert old is not None
        return Change(place, old.title, ChangeKind.GONE, tuple(Line("-", text) for text in old.lines))
    if old is None:
        return Change(place, new.title, ChangeKind.NEW, tuple(Line("+", text) for text in new.lines))
    lines = tuple(_differing(old, new))
    return Change(place, new.title, ChangeKind.CHANGED, lines) if lines else None


def _differing(old: Described, new: Described) -> Iterator[Line]:
    if old.title != new.title:
        yield from (Line("-", f"名称：{old.title}"), Line("+", f"名称：{new.title}"))
    matcher = difflib.SequenceMatcher(None, old.lines, new.lines, autojunk=False)
    for what, start, end, new_start, new_end in matcher.get_opcodes():
        if what != "equal":
            yield from (Line("-", text) for text in old.lines[start:end])
            yield from (Line("+", text) for text in new.lines[new_start:new_end])


def _list_of_callers(before: Flow, after: Flow) -> Change | None:
    """How the list of elderly callers differs, by counts: whom it names is no business of a review."""
    old, new = before.elderly.callers, after.elderly.callers
    if old == new:
        return None
    come, gone = len(new.keys() - old.keys()), len(old.keys() - new.keys())
    other = sum(old[number] != born for number, born in new.items() if number in old)
    told = f"名单：加 {come} 人，去 {gone} 人，改出生日期 {other} 人"
    return Change(Place(PlaceKind.ELDERLY, ""), "", ChangeKind.CHANGED, (Line("+", told),))


def _merged(found: list[Change], listed: Change) -> Change:
    same = [one.lines for one in found if one.place == listed.place]
    return Change(listed.place, listed.title, listed.kind, (*(line for lines in same for line in lines), *listed.lines))


def text_diff(before: Mapping[str, str], after: Mapping[str, str], around: int = 2) -> str:
    """The files' texts as one unified diff, file by file."""
    lines: list[str] = []
    for name in sorted({*before, *after}):
        old, new = (texts.get(name, "").splitlines(keepends=True) for texts in (before, after))
        found = difflib.unified_diff(old, new, name, name, n=around)
        lines += (line if line.endswith("\n") else f"{line}\n\\ 末尾没有换行\n" for line in found)
    return "".join(lines)
