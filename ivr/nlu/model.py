"""What understanding gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ivr.flow.model import SlotKind, When


class Decision(StrEnum):
    """What to do with the best intent (CBA 二十)."""

    ACCEPT = "accept"
    CONFIRM = "confirm"
    ASK_WHICH = "ask_which"
    REJECT = "reject"


class Universal(StrEnum):
    """Words that work at any time, whatever was asked (CBA 十九, 二十二)."""

    AGENT = "agent"
    ELDERLY = "elderly"
    BACK = "back"
    REPEAT = "repeat"
    SLOWER = "slower"
    MENU = "menu"
    COMPLAINT = "complaint"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Context:
    """What the caller was asked. `slot`: the kind of value; `among`: the intents offered (ask-which, confirm), nothing
    else is then considered; `day`: the local day, against which 明天 is read and validity is judged (None: neither);
    `when`: which days answer a question for a date; `recognised`: how sure the recogniser was of the words, 0…1: of
    what it was unsure of, nothing is accepted without asking. `number_goes_on`: it may be more of a number that the
    caller has begun before (`masking.begun`)."""

    slot: SlotKind | None = None
    among: tuple[str, ...] = ()
    day: date | None = None
    recognised: float = 1.0
    when: When = When.COMING
    number_goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Slots:
    """Values heard; None where there is none. `amount` is in fen; `last4` are four digits; `phone` is 11 digits or a
    landline with its area code: personal, so never part of a repr, never stored. `unclear`: a value of the kind that
    was asked for is said, but not clearly (三千左右), so nothing in the utterance is a yes to another. `count`: how
    many, `reference`: the digits of a reference number, where that was asked for."""

    amount: int | None = None
    day: date | None = None
    last4: str | None = field(default=None, repr=False)
    yes: bool | None = None
    phone: str | None = field(default=None, repr=False)
    unclear: bool = False
    count: int | None = None
    reference: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Meaning:
    """One utterance understood. `text` is masked and may be stored, "" where it was little but digits that nobody asked
    for; `personal` says that something was left out: such a turn keeps no audio. `intent` and `runner_up` are ids of
    `Flow.knowledge`, their scores 0…1; on REJECT the intent is None. A `universal` word comes before the intent;
    `everyday`: it was taken from what the caller says of himself (我岁数大了). `denied` is what he says that he does
    not want, or that did not happen, masked: it leads nowhere."""

    text: str
    decision: Decision
    intent: str | None = None
    score: float = 0.0
    runner_up: str | None = None
    runner_up_score: float = 0.0
    universal: Universal | None = None
    slots: Slots = Slots()
    personal: bool = False
    everyday: bool = False
    denied: tuple[str, ...] = ()
