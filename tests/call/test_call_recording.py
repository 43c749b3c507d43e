"""A call is recorded where that is asked for, and never while a secret is keyed (HB 7.3.3, CBA 十三)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.call import secret_answer
from ivr.call.line import Line
from ivr.dialogue.model import End, Enqueue, Event, Failed, Listen, NoInput, SecretKeys, Turn
from ivr.flow.model import HandoffReason
from ivr.flow.steps.acts import Say
from ivr.records.facts import Fact, RecordingEnded, RecordingMuted, RecordingStarted, RecordingUnmuted
from ivr.speech.audio import wav
from tests.call.hearing import FakeAgi, as_agi

MENU = Turn((Say("menu"),), Listen(5000), (), "zh", "normal")
RECORDED = replace(MENU, recorded=True)
SECRET = replace(RECORDED, then=Listen(5000, keys=6, secret=True))
QUEUE = replace(MENU, then=Enqueue("q", 0, HandoffReason.KEY))
GOODBYE = replace(MENU, then=End())
START, STOP = "MixMonitor /recordings/1.1-1.wav a", "StopMixMonitor"


class _Prompts:
    prompts = Path()

    def resolve(self, prompt: str, *_: object) -> tuple[Path, ...]:
        return (Path(f"{prompt}.wav"),)


class _Service:
    flow = type("Flow", (), {"prompts": {}})()
    catalogue = _Prompts()


@pytest.fixture(autouse=True, scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> None:
    _Prompts.prompts = tmp_path_factory.mktemp("prompts")
    wav.write(_Prompts.prompts / "menu.wav", np.zeros(800))


def call(turns: Iterable[Turn], keys: str = "", **agi_is: Any) -> tuple[FakeAgi, list[Fact], list[Event | None]]:
    """Perform the turns one after the other; `keys` are pressed as fast as they are taken, "-" lets time pass."""

    async def run() -> tuple[FakeAgi, list[Fact], list[Event | None]]:
        agi = FakeAgi(uniqueid="1.1", **agi_is)
        facts: list[Fact] = []
        line = Line(as_agi(agi), cast(Any, _Service()), facts.append, spoken_before=True)
        for key in keys:
            agi.keys.put_nowait(None if key == "-" else key)
        agi.ended.set()
        async with asyncio.timeout(10):
            events = [await line.perform(turn) for turn in turns]
        await line.close()
        return agi, [fact for fact in facts if type(fact).__name__.startswith("Recording")], events

    return asyncio.run(run())


@pytest.fixture
def nobody_types_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_answer, "TYPED_ON_SECONDS", 0.0)


def asked(agi: FakeAgi) -> list[str]:
    """What was asked of Asterisk about recordings, between prompts and waits."""
    return [one for one in agi.log if "Mix" in one]


def test_a_call_that_nobody_wants_recorded_is_not() -> None:
    agi, facts, _ = call([MENU, replace(SECRET, recorded=False), MENU], "1836251" + "--")
    assert asked(agi) == [] and facts == []


@pytest.mark.usefixtures("nobody_types_on")
def test_while_a_secret_is_keyed_nothing_is_recorded_and_the_record_tells_the_gap() -> None:
    agi, facts, events = call([RECORDED, SECRET, MENU], "1836251-" + "2")
    assert isinstance(events[1], SecretKeys) and events[1].secret.reveal() == "836251"
    assert asked(agi) == [START, STOP, START]
    muted = agi.log[agi.log.index(STOP) : len(agi.log) - agi.log[::-1].index(START)]
    assert muted.count("wait") >= 5 and muted[1] == "stream menu", "from before its question to after its last key"
    kinds = [type(fact) for fact in facts]
    assert kinds == [RecordingStarted, RecordingMuted, RecordingUnmuted]
    assert [fact.t for fact in facts] == sorted(fact.t for fact in facts)
    assert isinstance(facts[0], RecordingStarted) and facts[0].ref == "1.1-1.wav"


@pytest.mark.usefixtures("nobody_types_on")
def test_a_recording_that_is_to_begin_with_a_secret_begins_after_it() -> None:
    agi, facts, _ = call([SECRET, MENU], "836251--")
    assert asked(agi) == [START]
    assert agi.log.index(START) > max(at for at, one in enumerate(agi.log[: agi.log.index(START)]) if one == "wait")
    assert [type(fact) for fact in facts] == [RecordingStarted]


def test_what_is_typed_after_the_last_digit_is_not_recorded() -> None:
    agi, facts, events = call([RECORDED, SECRET, MENU], "1836251" + "74#" + "--")
    assert isinstance(events[2], NoInput)
    assert asked(agi) == [START, STOP] and type(facts[-1]) is RecordingMuted


@pytest.mark.parametrize("last", [QUEUE, GOODBYE])
def test_the_queue_and_the_end_are_no_part_of_it(last: Turn) -> None:
    agi, facts, _ = call([RECORDED, last], "1--")
    assert asked(agi) == [START, STOP] and agi.log[-1] == STOP
    assert [type(fact) for fact in facts] == [RecordingStarted, RecordingEnded]


def test_after_a_queue_it_is_another_one() -> None:
    agi, _, _ = call([RECORDED, QUEUE, RECORDED], "1-1")
    assert asked(agi) == [START, STOP, START.replace("1.wav", "2.wav")]


def test_where_asterisk_does_not_mute_no_secret_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    agi, facts, events = call([RECORDED, SECRET], "1836251", refuses=("StopMixMonitor",))
    assert isinstance(events[1], Failed) and "cannot be muted" in caplog.text
    assert agi.log[-1] == STOP, "the question was not spoken, no key was taken"
    assert type(facts[-1]) is RecordingStarted


def test_a_call_that_cannot_be_recorded_is_served(caplog: pytest.LogCaptureFixture) -> None:
    agi, facts, events = call([RECORDED, SECRET, RECORDED], "1836251---", refuses=("MixMonitor",))
    assert not any(isinstance(event, Failed) for event in events)
    assert facts == [] and len([one for one in caplog.messages if "is not recorded" in one]) == 1
    assert asked(agi) == [START]


TURNS = st.lists(st.sampled_from([MENU, RECORDED, SECRET, QUEUE]), max_size=8)


@given(TURNS, st.text("0123456789*#-", max_size=30))
def test_no_key_of_a_secret_is_ever_taken_while_it_is_recorded(turns: list[Turn], keys: str) -> None:
    recording, secret = False, False

    class Watched(FakeAgi):
        def _note(self, what: str) -> None:
            nonlocal recording
            recording = what.startswith("MixMonitor") or (recording and what != STOP)
            assert not (recording and secret and what.startswith(("stream", "wait")))
            super()._note(what)

    async def run() -> None:
        nonlocal secret
        agi = Watched(uniqueid="1.1")
        agi.ended.set()
        for key in [*keys, *["-"] * 60]:
            agi.keys.put_nowait(None if key == "-" else key)
        line = Line(as_agi(agi), cast(Any, _Service()), lambda fact: None, spoken_before=True)
        async with asyncio.timeout(10):
            for turn in turns:
                secret = isinstance(turn.then, Listen) and turn.then.secret
                await line.perform(turn)
        await line.close()

    asyncio.run(run())
