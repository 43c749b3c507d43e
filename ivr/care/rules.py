"""What may be promised, and until when: whom we call back, at what hours, how often, and when work is due. Pure: the
moment is given. Times are UTC epoch milliseconds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ivr.flow import hours
from ivr.flow.model import Calendar, Flow, Queue

#: So far ahead a calendar is searched for its next opening.
MOST_DAYS = 366
_HOME = "+86"
#: Mobiles and service numbers; and area code (without its 0) with subscriber.
_WITHOUT_AREA = re.compile(r"1[3-9][0-9]{9}|[48]00[0-9]{7}")
_WITH_AREA = re.compile(r"(?:10|2[0-9])[2-9][0-9]{7}|[3-9][0-9]{2}[2-9][0-9]{6,7}")


def dialable(number: str | None) -> str | None:
    """A number in E.164 as the trunk is asked for it: `13800000001`, `01088886666`. None for what is not a whole
    Chinese number: short codes, numbers of other countries."""
    if number is None or not number.startswith(_HOME):
        return None
    national = number.removeprefix(_HOME)
    if _WITHOUT_AREA.fullmatch(national):
        return national
    return "0" + national if _WITH_AREA.fullmatch(national) else None


def allowed(patterns: Iterable[str], number: str | None) -> bool:
    """Whether the number (E.164), as it would be dialled, matches one of the patterns of flows/agents.yaml: digits, X
    for any digit, [3-9] for one of these. A toll fraud lives on numbers that nobody meant to call."""
    dialled = dialable(number)
    return dialled is not None and any(re.fullmatch(_expression(pattern), dialled) for pattern in patterns)


def _expression(pattern: str) -> str:
    return pattern.replace("X", "[0-9]")


def opens(calendar: Calendar | None, timezone: str, at: int) -> int | None:
    """The first moment from `at` on at which the calendar (None: always) is open; None within a year for none."""
    if hours.is_open(calendar, at, timezone) or calendar is None:
        return at
    zone = ZoneInfo(timezone)
    today = datetime.fromtimestamp(at / 1000, zone).date()
    for ahead in range(MOST_DAYS):
        day = today + timedelta(days=ahead)
        for start, _ in hours.on(calendar, day):
            begins = _moment(day, start, zone)
            if begins >= at:
                return begins
    return None


def due(calendar: Calendar | None, timezone: str, at: int, working_days: int) -> int:
    """The end of the last of so many working days after the day of `at`: a working day is one on which the calendar is
    open, and ends when it closes; without a calendar every day is one and ends at midnight. 0: the day itself, or the
    next one that works."""
    zone = ZoneInfo(timezone)
    day = datetime.fromtimestamp(at / 1000, zone).date()
    left, last = working_days, day
    for ahead in range(MOST_DAYS):
        last = day + timedelta(days=ahead)
        open_hours = ((0, hours.DAY),) if calendar is None else hours.on(calendar, last)
        if not open_hours:
            continue
        ends = _moment(last, open_hours[-1][1], zone)
        if ahead == 0 and (working_days or ends <= at):
            continue
        left -= 1
        if left <= 0:
            return ends
    return _moment(last, hours.DAY, zone)


def may_call(flow: Flow, queue: Queue, at: int) -> bool:
    """Whether customers may be called back now: within the hours of callbacks, with agents of the queue on duty."""
    policy = flow.callbacks
    if policy is None:
        return False
    return hours.is_open(_calendar(flow, policy.hours), at, flow.timezone) and hours.queue_open(flow, queue, at)


def next_try(flow: Flow, queue: Queue, at: int) -> int:
    """When a customer may be called at the earliest, from `at` on: both calendars open. `at` itself where they never
    are: whoever tries then is told no again."""
    policy = flow.callbacks
    calendars = [_calendar(flow, queue.hours), _calendar(flow, policy.hours if policy else None)]
    found = at
    for _ in range(MOST_DAYS):
        later = found
        for calendar in calendars:
            later = opens(calendar, flow.timezone, later) or later
        if later == found:
            return found
        found = later
    return at


def work_due(flow: Flow, at: int) -> int:
    """When work that came at `at` is due (flows/agents.yaml, messages)."""
    policy = flow.messages
    return due(_calendar(flow, policy.hours), flow.timezone, at, policy.working_days)


def _calendar(flow: Flow, name: str | None) -> Calendar | None:
    return None if name is None else flow.calendars[name]


def _moment(day: date, minute: int, zone: ZoneInfo) -> int:
    """Local minutes after midnight, 0…1440, as a moment."""
    day, minute = (day + timedelta(days=1), 0) if minute >= hours.DAY else (day, minute)
    return round(datetime.combine(day, time(minute // 60, minute % 60), zone).timestamp() * 1000)
