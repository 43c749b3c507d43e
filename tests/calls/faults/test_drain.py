"""SIGTERM drains: calls in progress finish, those that wait included; new ones take the fallback; the exit code is 0
and nothing is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.calls.faults.crowd import together
from tests.calls.faults.eyes import (
    AGENT,
    MUSIC,
    Manner,
    assert_in_order,
    assert_never_left_alone,
    log_since,
    log_size,
    only_record,
    records,
    wait_fact,
    wait_log,
    wait_prompt,
)
from tests.rig import sipp
from tests.rig.hotline import Hotline
from tests.rig.steps import parse

pytestmark = pytest.mark.calls


def test_everybody_finishes_and_new_calls_take_the_fallback(whole: Hotline, folder: Path) -> None:
    since = log_size(whole)
    late = whole.next_number()
    codes: list[int] = []

    def stop(numbers: Mapping[str, str]) -> None:
        wait_fact(whole, numbers["queue"], "Queued")
        wait_prompt(whole, numbers["menu"], "main_menu")
        assert whole.app is not None
        whole.app.terminate()
        wait_log(whole, "draining: 2 calls in progress", since)
        with contextlib.ExitStack() as stack:
            steps = parse(["dial", "wait 3s", "hang up"])
            stack.enter_context(sipp.caller(folder / "late", steps, number=late, setup=whole.setup())).wait()
        codes.append(whole.app.wait(60))
        whole.app = None

    callers = {
        "menu": ["wait 10s", "press 5", "wait 1s", "press 3", "wait 4s", "hang up"],
        "queue": ["wait 1s", "press 0", "wait for bye"],
    }
    agents = {"1001": Manner(rings_ms=6000, talks_ms=5000)}
    told = together(whole, folder, callers, agents=agents, meanwhile=stop)
    assert codes == [0], log_since(whole, since)
    # Both calls were in the store when the application ended: nobody had to start it again.
    menu, queue = (only_record(whole, told[name].number, 0) for name in ("menu", "queue"))
    assert_in_order(told["menu"], "greeting", "main_menu", "service_menu", "branch_hours_info")
    assert [visit["key"] for visit in menu["menu_visits"]] == ["5", "3"], told["menu"].text(menu)
    assert menu["hangup_by"] == "caller"
    assert_in_order(told["queue"], "transferring", MUSIC, AGENT, "agent_left", "goodbye")
    assert_never_left_alone(told["queue"])
    assert (queue["hangup_by"], queue["last_prompt_kind"]) == ("agent", "goodbye"), told["queue"].text(queue)
    assert "Traceback" not in log_since(whole, since)
    record = only_record(whole, late, 0)
    assert (record["hangup_by"], record["last_prompt_kind"]) == ("caller", "notice"), record
    before = records(whole)
    whole.start_app()
    assert records(whole) == before
