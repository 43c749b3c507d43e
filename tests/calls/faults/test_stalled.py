"""The application stalls (SIGSTOP): within 2 s its silent callers hear music and then the way to an agent (HB 4.3.2,
7.2.1); when it goes on in time they are back in the menu. A key that nobody took is taken by nobody later."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.calls.faults.crowd import together
from tests.calls.faults.eyes import (
    AGENT,
    MUSIC,
    Manner,
    assert_in_order,
    assert_never_left_alone,
    only_record,
    wait_cel,
    wait_prompt,
)
from tests.rig import phones, sipp
from tests.rig.heard import UNKNOWN
from tests.rig.hotline import Hotline, until
from tests.rig.phones import Identity
from tests.rig.steps import parse, plan

pytestmark = pytest.mark.calls


@contextlib.contextmanager
def stalled(line: Hotline) -> Iterator[None]:
    """The application does nothing inside this block, and everything it missed after it."""
    line.signal_app(signal.SIGSTOP)
    try:
        yield
    finally:
        line.signal_app(signal.SIGCONT)


def pause(what: str, seconds: float) -> None:
    """A stretch of a call that nothing marks the end of."""
    end = time.monotonic() + seconds
    until(what, lambda: time.monotonic() > end, seconds + 5)


def test_wherever_the_callers_are(whole: Hotline, folder: Path) -> None:
    """One hears a prompt to its end, one presses a key at its beginning, one presses another that would lead elsewhere,
    one is to press a key and presses none, and one has only just called."""
    lasts = whole.listener().lasts_ms()
    greeted = (lasts["greeting"] + lasts["elderly_key"]) / 1000
    at: dict[str, float] = {}

    def stall(numbers: Mapping[str, str]) -> None:
        begun = wait_prompt(whole, numbers["prompt"], "main_menu")["t"]
        until("the prompt", lambda: time.time() * 1000 > begun + 500)
        at["stall"] = time.time()
        with stalled(whole):
            for number in numbers.values():
                wait_cel(whole, number, "fallback")

    callers = {
        "prompt": ["wait for bye"],
        "key": [f"wait {round(greeted * 1000) + 2500}ms", "press 2", "wait for bye"],
        "agent key": [f"wait {round(greeted * 1000) + 2500}ms", "press 0", "wait for bye"],
        "new": [f"wait {round(greeted * 1000) + 1500}ms", "wait for bye"],
    }
    agents = {name: Manner(rings_ms=300, talks_ms=2000) for name in ("1001", "1002", "1003")}
    told = together(whole, folder, callers, agents=agents, meanwhile=stall)
    for name, story in told.items():
        record = only_record(whole, story.number)
        text = story.text(record)
        assert_never_left_alone(story)
        assert_in_order(story, MUSIC, "app_down", MUSIC, AGENT, "goodbye")
        assert [(one["reason"], one["outcome"]) for one in record["handoffs"]] == [("fallback", "answered")], text
        assert (record["source"], record["hangup_by"], record["last_prompt_kind"]) == ("live", "agent", "goodbye"), text
        # the key led nowhere, then and afterwards
        assert [(one["menu_id"], one["outcome"]) for one in record["menu_visits"]] == [("main", "hangup")], text
        print(name, f"silence {story.silence():.1f} s")


def test_a_short_stall_is_bridged_by_music(whole: Hotline, folder: Path) -> None:
    """Who waits for nothing but the application is back in its hands when it goes on; who asks for help meanwhile is
    queued at once."""

    def stall(numbers: Mapping[str, str]) -> None:
        wait_prompt(whole, numbers["stays"], "main_menu")
        with stalled(whole):
            # the keys come while the prompt plays, and end it
            pause("two seconds of music", 4.0)

    lasts = whole.listener().lasts_ms()
    greeted = round(lasts["greeting"] + lasts["elderly_key"])
    callers = {
        "stays": [f"wait {greeted + 1000}ms", "press 2", "wait 8s", "press 3", "wait 2s", "hang up"],
        "asks": [f"wait {greeted + 1000}ms", "press 2", "wait 3s", "press 0", "wait for bye"],
    }
    told = together(whole, folder, callers, agents={"1001": Manner(rings_ms=300, talks_ms=2000)}, meanwhile=stall)
    for story in told.values():
        assert_never_left_alone(story)
    stays, asks = told["stays"], told["asks"]
    assert [one for one in stays.prompts if one != UNKNOWN] == [
        "greeting", "elderly_key", "main_menu", MUSIC, "elderly_key", "main_menu", "loans_menu",
    ], stays.text()  # fmt: skip
    record = only_record(whole, stays.number)
    assert record["handoffs"] == [] and record["source"] == "live", stays.text(record)
    assert [one["menu_id"] for one in record["menu_visits"]] == ["main", "main", "loans"], stays.text(record)
    assert_in_order(asks, MUSIC, "app_down", AGENT)
    assert [one["reason"] for one in only_record(whole, asks.number)["handoffs"]] == ["fallback"], asks.text()


def test_an_application_that_is_merely_slow_keeps_its_callers(whole: Hotline, folder: Path) -> None:
    """Half a second now and then is nothing that callers hear of."""

    def slow(numbers: Mapping[str, str]) -> None:
        wait_prompt(whole, numbers["caller"], "main_menu")
        for _ in range(4):
            with stalled(whole):
                pause("half a second", 0.5)
            pause("half a second", 0.5)

    lasts = whole.listener().lasts_ms()
    greeted = round(lasts["greeting"] + lasts["elderly_key"])
    steps = [f"wait {greeted + 1000}ms", "press 2", "wait 2s", "press 1", "wait 1s", "hang up"]
    story = together(whole, folder, {"caller": steps}, meanwhile=slow)["caller"]
    assert MUSIC not in story.prompts and "app_down" not in story.prompts, story.text()
    visits = only_record(whole, story.number)["menu_visits"]
    assert [one["menu_id"] for one in visits][:2] == ["main", "cards"], story.text()


def test_new_calls_are_served_by_the_dialplan_and_later_ones_by_the_application(whole: Hotline, folder: Path) -> None:
    """One caller sends sound, one sends not a packet: Asterisk's time-out needs neither."""
    mute = whole.next_number()

    def call_without_sound(_numbers: Mapping[str, str]) -> None:
        steps = parse(["dial", "wait for bye"])
        sounding = phones.caller(Identity(mute, "95000"), steps, plan(steps), "silence.alaw")
        own = folder / "mute.xml"
        own.write_text(sounding.replace(phones.execute(phones.stream("silence.alaw", "alaw")), ""), encoding="utf-8")
        assert "rtp_stream" not in own.read_text(encoding="utf-8")
        with sipp.caller(folder / "mute", (), number=mute, own=own, setup=whole.setup()) as process:
            process.wait()

    agents = {name: Manner(rings_ms=300, talks_ms=4500) for name in ("1001", "1002")}
    with stalled(whole):
        told = together(whole, folder, {"new": ["wait for bye"]}, agents=agents, meanwhile=call_without_sound)
    story = told["new"]
    record = only_record(whole, story.number)
    text = story.text(record)
    assert_in_order(story, MUSIC, "app_down", MUSIC, AGENT, "goodbye")
    assert story.call.t_answered is not None
    assert story.began("app_down") - story.call.t_answered < 10, text
    assert_never_left_alone(story)
    for one in (record, only_record(whole, mute)):
        assert [(h["reason"], h["outcome"]) for h in one["handoffs"]] == [("fallback", "answered")], one
        assert one["t_first_prompt"] - one["t_answered"] < 10_000, one
    again = together(whole, folder / "again", {"later": ["wait 2s", "hang up"]})["later"]
    assert again.prompts[0] == "greeting", again.text()
