"""Facts told as text: one a line, `t Name field=value …`; `-` is None, numbers and true/false are themselves."""

from __future__ import annotations

import dataclasses
from typing import Any, get_type_hints

from ivr.records.facts import FACTS, Fact

BASE = 1_767_571_200_000


def told(text: str, base: int = BASE) -> list[Fact]:
    """The facts of a table; `t` counts milliseconds from `base`."""
    return [_fact(line.split(), base) for line in text.splitlines() if line.strip()]


def _fact(words: list[str], base: int) -> Fact:
    t, name, *rest = words
    cls = FACTS[name]
    hints = get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls)][1:]
    values: dict[str, Any] = {}
    for place, word in enumerate(rest):
        field, given, value = word.partition("=") if "=" in word else (names[place], "=", word)
        assert given
        values[field] = _value(hints[field], value)
    return cls(base + int(t), **values)


def _value(kind: Any, word: str) -> Any:
    if word == "-":
        return None
    if kind is bool:
        return word == "true"
    return int(word) if kind is int else word
