"""The questions of a leaf, one after the other: what was answered by speech or by keys, each confirmed before it is
used (CBA 二十, 二十九)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from ivr.dialogue.model import Say, Value
from ivr.flow.model import Flow, Leaf, Question, SlotKind
from ivr.flow.spoken import placeholders
from ivr.nlu import Slots

#: How many keys an answer has at most; fewer are ended by `#`. A date is MMDD or YYYYMMDD, an amount whole yuan, a
#: telephone number with its area code has twelve.
MOST_KEYS: Mapping[SlotKind, int] = {
    SlotKind.AMOUNT: 9,
    SlotKind.DATE: 8,
    SlotKind.LAST4: 4,
    SlotKind.YES_NO: 1,
    SlotKind.PHONE: 12,
}
YES, NO = "是", "否"
#: What may be known before it is asked, and what forgets it then.
_FORETOLD: Mapping[SlotKind, Mapping[str, None]] = {SlotKind.AMOUNT: {"amount": None}, SlotKind.DATE: {"day": None}}
_PHONE = re.compile(r"1[3-9][0-9]{9}|0[1-9][0-9]{8,10}")


def keyed(slot: SlotKind, digits: str, today: date) -> Value | None:
    """The value that the digits are; None where they are none."""
    if not digits.isascii() or not digits.isdecimal():
        return None
    match slot:
        case SlotKind.AMOUNT:
            return int(digits) * 100 or None
        case SlotKind.DATE:
            return _day(digits, today)
        case SlotKind.LAST4:
            return digits if len(digits) == 4 else None
        case SlotKind.PHONE:
            return digits if _PHONE.fullmatch(digits) else None
        case SlotKind.YES_NO:
            return None


def _day(digits: str, today: date) -> str | None:
    """MMDD is the next such day, today included; YYYYMMDD is that day."""
    years = [int(digits[:4])] if len(digits) == 8 else list(range(today.year, today.year + 9))
    for year in years if len(digits) in (4, 8) else ():
        try:
            found = date(year, int(digits[-4:-2]), int(digits[-2:]))
        except ValueError:  # no such day, in this year
            continue
        if len(digits) == 8 or found >= today:
            return found.isoformat()
    return None


def told(slot: SlotKind, heard: Slots) -> Value | None:
    """The value that was said; None where none was."""
    match slot:
        case SlotKind.AMOUNT:
            return heard.amount or None
        case SlotKind.DATE:
            return heard.day.isoformat() if heard.day is not None else None
        case SlotKind.LAST4:
            return heard.last4
        case SlotKind.PHONE:
            return heard.phone
        case SlotKind.YES_NO:
            return None if heard.yes is None else (YES if heard.yes else NO)


class Form:
    """The questions of one leaf, on the way from the first to the last. `pending` is a value that awaits its
    confirmation. What the caller said on the way to the leaf (转账五千块) need not be asked again, but confirmed."""

    def __init__(self, leaf: Leaf, before: Slots | None = None) -> None:
        self.leaf = leaf
        self.pending: Value | None = None
        self._values: dict[str, Value] = {}
        self._left = list(leaf.ask)
        self._before = before or Slots()
        self._anticipate()

    @property
    def question(self) -> Question:
        """The question that is asked now; there is one as long as the form is not `done`."""
        return self._left[0]

    @property
    def done(self) -> bool:
        """Everything is answered."""
        return not self._left

    def confirmed(self) -> None:
        """The pending value is right; on to the next question."""
        if self.pending is not None:
            self._values[self.question.id] = self.pending
            del self._left[0]
        self.pending = None
        self._anticipate()

    def _anticipate(self) -> None:
        if self._left and (known := _FORETOLD.get(self.question.slot)):
            self.pending = told(self.question.slot, self._before)
            self._before = replace(self._before, **known)

    def read_back(self) -> Say:
        """The question whether the pending value is right."""
        slot = self.question.slot
        return Say(f"confirm_{slot.value}", {slot.value: self.pending or ""})

    def says(self, flow: Flow, language: str) -> tuple[Say, ...]:
        """The leaf's prompts, but for those that need a value that was not given."""
        made = []
        asked = {question.id for question in self.leaf.ask}
        for prompt in self.leaf.say:
            text = flow.prompts[prompt].texts.get(language, "") if asked else ""
            needed = {name for name, _ in placeholders(text) if name in asked}
            if needed <= self._values.keys():
                made.append(Say(prompt, {name: self._values[name] for name in needed}))
        return tuple(made)

    @property
    def notes(self) -> Mapping[str, str]:
        """The confirmed values for the agent."""
        slots = {question.id: question.slot for question in self.leaf.ask}
        return {name: _note(slots[name], value) for name, value in self._values.items()}


def _note(slot: SlotKind, value: Value) -> str:
    return f"{int(value) // 100}.{int(value) % 100:02}" if slot is SlotKind.AMOUNT else str(value)
