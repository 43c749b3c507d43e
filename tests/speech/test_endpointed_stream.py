"""Frames that decide nothing are put off and heard together: nothing comes of it that would not have come otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.speech.audio import wav
from ivr.speech.voice_activity.endpointed_stream import EndpointedStream
from ivr.speech.voice_activity.endpointer import Endpointer
from ivr.speech.voice_activity.frame_clock import FrameClock
from ivr.speech.voice_activity.vad import FRAME_MS, NOTHING_DBFS, Gate, Sound, Vad, judged
from ivr.telephony.audio.audio_stream import AudioStream
from tests.speech.hearing import Loud, echo_of, frames, needs_silero, noise, over, prompt, silero, spoken

#: What a caller sends for a while, and what else may happen; most of it is nothing.
SOUNDS = ["nothing", "line", "line", "noise", "near", "echo", "echo", "voice", "voice over echo"]
OTHERS = ["play", "play", "stop", "begin", "rest", "away", "lost"]
#: What, for how many polls, frames of each poll, and how late (ms) it is.
STEP = st.tuples(
    st.sampled_from(SOUNDS + OTHERS), st.integers(1, 60), st.sampled_from([1, 2, 2, 2, 3, 30]), st.integers(0, 25)
)
SECONDS = 16


class Noted(Loud):
    """A detection that notes all that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[bytes] = []

    def speech(self, frame: Sound) -> Sequence[float]:
        """See Vad.speech."""
        self.given.append(frame.tobytes())
        return super().speech(frame)

    def reset(self) -> None:
        """See Vad.reset."""
        self.given.append(b"reset")


class EachHeard(Endpointer):
    """Hears every frame when it comes."""

    @property
    def quiet_below(self) -> float:
        return -math.inf

    def hear_quiet(self, frames: Sequence[bytes], loud: Sequence[float], times: Sequence[int]) -> None:
        raise AssertionError("put off")


class Line:
    """One caller's stream, and all that is told of it."""

    def __init__(self, kind: Callable[[Vad], Endpointer], vad: Vad) -> None:
        self.told: list[tuple[int, dict[str, Any]]] = []
        self.now = 1000
        stream = AudioStream("127.0.0.1", 1, 100, "a")
        self.stream = EndpointedStream(stream, kind(vad), lambda message: self.told.append((self.now, message)))
        self.stream.begin(self.now, 1, False)

    def poll(self, read: Sequence[bytes]) -> None:
        if read:
            self.stream.hear(read, *judged(read), self.now)
        else:
            self.stream.tick(self.now)


def sounds(seed: int) -> dict[str, wav.Samples]:
    """What may be heard beside the prompt of `seed`, from its beginning on."""
    size = SECONDS * wav.RATE
    played = prompt_of(seed)
    quiet, words = noise(SECONDS, -62, seed), noise(SECONDS, -25, seed + 1)
    echo = np.resize(echo_of(played, 40 + 10 * seed, -22.0, "line", seed), size) + quiet
    return {
        "nothing": np.zeros(size),
        "line": quiet,
        "noise": noise(SECONDS, -48, seed),
        "near": noise(SECONDS, -54.2, seed),
        "echo": echo,
        "soft": noise(SECONDS, -40, seed),
        "voice": words,
        "voice over echo": echo + words,
    }


