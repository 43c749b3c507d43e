"""Silence before and after a message goes; nothing that was said does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.audio.trim import LEAST_MS, MARGIN_MS, spoken
from ivr.speech.audio.wav import RATE, Samples


def tone(ms: int, level: float = 0.1) -> Samples:
    return level * np.sin(np.arange(ms * RATE // 1000) * 2 * np.pi * 300 / RATE)


def hush(ms: int) -> Samples:
    return 0.001 * np.sin(np.arange(ms * RATE // 1000) * 2 * np.pi * 50 / RATE)


def ms(samples: Samples) -> int:
    return len(samples) * 1000 // RATE


@given(st.integers(0, 4000), st.integers(LEAST_MS + 40, 3000), st.integers(0, 4000))
def test_the_words_stay_and_the_silence_around_them_goes(before: int, words: int, after: int) -> None:
    kept = spoken(np.concatenate((hush(before), tone(words), hush(after))))
    assert words - 40 <= ms(kept) <= words + 2 * MARGIN_MS + 40
    assert float((kept**2).sum()) >= 0.95 * float((tone(words) ** 2).sum())


def test_a_pause_in_the_middle_is_part_of_the_message() -> None:
    kept = spoken(np.concatenate((tone(600), hush(3000), tone(600))))
    assert ms(kept) >= 4200 - 40


@pytest.mark.parametrize(
    "sound", [hush(5000), np.zeros(0), np.zeros(100), tone(100), np.concatenate((hush(900), tone(60)))]
)
def test_nothing_said_is_nothing_kept(sound: Samples) -> None:
    assert len(spoken(sound)) == 0


def test_a_quiet_voice_is_heard() -> None:
    assert ms(spoken(tone(1000, 0.012))) >= 960
