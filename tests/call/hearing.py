"""A line without Asterisk, a tap and a recogniser without sound: what `ivr.call` is tested with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ivr.call.ear import Ears
from ivr.errors import CallerGone, CommandRefused, RecogniserBusy, RecogniserDown
from ivr.speech.endpoint import (
    Edge,
    Endpointer,
    SpeechDismissed,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
)
from ivr.speech.recogniser import Expected, Recognised
from ivr.telephony.agi import AgiCall

NOISE, SPEECH, END, COUGH = b"n" * 320, b"s" * 320, b"e" * 320, b"c" * 320
PAUSE, ON = b"p" * 320, b"o" * 320


class FakeTap:
    """`bring` puts a frame on it; `lost` and `arrived` as the real one has them."""

    def __init__(self, arrives: bool = True) -> None:
        self.lost = ""
        self.arrived = asyncio.Event()
        self.closed = False
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()
        if arrives:
            self.arrived.set()

    def bring(self, *frames: bytes) -> None:
        for frame in frames:
            self._frames.put_nowait(frame)

    async def read(self, within: float) -> bytes | None:
        try:
            async with asyncio.timeout(0.01):
                return await self._frames.get()
        except TimeoutError:
            return None

    def close(self) -> None:
        self.closed = True
        self.lost = self.lost or "closed"


class FakeEndpointer:
    """A frame of `SPEECH` begins an utterance, one of `END` ends it, one of `COUGH` takes it back."""

    def __init__(self) -> None:
        self.speaking = False
        self.played: list[bool] = []

    def begin(self, now_ms: int, *, closed: bool = False) -> None:
        self.speaking = False

    def playing(self, reference: object) -> None:
        self.played.append(reference is not None)

    def feed(self, frame: bytes, now_ms: int) -> Edge | None:
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
        return None


@dataclass
class FakeStream:
    """Gives `text` when `answer` is set; dies where `dies`."""

    text: str = "我的卡丢了"
    dies: bool = False
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


@dataclass
class FakeTaps:
    """Hands out `tap`."""

    tap: FakeTap = field(default_factory=FakeTap)

    def announce(self) -> FakeTap:
        return self.tap


@dataclass
class FakeAgi:
    """A caller on the line. A prompt plays until `ended` or `press`; `log` is what was asked of Asterisk."""

    uniqueid: str = "n1-1.1"
    clock: int = 1_700_000_000_000
    refuses_tap: bool = False
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

    async def tap(self, tap: object) -> None:
        self._note("tap")
        if self.refuses_tap:
            raise CommandRefused("no")

    async def stream(self, path: str, keys: str) -> str | None:
        self._note(f"stream {Path(path).name}")
        if self.gone:
            raise CallerGone("hung up")
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

    async def clock_ms(self) -> int:
        return self.clock

    async def guarded_clock_ms(self, seconds: int) -> int:
        return self.clock


def ears(tap: FakeTap, recognisers: FakeRecognisers, endpointer: Callable[[], FakeEndpointer] = FakeEndpointer) -> Ears:
    """`Ears` of fakes."""
    return Ears(cast(Any, FakeTaps(tap)), cast(Any, recognisers), cast(Callable[[], Endpointer], endpointer))


def as_agi(fake: FakeAgi) -> AgiCall:
    """For where the real one is asked for."""
    return cast(AgiCall, fake)


def words(expected: Sequence[Expected]) -> list[tuple[str, ...]]:
    """The context words of each utterance."""
    return [each.words for each in expected]
