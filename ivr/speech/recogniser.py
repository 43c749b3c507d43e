"""The interface behind which recognisers work: telephone sound in, words out.

An `Engine` lives in a process of its own, so that it can be killed, stopped or starved without harm to any call
(`ivr.speech.worker`); what the hotline holds is `ivr.speech.recognisers.Recognisers`, which never blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Expected:
    """What the current question makes likely. `words` are context words, most likely first, never called a prompt;
    `closed`: nothing but one of them is expected, as for yes or no; `alone`: short words that may be all that is
    said, whatever was asked."""

    words: tuple[str, ...] = ()
    closed: bool = False
    alone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognised:
    """The final result of one utterance: simplified Chinese without spaces, numbers as the engine wrote them after
    normalisation; "" where nothing was understood. `score` 0…1 says how sure the engine is; `audio_ms` is how long the
    sound was, `took_ms` how long recognition took after the sound had ended; `others`: what it may have been instead,
    each with its score. Never part of a repr: it is what a caller said."""

    text: str = field(repr=False)
    score: float
    language: str
    audio_ms: int
    took_ms: int
    others: tuple[tuple[str, float], ...] = field(default=(), repr=False)


class Utterance(Protocol):
    """One utterance on its way through an engine."""

    def feed(self, pcm: bytes) -> str:
        """Take in more sound (8 kHz, 16 bit, mono, little endian, any length); the partial text so far, "" where the
        engine has none before the end."""

    def so_far(self) -> Recognised | None:
        """What it would be if it ended here; more may be fed afterwards. None from an engine that recognises as it is
        fed, and so has nothing to begin early."""

    def finish(self) -> Recognised:
        """The end of the utterance was reached. Call once; then the object is of no further use."""

    def discard(self) -> None:
        """Nobody wants the result. Instead of `finish`; then the object is of no further use."""


class Engine(Protocol):
    """A recogniser with its model loaded. Not shared between threads or processes."""

    @property
    def name(self) -> str:
        """Its name in the settings: vosk, whisper."""

    def begin(self, expected: Expected) -> Utterance:
        """Begin an utterance; several may be open at once."""

    def unknown(self, words: Sequence[str]) -> tuple[str, ...]:
        """Those of `words` that the engine can never hear (not in its dictionary), to be told at start-up."""
