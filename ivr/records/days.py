"""Local days (D7): Asia/Shanghai keeps UTC+8 all year, so a day is arithmetic and needs no time zone data."""

from __future__ import annotations

from datetime import date

DAY_MS = 86_400_000
_SHANGHAI_MS = 8 * 3_600_000
_EPOCH = date(1970, 1, 1).toordinal()


def local_day(t: int) -> date:
    """The calendar day in Shanghai of a moment (UTC epoch ms); the first or last day there is for one beyond them."""
    day = _EPOCH + (t + _SHANGHAI_MS) // DAY_MS
    return date.fromordinal(min(max(day, date.min.toordinal()), date.max.toordinal()))


def day_start(day: date) -> int:
    """The first millisecond of a local day; the day ends before `day_start(day) + DAY_MS`."""
    return (day.toordinal() - _EPOCH) * DAY_MS - _SHANGHAI_MS
