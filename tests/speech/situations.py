"""Utterances in less easy ways, for make.py: with pauses, fillers and corrections, two requests in one breath, and over
a dog, a second person and from a telephone on loudspeaker. `situations.txt` says what is spoken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ivr.speech.audio import sound
from ivr.speech.audio.wav import RATE, Samples
from tests.speech import noises
from tests.speech.split import REPORTED

HERE = Path(__file__).parent
#: Who speaks, in turn: two that settings are chosen on, one that is reported.
STYLES = ("zf_xiaoxiao", "zm_yunxi", *REPORTED)
PAUSE_MS = (250, 350, 450)
BEHIND_DB = {"dog": 8.0, "person": 15.0}


@dataclass(frozen=True)
class Situation:
    """One line of situations.txt; `parts` are spoken with pauses between."""

    name: str
    kind: str
    parts: tuple[str, ...]
    intent: str
    style: str
    pause_ms: int


def situations() -> Iterator[Situation]:
    """Every line, styles in turn within each kind."""
    lines = (HERE / "situations.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(line for line in lines if not line.startswith("#")):
        kind, text, intent = line.split("\t")
        at = number % len(STYLES)
        yield Situation(f"{kind}-{at + 1}", kind, tuple(text.split("｜")), intent, STYLES[at], PAUSE_MS[at])


def joined(parts: list[Samples], pause_ms: int) -> Samples:
    """Parts without silence of their own, with pauses between."""
    rest = np.zeros(pause_ms * RATE // 1000)
    return np.concatenate([piece for part in parts for piece in (rest, part)][1:])


def behind(samples: Samples, what: Samples, db: float) -> Samples:
    """The other sound under all of it, so much quieter."""
    other = np.resize(what, len(samples))
    return np.asarray(samples + other * sound.loudness(samples) * sound.ratio(-db) / sound.loudness(other))


def barking(seed: int = 0) -> Samples:
    """A dog, two barks and a rest."""
    random = np.random.default_rng(seed)
    found = np.zeros(round(1.3 * RATE))
    for at in (0.05, 0.45):
        clock = np.arange(round(0.18 * RATE)) / RATE
        pitch = 420 + 260 * np.exp(-clock / 0.05)
        voice = sum(np.sin(2 * np.pi * n * np.cumsum(pitch) / RATE) / n for n in (1, 2, 3, 4))
        rough = 1 + 0.8 * random.standard_normal(len(clock))
        noises.add(found, round(at * RATE), np.asarray(voice * rough * np.exp(-clock / 0.07)))
    return found


def loudspeaker(samples: Samples, seed: int = 0) -> Samples:
    """Two metres from a telephone on loudspeaker in a room: reverberation of 0.3 s, fewer highs."""
    tail = np.arange(round(0.3 * RATE))
    room = 0.35 * np.random.default_rng(seed).standard_normal(len(tail)) * np.exp(-tail / (0.06 * RATE))
    room[0] = 1.0
    heard = np.convolve(samples, room)[: len(samples)]
    return np.convolve(heard, np.hanning(5) / np.hanning(5).sum(), mode="same")


def changes(person: Samples) -> dict[str, Callable[[Samples], Samples]]:
    """What is done to each kind; `person` is somebody else who talks."""
    return {
        "dog": lambda samples: behind(samples, barking(), BEHIND_DB["dog"]),
        "person": lambda samples: behind(samples, person, BEHIND_DB["person"]),
        "loudspeaker": loudspeaker,
    }
