"""One caller's sound in the process that listens (`.stream_server`): from its frames to what is told of them.

Nearly all frames decide nothing: nobody speaks, and they do not stand out from the line's noise. They are put off until
there are many, or until something depends on what they leave behind, which is then the same as if each had been heard
when it came."""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ivr.errors import SpeechError
from ivr.speech.audio import wav
from ivr.speech.voice_activity.echo import levels_of
from ivr.speech.voice_activity.endpointer import Edge, Endpointer
from ivr.speech.voice_activity.stream_messages import heard_message
from ivr.speech.voice_activity.vad import FRAME_MS, Gate, Sound
from ivr.telephony.audio.audio_stream import AudioStream

log = logging.getLogger(__name__)

#: Without a frame for so long the clock decides about the end of an utterance.
_TICK_MS = 100
#: As many frames of a poll came one by one, and each has a time of its own; more are a burst, which came now.
_PACED = 4
#: So many frames are put off at most.
_TOGETHER = 50
#: Recordings that are kept in memory, as their echo is looked for in what callers send (16 kB a second each).
_KEPT_RECORDINGS = 256


class EndpointedStream:
    """One caller's sound: from a frame to what it decided. `tell` takes messages for the application."""

    def __init__(
        self, audio_stream: AudioStream, endpointer: Endpointer, tell: Callable[[dict[str, Any]], None]
    ) -> None:
        self.audio_stream = audio_stream
        self._endpointer = endpointer
        self._tell = tell
        #: Who listens; None: nobody does, and nothing is told.
        self._turn: int | None = None
        self._last = 0  # when the last frame came, or the clock was looked at
        self._quiet_below = -math.inf  # only frames of a lower level are put off
        self._frames: list[bytes] = []  # that are put off, with the level of each and when it came
        self._loud: list[float] = []
        self._times: list[int] = []

    def begin(self, now: int, turn: int, closed: bool) -> None:
        """A turn listens from now on."""
        self._catch_up()
        self._endpointer.begin(now, closed=closed)
        self._turn = turn

    def rest(self) -> None:
        """Nobody listens until `begin`; the line's noise and echo are learned all the same."""
        self._turn = None

    def playing(self, file: str | None) -> None:
        """What the caller hears from now on."""
        self._catch_up()
        self._endpointer.playing(*(None, None) if file is None else recording(file))

    def hear(self, frames: Sequence[bytes], sounds: Sound, loud: Sequence[float], now: int) -> None:
        """Take in the frames that came until now (ms), with their samples and levels (`vad.judged`)."""
        times = arrivals(len(frames), self._last, now)
        self._last = now
        below = self._quiet_below
        if below > Gate.LEAST_DBFS:
            below = min(below, Gate.shut_below_after(min(loud)))
        if max(loud) < below:
            self._quiet_below = below
            self._frames += frames
            self._loud += loud
            self._times += times
            if len(self._frames) >= _TOGETHER:
                self._catch_up()
            return
        self._catch_up()
        hear, turn = self._endpointer.hear, self._turn
        for frame, sound, level, at in zip(frames, sounds, loud, times, strict=True):
            edge = hear(frame, sound, level, at)
            if turn is not None and (edge is not None or self._endpointer.pending):
                self._told(turn, frame, edge)
        self._quiet_below = self._endpointer.quiet_below

    def tick(self, now: int) -> None:
        """No frame has come."""
        if now - self._last < _TICK_MS:
            return
        self._last = now
        self._catch_up()
        edge = self._endpointer.tick(now)
        if self._turn is not None and edge is not None:
            self._told(self._turn, b"", edge)

    def _catch_up(self) -> None:
        """Hear what was put off."""
        if not self._frames:
            return
        frames, loud, times = self._frames, self._loud, self._times
        self._frames, self._loud, self._times = [], [], []
        self._endpointer.hear_quiet(frames, loud, times)
        self._quiet_below = self._endpointer.quiet_below

    def _told(self, turn: int, frame: bytes, edge: Edge | None) -> None:
        self._tell({"uuid": self.audio_stream.uuid, "turn": turn, **heard_message(frame, edge)})


def arrivals(count: int, last: int, now: int) -> list[int]:
    """When `count` frames came (ms) that were read together at `now`, those before at `last`: a few came one after the
    other, as they were spoken."""
    if count == 1:
        return [now]
    if count > _PACED:
        return [now] * count
    least = min(last + FRAME_MS, now)
    if count == 2:  # as nearly always
        return [max(least, now - FRAME_MS), now]
    return [max(least, now - FRAME_MS * (count - 1 - number)) for number in range(count)]


def recording(file: str) -> tuple[Sound | None, Sequence[float] | None]:
    """A recording that is played, and its levels; None where it cannot be read, of which Asterisk complains as well."""
    path = Path(file)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (SpeechError, OSError) as wrong:
        log.error("%s", wrong)
        return None, None


@functools.lru_cache(maxsize=_KEPT_RECORDINGS)
def _read(path: Path, _changed_ns: int) -> tuple[Sound, Sequence[float]]:
    sound = wav.telephone(path).astype(np.float32)
    return sound, levels_of(sound)
