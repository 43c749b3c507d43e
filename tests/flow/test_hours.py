"""Opening hours, by the minute and across a year (CBA 七)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow import hours, require
from ivr.flow.model import Calendar
from tests.flow import small

SHANGHAI = "Asia/Shanghai"
WORKDAY, WEEKEND = ((510, 1080),), ((540, 1020),)
SERVICE = Calendar(
    "service",
    (WORKDAY,) * 5 + (WEEKEND,) * 2,
    {date(2026, 10, 1): (), date(2026, 10, 2): ((510, 720),), date(2026, 10, 10): WORKDAY},
    {date(2026, 10, 1): "国庆节"},
)


def ms(text: str, timezone: str = SHANGHAI) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        ("2026-11-23T08:29:59.999", False),
        ("2026-11-23T08:30:00", True),
        ("2026-11-23T17:59:59.999", True),
        ("2026-11-23T18:00:00", False),
        ("2026-11-22T08:59:59", False),  # a Sunday
        ("2026-11-22T09:00:00", True),
        ("2026-10-01T10:00:00", False),  # holiday
        ("2026-10-02T11:59:59", True),  # half a day
        ("2026-10-02T12:00:00", False),
        ("2026-10-10T08:30:00", True),  # a Saturday that is worked
        ("2026-10-10T17:30:00", True),
    ],
)
def test_boundaries(at: str, open_: bool) -> None:
    assert hours.is_open(SERVICE, ms(at), SHANGHAI) is open_


def test_no_calendar_is_always_open() -> None:
    assert hours.is_open(None, 0, SHANGHAI)


def test_a_clock_change_follows_the_wall_clock() -> None:
    berlin = "Europe/Berlin"
    early = Calendar("early", (((120, 180),),) * 7, {}, {})  # 02:00–03:00
    start = int(datetime(2026, 3, 29, 0, 30, tzinfo=UTC).timestamp() * 1000)  # 01:30, then 03:00 follows 02:00
    assert not any(hours.is_open(early, start + minute * 60_000, berlin) for minute in range(120))
    start = int(datetime(2026, 10, 25, 0, 0, tzinfo=UTC).timestamp() * 1000)  # the hour from 02:00 comes twice
    assert sum(hours.is_open(early, start + minute * 60_000, berlin) for minute in range(180)) == 120


intervals = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda pair: pair[0] < pair[1]), max_size=4
).map(hours.merge)
calendars = st.builds(
    lambda week, dates: Calendar("c", tuple(week), dates, {}),
    st.lists(intervals, min_size=7, max_size=7),
    st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 12, 31)), intervals, max_size=5),
)


@given(calendars, st.integers(0, 366 * 1440 - 1), st.sampled_from([SHANGHAI, "America/New_York", "UTC"]))
def test_open_is_what_the_day_says_at_any_minute_of_a_year(calendar: Calendar, minute: int, timezone: str) -> None:
    at = ms("2026-01-01T00:00", "UTC") + minute * 60_000
    local = datetime.fromtimestamp(at / 1000, ZoneInfo(timezone))
    day = calendar.dates.get(local.date(), calendar.weekly[local.weekday()])
    now = local.hour * 60 + local.minute
    assert hours.is_open(calendar, at, timezone) == any(start <= now < end for start, end in day)


def test_every_day_of_a_year_is_open_for_as_long_as_it_says() -> None:
    day, total, said = date(2026, 1, 1), 0, 0
    for _ in range(365):
        noon = ms(f"{day}T00:00")
        said += sum(end - start for start, end in hours.on(SERVICE, day))
        total += sum(hours.is_open(SERVICE, noon + minute * 60_000, SHANGHAI) for minute in range(0, 1440, 10)) * 10
        day += timedelta(1)
    assert total == said


@given(st.lists(st.tuples(st.integers(0, 1440), st.integers(0, 1440)).filter(lambda p: p[0] < p[1])))
def test_merging_keeps_the_minutes_and_leaves_gaps_between(given_: list[tuple[int, int]]) -> None:
    merged = hours.merge(given_)
    assert {m for s, e in merged for m in range(s, e)} == {m for s, e in given_ for m in range(s, e)}
    assert all(before[1] < after[0] for before, after in pairwise(merged))


@given(st.lists(st.one_of(st.none(), calendars), min_size=1, max_size=3))
def test_gaps_are_exactly_the_minutes_without_an_entry(serving: list[Calendar | None]) -> None:
    found = hours.gaps(serving)
    for day in range(7):
        missing = {m for s, e in found.get(day, ()) for m in range(s, e)}
        there = {m for c in serving if c is not None for s, e in c.weekly[day] for m in range(s, e)}
        assert missing == (set() if None in serving else set(range(1440)) - there)


@pytest.mark.parametrize(
    ("calendar", "words"),
    [
        (None, "全天二十四小时"),
        (Calendar("a", (((0, 1440),),) * 7, {}, {}), "每天全天"),
        (Calendar("a", ((),) * 7, {}, {}), "暂停服务"),
        (SERVICE, "周一至周五八点三十分至十八点，周六、周日九点至十七点，节假日除外"),
        (Calendar("a", (((120, 725), (840, 1440)),) + ((),) * 6, {}, {}), "周一两点至十二点零五分、十四点至二十四点"),
        (
            Calendar("a", (WORKDAY, (), WORKDAY, (), WORKDAY, WORKDAY, WORKDAY), {date(2026, 1, 5): WORKDAY}, {}),
            "周一、周三、周五至周日八点三十分至十八点",
        ),
    ],
)
def test_hours_in_words(calendar: Calendar | None, words: str) -> None:
    assert hours.describe(calendar) == words


def test_hours_for_the_eye() -> None:
    assert hours.summary(SERVICE) == "周一至周五 08:30–18:00，周六、周日 09:00–17:00，节假日除外"
    assert hours.summary(None) == "全天"
    assert hours.summary(Calendar("a", ((),) * 7, {}, {})) == "不营业"


def test_times_in_words() -> None:
    said = {0: "零点", 61: "一点零一分", 120: "两点", 630: "十点三十分", 722: "十二点零二分", 1339: "二十二点十九分"}
    assert {minute: hours.time_words(minute) for minute in said} == said
    assert len({hours.time_words(minute) for minute in range(1441)}) == 1441


def test_the_first_open_entry_answers(tmp_path: Path) -> None:
    flow = require(small.write(tmp_path))
    assert hours.entry_at(flow, ms("2026-11-23T10:00")).menu == "main"
    assert hours.entry_at(flow, ms("2026-11-23T22:00")).closed
    assert hours.entry_at(flow, ms("2026-10-03T10:00")).closed
    assert hours.queue_open(flow, flow.queues["elderly"], ms("2026-11-23T22:00"))
    assert not hours.queue_open(flow, flow.queues["general"], ms("2026-11-23T22:00"))
    assert flow.calendars["service"].names[date(2026, 10, 10)] == "国庆节调休"
    assert flow.calendars["service"].dates[date(2026, 10, 10)] == WORKDAY