def prompt_of(seed: int) -> wav.Samples:
    """Sound that rises and falls as speech does."""
    return noise(5.0, -20, 50 + seed) * (1.0 + np.sin(np.arange(5 * wav.RATE) / 700.0)) / 2


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Prompts, by their seeds."""
    files = [tmp_path_factory.mktemp("prompts") / f"{seed}.wav" for seed in range(3)]
    for seed, file in enumerate(files):
        wav.write(file, prompt_of(seed))
    return files


def lived(line: Line, steps: Sequence[tuple[str, int, int, int]], seed: int, file: Path) -> None:
    """A call, step by step."""
    sent = {name: list(frames(sound)) for name, sound in sounds(seed).items()}
    at = 0
    for turn, (what, polls, each, late) in enumerate(steps):
        match what:
            case "play":
                line.stream.playing(str(file))
                at = 0
            case "stop":
                line.stream.playing(None)
            case "begin":
                line.stream.begin(line.now, turn, polls % 2 == 0)
            case "rest":
                line.stream.rest()
            case "lost":
                line.now += polls * FRAME_MS
                at += polls
            case "away":
                for _ in range(polls):
                    line.now += 40
                    line.poll(())
            case _:
                for number in range(polls if each < 30 else 2):
                    line.now += each * FRAME_MS
                    read = [sent[what][(at + one) % len(sent[what])] for one in range(each)]
                    at += each
                    line.now += late * (number % 5 == 1)
                    line.poll(read)
                    line.now -= late * (number % 5 == 1)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEP, min_size=4, max_size=30), seed=st.integers(0, 2))
def test_what_is_put_off_changes_nothing(
    steps: list[tuple[str, int, int, int]], seed: int, recordings: list[Path]
) -> None:
    vads = Noted(), Noted()
    lines = Line(Endpointer, vads[0]), Line(EachHeard, vads[1])
    end = [("begin", 1, 2, 0), ("voice", 20, 2, 0), ("line", 40, 2, 0)]
    for line in lines:
        lived(line, [*steps, *end], seed, recordings[seed])
    assert lines[0].told == lines[1].told
    assert vads[0].given == vads[1].given
    assert lines[0].told, "the end of the call is speech"


@needs_silero
@pytest.mark.parametrize("number", range(3))
def test_fixtures_over_the_echo_of_prompts_are_heard_the_same(number: int, tmp_path: Path) -> None:
    wav.write(tmp_path / "prompt.wav", prompt(number))
    told = []
    for kind in (Endpointer, EachHeard):
        line = Line(kind, silero()())
        for turn in range(2):
            line.stream.playing(str(tmp_path / "prompt.wav"))
            heard = over(echo_of(prompt(number), 90 + 70 * turn, -20.0, "line"), spoken()[40 + number], 4000)
            sent = list(frames(heard + noise(len(heard) / wav.RATE, -60, turn)[: len(heard)]))
            for at in range(0, len(sent), 2):
                line.now += 2 * FRAME_MS
                line.poll(sent[at : at + 2])
            line.stream.playing(None)
            line.stream.begin(line.now, turn + 2, True)
        told.append(line.told)
    assert told[0] == told[1]
    assert any(message.get("edge") == "ended" for _, message in told[0])


def test_what_a_noisy_line_proves_about_its_echo_is_known(recordings: list[Path]) -> None:
    """The prompt was not heard in the noise, so what is above its echo is somebody."""
    steps = [("noise", 150, 2, 0), ("play", 1, 2, 0), ("noise", 90, 2, 0), ("soft", 10, 2, 0)]
    vads = Noted(), Noted()
    for kind, vad in zip((Endpointer, EachHeard), vads, strict=True):
        lived(Line(kind, vad), steps, 0, recordings[0])
    assert vads[0].given == vads[1].given


def test_what_stands_out_from_a_line_that_has_just_become_quiet_is_heard() -> None:
    """Also where both frames came together."""
    sent = [*frames(noise(8, -46, 3)), *frames(np.concatenate((noise(0.02, -75), noise(0.02, -43.5))))]
    vads = Noted(), Noted()
    for kind, vad in zip((Endpointer, EachHeard), vads, strict=True):
        line = Line(kind, vad)
        for at in range(0, len(sent), 2):
            before = len(vad.given)
            line.now += 2 * FRAME_MS
            line.poll(sent[at : at + 2])
        assert len(vad.given) > before
    assert vads[0].given == vads[1].given


@pytest.mark.parametrize("rest", [7, 60])
def test_a_rest_after_what_was_put_off_is_known(rest: int, recordings: list[Path]) -> None:
    vads = Noted(), Noted()
    lines = Line(Endpointer, vads[0]), Line(EachHeard, vads[1])
    for line in lines:
        lived(line, [("line", 20, 2, 0), ("away", rest, 2, 0), ("line", 9, 2, 0), ("voice", 9, 2, 0)], 0, recordings[0])
    assert (b"reset" in vads[0].given) == (rest * 40 > 1000)
    assert vads[0].given == vads[1].given
    assert lines[0].told == lines[1].told


def test_a_caller_who_says_nothing_is_not_heard_frame_by_frame() -> None:
    class Counted(Endpointer):
        heard = 0

        def hear(self, *given: Any) -> Any:
            self.heard += 1
            return super().hear(*given)

    made: list[Counted] = []

    def make(vad: Vad) -> Counted:
        made.append(Counted(vad))
        return made[-1]

    line = Line(make, Loud())
    for _ in range(200):
        line.now += 2 * FRAME_MS
        line.poll(list(frames(noise(0.04, -62))))
    assert made[0].heard <= 4


# ---- what it rests on

LEVELS = st.lists(st.floats(NOTHING_DBFS, -30.0) | st.floats(-62.0, -48.0), max_size=80)


@given(LEVELS, LEVELS)
def test_a_gate_stays_shut_for_what_it_says(before: list[float], levels: list[float]) -> None:
    one, all_at_once = Gate(), Gate()
    for gate in (one, all_at_once):
        for loud in [*before, *[-96.0] * 20]:
            gate.open(loud, False)
    below, put_off, from_levels = one.shut_below, [], []
    for loud in levels:
        if loud < below:
            put_off.append(loud)
            below = min(below, Gate.shut_below_after(loud))
            from_levels.append(one.loud_from)
            assert not one.open(loud, False)
            assert one.shut_below >= below
    assert all_at_once.stay_shut(put_off) == from_levels
    assert all_at_once.floor == one.floor
    assert all_at_once.open(-20.0, False) and one.open(-20.0, False)
    assert one.shut_below == -math.inf


@given(st.lists(st.integers(-100, 200), max_size=60), st.integers(0, 60))
def test_a_clock_takes_many_frames_as_each(steps: list[int], cut: int) -> None:
    times = [int(at) for at in np.cumsum([1000, *steps])]
    one, many = FrameClock(), FrameClock()
    assert many.frames(times[:cut]) + many.frames(times[cut:]) == [one.frame(at) for at in times]
    assert many.now == one.now


def test_a_caller_is_put_off_whatever_the_noise_of_his_line() -> None:
    """Once it is learned a noise above the gate's least level costs no more than silence."""
    puts: list[int] = []

    class Counted(Endpointer):
        def hear_quiet(self, frames: Sequence[bytes], loud: Sequence[float], times: Sequence[int]) -> None:
            puts.append(len(frames))
            super().hear_quiet(frames, loud, times)

    line = Line(Counted, Loud())
    sent = list(frames(noise(20, -46, 3)))
    for at in range(0, len(sent), 2):
        line.now += 2 * FRAME_MS
        line.poll(sent[at : at + 2])
    assert sum(puts[-8:]) >= 0.9 * 8 * 50
