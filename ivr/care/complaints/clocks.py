"""Until when a complaint is answered and decided (HB 10.2, CBA 五十一(四)). Pure: the moment is given, and nothing ever
stops a clock. A term is over with the last millisecond of its last day, on the wall clock of the flow's timezone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ivr.flow.complaint_policy import Grade, Term
from ivr.flow.model import Calendar, Flow
from ivr.flow.working_days import last_day, working_days_before


def local_day(at: int, timezone: str) -> date:
    """The day it is at that moment."""
    return datetime.fromtimestamp(at // 1000, ZoneInfo(timezone)).date()


def day_end(day: date, timezone: str) -> int:
    """The day's last millisecond."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(timezone))
    return round(midnight.timestamp() * 1000) - 1


def calendar_of(flow: Flow) -> Calendar | None:
    """The calendar whose open days are working days; None: every day is one."""
    name = flow.complaints.calendar
    return None if name is None else flow.calendars[name]


def ends(flow: Flow, term: Term, at: int) -> int:
    """The term's last millisecond, where the event was at `at`."""
    return day_end(last_day(term, local_day(at, flow.timezone), calendar_of(flow)), flow.timezone)


def ack_due(flow: Flow, grade: Grade | None, received_at: int) -> int:
    """Until when the customer is answered."""
    return ends(flow, (grade.acknowledge if grade else None) or flow.complaints.acknowledge, received_at)


def decision_due(flow: Flow, grade: Grade | None, received_at: int, *, complex: bool = False) -> int:
    """Until when it is decided; a complex one has the longer term, whatever its grade."""
    policy = flow.complaints
    term = policy.complex if complex else (grade.decide if grade else None) or policy.decide
    return ends(flow, term, received_at)


def latest(flow: Flow, received_at: int) -> int:
    """The last moment to which a term may be extended: by the policy's extension, else that of a complex complaint."""
    policy = flow.complaints
    return ends(flow, policy.complex if policy.extension is None else Term(policy.extension), received_at)


def days_after(flow: Flow, at: int, days: int) -> int:
    """The last millisecond of the day that is so many days after the one of `at`."""
    return ends(flow, Term(days), at)


def soon_from(flow: Flow, due: int) -> int:
    """The moment from which something due at `due` is due soon."""
    day = working_days_before(local_day(due, flow.timezone), flow.complaints.soon, calendar_of(flow))
    return day_end(day - timedelta(days=1), flow.timezone) + 1
