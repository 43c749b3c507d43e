"""Opening hours (CBA 七): when is a calendar open, who answers at a moment, and the same in Mandarin words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ivr.flow.model import Calendar, Entry, Flow, Queue

Interval = tuple[int, int]
Hours = tuple[Interval, ...]

DAY = 1440
WEEKDAYS = "一二三四五六日"
_DIGITS = "零一二三四五六七八九"


def merge(intervals: Iterable[Interval]) -> Hours:
    """The same minutes as sorted intervals that neither overlap nor touch."""
    made: list[Interval] = []
    for start, end in sorted(intervals):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return tuple(made)


def on(calendar: Calendar, day: date) -> Hours:
    """The hours of one local day: a date given by itself wins over its weekday."""
    return calendar.dates.get(day, calendar.weekly[day.weekday()])


def is_open(calendar: Calendar | None, at_ms: int, timezone: str) -> bool:
    """Whether the calendar (None: always) is open at this instant (UTC epoch ms), on the wall clock of
    `timezone` (IANA name; zoneinfo.ZoneInfoNotFoundError if there is none). Intervals are half-open."""
    if calendar is None:
        return True
    local = datetime.fromtimestamp(at_ms // 1000, ZoneInfo(timezone))
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in on(calendar, local.date()))


def entry_at(flow: Flow, at_ms: int) -> Entry:
    """The entry that answers at this instant: the first whose calendar is open. A checked flow has one for
    every minute; the last entry answers should the list of dates ever leave a gap."""
    for entry in flow.entries:
        if entry.hours is None or is_open(flow.calendars[entry.hours], at_ms, flow.timezone):
            return entry
    return flow.entries[-1]


def queue_open(flow: Flow, queue: Queue, at_ms: int) -> bool:
    """Whether agents of the queue are on duty at this instant."""
    return queue.hours is None or is_open(flow.calendars[queue.hours], at_ms, flow.timezone)


def gaps(serving: Sequence[Calendar | None]) -> Mapping[int | date, Hours]:
    """Weekday (0…6) or listed date → the minutes at which none of the calendars is open; only days with a gap."""
    if any(calendar is None for calendar in serving):
        return {}
    calendars = [calendar for calendar in serving if calendar is not None]
    days: list[int | date] = [*range(7), *sorted({day for calendar in calendars for day in calendar.dates})]
    found: dict[int | date, Hours] = {}
    for day in days:
        covered = merge(
            interval
            for calendar in calendars
            for interval in (on(calendar, day) if isinstance(day, date) else calendar.weekly[day])
        )
        if missing := _complement(covered):
            found[day] = missing
    return found


def _complement(covered: Hours) -> Hours:
    edges = [0, *(edge for interval in covered for edge in interval), DAY]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple((start, end) for start, end in pairs if start < end)


def describe(calendar: Calendar | None) -> str:
    """The weekly hours as they are spoken, e.g. 周一至周五八点三十分至十八点，周六、周日九点至十七点；
    dates with hours of their own are summed up as 节假日除外."""
    if calendar is None:
        return "全天二十四小时"
    return _weekly(calendar, lambda days, hours: day_words(days) + hours_words(hours)) or "暂停服务"


def summary(calendar: Calendar | None) -> str:
    """The same for the eye: 周一至周五 08:30–18:00，周六、周日 09:00–17:00，节假日除外."""
    if calendar is None:
        return "全天"
    said = _weekly(calendar, lambda days, hours: f"{day_words(days)} {'、'.join(clock(each) for each in hours)}")
    return said or "不营业"


def _weekly(calendar: Calendar, words: Callable[[list[int], Hours], str]) -> str:
    groups: dict[Hours, list[int]] = {}
    for weekday, hours in enumerate(calendar.weekly):
        if hours:
            groups.setdefault(hours, []).append(weekday)
    if not groups:
        return ""
    said = "，".join(words(days, hours) for hours, days in groups.items())
    differs = any(hours != calendar.weekly[day.weekday()] for day, hours in calendar.dates.items())
    return said + ("，节假日除外" if differs else "")


def day_words(days: Sequence[int]) -> str:
    """每天, 周一至周五, 周六、周日 … for sorted weekdays; three or more in a row are joined with 至."""
    if len(days) == 7:
        return "每天"
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return "、".join(
        f"周{WEEKDAYS[run[0]]}至周{WEEKDAYS[run[-1]]}"
        if len(run) > 2
        else "、".join(f"周{WEEKDAYS[day]}" for day in run)
        for run in runs
    )


def hours_words(hours: Hours) -> str:
    """全天, or 八点三十分至十二点、十三点至十八点."""
    if hours == ((0, DAY),):
        return "全天"
    return "、".join(f"{time_words(start)}至{time_words(end)}" for start, end in hours)


def time_words(minute: int) -> str:
    """八点, 两点零五分, 二十四点 … of a minute of the day (0…1440)."""
    hour, rest = divmod(minute, 60)
    said = ("两" if hour == 2 else _count(hour)) + "点"
    if not rest:
        return said
    return said + ("零" if rest < 10 else "") + _count(rest) + "分"


def _count(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def clock(interval: Interval) -> str:
    """08:30–18:00."""
    return "–".join(f"{minute // 60:02}:{minute % 60:02}" for minute in interval)
