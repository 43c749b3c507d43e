"""What operators write as text → values. Each raises ValueError that says in Chinese what is wrong; the form has been
checked before, by the pattern in `tables.py`."""

from __future__ import annotations

import re
from datetime import date, timedelta

Interval = tuple[int, int]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_DAYS = 366


def duration(text: str) -> int:
    """Milliseconds of `500ms`, `5s`, `2m` or `1h`."""
    unit = text.lstrip("0123456789")
    milliseconds = int(text.removesuffix(unit)) * {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}[unit]
    if milliseconds > 86_400_000:
        raise ValueError("不能超过 24h")
    return milliseconds


def interval(text: str) -> Interval:
    """Minutes after midnight of `08:30-18:00`; the end may be 24:00."""
    start, end = ((int(part[:-3]) * 60 + int(part[-2:])) for part in re.split(r"\s*-\s*", text))
    if end > 1440 or start >= 1440:
        raise ValueError("超出了一天（00:00 到 24:00）")
    if start == end:
        raise ValueError("开始和结束相同；全天请写 00:00-24:00")
    if start > end:
        raise ValueError("结束早于开始；过了午夜请拆成两段，第二段写到后一天")
    return start, end


def days(text: str) -> tuple[int, ...]:
    """Weekdays (0 Monday) of `mon` or `mon-fri`; `sat-mon` runs over the week's end."""
    first, last = DAYS.index(text.split("-")[0]), DAYS.index(text.split("-")[-1])
    return tuple((first + step) % 7 for step in range((last - first) % 7 + 1))


def dates(text: str) -> tuple[date, ...]:
    """Days of `2026-10-01` or `2026-10-01..2026-10-07`, both ends included."""
    try:
        first, last = (date.fromisoformat(part) for part in (text.split("..")[0], text.split("..")[-1]))
    except ValueError as wrong:
        raise ValueError("不是日历上的日期") from wrong
    if last < first:
        raise ValueError("结束早于开始")
    if (last - first).days >= MAX_DAYS:
        raise ValueError(f"超过了 {MAX_DAYS} 天")
    return tuple(first + timedelta(step) for step in range((last - first).days + 1))


def line(text: str) -> str:
    """Text that is more than blanks."""
    if not text.strip():
        raise ValueError("不能是空白")
    return text


def birth(text: str) -> date:
    """A date of birth somebody alive may have."""
    born = dates(text)[0]
    if born.year < 1880:
        raise ValueError("年份太早")
    return born


def day(text: str) -> date:
    """The day `2026-10-01`."""
    return dates(text)[0]


def question(text: str) -> str:
    """A sentence with something to say in it."""
    if not any(character.isalnum() for character in text):
        raise ValueError("里面没有文字")
    return text
