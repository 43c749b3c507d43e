"""A turn on a line that listens: who wins where prompt, key and speech meet, and what happens when listening fails."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from ivr.call.line import AHEAD_SECONDS, STALL_SECONDS, Line
from ivr.dialogue.model import (
    Digits,
    End,
    Enqueue,
    Event,
    ExpectedSpeech,
    Failed,
    HungUp,
    Key,
    Listen,
    NoInput,
    SecretKeys,
    SpeechUnavailable,
    Spoke,
    Then,
    Turn,
)
from ivr.errors import CallerGone
from ivr.flow.model import HandoffReason
from ivr.flow.steps.acts import Say
from ivr.records.facts import Fact, PromptEnded, PromptSpoken
from ivr.speech.audio import wav
from ivr.speech.recognition.recogniser import Recognised
from tests.call.hearing import (
    COUGH,
    END,
    NOISE,
    ON,
    PAUSE,
    SPEECH,
    FakeAgi,
    FakeEndpointer,
    FakeRecognisers,
    FakeStream,
    FakeTap,
    as_agi,
    resources,
)

HEARS = Listen(5000, ExpectedSpeech(("挂失",)))
KEYS_ONLY = Listen(5000)
SECRET = Listen(5000, HEARS.expected, keys=6, secret=True)


@dataclass
class _Catalogue:
    prompts: Path

    def resolve(self, prompt: str, values: Mapping[str, object], language: str, variant: str) -> tuple[Path, ...]:
        return (Path(f"{prompt}.wav"),)


@dataclass
class _Flow:
    prompts: Mapping[str, object]


@dataclass
class _Service:
    flow: Any
    catalogue: Any


@dataclass
class Caller:
    """A call in progress: `line` performs `turn`, the fakes stand for everything outside."""

    agi: FakeAgi
    audio_stream: FakeTap
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
        audio_stream = fakes.get("tap") or FakeTap()
        recognisers = fakes.get("recognisers") or FakeRecognisers()
        agi = fakes.get("agi") or FakeAgi()
        facts: list[Fact] = []
        line = Line(
            as_agi(agi),
            cast(Any, _Service(_Flow(fakes.get("flow_prompts", {})), _Catalogue(prompts))),
            facts.append,
            spoken_before=False,
            turn_ids=iter(["t1", "t2"]),
            resources=resources(audio_stream, recognisers, fakes.get("endpointer", FakeEndpointer))
            if fakes.get("hears", True)
            else None,
        )
        caller = Caller(agi, audio_stream, recognisers, line, facts)
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
    caller.audio_stream.bring(NOISE, SPEECH, SPEECH, END)
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
        caller.audio_stream.bring(SPEECH, END)
        caller.recognisers.stream.answer.set()

    event, _ = during(prompts, a_turn(), speaks_late)
    assert isinstance(event, Spoke) and not event.barge_in and event.heard == 1


def test_a_key_wins_over_speech_that_is_going_on(prompts: Path) -> None:
    async def speaks_and_presses(caller: Caller) -> None:
        await caller.agi.saw("stream menu")
        caller.audio_stream.bring(SPEECH)
        await caller.agi.saw("wait")
        caller.agi.keys.put_nowait("0")

    event, caller = during(prompts, a_turn(), speaks_and_presses)
    assert isinstance(event, Key) and event.key == "0"
    assert caller.recognisers.stream.cancelled


class _PressesAtOnce(FakeAgi):
    """The key comes with the text: as what the wait ends with, or, `late`, when the wait is broken off."""

    late: bool = False
    pressed: asyncio.Event

    async def wait_key(self, timeout_ms: int) -> str | None:
        self._note("wait")
        await self.pressed.wait()
        return "2"

    async def interrupt(self) -> str | None:
        self._note("interrupt")
        return "2" if self.late and "wait" in self.log else None


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("between", [0, 1, 2])
def test_a_key_in_the_same_instant_as_the_text_counts_and_the_text_is_kept(
    prompts: Path, late: bool, between: int
) -> None:
    agi = _PressesAtOnce()
    agi.late = late

    class Answers(FakeStream):
        async def final(self, within: float) -> Recognised:
            found = await super().final(within)
            if not late:
                asyncio.get_running_loop().call_soon(agi.pressed.set)
            return found

    async def speaks_and_presses(caller: Caller) -> None:
        agi.pressed = asyncio.Event()
        await agi.saw("stream menu")
        caller.audio_stream.bring(SPEECH)
        await agi.saw("wait")
        caller.audio_stream.bring(END)
        for _ in range(between):
            await asyncio.sleep(0)
        caller.recognisers.stream.answer.set()

    event, caller = during(prompts, a_turn(), speaks_and_presses, agi=agi, recognisers=FakeRecognisers(Answers()))
    assert isinstance(event, Key) and event.key == "2"
    assert event.beside is not None and (event.beside.text, event.beside.turn_id) == ("我的卡丢了", "t1")
    assert caller.line.utterance == SPEECH + END


def test_a_key_in_the_instant_in_which_the_recogniser_fails_counts(prompts: Path) -> None:
    async def fails_and_presses(caller: Caller) -> None:
        await caller.agi.saw("stream menu")
        caller.audio_stream.bring(SPEECH)
        await caller.agi.saw("wait")
        caller.agi.keys.put_nowait("2")
        caller.audio_stream.bring(END)

    recognisers = FakeRecognisers(FakeStream(dies=True))
    event, _ = during(prompts, a_turn(), fails_and_presses, recognisers=recognisers)
    assert isinstance(event, Key) and (event.key, event.beside) == ("2", None)


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
        audio_stream, recognisers, agi = FakeTap(), FakeRecognisers(), FakeAgi()
        service = cast(Any, _Service(_Flow({}), _Catalogue(prompts)))
        line = Line(
            as_agi(agi), service, lambda _: None, spoken_before=False, resources=resources(audio_stream, recognisers)
        )
        agi.keys.put_nowait("1")
        agi.keys.put_nowait("2")
        await line.perform(a_turn())
        await line.perform(a_turn())
        assert agi.log.count("tap") == 1 and not audio_stream.closed
        await line.close()
        assert audio_stream.closed

    asyncio.run(run())


@pytest.mark.parametrize(
    "fakes",
    [
        {"recognisers": FakeRecognisers(busy=True)},
        {"recognisers": FakeRecognisers(FakeStream(dies=True))},
        {"recognisers": FakeRecognisers(FakeStream(breaks=True))},
    ],
    ids=["busy", "dead", "broken"],
)
def test_a_recogniser_that_fails_leaves_the_keys(prompts: Path, fakes: dict[str, Any]) -> None:
    event, _ = during(prompts, a_turn(), speaks, **fakes)
    assert isinstance(event, SpeechUnavailable)


def _cannot_be_made() -> FakeEndpointer:
    raise OSError("the model is gone")


@pytest.mark.parametrize(
    "endpointer",
    [
        _cannot_be_made,
        *(functools.partial(FakeEndpointer, where) for where in ("begin", "playing", "hear", "tick")),
    ],
    ids=["made", "begin", "playing", "hear", "tick"],
)
def test_voice_activity_that_fails_leaves_the_keys(
    prompts: Path, endpointer: Callable[[], FakeEndpointer], caplog: pytest.LogCaptureFixture
) -> None:
    async def sounds(caller: Caller) -> None:
        caller.audio_stream.bring(NOISE)

    event, _ = during(prompts, a_turn(), sounds, endpointer=endpointer)
    assert isinstance(event, SpeechUnavailable)
    assert any(one.exc_info for one in caplog.records), "its cause is logged"


def test_a_tap_that_asterisk_refuses_leaves_the_keys(prompts: Path) -> None:
    event, caller = during(prompts, a_turn(), nothing, agi=FakeAgi(refuses_tap=True))
    assert isinstance(event, SpeechUnavailable)
    assert caller.agi.log == ["tap"]


def test_a_tap_that_ends_in_mid_prompt_leaves_the_keys(prompts: Path) -> None:
    async def breaks(caller: Caller) -> None:
        await caller.agi.saw("stream menu")
        caller.audio_stream.breaks("the connection ended")

    event, caller = during(prompts, a_turn(), breaks)
    assert isinstance(event, SpeechUnavailable)
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
            caller.audio_stream.bring(SPEECH, COUGH)
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
        caller.audio_stream.bring(SPEECH, PAUSE, NOISE, ON, SPEECH, END)
        caller.recognisers.stream.answer.set()

    event, caller = during(prompts, a_turn(), hesitates)
    assert isinstance(event, Spoke)
    assert caller.recognisers.stream.fed == [SPEECH, PAUSE, b"early", b"resumed " + NOISE + ON, SPEECH]


async def waits(caller: Caller) -> None:
    caller.agi.ended.set()
    await caller.agi.saw("wait")
    caller.agi.keys.put_nowait(None)


def test_prompts_and_waits_share_one_time_limit(prompts: Path) -> None:
    """A tenth of a second of each prompt and 5 s of waiting fit into what was asked for the first prompt."""
    event, caller = during(prompts, a_turn(KEYS_ONLY, "menu", "keys"), waits, hears=False)
    assert isinstance(event, NoInput)
    assert caller.agi.guards == [1 + STALL_SECONDS + AHEAD_SECONDS]


def test_what_takes_longer_has_a_limit_of_its_own(prompts: Path) -> None:
    event, caller = during(prompts, a_turn(Listen(60_000)), waits, hears=False)
    assert isinstance(event, NoInput)
    assert caller.agi.guards == [1 + STALL_SECONDS + AHEAD_SECONDS, 60 + STALL_SECONDS + AHEAD_SECONDS]


def test_no_prompt_is_noted_for_a_caller_who_is_gone(prompts: Path) -> None:
    event, caller = during(prompts, a_turn(KEYS_ONLY), nothing, hears=False, agi=FakeAgi(gone=True))
    assert isinstance(event, HungUp) and event.heard == 0
    assert caller.facts == []


class _HangsUp(FakeAgi):
    """The caller hangs up in the first prompt."""

    async def stream(self, path: str, keys: str) -> str | None:
        self._note(f"stream {Path(path).name}")
        raise CallerGone("hung up")


def heard(caller: Caller) -> list[tuple[str, str]]:
    """Each prompt that began, and how it ended ("" where nothing is told of that)."""
    ends = {fact.began: fact for fact in caller.facts if isinstance(fact, PromptEnded)}
    begun = [fact for fact in caller.facts if isinstance(fact, PromptSpoken)]
    assert all(end.t >= end.began for end in ends.values())
    return [(one.prompt, ends[one.t].how if one.t in ends else "") for one in begun]


def test_the_record_is_told_how_each_prompt_ended(prompts: Path) -> None:
    async def leaves(caller: Caller) -> None:
        await caller.agi.saw("stream menu")
        caller.agi.keys.put_nowait("5")

    assert heard(during(prompts, a_turn(KEYS_ONLY), waits, hears=False)[1]) == [("menu", "whole")]
    assert heard(during(prompts, a_turn(KEYS_ONLY, "menu", "keys"), leaves, hears=False)[1]) == [("menu", "key")]
    assert heard(during(prompts, a_turn(HEARS, "menu", "keys"), speaks)[1]) == [("menu", "voice")]
    event, caller = during(prompts, a_turn(KEYS_ONLY, "menu", "keys"), nothing, hears=False, agi=_HangsUp())
    assert isinstance(event, HungUp) and heard(caller) == [("menu", "")]


def test_of_what_is_joined_into_a_prompt_the_record_is_told_that_it_was(prompts: Path) -> None:
    turn = Turn((Say("menu", {"amount": 520_099}), Say("keys")), KEYS_ONLY, (), "zh", "normal")
    _, caller = during(prompts, turn, waits, hears=False)
    assert [fact.values for fact in caller.facts if isinstance(fact, PromptSpoken)] == [True, False]
    assert "520099" not in repr(caller.facts)


def test_a_prompt_that_cannot_be_played_was_not_heard(prompts: Path) -> None:
    event, caller = during(prompts, a_turn(End()), nothing, hears=False, agi=FakeAgi(refuses=("stream",)))
    assert event is None and heard(caller) == [("menu", "failed")]
    event, caller = during(prompts, a_turn(KEYS_ONLY), nothing, hears=False, agi=FakeAgi(refuses=("stream",)))
    assert isinstance(event, Failed) and heard(caller) == [("menu", "failed")]


def keyed(prompts: Path, keys: str, then: Then = SECRET) -> tuple[Event | None, Caller]:
    """Press the keys into the prompt, one after the other, and then nothing more."""

    async def presses(caller: Caller) -> None:
        await caller.agi.saw("stream menu")
        for key in [*keys, None]:
            caller.agi.keys.put_nowait(key)

    return during(prompts, a_turn(then), presses)


@pytest.mark.parametrize(
    ("keys", "digits"), [("836251", "836251"), ("8362#", "8362"), ("8362", "8362"), ("0", "0"), ("83*", "83")]
)
def test_the_keys_of_a_secret_are_one_answer_that_shows_nothing(prompts: Path, keys: str, digits: str) -> None:
    event, caller = keyed(prompts, keys)
    assert isinstance(event, SecretKeys) and event.secret.reveal() == digits
    assert not set(digits) & set(repr(event).partition("secret")[2].partition("heard")[0])
    assert [type(fact).__name__ for fact in caller.facts] == ["FirstPrompt", "PromptSpoken", "PromptEnded"]
    ended = caller.facts[-1]
    assert isinstance(ended, PromptEnded) and ended.how == "key"


def test_a_secret_of_one_key_is_secret(prompts: Path) -> None:
    event, _ = keyed(prompts, "8", Listen(5000, keys=1, secret=True))
    assert isinstance(event, SecretKeys) and event.secret.reveal() == "8"


@pytest.mark.parametrize("key", "*#")
def test_a_reserved_key_before_the_first_digit_is_that_key(prompts: Path, key: str) -> None:
    event, _ = keyed(prompts, key)
    assert isinstance(event, Key) and event.key == key


def test_the_star_is_the_x_of_an_id_number(prompts: Path) -> None:
    event, _ = keyed(prompts, "11010519491231002*", Listen(5000, keys=19, secret=True))
    assert isinstance(event, SecretKeys) and event.secret.reveal() == "11010519491231002X"


def test_nobody_listens_while_a_secret_is_keyed(prompts: Path) -> None:
    """Also where speech would be expected, and was in the turn before."""

    async def run() -> None:
        audio_stream, recognisers, agi = FakeTap(), FakeRecognisers(), FakeAgi()
        service = cast(Any, _Service(_Flow({}), _Catalogue(prompts)))
        line = Line(
            as_agi(agi), service, lambda _: None, spoken_before=False, resources=resources(audio_stream, recognisers)
        )
        agi.keys.put_nowait("1")
        await line.perform(a_turn())
        assert not audio_stream.closed

        async def speaks_the_pin() -> None:
            await agi.saw("stream keys")
            assert audio_stream.closed
            audio_stream.bring(SPEECH, END)
            for key in "836251":
                agi.keys.put_nowait(key)

        event, _ = await asyncio.gather(line.perform(a_turn(SECRET, "keys")), speaks_the_pin())
        assert isinstance(event, SecretKeys)
        assert not recognisers.expected and not line.utterance and agi.log.count("tap") == 1
        await line.close()

    asyncio.run(run())


def test_what_is_typed_after_the_last_digit_is_no_choice(prompts: Path) -> None:
    async def run() -> None:
        agi = FakeAgi()
        service = cast(Any, _Service(_Flow({}), _Catalogue(prompts)))
        facts: list[Fact] = []
        line = Line(as_agi(agi), service, facts.append, spoken_before=True)
        for key in "83625174#":
            agi.keys.put_nowait(key)
        secret = await line.perform(a_turn(SECRET))
        assert isinstance(secret, SecretKeys) and secret.secret.reveal() == "836251"
        after = asyncio.ensure_future(line.perform(a_turn(KEYS_ONLY)))
        agi.keys.put_nowait(None)  # the prompt ends, and then the time-out passes
        agi.keys.put_nowait(None)
        event = await asyncio.wait_for(after, 10)
        assert isinstance(event, NoInput), event

    asyncio.run(run())
