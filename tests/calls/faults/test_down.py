"""The application is down from the start: the dialplan apologises and queues the callers by itself, and the records of
calls that it served alone are rebuilt from CEL, once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.calls.faults.crowd import together
from tests.calls.faults.eyes import (
    AGENT,
    MUSIC,
    Manner,
    Story,
    assert_in_order,
    assert_never_left_alone,
    dial,
    log_size,
    only_record,
    records,
    wait_cel,
    wait_log,
    wait_over,
)
from tests.rig.hotline import Hotline

pytestmark = pytest.mark.calls


def test_served_by_the_dialplan_alone(whole: Hotline, folder: Path) -> None:
    """One caller reaches the only agent, the next one hangs up in the queue; both calls are rebuilt, and stay one
    each."""
    whole.kill_app()
    waits: list[Story] = []

    def call_the_busy_agent(numbers: Mapping[str, str]) -> None:
        wait_cel(whole, numbers["served"], "ANSWER", agent_id="1001")
        waits.append(dial(whole, folder / "waits", "wait 11s", "hang up"))

    agents = {"1001": Manner(rings_ms=300, talks_ms=13000)}
    told = together(whole, folder, {"served": ["wait for bye"]}, agents=agents, meanwhile=call_the_busy_agent)
    told["gives up"] = waits[0]
    since = log_size(whole)
    whole.start_app()
    found = {name: only_record(whole, story.number) for name, story in told.items()}
    served, text = found["served"], told["served"].text(found["served"])
    assert_in_order(told["gives up"], "app_down", MUSIC)
    assert_in_order(told["served"], "app_down", MUSIC, AGENT, "goodbye")
    assert_never_left_alone(told["served"])
    assert_never_left_alone(told["gives up"])
    assert (served["source"], served["hangup_by"], served["last_prompt_kind"]) == ("rebuilt", "agent", "goodbye"), text
    assert [(one["reason"], one["outcome"]) for one in served["handoffs"]] == [("fallback", "answered")], text
    assert served["handoffs"][0]["agent_id_announced_at"] is not None, text
    left = found["gives up"]
    assert (left["source"], left["hangup_by"], left["last_prompt_kind"]) == ("rebuilt", "caller", "notice"), left
    assert [one["outcome"] for one in left["handoffs"]] == ["abandoned"], left
    before = records(whole)
    wait_log(whole, "AMI link up", since)
    whole.stop_app()
    whole.start_app()
    assert records(whole) == before


def test_nobody_signed_in_and_the_application_comes_back(whole: Hotline, folder: Path) -> None:
    """As at night: the callers are told that nobody is there, and hear music meanwhile. One gives up; the other is
    served from the beginning once the application is up. Asterisk's account of the calls is turned over meanwhile."""
    whole.kill_app()
    account = whole.state / "asterisk" / "log" / "cel-custom" / "ivr.csv"
    if account.exists():
        account.replace(account.with_name("ivr.csv.1"))

    def restart(numbers: Mapping[str, str]) -> None:
        wait_over(whole, numbers["gives up"])
        whole.start_app()

    callers = {"gives up": ["wait 17s", "hang up"], "stays": ["wait 35s", "hang up"]}
    told = together(whole, folder, callers, meanwhile=restart)
    for story in told.values():
        assert_in_order(story, "app_down", "queue_empty", MUSIC)
        assert_never_left_alone(story)
    assert_in_order(told["stays"], "app_down", "queue_empty", MUSIC, "greeting")
    stayed = only_record(whole, told["stays"].number)
    text = told["stays"].text(stayed)
    assert stayed["t_answered"] / 1000 - (told["stays"].call.t_answered or 0) < 0.1, text
    assert stayed["t_first_prompt"] / 1000 - told["stays"].began("app_down") < 0.1, text
    assert (stayed["source"], stayed["hangup_by"]) == ("live", "caller"), text
    # the dialplan looks for an agent once more for as long as the application takes to start
    assert {(one["reason"], one["outcome"]) for one in stayed["handoffs"]} == {("fallback", "no_agents")}, text
    assert [visit["menu_id"] for visit in stayed["menu_visits"]] == ["main"], text
    gone = only_record(whole, told["gives up"].number)
    assert (gone["source"], gone["hangup_by"]) == ("rebuilt", "caller")
    assert [one["outcome"] for one in gone["handoffs"]] == ["no_agents"], gone
