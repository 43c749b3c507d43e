"""Which entry serves a call, and who goes straight to the elderly queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.dialogue.arrival import arrive, is_elderly
from ivr.dialogue.model import Caller
from ivr.flow.elderly_table import age_on
from ivr.flow.model import Entry
from ivr.records.facts import EntryChanged, FlowChosen, HandoffRequested
from tests.dialogue.talking import Talk, kinds
from tests.flows_for_tests import CLOSED, ELDERLY_NUMBER, OPEN, YOUNG_NUMBER, elderly, flow, local, queue


@pytest.mark.parametrize(
    ("at", "entry"),
    [
        ("2026-03-02 08:29", "closed"),
        ("2026-03-02 08:30", "menu"),
        ("2026-03-02 17:59", "menu"),
        ("2026-03-02 18:00", "closed"),
        ("2026-10-01 10:00", "closed"),
    ],
)
def test_the_first_open_entry_serves(at: str, entry: str) -> None:
    talk = Talk(at=local(at))
    greeting, menu = {"menu": ("greeting", "main_menu"), "closed": ("closed_greeting", "closed_menu")}[entry]
    assert talk.said == [greeting, menu, "keys"]
    assert talk.facts[0] == FlowChosen(local(at), "0123456789ab", entry, "zh")
    assert kinds(talk.facts) == ["FlowChosen", "MenuEntered"]
    assert (talk.turn.language, talk.turn.variant, talk.timeout) == ("zh", "normal", 5_000)


def test_the_last_entry_answers_when_none_is_open() -> None:
    served = flow(entries=(Entry("service", ("greeting",), "main", False),))
    assert Talk(served, at=CLOSED).said == ["greeting", "main_menu", "keys"]


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(1966, 3, 3), date(2026, 3, 2), 59),
        (date(1966, 3, 2), date(2026, 3, 2), 60),
        (date(1964, 2, 29), date(2026, 2, 28), 61),
        (date(1964, 2, 29), date(2026, 3, 1), 62),
        (date(1964, 2, 29), date(2024, 2, 29), 60),
        (date(2030, 1, 1), date(2026, 3, 2), -4),
    ],
)
def test_age_counts_completed_years(born: date, day: date, years: int) -> None:
    assert age_on(born, day) == years


def test_the_birthday_begins_at_local_midnight() -> None:
    served = flow(elderly=replace(elderly(), callers={ELDERLY_NUMBER: date(1966, 3, 2)}))
    caller = Caller(ELDERLY_NUMBER)
    assert not is_elderly(served, caller, local("2026-03-01 23:59"))
    assert is_elderly(served, caller, local("2026-03-02 00:00"))


@pytest.mark.parametrize("route", ["queue", "menu"])
@pytest.mark.parametrize("number", [None, YOUNG_NUMBER, "+8613800009999"])
@given(age=st.integers(-1, 200), at=st.sampled_from([OPEN, CLOSED]))
def test_whom_the_bank_knows_as_elderly_is_served_as_one_who_is_listed(
    number: str | None, route: str, age: int, at: int
) -> None:
    served = flow(elderly=replace(elderly(), route=route, menu="elderly" if route == "menu" else None))
    known = arrive(served, Caller(number, age), at)
    assert known == arrive(served, Caller(ELDERLY_NUMBER if age >= 60 else YOUNG_NUMBER), at)
    assert known.elderly == (age >= 60)


def test_who_is_listed_stays_so_whatever_the_bank_knows() -> None:
    """A family shares a line: the bank knows the daughter, the list the mother."""
    assert arrive(flow(), Caller(ELDERLY_NUMBER, 30), OPEN) == arrive(flow(), Caller(ELDERLY_NUMBER), OPEN)


def test_the_age_that_the_flow_names_decides() -> None:
    served = flow(elderly=replace(elderly(), age=65))
    assert [is_elderly(served, Caller(None, years), OPEN) for years in (64, 65)] == [False, True]


def test_an_elderly_customer_is_brought_to_the_elderly_agents_at_once() -> None:
    talk = Talk(age=71)
    assert (talk.said, talk.queued) == (["greeting", "transferring"], ("elderly", 10, "policy"))
    assert talk.facts[0] == FlowChosen(OPEN, "0123456789ab", "elderly_direct", "zh")


def test_what_the_bank_knows_of_a_caller_is_in_no_log() -> None:
    assert repr(Caller(ELDERLY_NUMBER, 71, "c-4711")) == "Caller()"


@pytest.mark.parametrize("number", [None, YOUNG_NUMBER, "+8613800009999", ""])
def test_everybody_else_hears_the_menu(number: str | None) -> None:
    assert Talk(number=number).said == ["greeting", "main_menu", "keys"]


def test_a_listed_caller_goes_straight_to_the_elderly_queue() -> None:
    served = flow(entries=(Entry(None, ("greeting", "closed_greeting"), "main", False),))
    talk = Talk(served, number=ELDERLY_NUMBER)
    assert talk.said == ["greeting", "transferring"]
    assert talk.queued == ("elderly", 10, "policy")
    assert talk.turn.variant == "elderly"
    assert talk.facts == [
        FlowChosen(OPEN, "0123456789ab", "elderly_direct", "zh"),
        HandoffRequested(OPEN, "policy", "elderly"),
    ]


def test_a_listed_caller_outside_hours_hears_the_closed_branch_slowly() -> None:
    talk = Talk(at=CLOSED, number=ELDERLY_NUMBER)
    assert talk.said == ["closed_greeting", "agents_closed", "closed_menu", "keys"]
    assert (talk.turn.variant, talk.timeout) == ("elderly", 10_000)
    assert kinds(talk.facts) == ["FlowChosen", "HandoffRequested", "MenuEntered"]
    assert talk.facts[0] == FlowChosen(CLOSED, "0123456789ab", "closed", "zh")
    assert talk.requests() == [("policy", "elderly", True)]


def test_an_elderly_queue_that_closes_first_leaves_the_one_key_to_the_general_queue() -> None:
    queues = {name: queue(name, "service" if name != "general" else None) for name in ("general", "elderly", "cards")}
    talk = Talk(flow(queues=queues), at=CLOSED, number=ELDERLY_NUMBER)
    assert talk.queued == ("general", 10, "policy")
    assert Talk(flow(queues=queues), at=CLOSED).press("9").queued == ("general", 10, "elderly_key")


def test_route_menu_leads_to_the_elderly_menu_while_its_queue_is_open() -> None:
    served = flow(elderly=replace(elderly(), route="menu", menu="elderly"))
    talk = Talk(served, number=ELDERLY_NUMBER)
    assert talk.said == ["greeting", "elderly_menu", "keys"]
    assert (talk.turn.variant, talk.timeout) == ("elderly", 10_000)
    assert talk.facts[0] == FlowChosen(OPEN, "0123456789ab", "elderly_direct", "zh")
    assert talk.press("1").queued == ("elderly", 10, "key")
    late = Talk(served, at=CLOSED, number=ELDERLY_NUMBER)
    assert late.said == ["closed_greeting", "closed_menu", "keys"]
    assert late.turn.variant == "elderly"
    queues = {name: queue(name, None if name == "elderly" else "service") for name in ("general", "elderly", "cards")}
    night = Talk(flow(elderly=served.elderly, queues=queues), at=CLOSED, number=ELDERLY_NUMBER)
    assert night.said == ["closed_greeting", "elderly_menu", "keys"]
    assert night.facts[0] == FlowChosen(CLOSED, "0123456789ab", "elderly_direct", "zh")
    assert night.press("1").queued == ("elderly", 10, "key")


def test_route_menu_without_a_menu_falls_back_to_the_entry() -> None:
    served = flow(elderly=replace(elderly(), route="menu"))
    arrival = arrive(served, Caller(ELDERLY_NUMBER), OPEN)
    assert (arrival.entry, arrival.root, arrival.elderly, arrival.direct) == ("menu", "main", True, False)


def test_the_elderly_key_first_makes_the_entry_elderly_direct() -> None:
    talk = Talk().press("9")
    assert talk.said == ["transferring"]
    assert talk.queued == ("elderly", 10, "elderly_key")
    assert talk.turn.variant == "elderly"
    assert EntryChanged(talk.at, "elderly_direct") in talk.facts
    assert talk.visits() == [("main", 1, "agent", "9")]


@pytest.mark.parametrize("before", ["1", "#", "*", "7", "2"])
def test_the_elderly_key_later_does_not_change_the_entry(before: str) -> None:
    talk = Talk().press(before).press("9")
    assert talk.queued == ("elderly", 10, "elderly_key")
    assert "EntryChanged" not in kinds(talk.facts)


def test_silence_before_the_first_key_leaves_it_the_first() -> None:
    assert "EntryChanged" in kinds(Talk().silent(2).press("9").facts)


def test_the_elderly_key_first_outside_hours_is_refused_but_remembered() -> None:
    talk = Talk(at=CLOSED).press("9")
    assert talk.said == ["agents_closed", "closed_menu", "keys"]
    assert talk.turn.variant == "elderly"
    assert EntryChanged(talk.at, "elderly_direct") in talk.facts
    assert talk.requests() == [("elderly_key", "elderly", True)]


def test_an_entry_that_is_elderly_direct_already_is_not_changed_again() -> None:
    served = flow(elderly=replace(elderly(), route="menu", menu="elderly"))
    assert "EntryChanged" not in kinds(Talk(served, number=ELDERLY_NUMBER).press("9").facts)
