"""Whom we call back, at what hours, and when work is due."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.care import rules
from ivr.flow.hours import is_open
from ivr.flow.loader import require
from ivr.flow.model import Calendar, Flow

SHANGHAI = "Asia/Shanghai"
#: Monday to Friday with a break at noon, Saturday mornings; 1 December 2026 is a holiday.
OFFICE = Calendar(
    "office",
    (*[((510, 720), (780, 1080))] * 5, ((540, 720),), ()),
    {date(2026, 12, 1): ()},
    {date(2026, 12, 1): "放假"},
)
SHIPPED = ("1[3-9]XXXXXXXXX", "0[1-9]XXXXXXXXX", "0[1-9]XXXXXXXXXX")


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(SHANGHAI)).timestamp() * 1000)


@pytest.fixture(scope="module")
def flow() -> Flow:
    return require(Path(__file__).parents[2] / "flows")


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        ("+8613800000001", "13800000001"),
        ("+861088886666", "01088886666"),
        ("+8675522345678", "075522345678"),
        ("+863102345678", "03102345678"),
        ("+864008123456", "4008123456"),
    ],
)
def test_a_number_is_dialled_as_people_dial_it(number: str, dialled: str) -> None:
    assert rules.dialable(number) == dialled


@pytest.mark.parametrize(
    "number",
    [None, "", "95588", "110", "10086", "+85221234567", "+19005551234", "+8612800000001", "+86", "+860138000000",
     "+8613800000001;x=1", "+86138 0000 0001", "13800000001", "+861380000000100000", "\uff0b8613800000001"],
)  # fmt: skip
def test_what_is_no_chinese_number_is_never_dialled(number: str | None) -> None:
    assert rules.dialable(number) is None
    assert not rules.allowed([*SHIPPED, "XXXXXXX"], number)


@pytest.mark.parametrize(
    ("number", "may"),
    [
        ("+8613800000001", True),
        ("+8619912345678", True),
        ("+8612800000001", False),  # no mobile has this beginning
        ("+861088886666", True),
        ("+863102345678", True),
        ("+864008123456", False),  # charged to somebody else: not among the shipped patterns
    ],
)
def test_only_listed_numbers_are_called_back(number: str, may: bool) -> None:
    assert rules.allowed(SHIPPED, number) is may
    assert not rules.allowed((), number)


@given(st.text(max_size=20))
def test_no_text_slips_past_the_patterns(text: str) -> None:
    if rules.allowed(SHIPPED, text):
        dialled = rules.dialable(text)
        assert dialled is not None and dialled.isascii() and dialled.isdecimal()
        assert 11 <= len(dialled) <= 12 and not dialled.startswith("00")


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-30 09:00", "2026-11-30 09:00"),
        ("2026-11-30 12:30", "2026-11-30 13:00"),
        ("2026-11-30 18:00", "2026-12-02 08:30"),  # over the holiday
        ("2026-12-05 13:00", "2026-12-07 08:30"),  # over the weekend
    ],
)
def test_a_try_waits_for_the_next_opening(now: str, then: str) -> None:
    assert rules.opens(OFFICE, SHANGHAI, at(now)) == at(then)


def test_a_calendar_that_never_opens_has_no_opening() -> None:
    never = dataclasses.replace(OFFICE, weekly=((),) * 7, dates={})
    assert rules.opens(never, SHANGHAI, at("2026-11-30 09:00")) is None
    assert rules.opens(None, SHANGHAI, 5) == 5


@given(st.integers(at("2026-11-25 00:00"), at("2026-12-20 00:00")))
def test_an_opening_is_open_and_nothing_before_it_is(now: int) -> None:
    then = rules.opens(OFFICE, SHANGHAI, now)
    assert then is not None and then >= now and is_open(OFFICE, then, SHANGHAI)
    step = 600_000
    assert not any(is_open(OFFICE, one, SHANGHAI) for one in range(now, then, step))


@pytest.mark.parametrize(
    ("now", "days", "due"),
    [
        ("2026-11-30 09:00", 1, "2026-12-02 18:00"),  # the day after is a holiday
        ("2026-11-30 09:00", 0, "2026-11-30 18:00"),
        ("2026-11-30 19:00", 0, "2026-12-02 18:00"),
        ("2026-12-04 09:00", 1, "2026-12-05 12:00"),
        ("2026-12-04 09:00", 2, "2026-12-07 18:00"),
        ("2026-12-06 09:00", 1, "2026-12-07 18:00"),
    ],
)
def test_work_is_due_at_the_end_of_a_working_day(now: str, days: int, due: str) -> None:
    assert rules.due(OFFICE, SHANGHAI, at(now), days) == at(due)


def test_without_a_calendar_every_day_works() -> None:
    assert rules.due(None, SHANGHAI, at("2026-12-05 09:00"), 1) == at("2026-12-07 00:00")


@given(st.integers(at("2026-11-25 00:00"), at("2026-12-20 00:00")), st.integers(1, 9))
def test_more_days_are_never_less_time(now: int, days: int) -> None:
    assert now < rules.due(OFFICE, SHANGHAI, now, days) < rules.due(OFFICE, SHANGHAI, now, days + 1)


def test_both_calendars_must_be_open(flow: Flow) -> None:
    queue = flow.queues["general"]
    assert rules.may_call(flow, queue, at("2026-12-02 10:00"))
    assert not rules.may_call(flow, queue, at("2026-12-02 03:00"))
    assert not rules.may_call(dataclasses.replace(flow, callbacks=None), queue, at("2026-12-02 10:00"))
    always = dataclasses.replace(queue, hours=None)
    assert not rules.may_call(flow, always, at("2026-12-02 03:00"))
    then = rules.next_try(flow, always, at("2026-12-02 03:00"))
    assert then > at("2026-12-02 03:00") and rules.may_call(flow, always, then)
