"""Whatever a voice says becomes level, tight telephone sound that joins without gaps or clicks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.errors import SpeechError
from ivr.speech.audio import sound, wav
from tests.speech.speaking import silence, tone


def spectrum_at(samples: wav.Samples, hertz: float, rate: int = wav.RATE) -> float:
    """Amplitude of one frequency."""
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / rate)
    return float(2 * abs((samples * turn).mean()))


@pytest.mark.parametrize("rate", [22050, 16000, 24000, 44100, 48000, 8000, 11025])
def test_resampling_keeps_the_band_and_nothing_else(rate: int) -> None:
    speech = tone(1.0, -20, 1000, rate)
    made = sound.resample(rate, speech + tone(1.0, -20, 30, rate))
    assert len(made) >= 8000
    assert spectrum_at(made[:8000], 1000) == pytest.approx(spectrum_at(speech, 1000, rate), rel=0.02)
    assert spectrum_at(made[:8000], 30) < 0.02 * spectrum_at(speech, 1000, rate)


def test_what_would_alias_is_removed() -> None:
    made = sound.resample(22050, tone(1.0, -20, 5000, 22050))
    assert np.abs(made[200:-400]).max() < 0.005


@pytest.mark.parametrize("dbfs", [-50, -30, -20, -6, -3.1])
def test_any_voice_comes_out_at_minus_twenty(dbfs: float) -> None:
    made = sound.telephone_sound(8000, tone(1.0, dbfs))
    assert sound.decibels(sound.loudness(made)) == pytest.approx(-20, abs=0.3)


def test_peaks_are_bent_below_the_limit_and_loudness_stays() -> None:
    speech = tone(2.0, -30)
    speech[4000:4040] = 0.9
    speech[8000:8040] = -0.9
    made = sound.level(speech)
    assert np.abs(made).max() <= sound.ratio(sound.PEAK_DBFS)
    assert sound.decibels(sound.loudness(made)) == pytest.approx(-20, abs=1.5)


@pytest.mark.parametrize("samples", [silence(1.0), np.array([]), silence(0.005)])
def test_silence_is_refused(samples: wav.Samples) -> None:
    with pytest.raises(SpeechError, match="没有声音"):
        sound.telephone_sound(22050, samples)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0, 1),
    st.floats(0.05, 2),
    st.floats(0, 1),
    st.sampled_from([8000, 16000, 22050, 24000]),
    st.floats(-45, -6),
)
def test_pieces_are_whole_frames_and_join_without_gaps_or_clicks(
    lead: float, length: float, tail: float, rate: int, dbfs: float
) -> None:
    length = round(length * 400) / 400  # whole periods: the voice itself does not click
    quiet = [np.zeros(round(seconds * rate)) for seconds in (lead, tail)]
    made = sound.telephone_sound(rate, np.concatenate([quiet[0], tone(length, dbfs, 400, rate), quiet[1]]))
    assert len(made) % wav.FRAME == 0
    joined = np.concatenate([made, made])
    marks = np.flatnonzero(sound.voiced(joined))
    assert np.diff(marks).max() - 1 <= 6, "a gap of more than 60 ms"
    assert abs(made[0]) < 0.002
    assert abs(made[-1]) < 0.002
    steepest = np.abs(np.diff(tone(1.0, -20, 400))).max()
    assert np.abs(np.diff(joined)).max() < 1.3 * steepest, "a click at the joint"
    assert abs(len(made) / wav.RATE - length) < 0.06


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("再见。", 300),
        ("您好，", 120),
        ("您前面还有", 0),
        ("请稍候；", 240),
        ("Goodbye.", 300),
        ("", 0),
        ("好。 ", 300),
    ],
)
def test_a_sentence_is_followed_by_a_rest_and_a_piece_is_not(text: str, rest: int) -> None:
    assert sound.rest_after(text) == rest
    made = sound.telephone_sound(8000, tone(1.0), rest)
    quiet = len(made) / 8 - 1000
    assert rest <= quiet <= rest + 40


def test_decibels() -> None:
    assert sound.decibels(1.0) == 0
    assert sound.decibels(0.1) == pytest.approx(-20)
    assert sound.decibels(0.0) == pytest.approx(-120)
    assert sound.ratio(sound.decibels(0.3)) == pytest.approx(0.3)
