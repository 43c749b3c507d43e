"""Calls are found as a plain filter over all of them would find them, in pages of bounded work, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from sqlalchemy import text

from ivr.records.database.engine import open_engine, reading
from ivr.records.model import AgentLeg, Call, Handoff, MenuVisit, Survey, Turn
from ivr.records.search import store as search
from ivr.records.search.model import CallFilter, Cursor, WorstCursor
from ivr.records.store import Store

T = 1_790_000_000_000
ACTIONS = ("leaf:a", "rephrase")


def made(number: int) -> Call:
    """A call of many; some share their moment."""
    random = Random(number)
    t = T + 10_000 * (number // 3)
    agent = f"10{random.randint(1, 4):02}"
    return Call(
        f"c-{number:04}", f"c-{number:04}", "in", "95000", "normal", t, t + random.randint(1, 200) * 1000, "caller",
        f"+86138{random.randint(0, 5):08}", t_answered=t, drill=number % 17 == 0,
        entry="elderly_direct" if number % 5 == 0 else "menu",
        menu_visits=(MenuVisit(random.choice(("main", "loans")), 1, t, "hangup"),),
        handoffs=(Handoff(t, "key", t + 5000, random.choice(("answered", "abandoned")), queue=random.choice("ab")),),
        agent_legs=(AgentLeg(agent, t + 5000, t + 6000), AgentLeg(agent, t + 7000, t + 9000)),
        turns=(Turn(f"{number}-t", t, t, "话", intent=random.choice("xy"), action=random.choice(ACTIONS)),),
        surveys=(Survey("agent", True, True, random.choice((1, 3))),),
    )  # fmt: skip


CALLS = [made(number) for number in range(300)]
WANTED: list[tuple[CallFilter, Callable[[Call], bool]]] = [
    (CallFilter(), lambda call: True),
    (CallFilter(drill=False, entry="elderly_direct"), lambda call: not call.drill and call.entry == "elderly_direct"),
    (CallFilter(agent="1002"), lambda call: call.agent_legs[0].agent_id == "1002"),
    (
        CallFilter(agent="1003", menu="loans", since=T + 100_000, until=T + 600_000),
        lambda call: (
            call.agent_legs[0].agent_id == "1003"
            and call.menu_visits[0].menu_id == "loans"
            and T + 100_000 <= call.t_offered < T + 600_000
        ),
    ),
    (
        CallFilter(queue="a", outcome="abandoned"),
        lambda call: (call.handoffs[0].queue, call.handoffs[0].outcome) == ("a", "abandoned"),
    ),
    (CallFilter(intent="x", action="leaf"),
     lambda call: (call.turns[0].intent, call.turns[0].action) == ("x", ACTIONS[0])),
    (CallFilter(dissatisfied=True, least_ms=90_000),
     lambda call: call.surveys[0].score == 3 and call.t_ended - call.t_offered >= 90_000),
    (CallFilter(caller_number="+8613800000003"), lambda call: call.caller_number == "+8613800000003"),
    (CallFilter(outcome="refused"), lambda call: False),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(WANTED)))
@pytest.mark.parametrize("hurried", [False, True], ids=["in time", "out of time"])
def test_pages_have_each_call_once(store: Store, number: int, hurried: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "STRIDE", 40)
    monkeypatch.setattr(search, "LEGS", 15)
    store.save(CALLS)
    wanted, applies = WANTED[number]
    if hurried:  # every page stops after its first stride
        monkeypatch.setattr(search, "BUDGET_S", -1)
    found, place = list[str](), None
    for _ in range(100):
        page = store.search.find(wanted, place, limit=7)
        assert len(page.calls) <= 7 and (page.whole or page.next is not None)
        found += [call.call_id for call in page.calls]
        if page.next is None:
            break
        place = Cursor.parse(str(page.next))
    newest = sorted(
        (call for call in CALLS if applies(call)), key=lambda call: (call.t_offered, call.call_id), reverse=True
    )
    assert found == [call.call_id for call in newest]


def test_the_search_goes_along_indexes(store: Store, url: str) -> None:
    store.save(CALLS[:3])
    if not url.startswith("sqlite"):
        pytest.skip("the planner of PostgreSQL goes by statistics")
    engine = open_engine(url, 5000)
    key = "(t_offered, call_id) < (5, 'x') ORDER BY t_offered DESC, call_id DESC LIMIT 1 OFFSET 2000"
    legs = "SELECT call_id FROM agent_leg WHERE agent_id = 'a' AND t_connected > 5"
    plans = {
        f"SELECT t_offered, call_id FROM call WHERE {key}": "COVERING INDEX ix_call_t_offered",
        legs: "COVERING INDEX ix_agent_leg_agent_id",
        "SELECT rank, at, call_id FROM follow_up WHERE kind = 'k' AND day = '2026-01-01' "
        "ORDER BY rank DESC, at DESC, call_id DESC LIMIT 9": "COVERING INDEX ix_follow_up_kind",
    }
    with reading(engine) as connection:
        for query, index in plans.items():
            told = " ".join(str(row) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}")))
            assert (
                index in told and "TEMP B-TREE" not in told and "SCAN call" not in told.replace("SCAN call USING", "")
            )
    engine.dispose()


def test_cursors_are_read_as_they_were_written_and_nothing_else() -> None:
    for cursor in (Cursor(5, "a~b"), Cursor(0, "")):
        assert Cursor.parse(str(cursor)) == cursor
    assert WorstCursor.parse(str(WorstCursor(3, 5, "a~b"))) == WorstCursor(3, 5, "a~b")
    for text_ in ("", "~", "x~y", "-1~a", "٣~a", "9" * 30 + "~a"):
        assert Cursor.parse(text_) is None and WorstCursor.parse(text_) is None


def test_a_list_without_rows_is_empty(store: Store) -> None:
    store.save([replace(CALLS[1], surveys=())])
    assert store.search.worst("nothing", date(2026, 9, 1), date(2026, 9, 30)).calls == ()
