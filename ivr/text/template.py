"""Prompt texts: their placeholders `{name:type}`, and how many characters a speaker needs for them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from ivr.text.normalise import spoken
from ivr.text.numbers import SPEAKERS

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*):([a-z]+)\}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fixed:
    """Words that never change, spoken from one recording; `number` counts them from 1 in their prompt."""

    text: str
    number: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A value put in at the call; `kind` is a key of `ivr.text.numbers.SPEAKERS`."""

    name: str
    kind: str


Segment = Fixed | Slot


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[Segment, ...]:
    """Cut a prompt text into segments, in the order they are spoken.

    Stretches without a spoken character (a closing 。 after a placeholder) are no segments.
    Raises ValueError for an unknown type or a brace that belongs to no placeholder.
    """
    found: list[Segment] = []
    at = numbered = 0
    for match in [*_PLACEHOLDER.finditer(text), None]:
        between = text[at : match.start() if match else len(text)]
        if wrong := re.search(r"[{}]", between):
            raise ValueError(f"第 {at + wrong.start() + 1} 个字处的花括号不是占位符 {{名称:类型}}：{text!r}")
        if characters(between):
            numbered += 1
            found.append(Fixed(between, numbered))
        if match:
            if match[2] not in SPEAKERS:
                raise ValueError(f"占位符 {match[0]} 的类型未知，可用：{'、'.join(SPEAKERS)}")
            found.append(Slot(match[1], match[2]))
            at = match.end()
    return tuple(found)


def characters(text: str) -> int:
    """Count the characters (字) a speaker says: 按1 is 2, 60岁 is 3 (六十岁), a letter is 1, punctuation none.

    Text must hold no placeholders; `parse` removes them.
    """
    return sum(unicodedata.category(character)[0] in "LN" for character in spoken(text))
