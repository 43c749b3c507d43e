"""What a flow that listens or asks speaks beside its own prompts, and the prompts made from the knowledge base."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ivr.bank.vocabulary import Choice
from ivr.flow.complaint_policy import ComplaintKind
from ivr.flow.model import Intent, Prompt, PromptKind, Queue
from ivr.flow.prompts.prompt_text import is_chinese

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
    "confirm_count": "reads a number of things back: {count:count}",
    "confirm_reference": "reads a reference number back: {reference:digits}",
}

#: Keys of a question of yes or no, and of `which_none`.
YES_KEY, NO_KEY, NEITHER_KEY = "1", "2", "3"


def confirm_id(intent: str) -> str:
    """The prompt that asks whether the caller means the intent."""
    return f"confirm-{intent}"


def offer_id(intent: str) -> str:
    """The prompt that names the intent as one of two."""
    return f"offer-{intent}"


def about_id(queue: str) -> str:
    """The prompt that tells an agent which queue a callback comes from."""
    return f"about-{queue}"


def complaint_kind_id(kind: str) -> str:
    """The prompt that offers a kind of complaint."""
    return f"complaint-{kind}"


def derived_ids(intents: Iterable[str]) -> frozenset[str]:
    """The prompts that are made for these intents."""
    return frozenset(make(intent) for intent in intents for make in (confirm_id, offer_id))


def texts(label: str) -> tuple[str, str]:
    """What asks for the intent by its label, and what offers it."""
    return f"您是要{label}，对吗？", f"{label}，"


def word_id(value: object) -> str:
    """The prompt that speaks a word of the bank's."""
    return f"word-{type(value).__name__}-{value}"


def words(prompts: Iterable[Prompt], languages: Iterable[str]) -> Mapping[str, Prompt]:
    """The prompts of the bank's words, where one of the `prompts` speaks such a word."""
    if not any(":word}" in text for prompt in prompts for text in prompt.texts.values()):
        return {}
    spoken = [language for language in languages if is_chinese(language)]
    found = [one for kind in Choice.__subclasses__() for one in kind]
    return {word_id(one): Prompt(word_id(one), PromptKind.INFO, dict.fromkeys(spoken, one.word)) for one in found}


def derived(intents: Iterable[Intent], languages: Iterable[str]) -> Mapping[str, Prompt]:
    """The prompts made from the labels, in the Chinese ones of the languages: recorded and spoken as all others are."""
    spoken = [language for language in languages if is_chinese(language)]
    made: dict[str, Prompt] = {}
    for intent in intents:
        for id, text in zip((confirm_id(intent.id), offer_id(intent.id)), texts(intent.label), strict=True):
            made[id] = Prompt(id, PromptKind.QUESTION, dict.fromkeys(spoken, text))
    return made


def derived_complaint_kinds(kinds: Iterable[ComplaintKind], languages: Iterable[str]) -> Mapping[str, Prompt]:
    """The prompts that offer the kinds of complaints, by their labels."""
    spoken = [language for language in languages if is_chinese(language)]
    return {
        id: Prompt(id, PromptKind.QUESTION, dict.fromkeys(spoken, f"{kind.label}，"))
        for kind in kinds
        for id in (complaint_kind_id(kind.id),)
    }


def derived_abouts(queues: Iterable[Queue], languages: Iterable[str]) -> Mapping[str, Prompt]:
    """The prompts that tell agents what a callback is about."""
    spoken = [language for language in languages if is_chinese(language)]
    return {
        about_id(queue.id): Prompt(about_id(queue.id), PromptKind.NOTICE, dict.fromkeys(spoken, f"{queue.label}。"))
        for queue in queues
        if queue.callback
    }
