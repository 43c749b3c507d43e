"""`norm_v1`: how a reference and a recogniser's output are written before their characters are compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ivr.text.normalise import spoken

#: The name under which a figure says how its texts were normalised.
NORM = "norm_v1"

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")}
_SAME = str.maketrans({"幺": "一", "两": "二", "〇": "零"})
_WRITTEN = str.maketrans("0123456789", "零一二三四五六七八九")
_SMALL = {"千": 1000, "百": 100, "十": 10}
_LARGE = {"亿": 10**8, "万": 10**4}
_RUN = re.compile("[零一二三四五六七八九十百千万亿]+")


@lru_cache(maxsize=65536)
def norm_v1(text: str) -> str:
    """NFKC, without punctuation, symbols and spaces, casefolded; every number digit by digit in Chinese characters,
    whether it was written 105, 一百零五 or 幺零五. Fillers (嗯啊呃) stay.

    Digits become characters by what is said (08:30 → 八点三十分); a spoken number then becomes its digits, because
    138 may be read 幺三八 or 一百三十八 and both are right. What is no well-formed number (千万别, 三四千) stays."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    words = "".join(c for c in spoken(plain) if unicodedata.category(c)[0] not in "PSZC")
    folded = unicodedata.normalize("NFKC", words.casefold()).translate(_SAME)
    return _RUN.sub(lambda run: _digits(run[0]), folded)


def _digits(run: str) -> str:
    if all(character in _DIGITS for character in run):
        return run
    value = _large(run)
    return run if value is None else str(value).translate(_WRITTEN)


def _large(run: str) -> int | None:
    """The value of a number in words, None where it is none."""
    for name, unit in _LARGE.items():
        head, found, tail = run.rpartition(name)
        if not found:
            continue
        high = _large(head)
        low = _tail(tail, unit)
        return None if high is None or low is None or high == 0 else high * unit + low
    return _small(run)


def _tail(tail: str, unit: int) -> int | None:
    """What follows 万 or 亿: nothing, a lesser number (with 零 where a place is skipped), or 两万三."""
    if not tail:
        return 0
    if len(tail) == 1 and tail in _DIGITS and tail != "零":
        return _DIGITS[tail] * unit // 10
    low = _large(tail.removeprefix("零"))
    return None if low is None or low >= unit else low


def _small(run: str) -> int | None:
    """0…9999: 三千零五, 一百二 (120), 十五."""
    value, limit, rest, gap = 0, 10**4, run, False
    if rest.startswith("十"):
        rest = "一" + rest
    while rest:
        if rest[0] == "零" and value and not gap:
            gap, rest = True, rest[1:]
            continue
        digit = _DIGITS.get(rest[0], 0)
        unit = _SMALL.get(rest[1], 0) if len(rest) > 1 else 1
        if not digit or not unit or unit >= limit:
            return None
        # 一百二 is 120, 一百零二 is 102
        value += digit * (limit // 10 if unit == 1 and 10 < limit <= 1000 and not gap else unit)
        limit, rest, gap = unit, rest[1 if unit == 1 else 2 :], False
    return None if gap or not value else value
