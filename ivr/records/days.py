"""Local days and moments (D7) in the operator's time zone: the flow's `timezone`, Asia/Shanghai until one is read.

A process has one zone, `use` sets it: days of records, roll-ups, reports, commands and logs are the same days.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
USUAL = "Asia/Shanghai"
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
#: The last moment that can be written as a date in every time zone, UTC epoch ms.
_LAST_MS = (date.max.toordinal() - _FIRST.toordinal() - 1) * DAY_MS

_zone = ZoneInfo(USUAL)


def use(timezone: str) -> None:
    """From now on, local means this zone (IANA name; zoneinfo.ZoneInfoNotFoundError if there is none)."""
    global _zone
    _zone = ZoneInfo(timezone)


def zone() -> ZoneInfo:
    """The zone that local means."""
    return _zone


def zone_name() -> str:
    """What people call the zone: 北京时间, or its IANA name."""
    return "北京时间" if _zone.key == USUAL else _zone.key


def moment(t: int, zone: tzinfo | None = None) -> datetime:
    """The local time of a moment (UTC epoch ms); the first or last there is for one beyond them: a record may hold any
    number, and a list of records shows them all."""
    seconds, ms = divmod(min(max(t, 0), _LAST_MS), 1000)  # a float does not hold every millisecond
    return datetime.fromtimestamp(seconds, zone or _zone).replace(microsecond=1000 * ms)


def local_day(t: int) -> date:
    """The local calendar day of a moment (UTC epoch ms); the first or last day there is for one beyond them."""
    if 0 <= t <= _LAST_MS:
        return datetime.fromtimestamp(t // 1000, _zone).date()
    day = _FIRST.toordinal() + (t + _offset_ms(_FIRST)) // DAY_MS
    return date.fromordinal(min(max(day, date.min.toordinal()), date.max.toordinal()))


def day_start(day: date) -> int:
    """The first millisecond of a local day; the day ends before `day_end(day)`."""
    return _start(day, _zone)


def day_end(day: date) -> int:
    """The first millisecond after a local day: 24 hours later, but where clocks change."""
    return day_start(day + timedelta(days=1)) if day < date.max else day_start(day) + DAY_MS


def local_hour(t: int) -> int:
    """The hour 0…23 of its local day that a moment is in, counted from the day's start; the last one of a day that
    clocks make longer is part of 23."""
    return min((t - day_start(local_day(t))) // HOUR_MS, 23)


@lru_cache(maxsize=4096)
def _start(day: date, zone: ZoneInfo) -> int:
    midnight = datetime.combine(day, time())
    known = midnight.year >= _FIRST.year
    offset = _offset_ms(midnight.replace(tzinfo=zone) if known else _FIRST)
    return (day.toordinal() - _FIRST.toordinal()) * DAY_MS - offset


def _offset_ms(at: datetime) -> int:
    offset = at.astimezone(_zone).utcoffset() if at.tzinfo is UTC else at.utcoffset()
    assert offset is not None
    return offset // timedelta(milliseconds=1)
