"""hours.yaml → calendars."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from ivr.flow import codes
from ivr.flow.findings import FindingsReport
from ivr.flow.hours import WEEKDAYS, Hours, clock, day_words, merge
from ivr.flow.model import Calendar
from ivr.flow.reading import positioned_yaml, source
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.document import Document
from ivr.flow.reading.field_tables import HOURS_FILE, TIMEZONE_DEFAULT
from ivr.flow.reading.values import DAYS
from ivr.flow.reading.values import days as weekdays_of


def parse(document: Document) -> None:
    """Fill `document.calendars`; findings for overlaps, days written twice and an unknown time zone."""
    hours = document.rec(HOURS_FILE)
    if zone(document) is None:
        document.report.add(codes.TIMEZONE, hours.where("timezone"), value=document.timezone)
    for id, at in document.calendar_names.items():
        document.calendars[id] = _calendar(id, at, document.report)


def timezone_of(directory: Path) -> str:
    """The time zone that the folder's hours.yaml names; Asia/Shanghai where it names none that there is."""
    report = FindingsReport()
    data = source.read(directory / HOURS_FILE, report)
    text = None if data is None else positioned_yaml.decode(data, HOURS_FILE, report)
    node = None if text is None else positioned_yaml.parse(text, HOURS_FILE, report)
    if isinstance(node, positioned_yaml.Mapped) and "timezone" in node.items:
        written = node.items["timezone"][1]
        if isinstance(written, positioned_yaml.Scalar) and _zone(written.text) is not None:
            return written.text
    return TIMEZONE_DEFAULT


def zone(document: Document) -> ZoneInfo | None:
    """The flow's timezone; None where there is none of that name."""
    return _zone(document.timezone)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError; a folder's name is an OSError
        return None


def _calendar(id: str, at: At, report: FindingsReport) -> Calendar:
    rec: Rec = at.value
    weekly = _weekly(id, rec, report)
    dates: dict[date, Hours] = {}
    names: dict[date, str] = {}
    written: dict[date, int] = {}
    for list_name in ("holidays", "workdays"):
        for item in rec.items(list_name):
            given = item.value.get("date")
            if given is None:
                continue
            if list_name == "holidays":
                hours = _merged(item.value.items("open"), report)
            else:
                hours = weekly[DAYS.index(item.value.value("as", "mon"))]
            for day in given.value:
                if day in written:
                    report.add(codes.DAY_TWICE, given.pos, day=f"{day} ", first=written[day])
                    break
                written[day] = given.pos.line
                dates[day] = hours
                if name := item.value.value("name"):
                    names[day] = name
    return Calendar(id, weekly, dates, names, rec.value("until"))


def _weekly(id: str, rec: Rec, report: FindingsReport) -> tuple[Hours, ...]:
    weekly: list[Hours] = [()] * 7
    written: dict[int, int] = {}
    table = rec.table("weekly")
    for name, at in table.items():
        hours = _merged(at.value, report)
        for day in weekdays_of(name):
            if day in written:
                report.add(codes.DAY_TWICE, at.key, day=f"周{WEEKDAYS[day]}", first=written[day])
                continue
            written[day] = at.key.line
            weekly[day] = hours
    unwritten = [day for day in range(7) if day not in written]
    if unwritten and "weekly" in rec.fields:
        report.add(codes.DAY_UNWRITTEN, rec.fields["weekly"].key, calendar=id, days=day_words(unwritten))
    return tuple(weekly)


def _merged(intervals: list[At], report: FindingsReport) -> Hours:
    ordered = sorted(intervals, key=lambda at: tuple(at.value))
    for before, after in pairwise(ordered):
        if after.value[0] < before.value[1]:
            report.add(codes.BAD_HOURS, after.pos, value=clock(after.value), why=f"与 {clock(before.value)} 重叠")
    return merge(at.value for at in intervals)
