"""The operator edits the files of a running hotline: calls in progress finish on their revision, a new call hears the
new text within 2 s, a broken edit never stops the service, agents reach Asterisk."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from ivr.flow.loader import require
from ivr.records.store import Store
from tests.calls.faults.eyes import (
    AGENT,
    MUSIC,
    Manner,
    Story,
    assert_in_order,
    dial,
    log_since,
    log_size,
    only_record,
    wait_fact,
    wait_log,
    wait_prompt,
)
from tests.rig import sipp
from tests.rig.hotline import Hotline, until
from tests.rig.scenario import Expect, Scenario
from tests.rig.steps import parse

pytestmark = pytest.mark.calls

#: From the edit to the first call that hears it.
FRESH_S = 2.0


def edited(**files: object) -> Scenario:
    """The shipped flow with these changes laid over it, by file."""
    flow = {name.replace("_", "-") + ".yaml": change for name, change in files.items()}
    return Scenario("edited", Path(), "", (), None, "95000", (), None, flow, {}, Expect(), 0)


def edit(line: Hotline, name: str, old: str, new: str) -> None:
    """Change a file in place, as an editor does."""
    file = line.flows / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_call_keeps_its_revision_and_the_next_one_hears_the_new_text(whole: Hotline, folder: Path) -> None:
    before = require(whole.flows).revision.id
    words = f"您好，这里是示例银行，{time.time_ns() % 1000}号线路为您服务。"
    took: list[float] = []
    fresh = whole.next_number()

    def change(number: str) -> None:
        wait_prompt(whole, number, "greeting")
        since = log_size(whole)
        text = (whole.flows / "prompts.yaml").read_text(encoding="utf-8")
        old = require(whole.flows).prompts["greeting"].texts["zh"]
        assert old in text
        began = time.monotonic()
        edit(whole, "prompts.yaml", old, words)
        wait_log(whole, "serves new calls", since)
        took.append(time.monotonic() - began)
        steps = parse(["dial", "wait 6s", "hang up"])
        with sipp.caller(folder / "fresh", steps, number=fresh, setup=whole.setup()) as process:
            wait_prompt(whole, fresh, "greeting")
            process.wait()

    try:
        story = dial(whole, folder, "wait 16s", "press 5", "wait 1s", "press #", "wait 3s", "hang up", meanwhile=change)
        after = require(whole.flows).revision
        heard = dial(whole, folder / "after", "wait 5s", "hang up")
        old_call, new_call = only_record(whole, story.number), only_record(whole, fresh)
        assert old_call["flow_revision"] == before != after.id == new_call["flow_revision"], story.text(old_call)
        assert [visit["outcome"] for visit in old_call["menu_visits"]] == ["choice", "repeat", "hangup"]
        assert heard.prompts[0] == "greeting", heard.text()
        assert next(one.text for one in heard.heard if one.prompt == "greeting") == words
        store = Store(whole.environ["IVR_DATABASE_URL"])
        kept = store.revision(after.id)
        store.close()
        assert kept is not None
        assert (kept.author, kept.reason) == ("示例银行客服中心", "首次发布")
        assert words in kept.files["prompts.yaml"]
        print(f"an edit served new calls after {took[0]:.2f} s")
        assert took[0] <= FRESH_S
    finally:
        whole.serve_flows(None)


def test_a_broken_edit_never_stops_the_service(whole: Hotline, folder: Path) -> None:
    before = require(whole.flows).revision.id
    file = whole.flows / "hotline.yaml"
    good = file.read_text(encoding="utf-8")

    def spoil(number: str) -> None:
        wait_prompt(whole, number, "greeting")
        try:
            spoil_each()
        finally:
            file.write_text(good, encoding="utf-8")

    def spoil_each() -> None:
        for text in (good.replace("menu: accounts}", "menu: acounts}"), good[:400] + "\n  - {", "\x00\xff", ""):
            since = log_size(whole)
            file.write_bytes(text.encode("utf-8", "surrogateescape") if text else b"")
            wait_log(whole, f"revision {before} stays", since)
            assert "hotline.yaml:" in log_since(whole, since)
            assert "Traceback" not in log_since(whole, since)

    story = dial(whole, folder, "wait 9s", "press 5", "wait 2s", "hang up", meanwhile=spoil)
    again = dial(whole, folder / "again", "wait 2s", "hang up")
    assert_in_order(story, "greeting", "main_menu", "service_menu")
    assert_in_order(again, "greeting")
    assert [only_record(whole, one.number)["flow_revision"] for one in (story, again)] == [before, before]


def test_a_new_agent_can_sign_in_and_takes_calls(whole: Hotline, folder: Path) -> None:
    since = log_size(whole)
    try:
        whole.serve_flows(edited(agents={"agents": {"1077": {"name": "新座席", "queues": {"general": 0}}}}))
        wait_log(whole, "serves new calls", since)
        agents = {"1077": Manner(rings_ms=500, talks_ms=4500)}
        story = dial(whole, folder, "wait 1s", "press 0", "wait for bye", agents=agents)
        record = only_record(whole, story.number)
        assert_in_order(story, "transferring", MUSIC, AGENT, "agent_left", "goodbye")
        assert record["handoffs"][0]["agent_id"] == "1077", story.text(record)
        assert "Asterisk has not read" not in log_since(whole, since)
    finally:
        whole.serve_flows(None)


def test_who_waits_in_a_queue_that_is_renamed_is_served_by_its_agents(whole: Hotline, folder: Path) -> None:
    """1001 talks to another customer when the caller comes; the operator renames the queue meanwhile. The caller keeps
    the place and reaches 1001; then the old queue goes."""
    number = whole.next_number()
    short = {"general": {"wrapup": "1s"}}
    whole.serve_flows(edited(agents={"queues": short}))

    def rename(_process: object) -> None:
        wait_fact(whole, number, "Queued")
        since = log_size(whole)
        for name in ("agents.yaml", "hotline.yaml", "knowledge.yaml", "emergency.yaml"):
            file = whole.flows / name
            text = re.sub(r"\bgeneral\b", "front_desk", file.read_text(encoding="utf-8"))
            file.write_text(text, encoding="utf-8")
        wait_log(whole, "serves new calls", since)
        until("the new queue", lambda: "q-front_desk has" in whole.console("queue show q-front_desk"), 5)
        assert "q-general has 1 calls" in whole.console("queue show q-general")

    try:
        call, _ = whole.place(
            folder,
            parse(["dial", "wait 1s", "press 0", "wait for bye"]),
            number=number,
            agents={"1001": Manner(rings_ms=500, talks_ms=9000)},
            busy="1001",
            meanwhile=rename,
        )
        story = Story(number, call, whole.listener().listen(call.heard), {})
        record = only_record(whole, number)
        assert_in_order(story, "transferring", MUSIC, AGENT, "agent_left", "goodbye")
        (handoff,) = record["handoffs"]
        assert (handoff["queue"], handoff["outcome"], handoff["agent_id"]) == ("general", "answered", "1001")
        until("the old queue to go", lambda: "No such queue" in whole.console("queue show q-general"), 15)
    finally:
        whole.serve_flows(None)
