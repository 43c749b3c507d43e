"""The application dies in mid-call (SIGKILL): nobody is dropped or left in silence, everybody reaches an agent, and
after the restart there is exactly one honest record of each call (HB 7.2.2)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.calls.faults.crowd import together
from tests.calls.faults.eyes import (
    AGENT,
    MUSIC,
    Manner,
    Record,
    Story,
    assert_in_order,
    assert_never_left_alone,
    dial,
    only_record,
    wait_cel,
    wait_fact,
    wait_prompt,
)
from tests.rig.hotline import Hotline, until

pytestmark = pytest.mark.calls


def handoffs(record: Record) -> list[tuple[str, str]]:
    """Why and with what outcome agents were asked for."""
    return [(one["reason"], one["outcome"]) for one in record["handoffs"]]


def assert_honest(story: Story, record: Record) -> None:
    """The record tells the call from its beginning to the agent who hung up."""
    assert record["source"] == "live", story.text(record)
    assert record["t_offered"] <= record["t_answered"] <= record["t_first_prompt"] < record["t_ended"]
    assert record["flow_revision"] is not None
    assert (record["hangup_by"], record["last_prompt_kind"]) == ("agent", "goodbye"), story.text(record)
    assert len(record["agent_legs"]) == 1, story.text(record)
    assert record["handoffs"][0]["agent_id"] in ("1001", "1002", "1003", "1004")
    assert record["handoffs"][0]["agent_id_announced_at"] is not None, story.text(record)


def test_wherever_the_callers_are(whole: Hotline, folder: Path) -> None:
    """Four callers: one hears a prompt, one is to press a key, one stands in the queue, one talks to an agent."""
    keys = whole.listener().lasts_ms()["keys"]

    def kill(numbers: Mapping[str, str]) -> None:
        begun = wait_prompt(whole, numbers["key"], "keys")["t"]
        wait_fact(whole, numbers["talk"], "Connected")
        wait_fact(whole, numbers["queue"], "Queued")
        until("the end of the prompt", lambda: time.time() * 1000 > begun + keys + 100)
        whole.kill_app()

    callers = {
        "prompt": ["wait for bye"],
        "key": ["wait 1s", "press 2", "wait 1s", "press 2", "wait for bye"],
        "queue": ["wait 6s", "press 0", "wait for bye"],
        "talk": ["wait 1s", "press 0", "wait for bye"],
    }
    manner = Manner(rings_ms=3500, talks_ms=8500)
    agents = {"1001": manner, "1002": manner, "1003": manner, "1004": manner}
    told = together(whole, folder, callers, agents=agents, meanwhile=kill)
    whole.start_app()
    records = {name: only_record(whole, story.number) for name, story in told.items()}
    for name, story in told.items():
        assert_never_left_alone(story)
        assert_honest(story, records[name])
        assert_in_order(story, MUSIC, AGENT, "goodbye")
    for name in ("prompt", "key"):
        assert_in_order(told[name], "app_down", MUSIC)
        assert handoffs(records[name]) == [("fallback", "answered")], told[name].text(records[name])
    for name in ("queue", "talk"):
        # The queue is Asterisk's: the music or the talk go on, and nobody need apologise.
        assert "app_down" not in told[name].prompts, told[name].text(records[name])
        assert handoffs(records[name]) == [("key", "answered")], told[name].text(records[name])
    assert [visit["outcome"] for visit in records["prompt"]["menu_visits"]] == ["hangup"]
    assert [visit["key"] for visit in records["key"]["menu_visits"]] == ["2", "2", None]


def test_while_talking_to_an_agent_and_back_again(whole: Hotline, folder: Path) -> None:
    """The application is up again before the talk ends: it takes the call up and ends it as it should."""

    def kill(number: str) -> None:
        wait_fact(whole, number, "Connected")
        whole.kill_app()
        wait_cel(whole, number, "BRIDGE_ENTER", agent_id="1001")
        whole.start_app()

    agents = {"1001": Manner(rings_ms=500, talks_ms=12000)}
    story = dial(whole, folder, "wait 1s", "press 0", "wait for bye", agents=agents, meanwhile=kill)
    record = only_record(whole, story.number)
    assert_in_order(story, "transferring", MUSIC, AGENT, "agent_left", "goodbye")
    assert "app_down" not in story.prompts, story.text(record)
    assert_never_left_alone(story)
    assert_honest(story, record)
    assert handoffs(record) == [("key", "answered")], story.text(record)
    leg = record["agent_legs"][0]
    assert leg["t_released"] - leg["t_connected"] > 8000, story.text(record)
