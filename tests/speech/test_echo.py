"""The prompt's own echo stops no prompt, and a caller who speaks over it does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.speech.audio import wav
from ivr.speech.voice_activity.echo import Echo
from ivr.speech.voice_activity.echo_path import KEPT, TAPS, WINDOW, Compared
from ivr.speech.voice_activity.endpointer import Endpointer, SpeechStarted
from ivr.speech.voice_activity.frame_clock import FrameClock
from ivr.speech.voice_activity.vad import FRAME_MS, level, samples
from tests.speech.hearing import echo_of, frames, needs_silero, noise, over, prompt, silero, spoken
from tests.speech.speaking import silence, tone

#: Delay (ms), gain (dB), room or line: the same paths in every run.
PATHS = [(20, -20.0, "line"), (150, -20.0, "line"), (480, -20.0, "line"), (90, -20.0, "room"), (300, -26.0, "room")]


def starts(calls: list[tuple[wav.Samples, wav.Samples]]) -> list[list[int]]:
    """For each prompt of one call, played over what is heard: when speech was told of."""
    listener, now, found = Endpointer(silero()()), 0, []
    for played, heard in calls:
        listener.begin(now)
        listener.playing(played)
        began, told = now, []
        for frame in frames(heard):
            now += FRAME_MS
            if now - began > len(played) / 8:
                listener.playing(None)
            if isinstance(listener.feed(frame, now), SpeechStarted):
                told.append(now - began)
                listener.begin(now)
        found.append(told)
    return found


@needs_silero
@pytest.mark.parametrize(("delay", "gain", "kind"), PATHS)
@pytest.mark.parametrize("dbfs", [-62, -45])
def test_echo_stops_no_prompt(delay: int, gain: float, kind: str, dbfs: float) -> None:
    calls = []
    for number in range(3):
        heard = echo_of(prompt(number), delay + 11 * number, gain, kind)  # a player never begins equally soon
        calls.append((prompt(number), heard + noise(len(heard) / 8000, dbfs, number)))
    assert starts(calls) == [[], [], []]


@needs_silero
def test_that_echo_would_be_speech_to_a_detection() -> None:
    heard = echo_of(prompt(), 150, -20.0, "line")
    assert starts([(silence(1.0), heard + noise(len(heard) / 8000, -62))])[0]


@needs_silero
@pytest.mark.parametrize(("dbfs", "late"), [(-23, 260), (-32, 320), (-38, 700)])
@pytest.mark.parametrize(("delay", "gain", "kind"), [PATHS[1], PATHS[2], (0, -120.0, "line")])
def test_a_caller_who_speaks_over_it_is_heard(dbfs: float, late: int, delay: int, gain: float, kind: str) -> None:
    words = spoken()[40] * 10 ** ((dbfs + 23) / 20)
    heard = over(echo_of(prompt(), delay, gain, kind), words, 4000)
    (told,) = starts([(prompt(), heard + noise(len(heard) / 8000, -62))])
    assert told
    assert 4100 <= told[0] <= 4100 + late


@needs_silero
def test_a_caller_at_the_very_beginning_is_heard() -> None:
    heard = over(echo_of(prompt(), 150, -20.0, "line"), spoken()[40], 100)
    assert starts([(prompt(), heard + noise(len(heard) / 8000, -62))])[0][0] <= 600


@needs_silero
def test_sound_that_was_lost_on_the_way_starts_nothing() -> None:
    heard = echo_of(prompt(), 100, -20.0, "line")
    heard += noise(len(heard) / 8000, -62)
    listener, told = Endpointer(silero()()), []
    listener.playing(prompt())
    for number, frame in enumerate(frames(heard)):
        now = (number + 1) * FRAME_MS
        if 3000 < now <= 3400 or 5000 < now <= 5060:
            assert listener.tick(now) is None
        else:
            told.append(listener.feed(frame, now))
    assert not any(told)


# ---- the canceller by itself


def cleaned(echo: Echo, heard: wav.Samples) -> wav.Samples:
    """What it leaves of a sound."""
    parts = [heard[at : at + 160].astype(np.float32) for at in range(0, len(heard) - 159, 160)]
    return np.concatenate([echo.clean(part, level(part), -54.0)[0] for part in parts]).astype(np.float64)


@pytest.mark.parametrize(("kind", "least_db"), [("line", 12), ("room", 5)])
def test_most_of_an_echo_is_taken_out(kind: str, least_db: float) -> None:
    heard = echo_of(prompt(), 200, -20.0, kind) + 0.0
    echo = Echo()
    echo.playing(prompt())
    assert echo.at_most == -14
    left = cleaned(echo, heard)
    later = slice(24000, 56000)
    assert level(heard[later].astype(np.float32)) - level(left[later].astype(np.float32)) >= least_db
    assert -16 <= echo.at_most <= 0


def test_a_quiet_line_proves_that_there_is_no_echo() -> None:
    echo = Echo()
    echo.playing(prompt())
    cleaned(echo, noise(5, -62))
    assert echo.at_most < -30


def test_what_is_no_echo_is_left_as_it_is() -> None:
    words = np.concatenate(spoken()[60:64])
    echo = Echo()
    echo.playing(prompt())
    left = cleaned(echo, words)
    assert level((words[: len(left)] - left).astype(np.float32)) < level(words.astype(np.float32)) - 15


def test_where_nothing_plays_nothing_is_done() -> None:
    echo = Echo()
    words = spoken()[0]
    assert (cleaned(echo, words) == words[: len(words) // 160 * 160].astype(np.float32)).all()
    echo.playing(tone(0.1))
    echo.playing(None)
    cleaned(echo, silence(1.0))
    frame = noise(0.02, -20).astype(np.float32)
    assert echo.clean(frame, level(frame), -54.0)[0] is frame


@pytest.mark.parametrize("delay", [24, 300, 4700])
def test_a_path_is_found_where_it_is(delay: int) -> None:
    played = noise((KEPT + 1000) / 8000, -20, 3).astype(np.float32)
    heard = 0.1 * np.roll(played, delay) - 0.05 * np.roll(played, delay + 30)
    seen = Compared(heard[-WINDOW:].astype(np.float32), played[-KEPT:]).likeliest()
    path = seen.path()
    assert seen.delay == delay - 24
    assert path[24] == pytest.approx(0.1, abs=0.01)
    assert path[54] == pytest.approx(-0.05, abs=0.01)
    assert len(path) == TAPS
    assert seen.share(path) > 0.95
    assert seen.share(-path) < 0
    assert seen.level_db() == pytest.approx(-19, abs=0.5)


def test_nothing_has_no_path() -> None:
    zero = np.zeros(KEPT, np.float32)
    seen = Compared(zero[-WINDOW:], zero).likeliest()
    assert not seen.path().any()
    assert seen.share(seen.path()) == 0


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["play", "stop", "skip", "hear", "same", "loud"]), st.integers(0, 120)), max_size=30
    )
)
def test_whatever_happens_sound_never_grows(steps: list[tuple[str, int]]) -> None:
    echo, random = Echo(), np.random.default_rng(0)
    playing = np.zeros(0)
    for name, size in steps:
        if name == "play":
            playing = random.standard_normal(size * 160 + size) * 0.1
            echo.playing(playing)
        elif name == "stop":
            echo.playing(None)
        elif name == "skip":
            echo.skip(size * 40)
        else:
            for n in range(size):
                part = playing[n * 160 : n * 160 + 160] if name == "same" else np.zeros(0)
                frame = np.pad(part * 0.1, (0, 160 - len(part))).astype(np.float32)
                frame += random.standard_normal(160).astype(np.float32) * np.float32(0.5 if name == "loud" else 1e-4)
                clean, limit = echo.clean(frame, level(frame), -54.0)
                assert len(clean) == 160
                assert np.isfinite(clean).all()
                assert level(clean) <= level(frame) + 1e-3
                assert limit >= -54.0
        assert echo.at_most <= -14


def test_a_soft_beginning_of_a_prompt_counts_for_the_proof() -> None:
    echo = Echo()
    echo.playing(np.concatenate((noise(2.0, -36), noise(0.1, -10))))
    echo.quiet(list(frames(noise(2.0, -62))), [-54.0] * 100)
    assert echo.at_most == -14, "so far nothing is proven that was not known"
    echo.quiet(list(frames(noise(0.1, -62))), [-54.0] * 5)
    assert echo.at_most == pytest.approx(-54 + 8 + 10, abs=1)


def test_a_prompt_after_a_rest_begins_anew() -> None:
    heard = echo_of(prompt(), 200, -20.0, "line")[: 4 * wav.RATE]
    left = []
    for before in (0, 1):
        echo = Echo()
        if before:
            echo.playing(noise(0.5, -20))
            quiet = list(frames(noise(2.0, -56)))
            echo.quiet(quiet, [-50.0] * len(quiet))
        echo.playing(prompt())
        left.append(cleaned(echo, heard))
    assert left[0].tobytes() == left[1].tobytes()


QUIET = st.tuples(st.sampled_from(["play", "stop", "skip", "same", "quiet", "quiet", "quiet"]), st.integers(1, 200))


@settings(max_examples=40, deadline=None)
@given(st.lists(QUIET, min_size=3, max_size=15), st.lists(st.sampled_from([-54.0, -50.0, -47.5]), min_size=1))
def test_quiet_frames_together_are_as_each(steps: list[tuple[str, int]], leasts: list[float]) -> None:
    each, together = Echo(), Echo()
    played, at = noise(4, -20, 7), 0
    for name, size in [("play", 1), *steps, ("same", 40)]:
        least = leasts[size % len(leasts)]
        if name in ("play", "stop"):
            at = 0
            for echo in (each, together):
                echo.playing(played if name == "play" else None)
        elif name == "skip":
            for echo in (each, together):
                echo.skip(size)
        elif name == "quiet":
            quiet = list(frames(noise(size * 0.02, -60, size)))
            levels = [least + 0.1 * (n % 3) for n in range(len(quiet))]
            for sound, loud_from in zip(samples(quiet), levels, strict=True):
                each.clean(sound, level(sound), loud_from)
            together.quiet(quiet, levels)
        else:
            for part in samples(list(frames(0.1 * np.roll(played, 800)[at * 160 : (at + size) * 160]))):
                (one, limit), (two, other) = (echo.clean(part, level(part), least) for echo in (each, together))
                assert one.tobytes() == two.tobytes()
                assert limit == other
        at += size
        assert each.at_most == together.at_most


# ---- arrivals


def test_frames_on_time_are_never_lost() -> None:
    clock = FrameClock()
    assert [clock.frame(1000 + 20 * n + n % 3) for n in range(100)][1:] == [
        (20 + (n + 1) % 3 - n % 3, 0) for n in range(99)
    ]


def test_lost_frames_are_counted_once_and_a_burst_is_none() -> None:
    clock = FrameClock()
    for n in range(10):
        clock.frame(20 * n)
    assert [clock.frame(1180)[1]] + [clock.frame(1180)[1] for _ in range(49)] == [0] * 50, "late, but all there"
    assert [clock.frame(1200 + 20 * n)[1] for n in range(50)] == [0] * 50
    lost = [clock.frame(2700 + 20 * n)[1] for n in range(50)]
    assert sum(lost) == pytest.approx((2700 - 2180) // 20 - 1, abs=1)


@given(st.lists(st.integers(-5000, 5000), max_size=100))
def test_the_clock_never_goes_backwards(steps: list[int]) -> None:
    clock, now, last = FrameClock(), 0, None
    for step in steps:
        now += step
        gap, lost = clock.frame(now)
        assert gap >= 0
        assert lost >= 0
        assert last is None or clock.now >= last
        last = clock.now
        assert clock.look(now - 7) == 0


def test_before_the_first_frame_nothing_is_away() -> None:
    assert FrameClock().look(10**9) == 0
