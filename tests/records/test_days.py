"""D7: days and moments in the operator's zone, whatever it is and wherever its clocks change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.records import days

ZONES = ["Asia/Shanghai", "Asia/Urumqi", "Europe/London", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "UTC"]


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    yield
    days.use(days.USUAL)


@pytest.mark.parametrize("zone", ZONES)
@given(t=st.integers(946_684_800_000, 7_258_118_400_000))
def test_a_moment_lies_in_its_local_day(zone: str, t: int) -> None:
    days.use(zone)
    local = datetime.fromtimestamp(t // 1000, ZoneInfo(zone))
    assert days.local_day(t) == local.date() == days.moment(t).date()
    assert days.day_start(local.date()) <= t < days.day_end(local.date())
    assert 0 <= days.local_hour(t) <= 23


@pytest.mark.parametrize("zone", ZONES)
@given(day=st.dates())
def test_days_join_without_gap_and_begin_in_themselves(zone: str, day: date) -> None:
    days.use(zone)
    start, end = days.day_start(day), days.day_end(day)
    assert start < end
    if date(1971, 1, 1) < day < date(9990, 1, 1) and not (zone == "Pacific/Apia" and day.year == 2011):
        assert days.local_day(start) == day and days.local_day(end - 1) == day
        assert end == days.day_start(day + timedelta(days=1))


@given(st.integers())
def test_any_number_has_a_day_and_a_moment(t: int) -> None:
    assert isinstance(days.local_day(t), date)
    assert isinstance(days.moment(t), datetime)


def test_a_day_is_as_long_as_its_clocks_make_it() -> None:
    days.use("Europe/London")
    hours = [
        (days.day_end(day) - days.day_start(day)) // days.HOUR_MS for day in (date(2026, 3, 29), date(2026, 10, 25))
    ]
    assert hours == [23, 25]
    assert days.local_hour(days.day_end(date(2026, 10, 25)) - 1) == 23


def test_the_zone_has_a_name_for_people_and_one_that_is_none_changes_nothing() -> None:
    assert days.zone_name() == "北京时间"
    days.use("Asia/Urumqi")
    with pytest.raises(ZoneInfoNotFoundError):
        days.use("Asia/Nowhere")
    assert days.zone_name() == days.zone().key == "Asia/Urumqi"


def test_a_moment_keeps_its_millisecond() -> None:
    for t in (10_000_000_000_001, 1_795_996_800_999, 1, 0):
        assert round(days.moment(t, UTC).timestamp() * 1000) == t
        assert days.moment(t, UTC).microsecond == t % 1000 * 1000
