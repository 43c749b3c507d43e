"""What a flow that listens or asks speaks beside its own prompts, and the prompts made from the knowledge base."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ivr.flow.model import Intent, Prompt, PromptKind, SlotKind
from ivr.flow.spoken import is_chinese

#: Prompts of a flow in which a menu listens; the catalogue must then have every one.
LISTENING_PROMPTS: Mapping[str, str] = {
    "say_or_press": "before a root menu that listens: say it, or press a key (HB 8.3.2)",
    "not_understood": "first utterance that was not understood: rephrases (D3)",
    "not_that": "the intent that was guessed was wrong: rephrases (D3)",
    "which_head": "before two services that may be meant: which of them",
    "press_1": "after the first of the two: its key",
    "press_2": "after the second of the two: its key",
    "which_none": "after both: the key for neither",
    "yes_no_say": "after a question of yes or no, where the caller is heard: say it, or press a key",
    "yes_no_keys": "the same where the caller cannot be heard",
    "speech_down": "speech is not recognised any more in this call: by keys from here on",
    "slower": "slowly from here on, as the caller asked (CBA 十二)",
}

#: Prompts of a flow in which a leaf asks for values, beside `yes_no_say` and `yes_no_keys`.
ASKING_PROMPTS: Mapping[str, str] = {
    "answer_keys": "after a question whose answer has several keys: what ends them, and how to reach the agent",
    "answer_again": "first answer that was missing or not understood: rephrases (D3)",
    "corrected": "the value that was read back was wrong: rephrases (D3)",
    "confirm_amount": "reads an amount back: {amount:amount}",
    "confirm_date": "reads a date back: {date:date}",
    "confirm_last4": "reads four digits back: {last4:digits}",
    "confirm_phone": "reads a telephone number back: {phone:digits}",
}

#: Keys of a question of yes or no, and of `which_none`.
YES_KEY, NO_KEY, NEITHER_KEY = "1", "2", "3"

#: What a slot's value is spoken as; yes and no are not spoken.
SLOT_SPOKEN: Mapping[SlotKind, str] = {
    SlotKind.AMOUNT: "amount",
    SlotKind.DATE: "date",
    SlotKind.LAST4: "digits",
    SlotKind.PHONE: "digits",
}

#: Slots whose answers are personal unless the flow says otherwise (CBA 十三).
PERSONAL_SLOTS = frozenset({SlotKind.LAST4, SlotKind.PHONE})


def confirm_id(intent: str) -> str:
    """The prompt that asks whether the caller means the intent."""
    return f"confirm-{intent}"


def offer_id(intent: str) -> str:
    """The prompt that names the intent as one of two."""
    return f"offer-{intent}"


def derived_ids(intents: Iterable[str]) -> frozenset[str]:
    """The prompts that are made for these intents."""
    return frozenset(make(intent) for intent in intents for make in (confirm_id, offer_id))


def texts(label: str) -> tuple[str, str]:
    """What asks for the intent by its label, and what offers it."""
    return f"您是要{label}，对吗？", f"{label}，"


def derived(intents: Iterable[Intent], languages: Iterable[str]) -> Mapping[str, Prompt]:
    """The prompts made from the labels, in the Chinese ones of the languages: recorded and spoken as all others are."""
    spoken = [language for language in languages if is_chinese(language)]
    made: dict[str, Prompt] = {}
    for intent in intents:
        for id, text in zip((confirm_id(intent.id), offer_id(intent.id)), texts(intent.label), strict=True):
            made[id] = Prompt(id, PromptKind.QUESTION, dict.fromkeys(spoken, text))
    return made
