"""Begin, pause and end of speech: by sound where frames come, by the clock where none do, whatever comes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.speech.audio import wav
from ivr.speech.voice_activity.endpointer import (
    Edge,
    Endpointer,
    EndpointLimits,
    SpeechDismissed,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
)
from ivr.speech.voice_activity.vad import FRAME_BYTES, FRAME_MS
from tests.speech.hearing import Loud, frames, hear, joined, kinds, pcm
from tests.speech.speaking import silence, tone

VOICE, REST = b"".join(frames(tone(0.02, -20))), bytes(FRAME_BYTES)
WHOLE = ["SpeechStarted", "SpeechPaused", "SpeechEnded"]


def listener(**limits: int) -> Endpointer:
    made = Endpointer(Loud(), EndpointLimits(**limits))
    made.begin(0)
    return made


def test_one_utterance_from_its_beginning_to_its_end() -> None:
    found = hear(listener(), joined(silence(1.0), tone(0.8), silence(1.5)))
    assert kinds(found) == WHOLE
    (began, started), (_, paused), (ended, last) = found
    assert isinstance(started, SpeechStarted)
    assert isinstance(paused, SpeechPaused)
    assert isinstance(last, SpeechEnded)
    assert began == 1080, "three frames of proof, and the first loud frame alone is none"
    assert 900 <= started.t_start <= 1000
    assert last.t_end == paused.t_end == 1800
    assert ended == 1800 + EndpointLimits().end
    assert last.audio == paused.audio, "recognition that began at the pause holds"
    assert last.audio.startswith(started.audio)
    assert len(last.audio) == len(started.audio) + FRAME_BYTES * ((1800 - 1080) + EndpointLimits().after) // FRAME_MS


def test_what_came_just_before_is_in_the_audio() -> None:
    (_, started), *_ = hear(listener(before=200), joined(silence(1.0), tone(0.8), silence(1.5)))
    assert isinstance(started, SpeechStarted)
    first = np.flatnonzero(np.frombuffer(started.audio, "<i2"))[0]
    assert 200 <= first * 1000 // wav.RATE <= 300


def test_a_pause_may_go_on() -> None:
    found = hear(listener(), joined(silence(0.5), tone(0.4), silence(0.4), tone(0.4), silence(1.0)))
    assert kinds(found) == ["SpeechStarted", "SpeechPaused", "SpeechResumed", "SpeechPaused", "SpeechEnded"]
    assert found[2][0] == 500 + 400 + 400 + 80
    last = found[-1][1]
    assert isinstance(last, SpeechEnded)
    assert last.t_end == 500 + 400 + 400 + 400
    assert len(last.audio) // FRAME_BYTES * FRAME_MS >= 1200


def test_a_short_gap_is_no_pause() -> None:
    assert kinds(hear(listener(), joined(silence(0.5), tone(0.4), silence(0.2), tone(0.4), silence(1.0)))) == WHOLE


def test_a_click_in_a_pause_neither_resumes_nor_delays_the_end() -> None:
    found = hear(listener(), joined(silence(0.5), tone(0.4), silence(0.3), tone(0.02), silence(1.0)))
    assert kinds(found) == WHOLE
    assert found[-1][0] == 900 + EndpointLimits().end


def test_a_closed_question_ends_sooner() -> None:
    made = listener()
    sound = joined(silence(0.5), tone(0.3), silence(1.0))
    made.begin(0, closed=True)
    assert hear(made, sound)[-1][0] == 800 + EndpointLimits().closed_end
    made.begin(2000)
    assert hear(made, sound, 2000)[-1][0] == 2800 + EndpointLimits().end


def test_too_short_is_dismissed_unless_more_follows() -> None:
    short = joined(silence(0.5), tone(0.08), silence(1.0))
    found = hear(listener(), short)
    assert kinds(found) == ["SpeechStarted", "SpeechDismissed"]
    assert isinstance(found[1][1], SpeechDismissed)
    more = hear(listener(), joined(silence(0.5), tone(0.08), silence(0.4), tone(0.3), silence(1.0)))
    assert kinds(more) == WHOLE


def test_less_than_the_proof_is_nothing() -> None:
    assert hear(listener(), joined(silence(0.5), tone(0.04), silence(1.0), tone(0.04), silence(1.0))) == []


def test_what_never_ends_is_cut() -> None:
    found = hear(listener(longest=3000), joined(silence(0.5), tone(4.0)))
    assert kinds(found) == ["SpeechStarted", "SpeechEnded", "SpeechStarted"]
    edge = found[1][1]
    assert isinstance(edge, SpeechEnded)
    assert len(edge.audio) == 3000 // FRAME_MS * FRAME_BYTES
    assert edge.t_end == found[1][0]
    again = found[2][1]
    assert isinstance(again, SpeechStarted)
    assert again.t_start >= edge.t_end


def test_what_sounds_when_the_line_opens_is_judged_half_a_second_later() -> None:
    found = hear(listener(), joined(tone(1.0), silence(1.0)))
    assert kinds(found) == WHOLE
    assert found[0][0] == 520
    assert hear(listener(), joined(tone(0.3), silence(1.0))) == []


def test_the_clock_ends_it_where_the_sound_stops() -> None:
    made = listener()
    hear(made, joined(silence(0.5), tone(0.5)))
    found = [(now, made.tick(now)) for now in range(1000, 2000, 100)]
    told = [(now, edge) for now, edge in found if edge is not None]
    assert kinds(told) == ["SpeechPaused", "SpeechEnded"]
    assert [now for now, _ in told] == [1300, 1600]
    last = told[1][1]
    assert isinstance(last, SpeechEnded)
    assert last.t_end == 1000
    assert not made.pending


def test_frames_that_are_a_little_late_end_nothing() -> None:
    made = listener()
    hear(made, joined(silence(0.5), tone(0.5)))
    assert made.tick(1050) is None
    assert hear(made, tone(0.5), 1300) == [], "no pause was told of, so none is taken back"
    assert made.pending


def test_a_gap_without_ticks_ends_it_too() -> None:
    made = listener()
    hear(made, joined(silence(0.5), tone(0.5)))
    edge = made.feed(VOICE, 5000)
    assert isinstance(edge, SpeechEnded)
    assert edge.t_end <= 1020


def test_a_late_burst_is_heard_as_it_was_spoken() -> None:
    made = listener()
    hear(made, silence(0.5))
    edges = [made.feed(frame, 1500) for frame in frames(joined(tone(0.6), silence(0.4)))]
    assert [type(edge) for edge in edges if edge] == [SpeechStarted, SpeechPaused]
    rest = [made.feed(frame, 1520 + FRAME_MS * n) for n, frame in enumerate(frames(silence(0.5)))]
    assert [type(edge) for edge in rest if edge] == [SpeechEnded]


def test_a_new_turn_forgets_what_was_heard() -> None:
    made = listener()
    hear(made, joined(silence(0.5), tone(0.5)))
    assert made.pending
    made.begin(1000)
    assert not made.pending
    found = hear(made, joined(tone(0.5), silence(1.0)), 1000)
    assert kinds(found) == WHOLE
    started = found[0][1]
    assert isinstance(started, SpeechStarted)
    assert started.t_start >= 1000
    assert len(started.audio) <= 60 // FRAME_MS * FRAME_BYTES


@pytest.mark.parametrize("size", [0, 1, 319, 321, 640, 5000])
def test_a_frame_of_another_size_costs_nothing(size: int) -> None:
    made = listener()
    for n in range(40):
        made.feed((VOICE * 16)[:size], FRAME_MS * n)
    assert made.pending == (size >= 319)
    found = [made.tick(800 + 100 * n) for n in range(10)]
    ended = [edge for edge in found if isinstance(edge, SpeechEnded)]
    assert len(ended) == (size >= 319)
    assert all(len(edge.audio) % FRAME_BYTES == 0 for edge in ended)


def test_a_silent_line_never_asks_the_detection() -> None:
    vad = Loud()
    made = Endpointer(vad)
    for n, frame in enumerate(frames(np.random.default_rng(1).standard_normal(80000) * 0.0008)):
        made.feed(frame, FRAME_MS * n)
    assert vad.asked == 0
    for n, frame in enumerate(frames(tone(0.1))):
        made.feed(frame, 10000 + FRAME_MS * n)
    assert vad.asked == 6 + 4, "the frames before the gate opened are judged as well"


def test_what_follows_a_rest_of_the_tap_does_not_continue_what_was_before() -> None:
    vad = Loud()
    made = Endpointer(vad)
    hear(made, joined(silence(0.5), tone(0.5)))
    assert made.feed(VOICE, 1500) is None
    assert vad.resets == 0
    made.feed(VOICE, 4000)
    assert vad.resets == 1


def test_steady_noise_is_learnt_and_then_costs_nothing() -> None:
    vad = Loud()
    made = Endpointer(vad)
    sound = np.random.default_rng(1).standard_normal(30 * 8000) * 10 ** (-45 / 20)
    for n, frame in enumerate(frames(sound)):
        made.feed(frame, FRAME_MS * n)
        if n == 1000:
            vad.asked = 0
    assert vad.asked == 0


# ---- whatever comes

SOUNDS = st.sampled_from([VOICE, VOICE, VOICE, REST, REST, pcm(tone(0.02, -60)), pcm(tone(0.02, -38)), VOICE[:100]])
BURST = st.tuples(SOUNDS | st.binary(max_size=400), st.integers(1, 60), st.integers(-100, 1500))
ACTION = st.tuples(st.sampled_from(["feed", "feed", "feed", "tick", "begin", "play", "stop"]), BURST)


class Checked:
    """An end-pointer whose edges are checked one after the other."""

    def __init__(self, made: Endpointer) -> None:
        self.made = made
        self.started: SpeechStarted | None = None
        self.paused: SpeechPaused | None = None
        self.ended_at: int | None = None

    def see(self, edge: Edge | None) -> None:
        match edge:
            case SpeechStarted():
                assert self.started is None
                assert edge.audio
                assert self.ended_at is None or edge.t_start >= self.ended_at
                self.started = edge
            case SpeechPaused():
                assert self.started is not None
                assert self.paused is None
                self.paused = edge
                self._audio(edge)
            case SpeechResumed():
                assert self.paused is not None
                self.paused = None
            case SpeechEnded():
                self._audio(edge)
                assert self.paused is None or self.paused.audio == edge.audio
                assert self.paused is None or self.paused.t_end <= edge.t_end
                self.ended_at = edge.t_end
                self.forget()
            case SpeechDismissed():
                assert self.started is not None
                assert self.paused is None
                self.forget()
        assert self.made.pending == (self.started is not None)

    def _audio(self, edge: SpeechPaused | SpeechEnded) -> None:
        assert self.started is not None
        assert edge.t_start == self.started.t_start
        assert edge.t_start <= edge.t_end
        assert edge.audio.startswith(self.started.audio)
        assert len(edge.audio) % FRAME_BYTES == 0
        assert len(edge.audio) <= 15_000 // FRAME_MS * FRAME_BYTES

    def forget(self) -> None:
        self.started = self.paused = None


@settings(max_examples=150, deadline=None)
@given(st.lists(ACTION, max_size=40), st.booleans())
def test_whatever_comes_edges_follow_their_order(
    actions: list[tuple[str, tuple[bytes, int, int]]], closed: bool
) -> None:
    checked = Checked(Endpointer(Loud()))
    run: dict[str, Callable[[bytes, int], None]] = {
        "feed": lambda frame, now: checked.see(checked.made.feed(frame, now)),
        "tick": lambda _, now: checked.see(checked.made.tick(now)),
        "play": lambda _, now: checked.made.playing(tone(0.5)),
        "stop": lambda _, now: checked.made.playing(None),
    }
    now = 1_000_000
    for name, (frame, times, step) in actions:
        if name == "begin":
            checked.made.begin(now, closed=closed)
            checked.forget()
            continue
        now += step  # backwards too
        for n in range(times if name == "feed" else 1):
            run[name](frame, now + (n * FRAME_MS if step % 2 else 0))  # in time, or all at once
        now += times * FRAME_MS if step % 2 else 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 60)), min_size=1, max_size=25))
def test_no_sound_of_an_utterance_is_lost_or_made_up(parts: list[tuple[bool, int]]) -> None:
    made, sent, now = listener(), b"", 0
    open_since = 0
    for voice, times in [*parts, (False, 60)]:
        for _ in range(times):
            now += FRAME_MS
            frame = np.random.default_rng(now).integers(-9000, 9000, 160).astype("<i2").tobytes() if voice else REST
            sent += frame
            edge = made.feed(frame, now)
            if isinstance(edge, SpeechStarted):
                assert sent.endswith(edge.audio)
                open_since = len(sent) - len(edge.audio)
            elif isinstance(edge, SpeechPaused | SpeechEnded):
                assert sent[open_since:].startswith(edge.audio)
                assert edge.t_end <= now
    assert not made.pending
