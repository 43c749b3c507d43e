"""What callers do in menus, counted: as the records say, without drills and without calls that we made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ivr.records.model import Call, Handoff, MenuVisit
from ivr.records.store import Store

T = 1_790_000_000_000


def call(id_: str, *visits: MenuVisit, t: int = T) -> Call:
    return Call(
        call_id=id_, linkedid=id_, source="live", direction="in", channel="phone", did="95000", caller_number=None,
        caller_kind="withheld", customer_id=None, t_offered=t, t_answered=t, t_first_prompt=t, t_ended=t + 60_000,
        hangup_by="caller", menu_visits=visits,
    )  # fmt: skip


def test_what_callers_did_is_counted_by_menu(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    store.migrate()
    main = MenuVisit("main", 1, T, "choice", "4")
    again = replace(main, outcome="repeat", key="#")
    handoff = Handoff(T, "key", T, "answered", False, queue="general")
    calls = [
        replace(
            call("a", again, main, MenuVisit("loss", 2, T, "hangup")), completed_leaf=("rates",), handoffs=(handoff,)
        ),
        call("b", replace(main, outcome="timeout", key=None), replace(main, outcome="agent", key="0")),
        replace(call("drill", main), drill=True),
        replace(call("out", main), direction="out"),
        call("yesterday", main, t=T - 1),
        call("tomorrow", main, t=T + 1000),
    ]
    store.save(calls)
    found = store.menu_counts.between(T, T + 1000)
    assert set(found.menus) == {"main", "loss"}
    menu = found.menus["main"]
    assert (menu.calls, menu.spoken, menu.missed, menu.left) == (2, 4, 1, 0)
    assert menu.outcomes == {"choice": 1, "repeat": 1, "timeout": 1, "agent": 1} and menu.keys == {"4": 1}
    assert found.menus["loss"].left_share == 1.0 and found.menus["loss"].calls == 1
    assert found.leaves == {"rates": 1} and found.queues == {"general": 1}
    assert store.menu_counts.between(T + 2000, T + 3000).menus == {}
