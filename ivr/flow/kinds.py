"""Words of the flow that both its model and the steps of a leaf are made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PromptKind(StrEnum):
    """What a prompt is for; `last_prompt_kind` of a call record (HB 7.2.2)."""

    GREETING = "greeting"
    MENU = "menu"
    INFO = "info"
    QUESTION = "question"
    NOTICE = "notice"
    GOODBYE = "goodbye"


class LeafKind(StrEnum):
    """CBA 九, 十: what a leaf does for the caller."""

    CONSULT = "consult"
    QUERY = "query"
    TRANSACTION = "transaction"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"


class TargetKind(StrEnum):
    """What an option leads to."""

    MENU = "menu"
    LEAF = "leaf"
    HANDOFF = "handoff"


class HandoffReason(StrEnum):
    """Why a call goes to a person (requirements 2.0)."""

    KEY = "key"
    ELDERLY_KEY = "elderly_key"
    INTENT = "intent"
    FALLBACK = "fallback"
    COMPLAINT = "complaint"
    POLICY = "policy"


class SlotKind(StrEnum):
    """What a question asks for."""

    AMOUNT = "amount"
    DATE = "date"
    LAST4 = "last4"
    YES_NO = "yes_no"
    PHONE = "phone"
    COUNT = "count"
    ACCOUNT = "account"
    REFERENCE = "reference"


class When(StrEnum):
    """Which days answer a question for a date; today is one of them in any case."""

    COMING = "coming"
    PAST = "past"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Target:
    """Where an option leads: a menu, a leaf, or a handoff to a queue, by id."""

    kind: TargetKind
    id: str


@dataclass(frozen=True, slots=True)
class Question:
    """A value that a leaf asks for, said or keyed, and confirmed before it is used. `purpose`: what for (CBA 二十九);
    of a `personal` one nothing that was said is kept. `id` is the placeholder's name in the prompts that speak it.
    `when`: which days answer it, where it asks for a date."""

    id: str
    slot: SlotKind
    prompt: str
    purpose: str
    personal: bool
    when: When = When.COMING
