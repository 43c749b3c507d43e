"""The list of elderly callers in the operator's file (elderly.callers), and changes to it: all of a change or none of
it, every comment kept (CBA 二十二)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ivr.errors import FlowError
from ivr.flow import edit
from ivr.flow.elderly_table import Remark, Row
from ivr.flow.findings import FindingsReport
from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.flow.reading import document
from ivr.records.numbers import masked

_LIST = "callers"


@dataclass(frozen=True, slots=True)
class Change:
    """What a change comes to: `text` is the new file; numbers that were added, had their date of birth changed, went,
    or stayed as they were. With `faults` there is no change."""

    text: str = field(repr=False)
    added: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0
    faults: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class ElderlyList:
    """The list as it is: the file `name` in `folder`, number → date of birth in the order of the file."""

    folder: Path
    name: str
    flow: Flow = field(repr=False)
    text: str = field(repr=False)
    callers: Mapping[str, date] = field(repr=False)

    def taking(self, rows: Mapping[str, Row], *, update: bool = False, whole: bool = False) -> Change:
        """The change that puts the customers of a table on the list. `update`: where a date of birth differs, the
        table is right, else that is a fault. `whole`: who is not in the table goes."""
        numbers = list(self.callers)
        other = [number for number, row in rows.items() if self.callers.get(number, row.born) != row.born]
        if other and not update and not whole:
            why = "名单里已有这个号码，出生日期却不同；以表为准请加 --update"
            return Change(self.text, faults=tuple(Remark(rows[number].line, why) for number in other))
        gone = [number for number in numbers if whole and number not in rows]
        new = [number for number in rows if number not in self.callers]
        going, coming = {*gone, *other}, [*other, *new]
        entries = [{"number": number, "born": f"{rows[number].born}"} for number in coming]
        text = self._edited([index for index, number in enumerate(numbers) if number in going], entries)
        return Change(text, len(new), len(other), len(gone), len(numbers) - len(going))

    def without(self, numbers: Sequence[str]) -> Change:
        """The change that takes these numbers off the list. Raises FlowError where one is not on it."""
        unknown = [number for number in numbers if number not in self.callers]
        if unknown:
            raise FlowError(f"名单里没有 {'、'.join(map(masked, unknown))}，一个也没有删除")
        going = set(numbers)
        text = self._edited([index for index, number in enumerate(self.callers) if number in going])
        return Change(text, removed=len(going), same=len(self.callers) - len(going))

    def write(self, change: Change) -> None:
        """Put the changed list in the place of the old one, once the whole flow has been checked with it. Raises
        FlowError where it would not be served, or somebody else has changed the file meanwhile; OSError."""
        if change.faults:
            raise FlowError("表里有问题，没有写入")
        edit.checked(self.folder, {self.name: change.text})
        if _text(self.folder / self.name) != self.text:
            raise FlowError(f"{self.name} 刚刚被别人改过，没有写入；请再来一次")
        edit.replace(self.folder / self.name, change.text)

    def _edited(self, removed: Sequence[int], added: Sequence[Mapping[str, str]] = ()) -> str:
        return edit.change_entries(self.text, _LIST, added, removed) if removed or added else self.text


def opened(folder: Path) -> ElderlyList:
    """The list of a flow. Raises FlowRefused where the flow has errors, FlowError where it names no list."""
    flow = require(folder)
    read = document.read(folder, FindingsReport())
    name = read.elderly.value("callers")
    if name is None:
        raise FlowError("hotline.yaml 的 elderly 里没有写名单：加一行 callers: elderly-callers.yaml，再建这个文件")
    listed = (at.value for at in read.rec(name).items(_LIST))
    callers = {rec.value("number"): rec.value("born") for rec in listed}
    return ElderlyList(folder, name, flow, _text(folder / name), callers)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")
