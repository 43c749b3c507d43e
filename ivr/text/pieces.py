"""The inventory of recorded pieces that every spoken number, amount, date and time is joined from.

Larger pieces are there where Mandarin binds its syllables (一百, 两点: tone sandhi); every single
character is a piece too, so that `split` covers whatever `ivr.text.numbers` can say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from ivr.text import english, numbers
from ivr.text.numbers import DIGITS, Value, cardinal

_SINGLES = {
    "幺": "yao", "两": "liang", "百": "bai", "千": "qian", "万": "wan", "亿": "yi",
    "元": "yuan", "角": "jiao", "分": "fen", "点": "dian", "年": "nian", "月": "yue", "日": "ri",
    "时": "shi-hour", "整": "zheng", "负": "fu",
}  # fmt: skip


def _inventory() -> Iterator[tuple[str, str]]:
    for number, word in enumerate(DIGITS):
        yield str(number), word
    yield from ((name, word) for word, name in _SINGLES.items())
    for number in range(10, 100):
        yield str(number), cardinal(number)
    for number in range(10, 20):  # inside a larger number: 一百一十五
        yield f"yi-{number}", "一" + cardinal(number)
    for number in range(1, 10):
        yield f"{number}00", DIGITS[number] + "百"
        yield f"{number}000", DIGITS[number] + "千"
    for word in ("两百", "两千", "两万", "两亿", "两元", "两角", "两点"):
        yield f"liang-{_SINGLES[word[1]]}", word
    for word in ("一万", "一亿", "一元", "一角", "一点"):
        yield f"yi-{_SINGLES[word[1]]}", word
    yield "5-dian", "五点"
    yield "9-dian", "九点"


#: Piece id (ascii, also its file name) → the words it says.
PIECES: Mapping[str, str] = MappingProxyType(dict(_inventory()))

#: Language → its pieces. Numbers are spoken in these languages only.
INVENTORIES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"zh": PIECES, "en": MappingProxyType({word: word for word in english.WORDS})}
)

#: Language → the placeholder types it can speak.
KINDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {"zh": frozenset(numbers.SPEAKERS), "en": frozenset(english.SPEAKERS)}
)

_IDS = {word: piece for piece, word in PIECES.items()}
_LONGEST = max(map(len, _IDS))


@lru_cache(maxsize=4096)
def split(words: str) -> tuple[str, ...]:
    """Cut `words` into piece ids, longest piece first. Raises ValueError for a word without a piece."""
    found: list[str] = []
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            if (piece := _IDS.get(words[at : at + length])) is not None:
                found.append(piece)
                at += length
                break
        else:
            raise ValueError(f"没有可播报的录音片段：{words[at]!r}（{words}）")
    return tuple(found)


def spell(kind: str, value: Value, language: str) -> tuple[str, ...]:
    """Piece ids that say `value` of a placeholder of type `kind`. Raises ValueError."""
    if kind not in KINDS.get(language, ()):
        raise ValueError(f"语言 {language} 不能播报 {kind} 类型的值")
    if language == "zh":
        return split(numbers.speak(kind, value))
    return tuple(english.SPEAKERS[kind](value).split())


def join(pieces: tuple[str, ...]) -> str:
    """Words that the pieces say one after the other; the inverse of `split`. Raises KeyError."""
    return "".join(PIECES[piece] for piece in pieces)
