"""The interface behind which voices speak: texts in, telephone sound out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ivr.speech.models.catalogue import Model

#: Characters (字) a second at speed 1, and at an elderly speed of 0.85: inside 3.0–4.5 and 2.5–3.9 (HB 7.4.2).
CHARACTERS_PER_SECOND = 4.2


@dataclass(frozen=True, slots=True)
class Utterance:
    """One text to be spoken into one file; `speed` 1.0 is normal, 0.85 slower."""

    text: str
    path: Path
    language: str
    speed: float = 1.0


#: Called once for each utterance that is done, in any order, with None or why it could not be spoken.
Progress = Callable[[Utterance, str | None], None]


class Voice(Protocol):
    """A voice that renders prompts. Implementations need not be safe to share between threads."""

    @property
    def name(self) -> str:
        """Name of the voice in the settings."""

    def fingerprint(self, language: str, speed: float) -> str:
        """Text that changes whenever the same words would sound different; part of built files' names."""

    def render(self, utterances: Sequence[Utterance], progress: Progress) -> None:
        """Speak every utterance into its file: 8 kHz mono 16 bit, −20 dBFS, trimmed, whole 20 ms frames.

        A file appears whole or not at all. One failed utterance is told to `progress` and does not
        stop the others; SpeechError is raised where the voice itself cannot speak.
        """


@dataclass(frozen=True, slots=True)
class VoiceKind:
    """One kind of voice, as its module registers it in `ivr.speech.voices.registry`: `name` in the settings; `make`
    makes it from the folder in which models are installed, and loads nothing; `downloads`: the models that
    `ivr models install` can bring for it."""

    name: str
    make: Callable[[Path], Voice]
    downloads: tuple[Model, ...] = ()
