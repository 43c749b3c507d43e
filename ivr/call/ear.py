"""Listening on a caller's line: tap → end-pointer → recogniser → what was said.

Whatever fails here (no sound, a recogniser that is dead, stalled, late or busy) ends in `RecogniserDown`: the caller
hears of it and goes on with keys. Nothing here holds up the prompts, which Asterisk plays by itself (HB 4.3.2).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ivr.dialogue.model import Hearing
from ivr.errors import RecogniserDown, SpeechError
from ivr.nlu import ALONE
from ivr.speech import wav
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
from ivr.telephony.audiosocket import Tap

log = logging.getLogger(__name__)

#: The tap's sound must come within so many seconds, or the call goes on with keys.
ARRIVAL_SECONDS = 2.0
#: From the end of an utterance to its text; with the pause that ended it the caller waits less than 2 s (HB 7.2.1).
FINAL_SECONDS = 1.2
#: Without a frame for so long, the clock decides about the end of an utterance.
TICK_SECONDS = 0.1


def monotonic_ms() -> int:
    """The clock of everything that is heard: never set back, the same in the whole process."""
    return time.monotonic_ns() // 1_000_000


class Stream(Protocol):
    """One utterance at the recogniser; see `ivr.speech.recognisers`."""

    def feed(self, pcm: bytes) -> None:
        """More sound; never blocks."""

    def finish_early(self) -> None:
        """A pause: the utterance may be over, so recognition begins."""

    def resume(self, pcm: bytes = b"") -> None:
        """It was not over; `pcm` is the sound since the pause."""

    async def final(self, within: float) -> Recognised:
        """The text. Raises RecogniserDown where it does not come within so many seconds."""

    def cancel(self) -> None:
        """Nobody wants to know any more."""


class Recognisers(Protocol):
    """Who recognises; see `ivr.speech.recognisers`."""

    @property
    def status(self) -> Status:
        """How recognition is now."""

    def open(self, expected: Expected) -> Stream:
        """Begin an utterance. Raises RecogniserDown or RecogniserBusy at once."""


class Status(Protocol):
    """What is asked of the recognisers before a call is asked to speak."""

    @property
    def ready(self) -> int:
        """Workers that are fit to take an utterance."""


class Taps(Protocol):
    """Where callers' sound arrives; see `ivr.telephony.audiosocket`."""

    def announce(self) -> Tap:
        """A tap that may come now."""


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance; times are of `monotonic_ms`. `audio` is its sound (8 kHz, 16 bit), `others` as in Recognised."""

    text: str = field(repr=False)
    score: float
    t_start: int
    t_end: int
    audio: bytes = field(repr=False)
    others: tuple[tuple[str, float], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Ears:
    """What a node listens with; each call segment has an `Ear` of its own. `took` is told how long (s) each text took
    from the end of its utterance."""

    taps: Taps
    recognisers: Recognisers
    endpointer: Callable[[], Endpointer]
    took: Callable[[float], None] = lambda _: None

    @property
    def ready(self) -> bool:
        """Whether new calls may be asked to speak."""
        return self.recognisers.status.ready > 0


class Ear:
    """One caller's, for one call segment: `open` it, then for each turn `listen`, await `begun` and `said`, `rest`."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._endpointer = ears.endpointer()
        self._tap: Tap | None = None
        self._pump: asyncio.Task[None] | None = None
        self._hearing: Hearing | None = None
        self._stream: Stream | None = None
        self._final: asyncio.Task[None] | None = None
        self._since_pause: bytearray | None = None
        #: Set when the caller begins to speak, or cannot be heard any more.
        self.begun = asyncio.Event()
        self._said: asyncio.Future[Said | None] = asyncio.get_running_loop().create_future()

    @property
    def is_open(self) -> bool:
        """Whether the tap has been asked for and has not ended."""
        return self._pump is not None and not self._pump.done()

    async def open(self, agi: AgiCall) -> None:
        """Have Asterisk bring the caller's sound; it begins about 0.1 s later. Raises TelephonyError."""
        await self.close()
        self._tap = self._ears.taps.announce()
        try:
            await agi.tap(self._tap)
        except BaseException:
            self._tap.close()
            raise
        self._pump = asyncio.create_task(self._listen_on(self._tap))

    def listen(self, hearing: Hearing) -> None:
        """A turn begins that hears."""
        self.rest()
        self._hearing = hearing
        self.again()

    def again(self) -> None:
        """What was heard so far in this turn does not count."""
        assert self._hearing is not None
        self.begun.clear()
        self._said = asyncio.get_running_loop().create_future()
        self._endpointer.begin(monotonic_ms(), closed=self._hearing.closed)
        if not self.is_open:
            self._lost("there is no tap")

    def playing(self, recording: Path | None) -> None:
        """What the caller hears from now on, so that its echo is not taken for speech."""
        if self._hearing is None:
            return
        try:
            self._endpointer.playing(None if recording is None else wav.telephone(recording))
        except SpeechError as wrong:
            log.error("%s", wrong)  # Asterisk is about to refuse it as well

    async def said(self) -> Said | None:
        """What the caller said, once he has ended; None where it was a noise after all. Raises RecogniserDown."""
        return await asyncio.shield(self._said)

    def rest(self) -> None:
        """The turn is over; what is said now is not heard."""
        self._hearing = None
        if self._final is not None:
            self._final.cancel()
            self._final = None
        if self._stream is not None:
            self._stream.cancel()
            self._stream = None
        if self._said.done() and not self._said.cancelled():
            self._said.exception()  # nobody may have asked
        else:
            self._said.cancel()

    async def close(self) -> None:
        """End the tap."""
        self.rest()
        if self._tap is not None:
            self._tap.close()
            self._tap = None
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait([self._pump])
            self._pump = None

    # ---- the tap's sound

    async def _listen_on(self, tap: Tap) -> None:
        opened = time.monotonic()
        came = False
        while True:
            frame = await tap.read(TICK_SECONDS)
            if frame is not None:
                came = True
                self._take(frame, self._endpointer.feed(frame, monotonic_ms()))
            elif tap.lost:
                self._lost(f"the tap ended: {tap.lost}")
                return
            elif not came and time.monotonic() - opened > ARRIVAL_SECONDS and not tap.arrived.is_set():
                self._lost(f"no sound within {ARRIVAL_SECONDS:g} s")
                return
            else:
                self._take(b"", self._endpointer.tick(monotonic_ms()))

    def _take(self, frame: bytes, edge: Edge | None) -> None:
        if self._hearing is None:
            return
        match edge:
            case SpeechStarted():
                self._begin(self._hearing, edge)
            case SpeechEnded():
                self._end(edge)
            case SpeechDismissed():
                self._dismiss()
            case _ if self._stream is not None and self._final is None:
                self._feed(self._stream, frame, edge)

    def _feed(self, stream: Stream, frame: bytes, edge: Edge | None) -> None:
        """The utterance goes on; while it pauses, what comes is held back until it is known whether it was its end."""
        if isinstance(edge, SpeechPaused):
            stream.feed(frame)
            stream.finish_early()
            self._since_pause = bytearray()
        elif isinstance(edge, SpeechResumed) and self._since_pause is not None:
            stream.resume(bytes(self._since_pause) + frame)
            self._since_pause = None
        elif self._since_pause is not None:
            self._since_pause += frame
        else:
            stream.feed(frame)

    def _begin(self, hearing: Hearing, edge: SpeechStarted) -> None:
        try:
            self._stream = self._ears.recognisers.open(Expected(hearing.words, hearing.closed, ALONE))
        except RecogniserDown as wrong:
            self._lost(str(wrong))
            return
        self._stream.feed(edge.audio)
        self._since_pause = None
        self.begun.set()

    def _end(self, edge: SpeechEnded) -> None:
        if self._stream is not None:
            self._final = asyncio.create_task(self._finish(self._stream, edge))

    def _dismiss(self) -> None:
        if self._stream is not None:
            self._stream.cancel()
            self._stream = None
        if not self._said.done():
            self._said.set_result(None)

    async def _finish(self, stream: Stream, edge: SpeechEnded) -> None:
        said = self._said
        decided = monotonic_ms()
        try:
            found = await stream.final(FINAL_SECONDS)
        except RecogniserDown as wrong:
            self._lost(str(wrong))
            return
        self._ears.took(found.took_ms / 1000)
        # times only, never words; `make bench` reads them
        log.debug("listening: end decided after %d ms, text after %d ms", decided - edge.t_end, found.took_ms)
        if not said.done():
            said.set_result(Said(found.text, found.score, edge.t_start, edge.t_end, edge.audio, found.others))

    def _lost(self, why: str) -> None:
        if self._hearing is None or self._said.done():
            return
        log.warning("listening: %s", why)
        self._said.set_exception(RecogniserDown(why))
        self.begun.set()
