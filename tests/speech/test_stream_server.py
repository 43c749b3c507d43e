"""The process that listens hears what an end-pointer alone hears; and what it tells is understood."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.audio import wav
from ivr.speech.voice_activity.endpointed_stream import EndpointedStream, arrivals
from ivr.speech.voice_activity.endpointer import (
    Edge,
    Endpointer,
    SpeechDismissed,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
)
from ivr.speech.voice_activity.stream_messages import heard, heard_message
from ivr.speech.voice_activity.stream_server import StreamServer, serve
from ivr.speech.voice_activity.vad import FRAME_BYTES, FRAME_MS, Sound, judged, level
from ivr.telephony.audio.audio_stream import AudioStream
from ivr.telephony.audio.audiosocket import bound
from tests.speech.hearing import Loud, frames, hear, joined, kinds, needs_silero, noise, over, silero, spoken
from tests.speech.speaking import silence, tone

Told = list[dict[str, Any]]
#: Frames of a poll: as they are while callers are few, and while they are many.
POLLS = [1, 2]
#: A poll is this late now and then.
LATE_MS = 7


def polled(sound: wav.Samples, each: int, made: Callable[[], Endpointer]) -> list[Edge]:
    """The edges of a sound that is read so many frames at a time."""
    told: Told = []
    audio_stream = AudioStream("127.0.0.1", 1, 100)
    stream = EndpointedStream(audio_stream, made(), told.append)
    stream.begin(0, 1, False)
    waiting = list(frames(sound))
    now = 0
    for number, at in enumerate(range(0, len(waiting), each)):
        read = waiting[at : at + each]
        now += each * FRAME_MS
        stream.hear(read, *judged(read), now + LATE_MS * (number % 3 == 0))
    return [edge for _, edge in map(heard, told) if edge is not None]


def same(found: list[Edge], expected: list[tuple[int, Edge]], within_ms: int) -> None:
    """The same edges with the same sound, told of a moment later at most."""
    assert [type(edge) for edge in found] == [type(edge) for _, edge in expected]
    for one, (_, two) in zip(found, expected, strict=True):
        assert abs(one.t_start - two.t_start) <= within_ms
        if isinstance(one, SpeechStarted | SpeechEnded):
            assert isinstance(two, SpeechStarted | SpeechEnded)
            assert one.audio == two.audio


@needs_silero
def test_every_fixture_is_heard_as_by_an_end_pointer_alone() -> None:
    """Every other one by polls of one frame, the rest by polls of two."""
    for number, utterance in enumerate(spoken()):
        sound = over(joined(silence(1.0), np.zeros(len(utterance)), silence(1.5)), utterance, 1000)
        sound += noise(len(sound) / wav.RATE, -60.0, number)[: len(sound)]
        alone = Endpointer(silero()())
        alone.begin(0)
        expected = hear(alone, sound)
        assert "SpeechEnded" in kinds(expected)
        same(polled(sound, POLLS[number % len(POLLS)], lambda: Endpointer(silero()())), expected, LATE_MS)


@given(st.lists(st.binary(min_size=FRAME_BYTES, max_size=FRAME_BYTES), max_size=9))
def test_levels_of_many_frames_are_those_of_each(frames: list[bytes]) -> None:
    sounds, loud = judged(frames)
    assert len(sounds) == len(frames) == len(loud)
    for frame, sound, each in zip(frames, sounds, loud, strict=True):
        assert (sound * 32768).astype("<i2").tobytes() == frame
        assert each == pytest.approx(level(sound), abs=1e-4)


@given(st.integers(1, 12), st.integers(0, 1000), st.integers(0, 500))
def test_frames_arrive_in_order_and_not_in_the_future(count: int, last: int, passed: int) -> None:
    found = arrivals(count, last, last + passed)
    assert len(found) == count
    assert found == sorted(found)
    assert found[-1] == last + passed and found[0] >= min(last, last + passed)


def test_two_frames_of_a_poll_came_one_after_the_other() -> None:
    assert arrivals(2, 100, 140) == [120, 140]
    assert arrivals(3, 100, 140) == [120, 120, 140], "one of them was late"
    assert arrivals(50, 100, 1100) == [1100] * 50, "a burst"


EDGES = [
    None,
    SpeechStarted(5, b"ab"),
    SpeechPaused(5, 9, b""),
    SpeechResumed(5),
    SpeechEnded(5, 9, b"\0" * 640),
    SpeechDismissed(5),
]


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: type(edge).__name__)
@given(frame=st.binary(max_size=640))
def test_what_is_told_is_understood(edge: Edge | None, frame: bytes) -> None:
    assert heard(json.loads(json.dumps(heard_message(frame, edge)))) == (frame, edge)


@pytest.mark.parametrize(
    "nonsense", [{}, {"frame": 3}, {"frame": "!"}, {"frame": "", "edge": "x"}, {"frame": "", "edge": "started"}]
)
def test_nonsense_is_refused(nonsense: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        heard(nonsense)


# ---- one server, several streams


class Streams:
    """Audio streams without sockets."""

    def __init__(self) -> None:
        self.made: dict[str, AudioStream] = {}

    def announce(self, name: str) -> AudioStream:
        self.made[name] = AudioStream("127.0.0.1", 1, 100, name)
        return self.made[name]

    def after_poll(self, hear: Callable[[], object]) -> None:
        self.hear = hear

    def lateness(self) -> float:
        return 0.004


def served(made: Callable[[], Endpointer] = lambda: Endpointer(Loud())) -> tuple[StreamServer, Streams, Told]:
    """A server, its streams and what it tells."""
    streams, told = Streams(), cast(Told, [])
    return StreamServer(cast(Any, streams), made, told.append), streams, told


def bring(streams: Streams, name: str, sound: wav.Samples) -> None:
    """A caller's sound, poll by poll."""
    waiting = list(frames(sound))
    for at in range(0, len(waiting), 2):
        streams.made[name].take_frames(waiting[at : at + 2])
        streams.hear()


