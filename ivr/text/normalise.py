"""Written Mandarin → what is said, so that a voice, the clock and the count of characters agree.

按1 → 按一, 08:30 → 八点三十分, 95000 → 九五零零零, 2026年 → 二零二六年, 3.5% → 百分之三点五, 2位 → 两位.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from ivr.text.numbers import cardinal, count, date, digits, time

Reading = Callable[[re.Match[str]], str]

_WIDE = {ord("０") + digit: str(digit) for digit in range(10)}
_SYMBOLS = str.maketrans({"#": "井号", "*": "星号", "＃": "井号", "＊": "星号", "×": "乘", "&": "和"})
#: Measure words before which a written 2 is said 两, and any number is a number of things.
_MEASURES = "个|位|次|天|周|笔|项|张|倍|家|种|小时|分钟|秒|元|角|千|万|亿|套"
_DASH = r"\s*[-–—~～]\s*"


def _date(match: re.Match[str]) -> str:
    try:
        return date(match[0])
    except ValueError:  # 2026-13-01 is a number of something else: digit by digit
        return digits(match[0])


def _number(match: re.Match[str]) -> str:
    text = match[0]
    long = len(text) > 4 or (len(text) > 1 and text[0] == "0")
    return digits(text) if long and "." not in text else cardinal(text)


def _readings(*pairs: tuple[str, Reading]) -> tuple[tuple[re.Pattern[str], Reading], ...]:
    return tuple((re.compile(pattern, re.ASCII), reading) for pattern, reading in pairs)


#: In this order, the first reading of a stretch wins. A dash that is left after `_SIGNS` means 至.
_SIGNS = _readings(
    (r"(?<![\d:])(?:(?:[01]?\d|2[0-3]):[0-5]\d|24:00)(?![\d:])", lambda match: time(match[0])),
    (r"(?<![\d-])\d{4}-\d{2}-\d{2}(?![\d-])", _date),
    (r"\+?\d{2,}(?:-\d{2,}){2,}|(?<![\d-])\d{3,4}-\d{7,8}(?![\d-])|\+\d{5,}", lambda match: digits(match[0])),
    (rf"(?<=[\d整分年月日]){_DASH}(?=[\d零一二三四五六七八九十两])", lambda _: "至"),
)
_NUMBERS = _readings(
    (r"(?<!\d)(\d{4})(?=年)", lambda match: digits(match[1], yao=False)),
    (r"(?<!\d)(\d{1,16}(?:\.\d+)?)%", lambda match: "百分之" + cardinal(match[1])),
    (r"(?<![\d,.])\d{1,3}(?:,\d{3}){1,4}(?:\.\d+)?(?![\d,])", lambda match: cardinal(match[0].replace(",", ""))),
    (rf"(?<![\d.第])\d{{1,16}}(?={_MEASURES})", lambda match: count(match[0])),
    (r"(?<![\d.])\d{1,16}\.\d+(?![\d.])|\d+", _number),
)


@lru_cache(maxsize=4096)
def spoken(text: str) -> str:
    """Rewrite every digit and key sign of `text` as the characters that are said; the rest stays."""
    text = text.translate(_WIDE)
    for pattern, reading in _SIGNS + _NUMBERS:
        text = pattern.sub(reading, text)
    return text.translate(_SYMBOLS)
