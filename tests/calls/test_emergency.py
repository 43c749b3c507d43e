"""An emergency from start to end with a caller in the queue, and a drill; the next call is served by a decision within
two seconds (CBA 三十五 to 三十九)."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivr.records.days import local_day
from ivr.records.emergency import EmergencyPhase
from ivr.records.store import Store
from tests.calls.crowd import ANYTHING, Caller, changes, complain, cut, heard, place_all, place_once, signed_in
from tests.calls.faults.eyes import wait_fact
from tests.calls.leading import led
from tests.rig.agents import Manner
from tests.rig.hotline import TOP, Hotline, until
from tests.rig.scenario import Expect

pytestmark = pytest.mark.calls

#: The telephone that plays the customer in a drill.
DRILLED = "13900009999"
#: The next call is served by a decision after so long.
MOST_S = 2.0
PHASES: dict[str, object] = {
    "label": "一般",
    "warn": {},
    "respond": {"announcement": ["emergency_surge"]},
    "handle": {"announcement": ["emergency_surge"], "queues": ["elderly", "urgent", "complaints"], "capacity": 37},
    "recover": {},
}
FLOW = changes(
    {
        "emergency.yaml": {
            "kinds": {"surge": {"general": PHASES}},
            "drills": {"callers": [f"+86{DRILLED}"]},
        },
    }
)
#: A call on a day like any other.
USUAL = Expect(
    heard=heard("greeting", "elderly_key", cut("main_menu"), cut("service_menu")),
    record={"entry": "menu", "drill": False},
)
USUALLY = ["dial", "hear greeting elderly_key", "wait 1s", "press 5", "wait 1s", "hang up"]


def test_from_start_to_end_with_a_caller_who_waits(line: Hotline, folder: Path) -> None:
    line.serve_flows(FLOW)
    number = line.next_number()
    waiter = Caller(
        "waiter",
        ["dial", "wait 1s", "press 0", "hear transferring", "wait 25s", "hang up"],
        Expect(
            heard=heard(cut("greeting"), "transferring", "(music)", ANYTHING, "emergency_surge", ANYTHING),
            record={
                "entry": "menu",
                "drill": False,
                "announcements_heard.0.announcement": "emergency:surge:general:respond",
                "announcements_heard.0.place": "queue",
                "announcements_heard.0.whole": True,
                "handoffs.0.outcome": "abandoned",
            },
            silence_ms=2000,
        ),
        number,
    )
    during = Caller(
        "during",
        ["dial", "hear greeting elderly_key emergency_surge", "wait 1500ms", "press 0", "hear emergency_agents",
         "wait 2s", "hang up"],
        Expect(
            heard=heard("greeting", "elderly_key", "emergency_surge", cut("main_menu"),
                        "emergency_agents", "elderly_key", "main_menu"),
            record={
                "entry": "emergency",
                "announcements_heard.0.announcement": "emergency:surge:general:handle",
                "announcements_heard.0.place": "menu",
                "announcements_heard.0.whole": True,
                "handoffs.count": 1,
                "handoffs.0.refused": True,
                "handoffs.0.why": "emergency",
            },
            silence_ms=2000,
        ),
    )  # fmt: skip
    after = Caller("after", USUALLY, USUAL)
    with (
        signed_in(line, folder, {"1001": Manner(rings_ms=None)}),
        ThreadPoolExecutor(1) as pool,
        led(line) as decide,
    ):
        waiting = pool.submit(place_once, line, folder / "queue", [waiter], 1)
        wait_fact(line, number, "Queued")
        took = [decide(EmergencyPhase.RESPOND)]
        wait_fact(line, number, "AnnouncementHeard", place="queue")
        took.append(decide(EmergencyPhase.HANDLE))
        until("the capacity", lambda: "CAPACITY=37" in line.console("dialplan show globals"), 5)
        found = place_once(line, folder / "during", [during], 1)
        took.append(decide(None))
        until("the usual capacity", lambda: "CAPACITY=37" not in line.console("dialplan show globals"), 5)
        found |= place_once(line, folder / "after", [after], 1)
        found |= waiting.result()
    wrong = complain([waiter, during, after], found, {})
    assert not wrong, wrong
    assert max(took) <= MOST_S, took


def test_a_drill_meets_those_alone_who_take_part(line: Hotline, folder: Path) -> None:
    line.serve_flows(FLOW)
    player = Caller(
        "player",
        ["dial", "hear greeting elderly_key emergency_surge", "wait 1500ms", "press 5", "wait 1s", "hang up"],
        Expect(
            heard=heard("greeting", "elderly_key", "emergency_surge", cut("main_menu"), cut("service_menu")),
            record={"entry": "emergency", "drill": True, "announcements_heard.count": 1},
        ),
        DRILLED,
    )
    customer = Caller("customer", USUALLY, USUAL)
    with led(line, drill=True) as decide:
        decide(EmergencyPhase.RESPOND)
        found = place_all(line, folder, [player, customer])
    wrong = complain([player, customer], found, {})
    assert not wrong, wrong
    _left_out(line)


def _left_out(line: Hotline) -> None:
    """Drills are counted by themselves, and are in no other figure (D10)."""
    store = Store(line.environ["IVR_DATABASE_URL"])
    calls = [one for one in store.all() if one.direction == "in"]
    store.close()
    days = sorted({f"{local_day(one.t_offered)}" for one in calls})
    words = ["report", "--from", days[0], "--to", days[-1], "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "ivr.cli", *words],
        capture_output=True, text=True, timeout=60, check=True, cwd=TOP, env=dict(line.environ),
    )  # fmt: skip
    figures = json.loads(done.stdout)["indicators"]
    drills = sum(one.drill for one in calls)
    assert drills >= 1
    assert figures["ours.drill_calls"]["numerator"] == drills
    assert figures["hb.ivr_connect_rate"]["denominator"] == len(calls) - drills
