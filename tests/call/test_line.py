"""A turn on a line that listens: who wins where prompt, key and speech meet, and what happens when listening fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from ivr.call.line import Line
from ivr.dialogue.model import (
    Digits,
    End,
    Enqueue,
    Event,
    Hearing,
    HearingLost,
    HungUp,
    Key,
    Listen,
    NoInput,
    Say,
    Spoke,
    Then,
    Turn,
)
from ivr.flow.model import HandoffReason
from ivr.records.facts import Fact
from ivr.speech import wav
from tests.call.hearing import (
    COUGH,
    END,
    NOISE,
    ON,
    PAUSE,
    SPEECH,
    FakeAgi,
    FakeRecognisers,
    FakeStream,
    FakeTap,
    as_agi,
    ears,
)

HEARS = Listen(5000, Hearing(("挂失",)))
KEYS_ONLY = Listen(5000)


@dataclass
class _Catalogue:
    prompts: Path

    def resolve(self, prompt: str, values: Mapping[str, object], language: str, variant: str) -> tuple[Path, ...]:
        return (Path(f"{prompt}.wav"),)


class _Flow:
    prompts: Mapping[str, object] = {}


@dataclass
class _Service:
    flow: Any
    catalogue: Any


@dataclass
class Caller:
    """A call in progress: `line` performs `turn`, the fakes stand for everything outside."""

    agi: FakeAgi
    tap: FakeTap
    recognisers: FakeRecognisers
    line: Line
    facts: list[Fact]


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    for name in ("menu", "keys"):
        wav.write(tmp_path / f"{name}.wav", np.zeros(800))
    return tmp_path


def during(
    prompts: Path, turn: Turn, happens: Callable[[Caller], Coroutine[Any, Any, None]], **fakes: Any
) -> tuple[Event | None, Caller]:
    """Perform the turn while `happens` goes on."""

    async def run() -> tuple[Event | None, Caller]:
        tap = fakes.get("tap") or FakeTap()
        recognisers = fakes.get("recognisers") or FakeRecognisers()
        agi = fakes.get("agi") or FakeAgi()
        facts: list[Fact] = []
        line = Line(
            as_agi(agi),
            cast(Any, _Service(_Flow(), _Catalogue(prompts))),
            facts.append,
            spoken_before=False,
            turn_ids=iter(["t1", "t2"]),
            ears=ears(tap, recognisers) if fakes.get("hears", True) else None,
        )
        caller = Caller(agi, tap, recognisers, line, facts)
        try:
            async with asyncio.timeout(10):
                event, _ = await asyncio.gather(line.perform(turn), happens(caller))
        finally:
            await line.close()
        return event, caller

    return asyncio.run(run())


def a_turn(then: Then = HEARS, *prompts: str) -> Turn:
    return Turn(tuple(Say(prompt) for prompt in prompts or ("menu",)), then, (), "zh", "normal")


async def nothing(_: Caller) -> None:
    return


async def speaks(caller: Caller) -> None:
    await caller.agi.saw("stream menu")
    caller.tap.bring(NOISE, SPEECH, SPEECH, END)
    caller.recognisers.stream.answer.set()


def test_speech_during_a_prompt_stops_it_and_is_recognised(prompts: Path) -> None:
    event, caller = during(prompts, a_turn(HEARS, "menu", "keys"), speaks)
    assert isinstance(event, Spoke)
    assert (event.text, event.score, event.turn_id, event.heard, event.barge_in) == ("我的卡丢了", 0.9, "t1", 0, True)
    assert event.t_start <= event.t_end <= event.at
    assert caller.agi.log[:4] == ["tap", "stream menu", "interrupt", "wait"]
    assert caller.recognisers.stream.fed == [SPEECH, SPEECH]
    assert caller.line.utterance == SPEECH + END
    assert caller.recognisers.expected[0].words == ("挂失",)


def test_speech_after_the_prompts_is_no_barge_in(prompts: Path) -> None:
    async def speaks_late(caller: Caller) -> None:
        caller.agi.ended.set()
        await caller.agi.saw("wait")
        caller.tap.bring(SPEECH, END)
        caller.recognisers.stream.answer.set()

    event, _ = during(prompts, a_turn(), speaks_late)
    assert isinstance(event, Spoke) and not event.barge_in and event.heard == 1


def test_a_key_wins_over_speech_that_is_going_on(prompts: Path) -> None:
    async def speaks_and_presses(caller: Caller) -> None:
        await caller.agi.saw("stream menu")
        caller.tap.bring(SPEECH)
        await caller.agi.saw("wait")
        caller.agi.keys.put_nowait("0")

    event, caller = during(prompts, a_turn(), speaks_and_presses)
    assert isinstance(event, Key) and event.key == "0"
    assert caller.recognisers.stream.cancelled


def test_a_key_during_the_prompt_needs_no_speech(prompts: Path) -> None:
    async def presses(caller: Caller) -> None:
        await caller.agi.saw("stream menu")
        caller.agi.keys.put_nowait("3")

    event, _ = during(prompts, a_turn(), presses)
    assert isinstance(event, Key) and (event.key, event.heard) == ("3", 0)


@pytest.mark.parametrize("then", [KEYS_ONLY, Enqueue("q", 0, HandoffReason.KEY), End()])
def test_a_turn_that_does_not_hear_has_no_tap(prompts: Path, then: Then) -> None:
    async def goes_on(caller: Caller) -> None:
        caller.agi.ended.set()
        caller.agi.keys.put_nowait("1")

    _, caller = during(prompts, a_turn(then), goes_on)
    assert "tap" not in caller.agi.log


def test_the_tap_stays_from_turn_to_turn_and_ends_with_the_segment(prompts: Path) -> None:
    async def run() -> None:
        tap, recognisers, agi = FakeTap(), FakeRecognisers(), FakeAgi()
        service = cast(Any, _Service(_Flow(), _Catalogue(prompts)))
        line = Line(as_agi(agi), service, lambda _: None, spoken_before=False, ears=ears(tap, recognisers))
        agi.keys.put_nowait("1")
        agi.keys.put_nowait("2")
        await line.perform(a_turn())
        await line.perform(a_turn())
        assert agi.log.count("tap") == 1 and not tap.closed
        await line.close()
        assert tap.closed

    asyncio.run(run())


@pytest.mark.parametrize(
    "fakes",
    [
        {"recognisers": FakeRecognisers(busy=True)},
        {"recognisers": FakeRecognisers(FakeStream(dies=True))},
    ],
    ids=["busy", "dead"],
)
def test_a_recogniser_that_fails_leaves_the_keys(prompts: Path, fakes: dict[str, Any]) -> None:
    event, _ = during(prompts, a_turn(), speaks, **fakes)
    assert isinstance(event, HearingLost)


def test_a_tap_that_asterisk_refuses_leaves_the_keys(prompts: Path) -> None:
    event, caller = during(prompts, a_turn(), nothing, agi=FakeAgi(refuses_tap=True))
    assert isinstance(event, HearingLost)
    assert caller.agi.log == ["tap"]


def test_a_tap_that_ends_in_mid_prompt_leaves_the_keys(prompts: Path) -> None:
    async def breaks(caller: Caller) -> None:
        await caller.agi.saw("stream menu")
        caller.tap.lost = "the connection ended"

    event, caller = during(prompts, a_turn(), breaks)
    assert isinstance(event, HearingLost)
    assert "interrupt" in caller.agi.log


def test_a_caller_who_hangs_up_is_gone(prompts: Path) -> None:
    event, _ = during(prompts, a_turn(), nothing, agi=FakeAgi(gone=True))
    assert isinstance(event, HungUp)


def test_silence_is_no_input(prompts: Path) -> None:
    async def waits(caller: Caller) -> None:
        caller.agi.ended.set()
        await caller.agi.saw("wait")
        caller.agi.keys.put_nowait(None)

    event, _ = during(prompts, a_turn(), waits)
    assert isinstance(event, NoInput)


@pytest.mark.parametrize(
    ("pressed", "digits"),
    [("1234", "1234"), ("12#", "12"), ("1*", "1")],
)
def test_several_keys_make_one_answer(prompts: Path, pressed: str, digits: str) -> None:
    async def presses(caller: Caller) -> None:
        for key in pressed:
            caller.agi.keys.put_nowait(key)

    event, _ = during(prompts, a_turn(Listen(5000, keys=4)), presses)
    assert isinstance(event, Digits) and event.digits == digits
    assert "digits" not in repr(event)


@pytest.mark.parametrize("key", ["*", "#"])
def test_star_and_hash_first_are_keys_of_their_own(prompts: Path, key: str) -> None:
    async def presses(caller: Caller) -> None:
        caller.agi.keys.put_nowait(key)

    event, _ = during(prompts, a_turn(Listen(5000, keys=4)), presses)
    assert isinstance(event, Key) and event.key == key


def test_a_noise_taken_for_speech_has_the_prompt_spoken_again_but_not_for_ever(prompts: Path) -> None:
    async def coughs(caller: Caller) -> None:
        for times in range(1, 5):
            while caller.agi.log.count("stream menu") < min(times, 3):
                caller.agi.changed.clear()
                await caller.agi.changed.wait()
            caller.tap.bring(SPEECH, COUGH)
        caller.agi.ended.set()
        await caller.agi.saw("stream keys")
        caller.agi.keys.put_nowait("2")

    event, caller = during(prompts, a_turn(HEARS, "menu", "keys"), coughs)
    assert isinstance(event, Key) and (event.key, event.heard) == ("2", 1)
    assert caller.agi.log.count("stream menu") == 3
    assert caller.agi.log.count("interrupt") == 4


def test_recognition_begins_at_a_pause_and_again_when_the_caller_goes_on(prompts: Path) -> None:
    async def hesitates(caller: Caller) -> None:
        await caller.agi.saw("stream menu")
        caller.tap.bring(SPEECH, PAUSE, NOISE, ON, SPEECH, END)
        caller.recognisers.stream.answer.set()

    event, caller = during(prompts, a_turn(), hesitates)
    assert isinstance(event, Spoke)
    assert caller.recognisers.stream.fed == [SPEECH, PAUSE, b"early", b"resumed " + NOISE + ON, SPEECH]
