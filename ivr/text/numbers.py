"""Numbers, amounts, dates, times and digit strings as a Mandarin speaker says them (HB 7.4.2).

Values that cannot be spoken raise ValueError with a text in Chinese for whoever wrote the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date as Date

#: Values a prompt's placeholder may take.
Value = int | str

#: Whole numbers beyond this are no longer spoken (九千九百九十九万…亿).
LIMIT = 10**16 - 1

DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_WAN, _YI = 10**4, 10**8
_DECIMAL = re.compile(r"(?P<sign>-?)(?P<whole>\d{1,16})(?:\.(?P<part>\d+))?", re.ASCII)
_AMOUNT = re.compile(r"-?\d{1,16}(?:\.\d{1,2})?", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_DIGITS = re.compile(r"\+?\d(?:[ -]?\d)*", re.ASCII)


def cardinal(value: Value) -> str:
    """Spell a number: 105 → 一百零五, 10 → 十, "-3.50" → 负三点五零.

    A two that leads 千, 万 or 亿 is 两 (两千), before 百 and 十 it is 二 (二百, 二十).
    """
    if isinstance(value, int):
        return ("负" if value < 0 else "") + _lead(_whole(abs(value)), "千万亿")
    match = _DECIMAL.fullmatch(value.strip())
    if match is None:
        raise ValueError(f"不是数字：{value!r}")
    whole, part = int(match["whole"]), match["part"]
    negative = match["sign"] and (whole or (part and int(part)))
    words = _lead(_whole(whole), "千万亿")
    if part:
        words += "点" + "".join(DIGITS[int(digit)] for digit in part)
    return ("负" if negative else "") + words


def count(value: Value, measure: str = "") -> str:
    """Spell how many, as it stands before a measure word: 2 → 两, 12 → 十二, 200 → 两百 (+ `measure`)."""
    number = whole(value)
    words = "两" if abs(number) == 2 else _lead(_whole(abs(number)), "百千万亿")
    return ("负" if number < 0 else "") + words + measure


def amount(value: Value) -> str:
    """Spell an amount of yuan, given in fen (int) or as a decimal string ("12.50").

    元角分 with 零 where the 角 are skipped (一元零五分); no amount is 零元.
    """
    fen = value if isinstance(value, int) else _fen(value)
    yuan, rest = divmod(abs(fen), 100)
    jiao, odd = divmod(rest, 10)
    words = count(yuan, "元") if yuan or not rest else ""
    if jiao:
        words += count(jiao, "角")
    elif yuan and odd:
        words += "零"
    if odd:
        words += count(odd, "分")
    return ("负" if fen < 0 else "") + words


def date(value: Value) -> str:
    """Spell an ISO date: "2026-10-01" → 二零二六年十月一日."""
    try:
        day = Date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"不是日期（应为 2026-10-01 这样的形式）：{value!r}") from None
    return f"{digits(f'{day.year:04d}', yao=False)}年{_whole(day.month)}月{_whole(day.day)}日"


def time(value: Value) -> str:
    """Spell a time of day, "08:05" or minutes after midnight (0…1440): 八点零五分, 八点整, 两点三十分."""
    if isinstance(value, int):
        hour, minute = divmod(value, 60)
    else:
        match = _TIME.fullmatch(value.strip())
        hour, minute = (int(match[1]), int(match[2])) if match else (-1, 0)
    if not (0 <= hour < 24 and 0 <= minute < 60) and (hour, minute) != (24, 0):
        raise ValueError(f"不是时间（应为 08:30 这样的形式）：{value!r}")
    if minute == 0:
        return count(hour, "点整")
    return count(hour, "点") + ("零" if minute < 10 else "") + _whole(minute) + "分"


def digits(value: Value, *, yao: bool = True) -> str:
    """Spell digit by digit, as telephone and agent numbers are: 1001 → 幺零零幺; `yao=False` says 一.

    A leading +, single spaces and hyphens between digits are not spoken.
    """
    if not _DIGITS.fullmatch(str(value)):
        raise ValueError(f"不是一串数字：{value!r}")
    words = "".join(DIGITS[int(digit)] for digit in str(value) if digit in "0123456789")
    return words.replace("一", "幺") if yao else words


def whole(value: Value) -> int:
    """Read a whole number, as an int or its decimal digits. Raises ValueError."""
    if isinstance(value, str) and not re.fullmatch(r"-?\d{1,16}", value.strip(), re.ASCII):
        raise ValueError(f"不是整数：{value!r}")
    return int(value)


def word(value: Value) -> str:
    """A word of the bank's that is spoken as it stands in its vocabulary: 储蓄卡. Raises ValueError for any other."""
    spoken = getattr(value, "word", None)
    if not isinstance(spoken, str):
        raise ValueError("不是能播报的词")
    return spoken


#: Placeholder type → how its value is spoken.
SPEAKERS: Mapping[str, Callable[[Value], str]] = {
    "count": count,
    "number": cardinal,
    "amount": amount,
    "date": date,
    "time": time,
    "digits": digits,
    "word": word,
}


def speak(kind: str, value: Value) -> str:
    """Words for `value` of a placeholder of type `kind` (a key of SPEAKERS). Raises ValueError."""
    if kind not in SPEAKERS:
        raise ValueError(f"未知的占位类型 {kind!r}，可用：{'、'.join(SPEAKERS)}")
    return SPEAKERS[kind](value)


def _whole(number: int) -> str:
    if number > LIMIT:
        raise ValueError(f"数字太大，无法播报：{number}")
    words = _joined(number) or "零"
    return words[1:] if words.startswith("一十") else words


def _joined(number: int) -> str:
    for unit, name in ((_YI, "亿"), (_WAN, "万")):
        if number >= unit:
            high, low = divmod(number, unit)
            gap = "零" if 0 < low < unit // 10 else ""
            return _joined(high) + name + gap + _joined(low)
    return _group(number)


def _group(number: int) -> str:
    """Spell 0…9999 with every place named; 0 is empty."""
    words, skipped = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if skipped and words else "") + DIGITS[digit] + _PLACES[place]
        skipped = not digit
    return words


def _lead(words: str, places: str) -> str:
    return "两" + words[1:] if words[:1] == "二" and words[1:2] and words[1] in places else words


def _fen(text: str) -> int:
    if not _AMOUNT.fullmatch(text.strip()):
        raise ValueError(f"不是金额（应为 12.50 这样的形式）：{text!r}")
    whole, _, part = text.strip().partition(".")
    fen = abs(int(whole)) * 100 + int(part.ljust(2, "0"))
    return -fen if whole.startswith("-") else fen
