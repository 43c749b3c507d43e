"""Numbers in English, for hotlines that offer the language: how many, and digit by digit.

Values that cannot be spoken raise ValueError with a text in Chinese for whoever wrote the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ivr.text import numbers
from ivr.text.numbers import LIMIT, Value

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_GROUPS = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))

#: Every word that is said; each is one recorded piece.
WORDS = (*_SMALL, *_TENS, "hundred", *(name for _, name in _GROUPS), "and", "minus")


def count(value: Value) -> str:
    """Spell a whole number: 2 → two, 105 → one hundred and five, -12 → minus twelve."""
    number = numbers.whole(value)
    if abs(number) > LIMIT:
        raise ValueError(f"数字太大，无法播报：{number}")
    return " ".join((*(["minus"] if number < 0 else []), *(_words(abs(number)) if number else ["zero"])))


def digits(value: Value) -> str:
    """Spell digit by digit: 1001 → one zero zero one."""
    return " ".join(_SMALL[numbers.DIGITS.index(word)] for word in numbers.digits(value, yao=False))


#: Placeholder type → how its value is spoken; the other types of `numbers.SPEAKERS` are Mandarin only.
SPEAKERS: Mapping[str, Callable[[Value], str]] = {"count": count, "number": count, "digits": digits}


def _words(number: int) -> Iterator[str]:
    """Spell 1 and more; 0 is empty."""
    for unit, name in _GROUPS:
        if number >= unit:
            yield from (*_words(number // unit), name)
            number %= unit
            if 0 < number < 100:
                yield "and"
    if number >= 100:
        yield from (_SMALL[number // 100], "hundred")
        number %= 100
        if number:
            yield "and"
    if number >= 20:
        yield _TENS[number // 10 - 2]
        number %= 10
    if number:
        yield _SMALL[number]
