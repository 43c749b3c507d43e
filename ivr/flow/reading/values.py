"""What operators write as text → values. Each raises ValueError that says in Chinese what is wrong; the form has been
checked before, by the pattern in `tables.py`."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

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


def positive(text: str) -> int:
    """Milliseconds, more than none."""
    if not (milliseconds := duration(text)):
        raise ValueError("不能是 0")
    return milliseconds


def zone(text: str) -> str:
    """A time zone's name; those of Etc/ count the other way round than they look."""
    if re.match(r"Etc/GMT[+-]?\d", text):
        raise ValueError("Etc/GMT+8 这类名字的正负与平常相反（Etc/GMT+8 是西八区），中国写 Asia/Shanghai")
    return text


def caller(text: str) -> str:
    """A number in E.164; a Chinese one must be one that can be dialled (no 0 behind 86)."""
    if text.startswith("+860"):
        raise ValueError("国家代码 86 后面不写 0：手机写 +86138…，固定电话写 +8610…")
    if text.startswith("+861") and not text.startswith("+8610") and len(text) != 14:
        raise ValueError(f"手机号码应有 11 位，这里是 {len(text) - 3} 位")
    if text.startswith("+86") and not re.fullmatch(r"\+86(?:1[3-9]\d{9}|10\d{8}|2\d{9}|[3-9]\d{9,10})", text, re.ASCII):
        raise ValueError("不是中国的电话号码：手机 11 位，固定电话为区号（不写 0）加 7 或 8 位")
    return text


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


def dialled(text: str) -> str:
    """A pattern of numbers that may be dialled; none that leaves the country (00…), no range the wrong way round."""
    ranges = re.findall(r"\[(\d)-(\d)\]", text)
    if any(first > last for first, last in ranges):
        raise ValueError("方括号里小的在前，例如 [3-9]")
    parts = re.findall(r"\[\d-\d\]|[0-9X]", text)
    if all(part in ("0", "X") or part.startswith("[0") for part in parts[:2]):
        raise ValueError("这样写连 00 开头的国际号码也会拨；开头两位写明，例如 0[1-9]")
    return text


def moment(text: str) -> datetime:
    """The local moment `2026-10-01 09:00`, or with seconds, without its zone."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as wrong:
        raise ValueError("不是日历上的日期和时间") from wrong
