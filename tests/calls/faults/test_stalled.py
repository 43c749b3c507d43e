"""The application stalls (SIGSTOP): Asterisk takes the calls back and serves them by itself, new ones within 10 s
(HB 4.3.2), those in a turn soon after the turn should have ended (issue 2, part 1)."""

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
    only_record,
    wait_cel,
    wait_prompt,
)
from tests.rig import phones, sipp
from tests.rig.hotline import Hotline, until
from tests.rig.phones import Identity
from tests.rig.steps import parse, plan

pytestmark = pytest.mark.calls

#: What a stall may cost beyond the recording or the time-out it falls into: the guard's margin and its rounding.
MARGIN_S = 7.0


@contextlib.contextmanager
def stalled(line: Hotline) -> Iterator[None]:
    """The application does nothing inside this block, and everything it missed after it."""
    line.signal_app(signal.SIGSTOP)
    try:
        yield
    finally:
        line.signal_app(signal.SIGCONT)


def test_wherever_the_callers_are(whole: Hotline, folder: Path) -> None:
    """One caller hears a prompt (and presses a key that nobody takes), one is to press a key."""
    lasts = whole.ear().lasts_ms()
    at: dict[str, float] = {}

    def stall(numbers: Mapping[str, str]) -> None:
        begun = wait_prompt(whole, numbers["key"], "keys")["t"]
        until("the end of the prompt", lambda: time.time() * 1000 > begun + lasts["keys"] + 300)
        at["stall"] = time.time()
        with stalled(whole):
            for number in numbers.values():
                wait_cel(whole, number, "ANSWER", agent_id="1001")

    callers = {
        "prompt": ["wait 15500ms", "press 3", "wait for bye"],
        "key": ["wait 1s", "press 2", "wait 1s", "press 2", "wait for bye"],
    }
    manner = Manner(rings_ms=300, talks_ms=4500)
    told = together(whole, folder, callers, agents={"1001": manner}, meanwhile=stall)
    for name, story in told.items():
        record = only_record(whole, story.number)
        text = story.text(record)
        assert_in_order(story, "app_down", MUSIC, AGENT, "goodbye")
        assert story.silence() <= lasts["main_menu"] / 1000 + MARGIN_S, text
        assert story.began("app_down") - at["stall"] < lasts["main_menu"] / 1000 + MARGIN_S, text
        assert [(one["reason"], one["outcome"]) for one in record["handoffs"]] == [("fallback", "answered")], text
        assert (record["source"], record["hangup_by"], record["last_prompt_kind"]) == ("live", "agent", "goodbye"), text
        print(name, f"{story.began('app_down') - at['stall']:.1f} s after the stall; silence {story.silence():.1f} s")


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
    assert_in_order(story, "app_down", MUSIC, AGENT, "goodbye")
    assert story.call.t_answered is not None
    assert story.began("app_down") - story.call.t_answered < 10, text
    assert story.silence() < 7, text
    for one in (record, only_record(whole, mute)):
        assert [(h["reason"], h["outcome"]) for h in one["handoffs"]] == [("fallback", "answered")], one
        assert one["t_first_prompt"] - one["t_answered"] < 10_000, one
    again = together(whole, folder / "again", {"later": ["wait 2s", "hang up"]})["later"]
    assert again.prompts[0] == "greeting", again.text()
