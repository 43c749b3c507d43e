"""A leaf at work: its steps one after the other, each behind the gate of the leaf's `auth` (HB 7.1.4); what they ask is
answered by speech or by keys, and confirmed before it is used (CBA 二十, 二十九)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Protocol

from ivr.dialogue.arrival import serving
from ivr.dialogue.turn_facts import TurnFacts
from ivr.flow.model import Flow, Leaf, Level, Question, SlotKind, When
from ivr.flow.prompts.derived import complaint_kind_id
from ivr.flow.prompts.prompt_text import placeholders
from ivr.flow.steps.acts import (
    Act,
    AskValue,
    Continue,
    Ending,
    Finish,
    Given,
    Perform,
    Say,
    Speak,
    Value,
)
from ivr.flow.steps.step import Identity, Run
from ivr.flow.steps.verify import VerifyStep
from ivr.nlu import Slots
from ivr.nlu.values.digit_strings import LONGEST_REFERENCE, SHORTEST_REFERENCE, national
from ivr.records.facts import Fact

#: How many keys an answer has at most; fewer are ended by `#`. A date is MMDD or YYYYMMDD, an amount whole yuan, a
#: telephone number with its area code has twelve.
MOST_KEYS: Mapping[SlotKind, int] = {
    SlotKind.AMOUNT: 9,
    SlotKind.DATE: 8,
    SlotKind.LAST4: 4,
    SlotKind.YES_NO: 1,
    SlotKind.PHONE: 12,
    SlotKind.COUNT: 2,
    SlotKind.ACCOUNT: 4,
    SlotKind.REFERENCE: LONGEST_REFERENCE,
}
YES, NO = "是", "否"
#: What may be known before it is asked, and what forgets it then.
_FORETOLD: Mapping[SlotKind, Mapping[str, Any]] = {SlotKind.AMOUNT: {"amount": None}, SlotKind.DATE: {"day": None}}


def keyed(slot: SlotKind, digits: str, today: date, when: When = When.COMING) -> Value | None:
    """The value that the digits are; None where they are none, or a day on the wrong side of today."""
    if not digits.isascii() or not digits.isdecimal():
        return None
    match slot:
        case SlotKind.AMOUNT:
            return int(digits) * 100 or None
        case SlotKind.DATE:
            return _day(digits, today, when)
        case SlotKind.LAST4:
            return digits if len(digits) == 4 else None
        case SlotKind.PHONE:
            return national(digits)
        case SlotKind.COUNT:
            return int(digits) or None
        case SlotKind.REFERENCE:
            return digits if SHORTEST_REFERENCE <= len(digits) <= LONGEST_REFERENCE else None
        case SlotKind.YES_NO | SlotKind.ACCOUNT:
            return None


def _day(digits: str, today: date, when: When) -> str | None:
    """MMDD is the next such day, or the last one where a day past is asked for; YYYYMMDD is that day. Today is both."""
    if len(digits) == 8:
        years = range(int(digits[:4]), int(digits[:4]) + 1)
    elif len(digits) == 4:
        years = range(today.year, today.year - 9, -1) if when is When.PAST else range(today.year, today.year + 9)
        when = When.PAST if when is When.PAST else When.COMING
    else:
        return None
    for year in years:
        try:
            found = date(year, int(digits[-4:-2]), int(digits[-2:]))
        except ValueError:  # no such day, in this year
            continue
        if fits(found, today, when):
            return found.isoformat()
    return None


def fits(day: date, today: date, when: When) -> bool:
    """Whether the day answers the question; today does in any case."""
    return when is When.ANY or (day <= today if when is When.PAST else day >= today)


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
        case SlotKind.COUNT:
            return heard.count
        case SlotKind.REFERENCE:
            return heard.reference
        case SlotKind.ACCOUNT:
            return None


class Clock(Protocol):
    """What a leaf needs of the state of the dialogue."""

    now: int
    language: str
    bank_answers: bool

    @property
    def today(self) -> date:
        """The local day."""

    def next_serial(self) -> int:
        """The number of the next write of this call."""


class LeafRun:
    """One leaf, from its first step to its last; the call as its steps see it (`ivr.flow.steps.step.StepCall`).

    `act` is what the step at work wants of the caller, `says` what is spoken before that, `heard` what has been spoken
    since he was asked last, `pending` a value that awaits
    its confirmation; `ending` is how the leaf ended, None while it goes on. What the caller said on the way to the leaf
    (转账五千块) need not be asked again, but confirmed."""

    def __init__(
        self, flow: Flow, leaf: Leaf, identity: Identity, facts: TurnFacts, clock: Clock, before: Slots | None = None
    ) -> None:
        self.leaf = leaf
        self.pending: Value | None = None
        self.act: Act | None = None
        self.says: tuple[Say, ...] = ()
        self.heard: tuple[Say, ...] = ()
        self.ending: Ending | None = None
        #: Whether the last step was carried out and not an earlier one the end.
        self.complete = False
        self.values: dict[str, Any] = {}
        self._flow = flow
        self._identity = identity
        self._facts = facts
        self._clock = clock
        self._before = before or Slots()
        self._answers: dict[str, Value] = {}
        self._slots: dict[str, SlotKind] = {}
        self._steps = self._all()

    # ---- the dialogue's side

    def begin(self) -> None:
        """Up to the first act that needs the caller, or the end."""
        self._advance(None)

    def give(self, given: Given) -> None:
        """What came of the act."""
        if isinstance(self.act, AskValue) and isinstance(given, int | str):
            self._answers[self.act.question.id] = given
            self._slots[self.act.question.id] = self.act.question.slot
        # what was said while an effect was waited for has been heard, and may be wanted again
        self.heard = (*self.heard, *self.says) if isinstance(self.act, Perform) else ()
        self.pending, self.says = None, ()
        self._advance(given)

    def drop(self) -> None:
        """The caller has gone elsewhere."""
        self._steps.close()

    @property
    def question(self) -> Question:
        """The question that is asked, while the act is one."""
        assert isinstance(self.act, AskValue)
        return self.act.question

    def read_back(self) -> Say:
        """The question whether the pending value is right."""
        slot = self.question.slot
        return Say(f"confirm_{slot.value}", {slot.value: self.pending or ""})

    @property
    def notes(self) -> Mapping[str, str]:
        """The confirmed values for the agent."""
        return {name: _note(self._slots[name], value) for name, value in self._answers.items()}

    def _advance(self, given: Given) -> None:
        try:
            act = self._steps.send(given)  # the first one takes None
            while isinstance(act, Speak):
                self.says = (*self.says, *act.says)
                act = next(self._steps)
        except StopIteration as ended:
            self.act, self.ending = None, ended.value
            return
        self.act = act
        if isinstance(act, AskValue):
            self._anticipate(act.question)

    def _anticipate(self, question: Question) -> None:
        known = _FORETOLD.get(question.slot)
        if not known:
            return
        self.pending = told(question.slot, self._before)
        day = self._before.day
        if question.slot is SlotKind.DATE and day and not fits(day, self.today, question.when):
            self.pending = None  # 昨天 was about something else
        self._before = replace(self._before, **known)

    def _all(self) -> Run:
        """The steps. Nobody comes to one but `verify` who is not known as well as the leaf's `auth` says, whatever the
        flow's author wrote."""
        for step in self.leaf.steps:
            while self._identity.level < self.leaf.auth and not isinstance(step, VerifyStep):
                ending = yield from VerifyStep().run(self)
                if not isinstance(ending, Continue):
                    return ending
            ending = yield from step.run(self)
            if not isinstance(ending, Continue):
                return ending
        self.complete = True
        return Finish(target=self.leaf.target, goodbye=self.leaf.goodbye)

    # ---- the steps' side

    @property
    def now(self) -> int:
        """UTC epoch ms."""
        return self._clock.now

    @property
    def today(self) -> date:
        """The local day."""
        return self._clock.today

    @property
    def leaf_level(self) -> Level:
        """How well the leaf must know the caller."""
        return self.leaf.auth

    @property
    def leaf_id(self) -> str:
        """The leaf."""
        return self.leaf.id

    @property
    def leaf_queue(self) -> str:
        """The queue of its people."""
        return self.leaf.queue or self._flow.agent_queue

    @property
    def identity(self) -> Identity:
        """What is known of the caller."""
        return self._identity

    @property
    def bank_answers(self) -> bool:
        """False while it is known that the bank could not be asked."""
        return self._clock.bank_answers

    @property
    def most_tries(self) -> int:
        """Wrong proofs in a call after which nobody is asked again."""
        return self._flow.identity.tries

    def forget(self) -> None:
        """Another customer than before: nothing of that one is kept."""
        self.values.clear()
        self._answers.clear()

    def next_serial(self) -> int:
        """The number of the next write of this call."""
        return self._clock.next_serial()

    def note(self, *facts: Fact) -> None:
        """For the record."""
        self._facts.note(*facts)

    def served(self) -> None:
        """What the leaf is for has been done."""
        self._facts.leaf_completed(self.leaf.id)

    @property
    def complaint_kinds(self) -> Mapping[str, str]:
        """What a complaint may be about, by the policy's ids → the prompt that names it, in the order of their keys."""
        return {kind: complaint_kind_id(kind) for kind in self._flow.complaints.kinds}

    def serving(self, queue: str) -> bool:
        """Whether the agents of the queue are on duty."""
        return serving(self._flow, queue, self.now)

    def has_prompt(self, prompt: str) -> bool:
        """Whether the flow has the prompt."""
        return prompt in self._flow.prompts

    def spoken(self, prompt: str, values: Mapping[str, Any]) -> Say | None:
        """The prompt with the values that it speaks; None where one of them is not known."""
        found = self._flow.prompts.get(prompt)
        text = "" if found is None else found.texts.get(self._clock.language, "")
        needed = {name for name, _ in placeholders(text)}
        if any(values.get(name) is None for name in needed):
            return None
        return Say(prompt, {name: values[name] for name in needed})


def _note(slot: SlotKind, value: Value) -> str:
    return f"{int(value) // 100}.{int(value) % 100:02}" if slot is SlotKind.AMOUNT else str(value)
