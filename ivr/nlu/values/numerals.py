"""Numbers as callers say them → values: 三千五, 两万零六十, 3万5, 一点五亿, 两万半, 幺三八.

Strict: what is not put together as a number is none (九十九十, 两三万, 三万五六): nobody's money is guessed at."""

from __future__ import annotations

import re
from fractions import Fraction

#: A digit as said or written → its value. 幺 is one and 洞, 拐, 勾 are what some say for 0, 7, 9 on the telephone.
_WORDS = ("零〇洞", "一幺壹", "二两贰", "三叁", "四肆", "五伍", "六陆", "七柒拐", "八捌", "九玖勾")
DIGITS = {word: number for number, words in enumerate(_WORDS) for word in words}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_WAN, _YI = 10**4, 10**8
#: Longer words are no number that anybody says.
_LONGEST = 40
_MOST_DECIMALS = 8

#: What a number may be written with, as the inside of a character class.
NUMBER = r"0-9零〇一二两三四五六七八九十百千万亿"
_OTHER = re.compile(rf"[^{NUMBER}]")
#: The numerals of cheques and contracts → the plain ones.
_FORMAL = str.maketrans(
    dict(zip("壹贰貳叁參参肆伍陆陸柒捌玖拾佰仟萬億〇○", "一二二三三三四五六六七八九十百千万亿零零", strict=True))
    | {"廿": "二十", "卅": "三十"}
)
_STEP = re.compile(r"(?P<zero>零)|(?P<figures>[0-9]+|[一二两三四五六七八九])?(?P<place>[十百千])|(?P<rest>[0-9]+|.)")
_DECIMAL = re.compile(r"(?P<whole>.*?)[.点](?P<part>[0-9零一二三四五六七八九]+)(?P<unit>[百千]?万?亿?)")
_UNITS = {"百": 100, "千": 1000, "万": _WAN, "亿": _YI}
_HALF = re.compile(r"(?P<whole>.*?)半(?P<unit>[百千]?万?亿?)")


def plain(words: str) -> str:
    """Formal numerals as plain ones: 伍仟 → 五千."""
    return words.translate(_FORMAL)


def value(words: str, *, short: bool = True) -> int | None:
    """The whole number that the words say, None where they say none. 一百二 is 120, 两万五 is 25 000 (not without
    `short`), 3万 is 30 000, 一百03 is 103."""
    words = plain(words)
    if not words or len(words) > _LONGEST or _OTHER.search(words):
        return None
    if words.isdecimal():
        return int(words)
    if words == "零":
        return 0
    high, yi, low = words.rpartition("亿")
    if not yi:
        return _below_yi(words, 0, short)
    many = value(high, short=False)
    rest = _below_yi(low, _YI, short) if low else 0
    return None if not many or rest is None or many >= _YI else many * _YI + rest


def _below_yi(words: str, above: int, short: bool) -> int | None:
    """Below 10^8; `above`: the place that stands before it, 0 for none."""
    high, wan, low = words.rpartition("万")
    if not wan:
        return _section(words, above, short)
    many = int(high) if high.isdecimal() and len(high) <= 4 else _section(high, above, False)
    rest = _section(low, _WAN, short and (many or 0) < 100) if low else 0
    return None if not many or rest is None else many * _WAN + rest


def _section(words: str, above: int, short: bool) -> int | None:
    """Below 10^4, places going down; what has no place at the end is as many tens, hundreds, … as come next after
    `above` or the last place (三千五), or ones after 零 and tens."""
    total, last, zero = 0, above, False
    steps = list(_STEP.finditer(words))
    for step in steps:
        if step["zero"]:
            if zero or not last:
                return None
            zero = True
            continue
        if step["rest"]:
            end = _end(step["rest"], last, zero, short)
            return None if end is None or step is not steps[-1] else total + end
        place, figures = _PLACES[step["place"]], step["figures"]
        if (last and place >= last) or (figures is None and place > 10):
            return None
        if figures is not None and len(figures) > 1 and not (total == 0 and not last and place == 1000):
            return None  # 15百 nobody says; 10千 is how 10k is read
        number = 1 if figures is None else (DIGITS[figures] if figures in DIGITS else int(figures))
        if not number:
            return None
        total, last, zero = total + number * place, place, False
    return total if total and not zero else None


def _end(figures: str, last: int, zero: bool, short: bool) -> int | None:
    """What has no place behind it."""
    number = DIGITS[figures] if figures in DIGITS else int(figures) if figures.isdecimal() else 0
    if not number:
        return None
    if not last:
        return number if len(figures) <= 4 else None
    if number >= last or figures == "两":
        return None
    if zero or last == 10:
        return number
    if len(figures) > 1:  # 一百03, 一千200: as many figures as there are places left
        return number if 10 ** len(figures) == last else None
    return number * last // 10 if short else None


def exact(words: str, *, short: bool = True) -> Fraction | None:
    """As `value`, with decimals and halves: 一点五万 → 15 000, .5 → ½, 两万半 → 25 000, 半亿."""
    words = plain(words).replace("个", "")
    if len(words) > _LONGEST:
        return None
    if match := _DECIMAL.fullmatch(words):
        whole = value(match["whole"], short=False) if match["whole"] else 0
        if whole is None or len(match["part"]) > _MOST_DECIMALS or (whole >= _WAN and match["unit"]):
            return None
        part = Fraction(int(digits(match["part"])), 10 ** len(match["part"]))
        return (whole + part) * _unit(match["unit"])
    if match := _HALF.fullmatch(words):
        return _half(match["whole"], match["unit"])
    number = value(words, short=short)
    return None if number is None else Fraction(number)


def _half(whole: str, unit: str) -> Fraction | None:
    """半, 半万, 一半亿 (said 一个半亿), 两万半."""
    if not whole:
        return Fraction(_unit(unit), 2)
    number = value(whole, short=False)
    if number is None:
        return None
    if unit:
        return (number + Fraction(1, 2)) * _unit(unit) if number < 10 else None
    last = _UNITS.get(whole[-1])
    return None if last is None else number + Fraction(last, 2)


def _unit(places: str) -> int:
    made = 1
    for place in places:
        made *= _UNITS[place]
    return made


def digits(words: str) -> str:
    """The digits said or written in the words, in order; everything else is left out."""
    found = (str(DIGITS[word]) if word in DIGITS else word for word in words)
    return "".join(each for each in found if each in "0123456789")
