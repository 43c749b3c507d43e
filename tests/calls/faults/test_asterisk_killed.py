"""Asterisk dies with calls up (SIGKILL): their records end near that moment, wherever the callers were."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest

from tests.calls.faults.eyes import Manner, only_record, wait_fact
from tests.rig import sipp
from tests.rig.hotline import Hotline, until
from tests.rig.ports import take
from tests.rig.steps import parse

pytestmark = pytest.mark.calls

#: How long the callers stay where they are before Asterisk dies, with nothing more to be told of them.
QUIET_S = 4.0
#: The end of a record may lie so far from that moment.
NEAR_MS = 1500


def test_records_end_near_the_moment_asterisk_died(whole: Hotline, folder: Path) -> None:
    steps = {
        "talk": "wait 1s, press 0, wait for bye",
        "menu": "wait for bye",
        "queue": "wait 8s, press 0, wait for bye",
    }
    numbers = {name: whole.next_number() for name in steps}
    setup = whole.setup()
    with contextlib.ExitStack() as stack:
        agent = stack.enter_context(take(setup.address))
        stack.enter_context(
            sipp.agent(
                folder, "1001", password=whole.password("1001"), manner=Manner(rings_ms=300, talks_ms=60_000),
                ports=agent, setup=setup,
            )
        )  # fmt: skip
        for name, said in steps.items():
            caller = sipp.caller(folder / name, parse(["dial", *said.split(", ")]), number=numbers[name], setup=setup)
            stack.enter_context(caller)
        wait_fact(whole, numbers["talk"], "Connected")
        wait_fact(whole, numbers["menu"], "MenuEntered")
        wait_fact(whole, numbers["queue"], "Queued")
        quiet = time.monotonic() + QUIET_S
        until("some time without an event", lambda: time.monotonic() > quiet)
        died = time.time() * 1000
        whole.kill_asterisk()
        whole.start_asterisk()  # before the agent signs out
        found = {name: only_record(whole, number, 60) for name, number in numbers.items()}
    for name, record in found.items():
        assert abs(record["t_ended"] - died) < NEAR_MS, (name, record["t_ended"] - died)
        assert (record["hangup_by"], record["hangup_cause"]) == ("system", "asterisk_lost"), name
    assert [abs(leg["t_released"] - died) < NEAR_MS for leg in found["talk"]["agent_legs"]] == [True]
