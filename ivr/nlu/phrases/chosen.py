"""Which of the options that were read out: by its words, or by the last four digits that it is known by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ivr.nlu.phrases.denial import affirmed
from ivr.nlu.values.digit_strings import last4

_AND = re.compile("[和与及]")
#: A part by which an option may be named has so many characters.
_LEAST = 2


def chosen(text: str, words: Sequence[str], numbers: Sequence[str] = ()) -> int | None:
    """The option, from 0; None where none or more than one is meant. 不满意 is not 满意: the longest words count. Of
    收费和利息 either part names it."""
    four = last4(text, asked=True)
    by_number = [place for place, number in enumerate(numbers) if number == four]
    if len(by_number) == 1:
        return by_number[0]
    for wanted in (re.sub(r"\W", "", text), re.sub(r"\W", "", affirmed(text))):
        named = [max((len(one) for one in _ways(word) if one in wanted), default=0) for word in words]
        longest = max(named, default=0)
        if longest and named.count(longest) == 1:
            return named.index(longest)
    return None


def _ways(word: str) -> Iterator[str]:
    """What names an option: all of its words, or one of two that stand side by side."""
    if word:
        yield word
        yield from (part for part in _AND.split(word) if len(part) >= _LEAST)
