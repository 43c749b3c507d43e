"""What whisper is told was said before, and how to know it again: what nobody said comes out as its echo."""

from __future__ import annotations

from collections.abc import Sequence

#: Said before instead of context words, so that simplified Chinese is written and nothing is made likelier.
TALK = ("我跟你说", "你听我讲", "他是这么说的", "那天我就去了")

_SENTENCES = ("我想查一下{}", "我要办{}", "请问{}怎么办", "帮我看看{}")
#: Pieces of what was told that count as its echo, and how often a word must be repeated to be a drone.
_PIECE, _DRONE = 2, 3


def in_sentences(words: Sequence[str]) -> list[str]:
    """Each context word in a sentence of a caller."""
    return [_SENTENCES[at % len(_SENTENCES)].format(word) for at, word in enumerate(words)]


def in_context(ways: Sequence[tuple[str, float]], words: Sequence[str], worth: float) -> str:
    """Of texts with their mean log probabilities the likeliest, a text of nothing but context words being `worth` so
    much more than one without any."""
    return max(ways, key=lambda way: way[1] + worth * _share(way[0], words))[0]


def _share(text: str, words: Sequence[str]) -> float:
    """How many of its characters belong to one of the words."""
    made = [False] * len(text)
    for word in words:
        for at in range(len(text) - len(word) + 1):
            if word and text.startswith(word, at):
                made[at : at + len(word)] = [True] * len(word)
    return sum(made) / len(made) if made else 0.0


def is_echo(text: str, told: Sequence[str]) -> bool:
    """Whether a text without punctuation begins with one of the sentences that were told, or is the beginning of one,
    and goes on with nothing but pieces of them."""
    first = next((sentence for sentence in told if text.startswith(sentence)), "")
    if not first:
        return len(text) > _PIECE and any(sentence.startswith(text) for sentence in told)
    at = len(first)
    while at < len(text):
        sizes = range(len(text) - at, _PIECE - 1, -1)
        size = next((size for size in sizes if any(text[at : at + size] in sentence for sentence in told)), 0)
        if not size and at < len(text) - 1:
            return False
        at += size or 1
    return True


def is_drone(text: str) -> bool:
    """Whether the text is one or two characters again and again."""
    return len(text) >= _DRONE * len(unit := once(text)) and len(unit) <= _PIECE


def is_loop(text: str, other: str) -> bool:
    """Whether the text is the other and a good part of it over again, as it may come out."""
    return text.startswith(other) and len(text) - len(other) > _PIECE


def once(text: str) -> str:
    """What is said again and again, once: 今天呢今天呢 → 今天呢; a text that repeats nothing as it is."""
    for size in range(1, len(text) // 2 + 1):
        if len(text) % size == 0 and text[:size] * (len(text) // size) == text:
            return text[:size]
    return text
