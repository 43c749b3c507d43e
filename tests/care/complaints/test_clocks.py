"""Terms over China's holidays of 2025 to 2027, as they are written in the shipped flow: shifted working days, midnight,
the last millisecond. What comes out was counted by hand from the State Council's notices; that for 2027 is not out yet,
so there only the days of the law count."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.care.complaints import clocks
from ivr.flow.complaint_policy import Term
from ivr.flow.loader import load
from ivr.flow.model import Flow
from ivr.flow.working_days import last_day, works
from tests.care.complaints.policies import OFFICE, policy_flow
from tests.flows_for_tests import local

DAY = 86_400_000
FLOWS = Path(__file__).parents[3] / "flows"
_LOADED = load(FLOWS, date(2026, 11, 30)).flow
assert _LOADED is not None
SHIPPED: Flow = _LOADED

#: Received on, answered by: five working days later.
ANSWERED = [
    ("2025-01-21", "2025-01-27"),  # the Sunday before the Spring Festival works
    ("2025-01-24", "2025-02-07"),
    ("2025-01-27", "2025-02-10"),  # and so does the Saturday after it
    ("2025-04-25", "2025-05-06"),
    ("2025-05-30", "2025-06-09"),
    ("2025-09-26", "2025-10-10"),
    ("2025-10-05", "2025-10-14"),
    ("2025-12-29", "2026-01-06"),  # over New Year, whose Sunday works
    ("2026-02-13", "2026-02-27"),
    ("2026-02-14", "2026-02-28"),
    ("2026-02-28", "2026-03-06"),
    ("2026-04-03", "2026-04-13"),
    ("2026-04-30", "2026-05-11"),
    ("2026-06-18", "2026-06-26"),
    ("2026-09-18", "2026-09-24"),
    ("2026-09-24", "2026-10-09"),
    ("2026-10-01", "2026-10-13"),
    ("2026-12-31", "2027-01-08"),
    ("2027-02-04", "2027-02-15"),
    ("2027-04-02", "2027-04-12"),
    ("2027-04-30", "2027-05-07"),
    ("2027-06-08", "2027-06-16"),
    ("2027-09-14", "2027-09-22"),
    ("2027-09-30", "2027-10-08"),
]


@pytest.mark.parametrize(("received", "answered"), ANSWERED)
def test_five_working_days_over_every_holiday(received: str, answered: str) -> None:
    first, last = local(f"{received} 00:00"), local(f"{received} 00:00") + DAY - 1
    end = local(f"{answered} 00:00") + DAY - 1
    assert clocks.ack_due(SHIPPED, None, first) == clocks.ack_due(SHIPPED, None, last) == end
    assert clocks.ack_due(SHIPPED, None, last + 1) >= end


@pytest.mark.parametrize(("year", "count"), [(2025, 261 - 18 + 5), (2026, 261 - 19 + 6), (2027, 261 - 7)])
def test_a_year_has_its_working_days(year: int, count: int) -> None:
    """Mondays to Fridays, less those that are holidays, and the shifted ones."""
    office, day = SHIPPED.calendars["office"], date(year, 1, 1)
    assert sum(works(office, day + timedelta(days=n)) for n in range(365)) == count


@pytest.mark.parametrize(
    ("received", "decided", "complex"),
    [
        ("2026-02-10", "2026-02-25", "2026-03-12"),  # days of a holiday count
        ("2025-09-30", "2025-10-15", "2025-10-30"),
        ("2024-02-14", "2024-02-29", "2024-03-15"),
        ("2026-12-20", "2027-01-04", "2027-01-19"),
    ],
)
def test_days_of_a_decision_are_all_days(received: str, decided: str, complex: str) -> None:
    at = local(f"{received} 15:00")
    assert clocks.decision_due(SHIPPED, None, at) == local(f"{decided} 00:00") + DAY - 1
    assert clocks.decision_due(SHIPPED, None, at, complex=True) == local(f"{complex} 00:00") + DAY - 1


def test_the_last_millisecond_belongs_to_the_day() -> None:
    midnight = local("2026-03-03 00:00")
    assert clocks.local_day(midnight - 1, "Asia/Shanghai") == date(2026, 3, 2)
    assert clocks.local_day(midnight, "Asia/Shanghai") == date(2026, 3, 3)
    assert clocks.day_end(date(2026, 3, 2), "Asia/Shanghai") == midnight - 1
    assert clocks.ack_due(SHIPPED, None, midnight - 1) + DAY == clocks.ack_due(SHIPPED, None, midnight)


def test_due_soon_begins_at_the_midnight_before_the_last_working_days() -> None:
    due = local("2026-10-09 00:00") + DAY - 1  # a Friday: the 8th works, the week before does not
    assert clocks.soon_from(SHIPPED, due) == local("2026-09-30 00:00")


def test_a_term_ends_on_the_wall_clock_of_the_bank() -> None:
    """Where the night is an hour longer the day is, too."""
    assert (
        clocks.day_end(date(2026, 10, 25), "Europe/Berlin") - clocks.day_end(date(2026, 10, 24), "Europe/Berlin")
        == 25 * 3_600_000
    )


def test_a_longer_term_needs_the_policy() -> None:
    at = local("2026-03-02 10:00")
    assert clocks.latest(policy_flow(), at) == local("2026-04-02 00:00") - 1
    assert clocks.latest(policy_flow(extension=90), at) == local("2026-06-01 00:00") - 1


DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@given(DAYS, st.integers(0, 60))
def test_so_many_working_days_lie_within_the_term(start: date, count: int) -> None:
    end = last_day(Term(count, working=True), start, OFFICE)
    between = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(works(OFFICE, day) for day in between) == count
    assert works(OFFICE, end) or count == 0


@given(DAYS, st.integers(0, 60), st.booleans())
def test_a_later_day_never_ends_sooner(start: date, count: int, working: bool) -> None:
    term = Term(count, working=working)
    assert last_day(term, start, OFFICE) <= last_day(term, start + timedelta(days=1), OFFICE)
    assert (last_day(term, start, OFFICE) - start).days >= count


def test_a_calendar_without_a_working_day_ends_all_the_same() -> None:
    never = replace(OFFICE, weekly=((),) * 7, dates={})
    assert last_day(Term(5, working=True), date(2026, 3, 2), never) == date(2026, 3, 7)
