"""Several callers, one agent: who waits how, who comes next (HB 7.2.1, CBA 十九, 二十二)."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.calls.crowd import ANYTHING, TALK, Caller, changes, child, complain, cut, heard, ms, place_all, signed_in
from tests.rig.agents import Manner
from tests.rig.hotline import Hotline
from tests.rig.scenario import Expect, Expected

pytestmark = pytest.mark.calls

SERVED: dict[str, object] = {
    "hangup_by": "caller",
    "handoffs.count": 1,
    "handoffs.0.outcome": "answered",
    "handoffs.0.agent_id": "1001",
    "agent_legs.count": 1,
}
BUSY = changes(
    {"agents.yaml": {"queues": {"general": {"wrapup": "1s", "announce": "8s"}, "elderly": {"wrapup": "1s"}}}}
)


def waiting(name: str, steps: str, *wanted: str | Expected) -> Caller:
    """A caller who waits for agent 1001 and is never left in silence."""
    expect = Expect(heard=heard(*wanted, *TALK), record=SERVED, silence_ms=2000, ended_by="caller")
    return Caller(name, ["dial", *steps.split(", "), "hang up"], expect)


def test_a_busy_queue(line: Hotline, folder: Path) -> None:
    """The first talks; the second is next and the third behind; the elderly caller who came last goes first."""
    line.serve_flows(BUSY)
    callers = [
        waiting("first", "wait 1s, press 0, hear transferring, wait 14s", cut("greeting"), "transferring", "(music)"),
        waiting("second", "wait 5s, press 0, hear transferring, wait 4s, press 8, wait 23s",
                "greeting", "elderly_key", cut("main_menu"), "transferring", "(music)", ANYTHING, "queue_next"),
        waiting("third", "wait 6s, press 0, hear transferring, wait 34s",
                "greeting", "elderly_key", cut("main_menu"), "transferring", "(music)", ANYTHING, "queue_position"),
        waiting("elderly", "wait 8s, press 9, hear transferring, wait 14s",
                "greeting", "elderly_key", cut("main_menu"), "transferring", "(music)", ANYTHING),
    ]  # fmt: skip
    with signed_in(line, folder, {"1001": Manner(rings_ms=300)}):
        found = place_all(line, folder, callers, alone=False)
    wrong = complain(callers, found, {})
    assert not wrong, wrong
    answered = {name: ms(child(one.record, "handoffs"), "t_connected") for name, one in found.items()}
    released = {name: ms(child(one.record, "agent_legs"), "t_released") for name, one in found.items()}
    order = ["first", "elderly", "second", "third"]
    assert sorted(answered, key=lambda name: answered[name]) == order
    for before, after in itertools.pairwise(order):
        idle = answered[after] - released[before]
        assert 0 <= idle <= 5000, f"the agent was free for {idle} ms between {before} and {after}"


def test_a_full_queue(line: Hotline, folder: Path) -> None:
    """The caller beyond the queue's limit is told so at once, and asked; nobody hears a busy tone.

    The second asks for a person only when the first is in the queue for certain.
    """
    line.serve_flows(changes({"agents.yaml": {"queues": {"general": {"max_callers": 1}}}}))
    inside = Caller(
        "inside",
        ["dial", "wait 1s", "press 0", "hear transferring", "wait 12s", "hang up"],
        Expect(heard=heard(cut("greeting"), "transferring", "(music)"), record={"handoffs.0.outcome": "abandoned"}),
    )
    outside = Caller(
        "outside",
        ["dial", "wait 5s", "press 0", "hear transferring queue_full", "wait 1s", "press 2", "wait 3s", "hang up"],
        Expect(
            heard=heard(
                "greeting",
                "elderly_key",
                cut("main_menu"),
                "transferring",
                Expected(("queue_full",), within_ms=500),
                cut("queue_offer"),
                "elderly_key",
                "main_menu",
            ),
            record={
                "handoffs.count": 1,
                "handoffs.0.outcome": "full",
                "handoffs.0.t_queued": None,
                "menu_visits.1.menu_id": "main",
                "menu_visits.1.outcome": "hangup",
                "hangup_by": "caller",
            },
            silence_ms=2000,
        ),
    )
    with signed_in(line, folder, {"1001": Manner(rings_ms=None)}):
        found = place_all(line, folder, [inside, outside], alone=False)
    wrong = complain([inside, outside], found, {})
    assert not wrong, wrong
