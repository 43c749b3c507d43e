"""A line without Asterisk, a tap and a recogniser without sound: what `ivr.call` is tested with."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ivr.call.speech_listener import ListenerResources
from ivr.errors import CallerGone, CommandRefused, RecogniserBusy, RecogniserDown
from ivr.speech.recognition.recogniser import Expected, Recognised
from ivr.speech.voice_activity.endpointer import (
    Edge,
    Endpointer,
    SpeechDismissed,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
)
from ivr.speech.voice_activity.stream_link import RemoteAudioStream
from ivr.speech.voice_activity.stream_server import StreamServer
from ivr.telephony.agi.fastagi import AgiCall
from ivr.telephony.audio.audio_stream import CLOSED, AudioStream

NOISE, SPEECH, END, COUGH = b"n" * 320, b"s" * 320, b"e" * 320, b"c" * 320
PAUSE, ON = b"p" * 320, b"o" * 320


class FakeTap:
    """A caller's sound, to the process that listens: `bring` puts a frame on it, `breaks` ends it. Heard every 10 ms
    once it is announced."""

    def __init__(self, arrives: bool = True) -> None:
        self._arrives = arrives
        self._early: list[bytes] = []
        self._stream: AudioStream | None = None

    @property
    def closed(self) -> bool:
        return self._stream is not None and self._stream.lost == CLOSED

    def bring(self, *frames: bytes) -> None:
        if self._stream is None:
            self._early += frames
        else:
            self._stream.take_frames(list(frames))

    def breaks(self, why: str) -> None:
        assert self._stream is not None
        self._stream.end(why)

    # ---- as `audiosocket.AudioStreamServer`

    def announce(self, name: str) -> AudioStream:
        self._stream = AudioStream("127.0.0.1", 1, 100, name)
        self._stream.take_frames(self._early)
        asyncio.get_running_loop().call_soon(self._come)
        return self._stream

    def after_poll(self, hear: Callable[[], object]) -> None:
        self._hear = hear

    def _come(self) -> None:
        assert self._stream is not None
        if self._arrives:
            self._stream.arrive(lambda: None)
        self._poll()

    def _poll(self) -> None:
        assert self._stream is not None
        self._hear()
        if not self._stream.lost:
            asyncio.get_running_loop().call_later(0.01, self._poll)


class FakeEndpointer:
    """A frame of `SPEECH` begins an utterance, one of `END` ends it, one of `COUGH` takes it back. `fails`
    names the method that does: begin, playing, hear or tick."""

    def __init__(self, fails: str = "") -> None:
        self.fails = fails
        self.speaking = False
        self.played: list[bool] = []

    @property
    def pending(self) -> bool:
        return self.speaking

    @property
    def quiet_below(self) -> float:
        return -math.inf  # each frame is heard

    def _may_fail(self, where: str) -> None:
        if self.fails == where:
            raise ZeroDivisionError("no energy")

    def begin(self, now_ms: int, *, closed: bool = False) -> None:
        self._may_fail("begin")
        self.speaking = False

    def playing(self, reference: object, levels: object = None) -> None:
        self._may_fail("playing")
        self.played.append(reference is not None)

    def hear(self, frame: bytes, sound: object, loud: float, now_ms: int) -> Edge | None:
        self._may_fail("hear")
        if frame == SPEECH and not self.speaking:
            self.speaking = True
            return SpeechStarted(now_ms, frame)
        if frame == END and self.speaking:
            self.speaking = False
            return SpeechEnded(now_ms - 20, now_ms, SPEECH + END)
        if frame in (PAUSE, ON) and self.speaking:
            return SpeechPaused(now_ms, now_ms, frame) if frame == PAUSE else SpeechResumed(now_ms)
        if frame == COUGH and self.speaking:
            self.speaking = False
            return SpeechDismissed(now_ms)
        return None

    def tick(self, now_ms: int) -> Edge | None:
        self._may_fail("tick")
        return None


@dataclass
class FakeStream:
    """Gives `text` when `answer` is set; dies where `dies`, and is broken where `breaks`."""

    text: str = "我的卡丢了"
    dies: bool = False
    breaks: bool = False
    answer: asyncio.Event = field(default_factory=asyncio.Event)
    fed: list[bytes] = field(default_factory=list)
    cancelled: bool = False

    def feed(self, pcm: bytes) -> None:
        self.fed.append(pcm)

    def finish_early(self) -> None:
        self.fed.append(b"early")

    def resume(self, pcm: bytes = b"") -> None:
        self.fed.append(b"resumed " + pcm)

    async def final(self, within: float) -> Recognised:
        if self.dies:
            raise RecogniserDown("the recogniser died")
        if self.breaks:
            raise KeyError("text")
        await self.answer.wait()
        return Recognised(self.text, 0.9, "zh", 40, 1)

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class FakeRecognisers:
    """Hands out `stream`, or is busy."""

    stream: FakeStream = field(default_factory=FakeStream)
    ready: int = 1
    busy: bool = False
    expected: list[Expected] = field(default_factory=list)

    @property
    def status(self) -> FakeRecognisers:
        return self

    def open(self, expected: Expected) -> FakeStream:
        if self.busy:
            raise RecogniserBusy("too many talk")
        self.expected.append(expected)
        return self.stream


class FakeStreams:
    """The application's end and the process that listens, in one process, without a socket between them."""

    ready = True

    def __init__(self, audio_stream: FakeTap, endpointer: Callable[[], Endpointer]) -> None:
        self._streams: dict[str, RemoteAudioStream] = {}
        self._server = StreamServer(cast(Any, audio_stream), endpointer, self._told)

    def announce(self) -> RemoteAudioStream:
        stream = RemoteAudioStream("127.0.0.1", 1, self._server.take)
        self._streams[stream.uuid] = stream
        self._server.take({"op": "announce", "uuid": stream.uuid})
        return stream

    def _told(self, message: dict[str, Any]) -> None:
        self._streams[message["uuid"]].take(json.loads(json.dumps(message)))


