"""What the tests of listening share: a detection that is plainly right, frames, and the spoken fixtures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ivr.errors import ModelUnusable
from ivr.speech.audio import wav
from ivr.speech.voice_activity import vad_silero
from ivr.speech.voice_activity.endpointer import Edge, Endpointer
from ivr.speech.voice_activity.vad import FRAME_BYTES, FRAME_MS, Sound, Vad, level

HERE = Path(__file__).parent

#: Where `ivr models install` puts models, unless the settings say otherwise.
MODELS = Path(os.environ.get("IVR_MODELS", HERE.parents[1] / "models"))

needs_silero = pytest.mark.skipif(
    not (MODELS / vad_silero.FILE).is_file(), reason=f"no {MODELS / vad_silero.FILE}: ivr models install silero"
)


class Loud:
    """A Vad for which speech is what is loud; it remembers how often it was reset and asked."""

    hop_ms, threshold, window, evidence = FRAME_MS, 0.5, 3, 3.0

    def __init__(self) -> None:
        self.resets = self.asked = 0

    def speech(self, frame: Sound) -> Sequence[float]:
        """See Vad.speech."""
        self.asked += 1
        return (1.0 if level(frame) > -40 else 0.0,)

    def reset(self) -> None:
        """See Vad.reset."""
        self.resets += 1


@cache
def silero() -> Callable[[], Vad]:
    """Silero, loaded once."""
    try:
        return vad_silero.load(MODELS)
    except ModelUnusable as wrong:  # the file is there (see needs_silero): then it must work
        raise AssertionError(str(wrong)) from wrong


def pcm(samples: wav.Samples) -> bytes:
    """As it comes from the tap."""
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes()


def frames(samples: wav.Samples) -> Iterator[bytes]:
    """In 20 ms; what is left over at the end is not sent."""
    data = pcm(samples)
    for at in range(0, len(data) - FRAME_BYTES + 1, FRAME_BYTES):
        yield data[at : at + FRAME_BYTES]


def hear(listener: Endpointer, samples: wav.Samples, since_ms: int = 0) -> list[tuple[int, Edge]]:
    """All edges of a sound whose frames arrive on time, each with the time at which it was told."""
    found = []
    for number, frame in enumerate(frames(samples)):
        now = since_ms + (number + 1) * FRAME_MS
        edge = listener.feed(frame, now)
        if edge is not None:
            found.append((now, edge))
    return found


def kinds(found: list[tuple[int, Edge]]) -> list[str]:
    """The names of some edges."""
    return [type(edge).__name__ for _, edge in found]


def noise(seconds: float, dbfs: float, seed: int = 0) -> wav.Samples:
    """White noise of that RMS level."""
    return np.random.default_rng(seed).standard_normal(round(seconds * wav.RATE)) * 10 ** (dbfs / 20)


def joined(*parts: wav.Samples) -> wav.Samples:
    """One after the other."""
    return np.concatenate(parts)


@cache
def spoken(step: int = 1) -> tuple[wav.Samples, ...]:
    """Every `step`-th clean utterance of the fixtures, 100 ms of silence around each."""
    lines = (HERE / "utterances.tsv").read_text(encoding="utf-8").splitlines()
    files = [line.split("\t")[0] for line in lines if line and not line.startswith("#")]
    return tuple(wav.telephone(HERE / file) for file in files[::step])


@cache
def prompt(number: int = 0) -> wav.Samples:
    """Some eight seconds of speech at −20 dBFS, as prompts are."""
    parts = spoken()[number * 5 : number * 5 + 5]
    return np.concatenate([np.pad(part * 10 ** (3 / 20), (0, 800)) for part in parts])


def echo_of(samples: wav.Samples, delay_ms: int, gain_db: float, kind: str, seed: int = 1) -> wav.Samples:
    """Through a hybrid (8 ms) or a loudspeaker in a room (100 ms), the tail of half a second included."""
    random = np.random.default_rng(seed)
    length, decay = (64, 12) if kind == "line" else (800, 120)
    path = random.standard_normal(length) * np.exp(-np.arange(length) / decay)
    heard = np.convolve(samples, path)
    heard *= np.sqrt((samples**2).sum() / (heard**2).sum()) * 10 ** (gain_db / 20)
    return np.pad(heard, (delay_ms * 8, 4000))


def over(under: wav.Samples, above: wav.Samples, at_ms: int) -> wav.Samples:
    """Two sounds at once."""
    mixed = under.copy()
    mixed[at_ms * 8 : at_ms * 8 + len(above)] += above[: len(mixed) - at_ms * 8]
    return mixed
