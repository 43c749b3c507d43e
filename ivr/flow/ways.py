"""What a caller who never interrupts listens to before a leaf begins, and before the elderly key is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import count

from ivr.flow.model import Entry, Flow, Menu, Option, TargetKind
from ivr.flow.prompts import prompt_text
from ivr.flow.prompts.announcements import ELDERLY_KEY, SAY_OR_PRESS, before_menu, greeting, reserved_keys

#: Seconds of speech: to a leaf, and until the elderly key has been named.
MOST_SECONDS, ELDERLY_SECONDS = 30.0, 5.0
#: How long a speaker rests after a prompt that ends a sentence, and after one that does not; with it the text says how
#: long a recording is, within a few per cent.
REST_SECONDS, SHORT_REST_SECONDS = 0.3, 0.12
_END = ("。", "！", "？", ".", "!", "?")

#: Prompt → how long it takes.
Seconds = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Way:
    """From the answer to `leaf`, where `entry` serves the call: the options chosen, all `prompts` that are spoken until
    the last of them can be chosen, each heard to its end, and how long they take."""

    entry: Entry
    leaf: str
    options: tuple[Option, ...]
    prompts: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        return "→".join((self.entry.menu, *(f"{option.key}{option.label}" for option in self.options)))


@dataclass(frozen=True, slots=True)
class ElderlyKey:
    """How long after the answer the elderly key has been named, where `entry` serves the call; None: it never is."""

    entry: Entry
    seconds: float | None


def estimated(flow: Flow) -> Seconds:
    """How long prompts take by their texts in the flow's first language, which must be Chinese."""

    def seconds(prompt: str) -> float:
        text = flow.prompts[prompt].texts[flow.languages[0]].rstrip()
        rest = REST_SECONDS if text.endswith(_END) else SHORT_REST_SECONDS
        return prompt_text.seconds(prompt_text.said(text)) + rest

    return seconds


def opening(flow: Flow, entry: Entry) -> tuple[str, ...]:
    """The prompts of a call's first turn, where speech is recognised."""
    menu = flow.menus[entry.menu]
    invitation = (SAY_OR_PRESS,) if menu.level == 1 and menu.listen else ()
    greeted = greeting(flow, entry)
    lead = before_menu(flow, menu, greeted=ELDERLY_KEY in greeted)
    return (*greeted, *invitation, *lead, menu.prompt, reserved_keys(flow, told=False))


def later(flow: Flow, menu: Menu) -> tuple[str, ...]:
    """The prompts of a menu below the first."""
    return (*before_menu(flow, menu), menu.prompt, reserved_keys(flow, told=True))


def ways(flow: Flow, seconds: Seconds) -> Iterator[Way]:
    """The way of the least speech to each leaf, from each entry, entries in the flow's order."""
    for entry in flow.entries:
        yield from _from(flow, entry, seconds)


def _from(flow: Flow, entry: Entry, seconds: Seconds) -> Iterator[Way]:
    first = opening(flow, entry)
    number = count()
    waiting: list[tuple[float, int, str, tuple[Option, ...], tuple[str, ...]]] = []
    heappush(waiting, (sum(map(seconds, first)), next(number), entry.menu, (), first))
    been: set[str] = set()
    reached: set[str] = set()
    while waiting:
        spent, _, id, chosen, prompts = heappop(waiting)
        if id in been:
            continue
        been.add(id)
        for option in flow.menus[id].options:
            target = option.target
            if target.kind is TargetKind.LEAF and target.id not in reached:
                reached.add(target.id)
                yield Way(entry, target.id, (*chosen, option), prompts, spent)
            elif target.kind is TargetKind.MENU:
                more = later(flow, flow.menus[target.id])
                there = spent + sum(map(seconds, more))
                heappush(waiting, (there, next(number), target.id, (*chosen, option), (*prompts, *more)))


def longest(flow: Flow, seconds: Seconds) -> list[Way]:
    """The way to each leaf from the entry from which it takes longest, the longest first."""
    found: dict[str, Way] = {}
    for way in ways(flow, seconds):
        if way.leaf not in found or way.seconds > found[way.leaf].seconds:
            found[way.leaf] = way
    return sorted(found.values(), key=lambda way: -way.seconds)


def elderly_keys(flow: Flow, seconds: Seconds) -> Iterator[ElderlyKey]:
    """When the elderly key has been named, at each entry; then where elderly callers hear their short menu instead of
    the entry's."""
    language = flow.languages[0]
    short = flow.elderly.menu if flow.elderly.route == "menu" else None
    shorter = () if short is None else (replace(entry, menu=short) for entry in flow.entries)
    for entry in (*flow.entries, *shorter):
        spent, found = 0.0, None
        for prompt in opening(flow, entry):
            share = prompt_text.named_by(flow.prompts[prompt].texts[language], language, flow.keys.elderly)
            if share is not None:
                found = spent + share * seconds(prompt)
                break
            spent += seconds(prompt)
        yield ElderlyKey(entry, found)
