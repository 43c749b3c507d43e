"""When a caller begins and ends to speak: the interface; see `Endpointer`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody speaks since `t_start` (ms of the clock that `feed` is given); `audio` is the sound so far, with a
    little of what came before it."""

    t_start: int
    audio: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The speech that began at `t_start` ended at `t_end`, decided later; `audio` is all of it."""

    t_start: int
    t_end: int
    audio: bytes = field(repr=False)


Edge = SpeechStarted | SpeechEnded
