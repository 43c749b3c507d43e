"""Sound that looks like speech in an outline: bursts of a voice's pitch with pauses between them, always the same."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np

_RATE = 8000


def speech(path: Path | None, seconds: float, seed: int) -> bytes:
    """PCM, signed 16 bit, 8 kHz, one channel; as a WAV file at `path` too, where one is given."""
    draw = np.random.default_rng(seed)
    size = max(int(seconds * _RATE), _RATE // 4)
    t = np.arange(size) / _RATE
    # a syllable every fifth of a second, a breath after some of them
    loud = draw.uniform(0.25, 1.0, size * 5 // _RATE + 2) * (draw.random(size * 5 // _RATE + 2) > 0.22)
    envelope = np.interp(t * 5, np.arange(len(loud)), loud)
    voice = sum(np.sin(2 * np.pi * 140 * n * t + n) / n for n in range(1, 9))
    data = (envelope * voice * 7000).astype("<i2").tobytes()
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_wav(data))
    return data


def as_wav(data: bytes) -> bytes:
    """The samples as a file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, _RATE, 0, "NONE", ""))
        file.writeframes(data)
    return out.getvalue()
