"""Listening on a caller's line: audio stream → end-pointer (in a process of its own) → recogniser → what was said.

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

from ivr.dialogue.model import ExpectedSpeech
from ivr.errors import RecogniserDown
from ivr.nlu import STANDALONE_WORDS
from ivr.speech.recognition.recogniser import Expected, Recognised
from ivr.speech.voice_activity.endpointer import (
    Edge,
    SpeechDismissed,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
)
from ivr.speech.voice_activity.stream_link import RemoteAudioStream
from ivr.tasks import background
from ivr.telephony.agi.fastagi import AgiCall

log = logging.getLogger(__name__)

#: The audio stream's sound must come within so many seconds, or the call goes on with keys.
ARRIVAL_SECONDS = 2.0
#: From the end of an utterance to its text; with the pause that ended it the caller waits less than 2 s (HB 7.2.1).
#: Where he is told meanwhile that it takes a moment, the text may take longer.
FINAL_SECONDS, PATIENT_SECONDS = 1.2, 3.2
#: After so long without the text he is told.
OVERDUE_SECONDS = 0.9


def monotonic_ms() -> int:
    """The clock of everything that is heard: never set back, the same in the whole process."""
    return time.monotonic_ns() // 1_000_000


class RecognitionStream(Protocol):
    """One utterance at the recogniser; see `ivr.speech.recognition.pool`."""

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


class RecogniserPool(Protocol):
    """Who recognises; see `ivr.speech.recognition.pool`."""

    @property
    def status(self) -> PoolStatus:
        """How recognition is now."""

    def open(self, expected: Expected) -> RecognitionStream:
        """Begin an utterance. Raises RecogniserDown or RecogniserBusy at once."""


class PoolStatus(Protocol):
    """What is asked of the recognisers before a call is asked to speak."""

    @property
    def ready(self) -> int:
        """Workers that are fit to take an utterance."""


class AudioStreams(Protocol):
    """Where callers' sound arrives; see `ivr.speech.voice_activity.stream_link`."""

    @property
    def ready(self) -> bool:
        """Whether callers can be listened to."""

    def announce(self) -> RemoteAudioStream:
        """A stream that may come now. Raises RecogniserDown."""


