"""The manager link breaks, and Asterisk itself stops, dies and comes back while calls are up: calls that can go on do,
and each has exactly one record, completed from CEL."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.calls.faults.crowd import together
from tests.calls.faults.eyes import (
    AGENT,
    MUSIC,
    Manner,
    assert_in_order,
    assert_never_left_alone,
    dial,
    log_since,
    log_size,
    only_record,
    records,
    signal_asterisk,
    wait_fact,
    wait_log,
    wait_over,
    wait_prompt,
)
from tests.rig import sipp
from tests.rig.errors import CallFailed
from tests.rig.hotline import Hotline, until
from tests.rig.steps import parse

pytestmark = pytest.mark.calls


@contextmanager
def no_manager(line: Hotline) -> Iterator[None]:
    """Asterisk has no manager port inside this block; whoever was connected is thrown out."""
    file = line.state / "asterisk" / "etc" / "manager.conf"
    good = file.read_text(encoding="utf-8")
    since = log_size(line)
    try:
        file.write_text(good.replace("enabled = yes", "enabled = no", 1), encoding="utf-8")
        line.console("manager reload")
        _throw_out(line)
        wait_log(line, "AMI link down", since)
        yield
    finally:
        since = log_size(line)
        file.write_text(good, encoding="utf-8")
        line.console("manager reload")
        wait_log(line, "AMI link up", since)


def _throw_out(line: Hotline) -> None:
    for found in re.finditer(r"^\s*ivr\s.*?(\d+)\s+\d+\s+\d+\s+\d+\s*$", line.console("manager show connected"), re.M):
        line.console(f"manager kick session {found[1]}")


def test_records_are_whole_although_no_event_is_told(whole: Hotline, folder: Path) -> None:
    """One call begins before the link breaks, one after; one of them talks to an agent. All end while it is down."""
    since = log_size(whole)
    later = whole.next_number()
    early: dict[str, object] = {}

    def cut(numbers: Mapping[str, str]) -> None:
        wait_prompt(whole, numbers["agent"], "greeting")
        with no_manager(whole):
            with sipp.caller(folder / "later", parse(["dial", "wait 3s", "press 5", "wait 2s", "hang up"]),
                             number=later, setup=whole.setup()) as process:  # fmt: skip
                process.wait()
            wait_over(whole, numbers["agent"])
            for name in ("agent", "menu"):
                early[name] = only_record(whole, numbers[name], 20)
            early["later"] = only_record(whole, later, 20)

    callers = {
        "agent": ["wait 8s", "press 0", "wait for bye"],
        "menu": ["wait 8s", "press 2", "wait 2s", "hang up"],
    }
    told = together(whole, folder, callers, agents={"1001": Manner(rings_ms=1000, talks_ms=5000)}, meanwhile=cut)
    agent, menu, after = (only_record(whole, number) for number in (told["agent"].number, told["menu"].number, later))
    assert {"agent": agent, "menu": menu, "later": after} == early
    text = told["agent"].text(agent)
    assert_in_order(told["agent"], "transferring", MUSIC, AGENT, "agent_left", "goodbye")
    assert_never_left_alone(told["agent"])
    assert [(one["reason"], one["outcome"], one["agent_id"]) for one in agent["handoffs"]] == [
        ("key", "answered", "1001")
    ], text
    assert agent["handoffs"][0]["t_queued"] and agent["handoffs"][0]["agent_id_announced_at"], text
    assert (agent["hangup_by"], agent["last_prompt_kind"], len(agent["agent_legs"])) == ("agent", "goodbye", 1), text
    assert (menu["hangup_by"], [visit["key"] for visit in menu["menu_visits"]]) == ("caller", ["2", None])
    assert (after["hangup_by"], [visit["key"] for visit in after["menu_visits"]]) == ("caller", ["5", None])
    assert after["t_offered"] <= after["t_answered"] <= after["t_first_prompt"]
    assert "Traceback" not in log_since(whole, since)


def test_asterisk_stops_for_a_while(whole: Hotline, folder: Path) -> None:
    """Longer than the watchdog waits. The call in the menu goes on afterwards or is taken to an agent; the talk with
    the agent goes on; the link comes back."""
    since = log_size(whole)

    def pause(numbers: Mapping[str, str]) -> None:
        wait_fact(whole, numbers["agent"], "Connected")
        wait_prompt(whole, numbers["menu"], "main_menu")
        signal_asterisk(whole, signal.SIGSTOP)
        try:
            wait_log(whole, "AMI link down", since)
        finally:
            signal_asterisk(whole, signal.SIGCONT)
        wait_log(whole, "AMI link up", since)

    callers = {
        "agent": ["wait 1s", "press 0", "wait for bye"],
        "menu": ["wait 18s", "press 2", "wait 12s", "hang up"],
    }
    told = together(whole, folder, callers, agents={"1001": Manner(rings_ms=300, talks_ms=16000)}, meanwhile=pause)
    agent, menu = (only_record(whole, told[name].number) for name in ("agent", "menu"))
    assert_in_order(told["agent"], "transferring", "agent_left", "goodbye")
    assert (agent["hangup_by"], [one["outcome"] for one in agent["handoffs"]]) == ("agent", ["answered"])
    assert menu["hangup_by"] == "caller", told["menu"].text(menu)
    assert {"cards_menu", "app_down"} & set(told["menu"].prompts), told["menu"].text(menu)
    assert "Traceback" not in log_since(whole, since)


def test_asterisk_dies_and_is_started_again(whole: Hotline, folder: Path) -> None:
    """The calls are lost with it; their records are not, and the next call is served."""
    since = log_size(whole)
    numbers: dict[str, str] = {}
    died: list[float] = []

    def kill(given: Mapping[str, str]) -> None:
        numbers.update(given)
        wait_fact(whole, given["queue"], "Queued")
        wait_prompt(whole, given["menu"], "main_menu")
        died.append(time.time())
        signal_asterisk(whole, signal.SIGKILL)
        wait_log(whole, "AMI link down", since)
        until("Asterisk to be gone", lambda: _gone(whole))
        whole.script("up", whole.name, str(whole.state / "asterisk"), whole.environ["IVR_PROMPTS"])
        wait_log(whole, "AMI link up", since)

    callers = {"menu": ["wait 9s", "hang up"], "queue": ["wait 1s", "press 0", "wait 9s", "hang up"]}
    agents = {"1001": Manner(rings_ms=None)}
    with pytest.raises(CallFailed):
        together(whole, folder, callers, agents=agents, meanwhile=kill)
    menu, queue = (only_record(whole, numbers[name]) for name in ("menu", "queue"))
    for record in (menu, queue):
        assert record["hangup_by"] in ("system", "network"), record
        assert abs(record["t_ended"] / 1000 - died[0]) < 10, record
        assert record["source"] == "live"
    assert [one["outcome"] for one in queue["handoffs"]] == ["abandoned"], queue
    again = dial(whole, folder / "again", "wait 2s", "hang up")
    assert_in_order(again, "greeting")
    only_record(whole, again.number)
    assert len(records(whole, numbers["menu"])) == len(records(whole, numbers["queue"])) == 1
    assert "Traceback" not in log_since(whole, since)


def _gone(line: Hotline) -> bool:
    try:
        signal_asterisk(line, signal.SIGCONT)
    except (AssertionError, ProcessLookupError):
        return True
    return False
