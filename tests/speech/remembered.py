"""Whisper's decoder that computes nothing twice: several tests ask differently about the same sounds, and what the
model itself is asked is mostly the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ivr.speech.recognition import whisper_engine
from ivr.speech.recognition.whisper_decoder import HeardSound, WhisperDecoder
from ivr.speech.recognition.whisper_engine import WhisperEngine


class Remembering(WhisperDecoder):
    """What was computed is kept by what it was computed from, until `forget`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._kept: dict[tuple[object, ...], Any] = {}

    def forget(self) -> None:
        """The next is computed anew."""
        self._kept.clear()

    def encode(self, sound: Any) -> HeardSound:
        """See WhisperDecoder."""
        made: HeardSound = self._once(("encode", sound.tobytes()), lambda: super(Remembering, self).encode(sound))
        return made

    def freely(self, heard: HeardSound, sentences: Sequence[str]) -> tuple[list[tuple[str, float]], float]:
        """See WhisperDecoder."""
        key = ("freely", id(heard.encoded), *sentences)
        found, nothing = self._once(key, lambda: super(Remembering, self).freely(heard, sentences))
        return list(found), nothing

    def spell(
        self, heard: HeardSound, told: str, pieces: tuple[str, ...], *, longest: int, repeat: int = 0
    ) -> list[tuple[str, float]]:
        """See WhisperDecoder."""
        key = ("spell", id(heard.encoded), told, longest, repeat, *pieces)
        make = super().spell
        return list(self._once(key, lambda: make(heard, told, pieces, longest=longest, repeat=repeat)))

    def likelihoods(self, heard: HeardSound, texts: Sequence[str], told: Sequence[str] = ()) -> list[float]:
        """See WhisperDecoder."""
        key = ("likelihoods", id(heard.encoded), tuple(texts), tuple(told))
        return list(self._once(key, lambda: super(Remembering, self).likelihoods(heard, texts, told)))

    def _once(self, key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]


def engine(folder: Path) -> tuple[WhisperEngine, Remembering]:
    """An engine that computes nothing twice, and its memory."""
    made: list[Remembering] = []

    def remembering(folder: Path) -> Remembering:
        made.append(Remembering(folder))
        return made[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(whisper_engine, "WhisperDecoder", remembering)
        return WhisperEngine(folder), made[0]
