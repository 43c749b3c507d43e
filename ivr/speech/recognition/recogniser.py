"""The interface behind which recognisers work: telephone sound in, words out.

An `Engine` lives in a process of its own, so that it can be killed, stopped or starved without harm to any call
(`ivr.speech.recognition.worker`); what the hotline holds is `ivr.speech.recognition.pool.RecogniserPool`, which never
blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ivr.speech.models.catalogue import Model


@dataclass(frozen=True, slots=True)
class Expected:
    """What the current question makes likely. `words` are context words, most likely first, never called a prompt;
    `closed`: nothing but one of them is expected, as for yes or no; `alone`: short words that may be all that is
    said, whatever was asked; `alphabet`: the characters of the number that was asked for, "" where none was."""

    words: tuple[str, ...] = ()
    closed: bool = False
    alone: tuple[str, ...] = ()
    alphabet: str = ""


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
        """Its name in the settings, as in `ivr.speech.recognition.engines`."""

    def begin(self, expected: Expected) -> Utterance:
        """Begin an utterance; several may be open at once."""

    def unknown(self, words: Sequence[str]) -> tuple[str, ...]:
        """Those of `words` that the engine can never hear (not in its dictionary), to be told at start-up."""


class WholeUtterance:
    """An utterance of an engine that knows nothing before the end: see `Utterance`. `recognise` takes all of the sound
    and what is expected."""

    def __init__(self, recognise: Callable[[bytes, Expected], Recognised], expected: Expected) -> None:
        self._recognise = recognise
        self._expected = expected
        self._pcm = bytearray()

    def feed(self, pcm: bytes) -> str:
        """See Utterance.feed."""
        self._pcm += pcm
        return ""

    def so_far(self) -> Recognised | None:
        """See Utterance.so_far."""
        return self._recognise(bytes(self._pcm), self._expected)

    def finish(self) -> Recognised:
        """See Utterance.finish."""
        return self._recognise(bytes(self._pcm), self._expected)

    def discard(self) -> None:
        """See Utterance.discard."""
        self._pcm.clear()


@dataclass(frozen=True, slots=True)
class EngineKind:
    """One kind of recogniser, as its module registers it in `ivr.speech.recognition.engines`: `name` in the settings;
    the Python `package` it needs and `advice` how to get it; the command that `install`s a model; `what` it is, in
    Chinese. `holds` says quickly whether a folder looks like one of its models, `models` lists the Mandarin ones under
    the settings' folder, best first, `load` loads one (raises ModelUnusable). `grade` orders models of all kinds by how
    well they hear Mandarin (1 worst, 4 best): an order, from their makers' published error rates, and no promise.
    `downloads`: the models that `ivr models install` can bring for it, none where operators put them there by hand."""

    name: str
    package: str
    advice: str
    install: str
    what: str
    holds: Callable[[Path], bool]
    models: Callable[[Path], Sequence[Path]]
    load: Callable[[Path], Engine]
    grade: Callable[[Path], int]
    downloads: tuple[Model, ...] = ()


def megabytes(folder: Path, pattern: str = "*") -> float:
    """The size of a model's files; what stands for how well models of one kind hear."""
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file()) / 1e6
