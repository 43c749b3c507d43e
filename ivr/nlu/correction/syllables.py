"""Characters → pinyin syllables, without tones, folded to what a telephone keeps apart.

The library with its phrases (银行 is yin hang, not yin xing) takes 0.2 s of CPU and 55 MB, so it is loaded at the first
syllable that is asked for, never by importing this module."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

#: Initials and finals that the telephone, accents and recognisers mix up.
_INITIALS = {"zh": "z", "ch": "c", "sh": "s", "n": "l"}
_WITH_H = ("zh", "ch", "sh")
_LETTERS = frozenset("bpmfdtnlgkhjqxrzcsyw")


#: Where callers of a bank mean another reading than the library takes: 还款 is huan kuan, 重听 is chong ting.
READINGS = {"还": "huan", "重": "chong"}


@lru_cache(maxsize=8192)
def syllables(folded: str) -> tuple[str, ...]:
    """The folded syllable of each character; a letter that is no Chinese character stands for itself."""
    if not folded:
        return ()
    from pypinyin import Style, pinyin

    read = pinyin(folded, style=Style.NORMAL, errors=_apart, strict=False)
    return tuple(_folded(READINGS.get(one, each[0])) for one, each in zip(folded, read, strict=True))


def _apart(run: str) -> Any:
    return list(run)  # one entry for each character; the library takes a list as well as a text


def _folded(syllable: str) -> str:
    initial, final = split(syllable)
    return _INITIALS.get(initial, initial) + final.removesuffix("g")


def split(syllable: str) -> tuple[str, str]:
    """Initial and final: zhuan → zh, uan; an → "", an."""
    size = 2 if syllable[:2] in _WITH_H else int(syllable[:1] in _LETTERS)
    return syllable[:size], syllable[size:]


def encode(heard: tuple[str, ...]) -> str:
    """One character for each syllable, so that strings are searched by syllables."""
    return "".join(_symbol(syllable) for syllable in heard)


@lru_cache(maxsize=8192)
def _symbol(sound: str) -> str:
    """A private character that stands for a sound, the same in every run."""
    total = 0
    for letter in sound.encode():
        total = (total * 131 + letter) % 0xFFFF1
    return chr(0x10000 + total)
