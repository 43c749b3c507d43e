"""Which characters of a text make up words already: what is a word is not taken for another that sounds like it.

The words and how often they are used come with jieba; its own way of loading them is not used, since that keeps a cache
in a folder that everybody may write to."""

from __future__ import annotations

from functools import lru_cache
from math import log

import jieba

#: Rarer words of the dictionary are hardly words; the longest that are looked for.
_LEAST_USED, _LONGEST = 10, 4
#: A character that belongs to no word, against the words' own probabilities.
_LONE = log(1e-6)


@lru_cache(maxsize=1)
def _words() -> dict[str, float]:
    """Word of two to four characters → log probability."""
    used: dict[str, int] = {}
    with jieba.get_dict_file() as lines:
        for line in lines:
            word, times, *_ = line.decode("utf-8").split(" ")
            if 1 < len(word) <= _LONGEST and int(times) >= _LEAST_USED and "\u4e00" <= word[0] <= "\u9fff":
                used[word] = int(times)
    total = log(sum(used.values()))
    return {word: log(times) - total for word, times in used.items()}


def in_words(text: str) -> list[bool]:
    """For each character whether it belongs to a word of two characters and more, in the likeliest way to cut the
    text."""
    known = _words()
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(text) + 1):
        ways = [(best[end - 1][0] + _LONE, 1)]
        for size in range(2, min(_LONGEST, end) + 1):
            found = known.get(text[end - size : end])
            if found is not None:
                ways.append((best[end - size][0] + found, size))
        best.append(max(ways))
    made = [False] * len(text)
    end = len(text)
    while end:
        size = best[end][1]
        if size > 1:
            made[end - size : end] = [True] * size
        end -= size
    return made
