"""A recording of any kind as one utterance of telephone sound, as the recognisers take it."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from ivr.errors import SpeechError
from ivr.speech.audio import g711, sound, wav

#: What one utterance may last (s): the recognisers take in no more.
LONGEST_S = 28


def telephone_pcm(file: Path) -> bytes:
    """A WAV of any rate, width and number of channels, PCM or G.711, as 8 kHz mono 16 bit. Raises SpeechError."""
    if (coded := g711.telephone(file, LONGEST_S)) is not None:
        return _pcm(coded)
    form = wav.header(file)
    if form.seconds > LONGEST_S:
        raise SpeechError(f"{file}：长 {form.seconds:.0f} 秒，一段话最长 {LONGEST_S} 秒，请先切分")
    with wave.open(str(file), "rb") as source:
        data = source.readframes(form.frames)
    whole = np.frombuffer(data, np.uint8).reshape(-1, form.bits // 8)
    if form.bits == 8:  # without sign, alone of all widths
        samples = (whole[:, 0].astype(np.float64) - 128) / 128
    else:
        wide = np.zeros((len(whole), 4), np.uint8)
        wide[:, 4 - whole.shape[1] :] = whole
        samples = wide.view("<i4")[:, 0].astype(np.float64) / 2**31
    mono = samples.reshape(-1, form.channels).mean(axis=1)
    if form.rate != wav.RATE:
        mono = sound.resample(form.rate, mono)[: form.frames * wav.RATE // form.rate]
    return _pcm(mono)


def _pcm(samples: wav.Samples) -> bytes:
    pcm: bytes = np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes()
    return pcm