@dataclass(frozen=True, slots=True)
class RecognisedUtterance:
    """One utterance; times are of `monotonic_ms`. `audio` is its sound (8 kHz, 16 bit), `others` as in Recognised."""

    text: str = field(repr=False)
    score: float
    t_start: int
    t_end: int
    audio: bytes = field(repr=False)
    others: tuple[tuple[str, float], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class ListenerResources:
    """What a node listens with; each call segment has a `SpeechListener` of its own. `took` is told how long (s) each
    text took from the end of its utterance."""

    audio_streams: AudioStreams
    recognisers: RecogniserPool
    took: Callable[[float], None] = lambda _: None
    #: Whether the load allows new calls to be listened to.
    allowed: Callable[[], bool] = lambda: True

    @property
    def ready(self) -> bool:
        """Whether new calls may be asked to speak."""
        return self.allowed() and self.audio_streams.ready and self.recognisers.status.ready > 0


class SpeechListener:
    """One caller's, for one call segment: `open` it, then for each turn `listen`, await `begun` and `said`, `rest`."""

    def __init__(self, resources: ListenerResources, *, patient: bool = False) -> None:
        """`patient`: who waits for a text for long is told so."""
        self._resources = resources
        self._final_seconds = PATIENT_SECONDS if patient else FINAL_SECONDS
        self._audio_stream: RemoteAudioStream | None = None
        self._pump: asyncio.Task[None] | None = None
        self._hearing: ExpectedSpeech | None = None
        self._stream: RecognitionStream | None = None
        self._final: asyncio.Task[None] | None = None
        self._since_pause: bytearray | None = None
        #: Set when the caller begins to speak, or cannot be heard any more.
        self.begun = asyncio.Event()
        #: Set when the caller has ended, and what he said is not known yet.
        self.ended = asyncio.Event()
        self._said: asyncio.Future[RecognisedUtterance | None] = asyncio.get_running_loop().create_future()

    @property
    def is_open(self) -> bool:
        """Whether the audio stream has been asked for and has not ended."""
        return self._pump is not None and not self._pump.done()

    async def open(self, agi: AgiCall) -> None:
        """Have Asterisk bring the caller's sound; it begins about 0.1 s later. Raises TelephonyError, or RecogniserDown
        where nothing can tell speech from noise."""
        await self.close()
        self._audio_stream = self._resources.audio_streams.announce()
        try:
            await agi.stream_audio(self._audio_stream)
        except BaseException:
            self._audio_stream.close()
            raise
        self._pump = background(self._listen_on(self._audio_stream), "speech-listener")

    def listen(self, expected: ExpectedSpeech) -> None:
        """A turn begins that hears."""
        self.rest()
        self._hearing = expected
        self.again()

    def again(self) -> None:
        """What was heard so far in this turn does not count."""
        assert self._hearing is not None
        self.begun.clear()
        self.ended.clear()
        self._said = asyncio.get_running_loop().create_future()
        if self._audio_stream is None or not self.is_open:
            self._lost("there is no audio stream")
            return
        self._audio_stream.begin(closed=self._hearing.closed)

    def playing(self, recording: Path | None) -> None:
        """What the caller hears from now on, so that its echo is not taken for speech."""
        if self._hearing is not None and self._audio_stream is not None:
            self._audio_stream.playing(recording)

    async def overdue(self) -> None:
        """Returns when the text has not come for so long that the caller should be told; never where he is not."""
        if self._final_seconds < PATIENT_SECONDS:
            await asyncio.get_running_loop().create_future()
        await self.ended.wait()
        await asyncio.sleep(OVERDUE_SECONDS)

    async def said(self) -> RecognisedUtterance | None:
        """What the caller said, once he has ended; None where it was a noise after all. Raises RecogniserDown."""
        return await asyncio.shield(self._said)

    def rest(self) -> None:
        """The turn is over; what is said now is not heard."""
        self._hearing = None
        if self._audio_stream is not None:
            self._audio_stream.rest()
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
        """End the audio stream."""
        self.rest()
        if self._audio_stream is not None:
            self._audio_stream.close()
            self._audio_stream = None
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait([self._pump])
            self._pump = None

    # ---- the audio stream's sound

    async def _listen_on(self, audio_stream: RemoteAudioStream) -> None:
        """Whatever fails in here, the caller is told instead of speaking to nobody."""
        try:
            if await audio_stream.comes(ARRIVAL_SECONDS) or audio_stream.lost:
                async for frame, edge in audio_stream.heard():
                    self._take(frame, edge)
                self._lost(f"the audio stream ended: {audio_stream.lost}")
            else:
                self._lost(f"no sound within {ARRIVAL_SECONDS:g} s")
        except Exception:
            log.exception("listening failed")
            self._lost("listening failed")

    def _take(self, frame: bytes, edge: Edge | None) -> None:
        if self._hearing is None or self._final is not None:  # who has ended is heard again when he is asked again
            return
        match edge:
            case SpeechStarted():
                self._begin(self._hearing, edge)
            case SpeechEnded():
                self._end(edge)
            case SpeechDismissed():
                self._dismiss()
            case _ if self._stream is not None:
                self._feed(self._stream, frame, edge)

    def _feed(self, stream: RecognitionStream, frame: bytes, edge: Edge | None) -> None:
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

    def _begin(self, expected: ExpectedSpeech, edge: SpeechStarted) -> None:
        try:
            asked = Expected(expected.words, expected.closed, STANDALONE_WORDS, expected.alphabet)
            self._stream = self._resources.recognisers.open(asked)
        except RecogniserDown as wrong:
            self._lost(str(wrong))
            return
        self._stream.feed(edge.audio)
        self._since_pause = None
        self.begun.set()

    def _end(self, edge: SpeechEnded) -> None:
        if self._stream is not None:
            self._final = background(self._finish(self._stream, edge), "recognition")
            self.ended.set()

    def _dismiss(self) -> None:
        if self._stream is not None:
            self._stream.cancel()
            self._stream = None
        if not self._said.done():
            self._said.set_result(None)

    async def _finish(self, stream: RecognitionStream, edge: SpeechEnded) -> None:
        said = self._said
        decided = monotonic_ms()
        try:
            found = await stream.final(self._final_seconds)
        except RecogniserDown as wrong:
            self._lost(str(wrong))
            return
        except Exception:
            log.exception("recognition failed")
            self._lost("recognition failed")
            return
        self._resources.took(found.took_ms / 1000)
        # times only, never words; `make bench` reads them
        log.debug("listening: end decided after %d ms, text after %d ms", decided - edge.t_end, found.took_ms)
        if not said.done():
            said.set_result(
                RecognisedUtterance(found.text, found.score, edge.t_start, edge.t_end, edge.audio, found.others)
            )

    def _lost(self, why: str) -> None:
        if self._hearing is None or self._said.done():
            return
        log.warning("listening: %s", why)
        self._said.set_exception(RecogniserDown(why))
        self.begun.set()
