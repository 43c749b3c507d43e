"""What whisper's engine makes of the numbers that the decoder spells: fragments of a longer one are none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ivr.speech.recognition import whisper_engine
from ivr.speech.recognition.recogniser import Expected, Recognised
from ivr.speech.recognition.whisper_decoder import HeardSound
from ivr.speech.recognition.whisper_engine import WhisperEngine

DIGITS = "零幺一二两三四五六七八九"
_Way = tuple[str, float]


class Decides:
    """A decoder that hears what the test says: freely, and of the digits alone; all fit the sound as well."""

    freely_heard: Sequence[_Way] = ()
    spelt: Sequence[_Way] = ()

    def __init__(self, folder: Path) -> None:
        pass

    def encode(self, sound: object) -> HeardSound:
        return HeardSound(None, 200, 1.5)

    def freely(self, heard: HeardSound, sentences: Sequence[str]) -> tuple[list[_Way], float]:
        return list(self.freely_heard) or [("嗯", -0.1)], 0.0

    def spell(
        self, heard: HeardSound, told: str, pieces: tuple[str, ...], *, longest: int, repeat: int = 0
    ) -> list[_Way]:
        return list(self.spelt)

    def likelihoods(self, heard: HeardSound, texts: Sequence[str], told: Sequence[str] = ()) -> list[float]:
        return [-1.0] * len(texts)

    def written(self, text: str) -> str:
        return text


def heard(monkeypatch: pytest.MonkeyPatch, freely: str, *spelt: _Way) -> Recognised:
    monkeypatch.setattr(whisper_engine, "WhisperDecoder", Decides)
    engine = WhisperEngine(Path())
    monkeypatch.setattr(Decides, "freely_heard", [(freely, -0.2)])
    monkeypatch.setattr(Decides, "spelt", spelt)
    return engine.recognise(np.ones(12_000, "<i2").tobytes(), Expected(alphabet=DIGITS))


def test_one_digit_of_a_longer_number_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    found = heard(monkeypatch, "4154", ("四", -1.0), ("四一五四", -2.5))
    assert (found.text, [text for text, _ in found.others]) == ("四一五四", [])


def test_where_only_a_digit_of_it_can_be_spelt_it_is_what_was_heard_freely(monkeypatch: pytest.MonkeyPatch) -> None:
    assert heard(monkeypatch, "尾号1120", ("四", -1.0)).text == "尾号1120"


def test_a_digit_that_was_said_alone_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert heard(monkeypatch, "六期", ("六", -1.0)).text == "六"
    assert heard(monkeypatch, "6", ("六", -1.0)).text == "六"
