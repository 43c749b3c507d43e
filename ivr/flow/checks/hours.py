"""Somebody answers at every minute of the week and on every listed date (CBA 七)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from datetime import date, timedelta

from ivr.flow import codes
from ivr.flow.hours import Hours, clock, day_words, gaps
from ivr.flow.model import Calendar
from ivr.flow.reading.document import Document
from ivr.flow.reading.field_tables import ALWAYS, HOTLINE_FILE
from ivr.records.numbers import masked


def check(document: Document) -> None:
    """All checks of this module."""
    if document.has(HOTLINE_FILE):
        _entries(document)
    _callers(document)


def _entries(document: Document) -> None:
    entries = document.hotline.items("entries")
    serving: list[Calendar | None] = []
    for entry in entries:
        hours = entry.value.value("hours", "")
        name = document.meant.get(("calendar", hours), hours)
        if hours != ALWAYS and name not in document.calendars:
            return  # reported where it is named; what the others leave open cannot be known
        serving.append(None if hours == ALWAYS else document.calendars[name])
    # How many of the first entries together leave no gap: more entries never leave more.
    full = bisect_left(range(1, len(serving) + 1), True, key=lambda count: not gaps(serving[:count])) + 1
    for number, entry in enumerate(entries[full:], full + 1):
        document.report.add(codes.ENTRY_NEVER, entry.pos, number=number)
    if entries and full > len(entries):
        document.report.add(codes.GAP, document.hotline.fields["entries"].key, when=when_words(gaps(serving)))


def when_words(missing: Mapping[int | date, Hours]) -> str:
    """周一至周五 12:00–13:00；2026-10-01 至 2026-10-07 全天 …, at most five of them."""
    weekly: dict[Hours, list[int]] = {}
    runs: list[tuple[date, date, Hours]] = []
    for day, hours in missing.items():
        if isinstance(day, int):
            weekly.setdefault(hours, []).append(day)
        elif runs and runs[-1][1] + timedelta(1) == day and runs[-1][2] == hours:
            runs[-1] = (runs[-1][0], day, hours)
        elif missing.get(day.weekday()) != hours:
            runs.append((day, day, hours))
    said = [f"{day_words(days)} {_clocks(hours)}" for hours, days in weekly.items()]
    said += [f"{first}{f' 至 {last}' if last > first else ''} {_clocks(hours)}" for first, last, hours in runs]
    return "；".join(said[:5]) + (f" 等 {len(said)} 处" if len(said) > 5 else "")


def _clocks(hours: Hours) -> str:
    return "、".join(clock(each) for each in hours)


def _callers(document: Document) -> None:
    name = document.elderly.value("callers")
    seen: dict[str, int] = {}
    for caller in document.rec(name).items("callers") if name else ():
        at = caller.value.get("number")
        if at is None:
            continue
        if at.value in seen:
            document.report.add(codes.CALLER_TWICE, at.pos, number=masked(at.value), first=seen[at.value])
        seen.setdefault(at.value, at.pos.line)