@dataclass
class FakeAgi:
    """A caller on the line. A prompt plays until `ended` or `press`; `log` is what was asked of Asterisk."""

    uniqueid: str = "n1-1.1"
    guards: list[int] = field(default_factory=list)
    refuses_tap: bool = False
    refuses: tuple[str, ...] = ()
    gone: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    keys: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)
    log: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def _note(self, what: str) -> None:
        self.log.append(what)
        self.changed.set()

    async def saw(self, what: str) -> None:
        """Until Asterisk has been asked for it."""
        async with asyncio.timeout(5):
            while what not in self.log:
                self.changed.clear()
                await self.changed.wait()

    async def stream_audio(self, audio_stream: object) -> None:
        self._note("tap")
        if self.refuses_tap:
            raise CommandRefused("no")

    async def stream(self, path: str, keys: str) -> str | None:
        self._note(f"stream {Path(path).name}")
        if self.gone:
            raise CallerGone("hung up")
        if "stream" in self.refuses:
            raise CommandRefused("STREAM FILE failed")
        return await self._first(self.ended.wait(), keys)

    async def wait_key(self, timeout_ms: int) -> str | None:
        self._note("wait")
        return await self._first(asyncio.Event().wait(), "0123456789*#")

    async def _first(self, end: Any, keys: str) -> str | None:
        ending, pressing = asyncio.ensure_future(end), asyncio.ensure_future(self.keys.get())
        try:
            done, _ = await asyncio.wait({ending, pressing}, return_when=asyncio.FIRST_COMPLETED)
            return pressing.result() if pressing in done else None
        finally:
            ending.cancel()
            pressing.cancel()

    async def interrupt(self) -> str | None:
        self._note("interrupt")
        return None

    async def get_full(self, expression: str) -> str:
        return expression.replace("${RECORDINGS}", "/recordings")

    async def execute(self, app: str, *args: str, within: float | None = None) -> int:
        self._note(" ".join((app, *args)))
        if app in self.refuses:
            raise CommandRefused(f"EXEC {app} failed")
        return 0

    @property
    def hung_up(self) -> bool:
        return self.gone

    async def autohangup(self, seconds: int) -> None:
        self.guards.append(seconds)


def resources(
    audio_stream: FakeTap, recognisers: FakeRecognisers, endpointer: Callable[[], FakeEndpointer] = FakeEndpointer
) -> ListenerResources:
    """`ListenerResources` of fakes."""
    return ListenerResources(
        FakeStreams(audio_stream, cast(Callable[[], Endpointer], endpointer)), cast(Any, recognisers)
    )


def as_agi(fake: FakeAgi) -> AgiCall:
    """For where the real one is asked for."""
    return cast(AgiCall, fake)


def words(expected: Sequence[Expected]) -> list[tuple[str, ...]]:
    """The context words of each utterance."""
    return [each.words for each in expected]
