"""Working days: the days on which a calendar is open at all, holidays and shifted working days considered. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from ivr.flow.complaint_policy import Term
from ivr.flow.hours import on
from ivr.flow.model import Calendar

#: So far ahead a calendar is searched: in one without a single working day every day is one.
_MOST_DAYS = 1000


def works(calendar: Calendar | None, day: date) -> bool:
    """Whether it is a working day; without a calendar every day is one."""
    return calendar is None or bool(on(calendar, day))


def last_day(term: Term, start: date, calendar: Calendar | None) -> date:
    """The last day of a term; the day of the event itself does not count."""
    if not term.working:
        return start + timedelta(days=term.days)
    left, day = term.days, start
    for _ in range(_MOST_DAYS):
        if left <= 0:
            return day
        day += timedelta(days=1)
        left -= works(calendar, day)
    return start + timedelta(days=term.days)


def working_days_before(day: date, count: int, calendar: Calendar | None) -> date:
    """The day that is so many working days before another one."""
    left, found = count, day
    for _ in range(_MOST_DAYS):
        if left <= 0:
            return found
        found -= timedelta(days=1)
        left -= works(calendar, found)
    return day - timedelta(days=count)


def known_until(calendar: Calendar) -> date | None:
    """The last day whose holidays are written in the calendar: as it says itself, else the end of the last year of
    which it names a date; None where it names none."""
    if calendar.until is not None:
        return calendar.until
    return max((date(day.year, 12, 31) for day in calendar.dates), default=None)