UTTERANCE = joined(silence(0.8), tone(0.6), silence(1.0))


def test_only_an_utterance_is_told_and_only_while_a_turn_listens() -> None:
    server, streams, told = served()
    server.take({"op": "announce", "uuid": "a"})
    bring(streams, "a", UTTERANCE)
    assert told == [], "nobody listens"
    server.take({"op": "begin", "uuid": "a", "turn": 3, "closed": False})
    bring(streams, "a", UTTERANCE)
    assert {message["uuid"] for message in told} == {"a"} and {message["turn"] for message in told} == {3}
    edges = [message["edge"] for message in told if "edge" in message]
    assert edges[0] == "started" and edges[-1] == "ended"
    spoken_frames = len(told)
    assert spoken_frames < len(UTTERANCE) // wav.FRAME, "silence stays here"
    server.take({"op": "rest", "uuid": "a"})
    bring(streams, "a", UTTERANCE)
    assert len(told) == spoken_frames


def test_a_stream_that_fails_is_over_and_the_others_go_on() -> None:
    class Fails(Endpointer):
        def hear(self, frame: bytes, sound: Sound, loud: float, now_ms: int) -> Edge | None:
            raise ValueError("a wrong shape")

    made = iter([Fails(Loud()), Endpointer(Loud())])
    server, streams, told = served(lambda: next(made))
    for name in ("bad", "good"):
        server.take({"op": "announce", "uuid": name})
        server.take({"op": "begin", "uuid": name, "turn": 1, "closed": False})
    streams.made["bad"].take_frames([bytes(FRAME_BYTES)])
    bring(streams, "good", UTTERANCE)
    assert {"uuid": "bad", "lost": "voice activity failed"} in told
    assert [message["uuid"] for message in told if message.get("edge") == "ended"] == ["good"]


def test_what_came_before_the_end_is_heard() -> None:
    server, streams, told = served()
    server.take({"op": "announce", "uuid": "a"})
    server.take({"op": "begin", "uuid": "a", "turn": 1, "closed": False})
    bring(streams, "a", silence(0.8))
    streams.made["a"].take_frames(list(frames(tone(0.3))))
    streams.made["a"].end("Asterisk hung up")
    assert told[-1] == {"uuid": "a", "lost": "Asterisk hung up"}
    assert told[0]["edge"] == "started"
    server.take({"op": "close", "uuid": "a"})  # the application did not know yet


def test_a_beat_says_how_the_last_second_was() -> None:
    server, _, told = served()
    server.take({"op": "announce", "uuid": "a"})
    server.beat()
    beat = told[-1]["beat"]
    assert (beat["streams"], beat["late_ms"], beat["dropped"]) == (1, 4, 0)
    assert beat["busy"] >= 0


@pytest.mark.parametrize(
    "nonsense",
    [{}, {"op": "begin"}, {"op": "x", "uuid": "a"}, {"op": "begin", "uuid": "a", "turn": "y", "closed": 0}],
)
def test_what_is_no_message_is_refused(nonsense: dict[str, Any]) -> None:
    server, _, _ = served()
    with pytest.raises((KeyError, TypeError, ValueError)):
        server.take(nonsense)


def test_a_defect_in_taking_messages_ends_the_process_which_is_then_replaced(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """It must not go on with heartbeats and hear nobody."""

    def broken(_server: StreamServer, _message: dict[str, Any]) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(StreamServer, "take", broken)
    ours, control = socket.socketpair()
    before = logging.getLogger().handlers[:]

    async def main() -> None:
        with ours:
            ours.sendall(b'{"op": "announce", "uuid": "x"}\n')
            async with asyncio.timeout(10):
                await serve(control, bound("127.0.0.1", 0), "webrtc", tmp_path)

    try:
        asyncio.run(main())
    finally:
        logging.getLogger().handlers[:] = before
    (told,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert "stream-control died" in told.getMessage() and told.exc_info is not None
