"""An agent's telephone that is lost in the middle of a talk costs no caller: he is told, and is with the same agent
again within 15 s, or with another before everybody else, on a real Asterisk."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest

from tests.calls.crowd import signed_in
from tests.calls.faults.eyes import facts, only_record
from tests.calls.faults.forging import AgentLine, Listener, listening_in
from tests.calls.test_agents import calling, talks
from tests.rig.agents import Manner
from tests.rig.hotline import Hotline, until
from tests.rig.ports import take

pytestmark = pytest.mark.calls

#: Q.850, "requested channel not available": what rtp_timeout ends a channel with.
NO_MEDIA = "44"


def lose(line: Hotline, manager: Listener, agent: str) -> None:
    """No sound comes from this telephone any more."""
    found = re.search(rf"(?m)^(PJSIP/{agent}-[0-9a-f]+)!", line.console("core show channels concise"))
    assert found is not None
    manager.act("Hangup", Channel=found[1], Cause=NO_MEDIA)


def connected(line: Hotline, number: str) -> list[tuple[str, int]]:
    """Which agents talked to this caller, and since when (epoch ms)."""
    return [(one["agent_id"], one["t"]) for one in facts(line, number) if one.get("fact") == "Connected"]


def released(line: Hotline, number: str) -> int:
    """When the first talk ended, epoch ms."""
    return next(int(one["t"]) for one in facts(line, number) if one.get("fact") == "Released")


def test_the_caller_is_told_and_is_with_the_same_agent_again(line: Hotline, folder: Path) -> None:
    line.serve_flows(None)
    agents = {"1001": Manner(rings_ms=200), "1002": Manner(rings_ms=200)}
    with listening_in(line) as manager, signed_in(line, folder, agents), calling(line) as (caller, number):
        talks(line, caller, number)
        ((first, _),) = connected(line, number)
        lose(line, manager, first)
        until("the second talk", lambda: len(connected(line, number)) == 2, 15)
        talks(line, caller, number)
        assert not caller.hung_up.is_set()
    (_, (again, since)) = connected(line, number)
    assert again == first
    assert since - released(line, number) < 15_000
    record = only_record(line, number)
    assert [one["prompt"] for one in facts(line, number) if one.get("prompt") == "agent_lost"] == ["agent_lost"]
    assert [(one["outcome"], one["t_queued"] is not None) for one in record["handoffs"]] == [("answered", True)] * 2


def test_who_finds_that_agent_gone_stands_first_in_the_queue(line: Hotline, folder: Path) -> None:
    line.serve_flows(None)
    with (
        listening_in(line) as manager,
        signed_in(line, folder, {"1001": Manner(rings_ms=200)}),
        take() as ports,
        contextlib.closing(AgentLine(line, ports, "1001")) as phone,
        calling(line) as (caller, number),
    ):
        talks(line, caller, number)
        away = phone.ask("REGISTER", f"sip:{line.address}:5060", "Contact: *", "Expires: 0")
        assert away == "200"
        lose(line, manager, "1001")
        with signed_in(line, folder / "second", {"1003": Manner(rings_ms=200)}):
            until("the second talk", lambda: len(connected(line, number)) == 2, 25)
            priority = line.console(f"core show channel {caller_channel(line)}")
            assert re.search(r"(?m)^QUEUE_PRIO=100$", priority)
    assert [agent for agent, _ in connected(line, number)] == ["1001", "1003"]
    assert only_record(line, number)["hangup_by"] == "caller"


def caller_channel(line: Hotline) -> str:
    """The caller's channel, where there is one caller."""
    found = re.search(r"(?m)^(PJSIP/trunk-[0-9a-f]+)!", line.console("core show channels concise"))
    assert found is not None
    return found[1]
