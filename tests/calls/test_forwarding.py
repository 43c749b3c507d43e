"""Agents' telephones that send the caller elsewhere: one that forwards its calls (302), and an agent who passes a
caller on to a number that nobody answers or that there is not (HB 7.2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.calls.crowd import changes
from tests.calls.faults.eyes import AGENT, MUSIC, Story, assert_in_order, assert_never_left_alone, dial, only_record
from tests.rig.agents import Manner
from tests.rig.calls import Call, calls
from tests.rig.hotline import Hotline, until

pytestmark = pytest.mark.calls

#: A telephone that forwards is tried about once a second, as one that is busy is.
MOST_TRIES_PER_S = 1.5


def invites(folder: Path, agent: str) -> list[Call]:
    """How often the agent's telephone was called."""
    return [call for call in calls(folder / "call.pcap") if f"sip:{agent}@" in call.messages[0].headers.get("to", "")]


def nothing_is_left(line: Hotline) -> None:
    """No channel, and nobody in a queue."""
    until("all channels to be gone", lambda: "0 active channels" in line.console("core show channels count"), 5)
    waiting = [row for row in line.console("queue show").splitlines() if "(wait:" in row]
    assert not waiting, waiting


@pytest.mark.parametrize("to", ["13900001111", "1001", "1006", "95000"])
def test_a_telephone_that_forwards_its_calls_does_not_answer(line: Hotline, folder: Path, to: str) -> None:
    """To a number outside, itself, a colleague in none of the caller's queues, the hotline: the next agent rings."""
    line.serve_flows(None)
    agents = {"1001": Manner(forwards_to=to), "1003": Manner(rings_ms=500, talks_ms=4500)}
    story = dial(line, folder, "wait 900ms", "press 0", "wait for bye", agents=agents)
    record = only_record(line, story.number)
    assert_in_order(story, "transferring", MUSIC, AGENT, "agent_left", "goodbye")
    assert_never_left_alone(story)
    (handoff,) = record["handoffs"]
    assert (handoff["outcome"], handoff["agent_id"]) == ("answered", "1003"), story.text(record)
    assert handoff["t_connected"] - handoff["t_queued"] < 3000, story.text(record)
    assert len(invites(folder, "1001")) <= 2
    assert len(record["agent_legs"]) == 1
    nothing_is_left(line)


def test_where_every_telephone_forwards_the_caller_waits_as_for_busy_agents(line: Hotline, folder: Path) -> None:
    line.serve_flows(None)
    agents = {"1001": Manner(forwards_to="1001"), "1002": Manner(forwards_to="1001")}
    story = dial(line, folder, "wait 900ms", "press 0", "wait 9s", "hang up", agents=agents)
    record = only_record(line, story.number)
    assert [one["outcome"] for one in record["handoffs"]] == ["abandoned"], story.text(record)
    assert record["agent_legs"] == []
    assert_never_left_alone(story)
    for agent in agents:
        assert 1 <= len(invites(folder, agent)) <= 9 * MOST_TRIES_PER_S
    nothing_is_left(line)


@pytest.mark.parametrize("to", ["7777", "13900001111", "1005"])
def test_who_is_passed_on_to_nobody_is_told_and_comes_back_to_the_queue(line: Hotline, folder: Path, to: str) -> None:
    """A number that there is not, one outside, a colleague who has not signed in. 1001 is still at their notes when the
    caller is back, so 1003 takes over."""
    line.serve_flows(changes({"agents.yaml": {"queues": {"general": {"wrapup": "40s"}}}}))
    agents = {"1001": Manner(rings_ms=500, passes_on=(4500, to)), "1003": Manner(rings_ms=500, talks_ms=4500)}
    story = dial(line, folder, "wait 900ms", "press 0", "wait for bye 60s", agents=agents)
    record = only_record(line, story.number)
    assert_in_order(story, MUSIC, AGENT, "transfer_failed", "transferring", AGENT, "agent_left", "goodbye")
    assert_never_left_alone(story)
    assert_two_talks(story, record, to)
    nothing_is_left(line)


def assert_two_talks(story: Story, record: Mapping[str, object], to: str) -> None:
    """Both talks are in the record, the first with the number it was passed on to."""
    handoffs, legs = record["handoffs"], record["agent_legs"]
    assert isinstance(handoffs, list)
    assert isinstance(legs, list)
    assert [one["outcome"] for one in handoffs] == ["answered", "answered"], story.text(record)
    assert [one["reason"] for one in handoffs] == ["key", "key"]
    assert [one["transferred_to"] for one in legs] == [to, None], story.text(record)
    assert record["hangup_by"] == "agent"
