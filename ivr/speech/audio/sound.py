"""From what a voice says to telephone sound: resampled, levelled, trimmed, faded, in whole 20 ms frames.

Joined pieces then follow each other without a gap or a click, and every packet on the wire is a frame of a file.
"""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

from ivr.errors import SpeechError
from ivr.speech.audio.wav import FRAME, RATE, Samples

#: Loudness and peak that sound is brought to; `ivr.speech.prompts.check` allows ± 4 dB and −3 dBFS (HB 7.4.2).
LEVEL_DBFS, PEAK_DBFS = -20.0, -3.5

#: Window in which sound counts as voice or silence: 10 ms.
WINDOW = RATE // 100

#: A window is voice if it is less than so far below the loudest one, and above the floor.
_RANGE_DB, _FLOOR_DBFS = 30.0, -60.0
_WORDS_DB, _SOFT = 50.0, 7  # 70 ms

#: Telephone band: full between the inner pair, nothing outside the outer pair (Hz).
_BAND = (60.0, 150.0, 3500.0, 3900.0)

_FADE = RATE // 200  # 5 ms
_MARGINS = 20  # to a second: 50 ms each

#: Rest after a clip whose text ends so (ms): whole prompts follow each other, pieces must not wait.
_RESTS = {"。": 300, "！": 300, "？": 300, ".": 300, "!": 300, "?": 300, "；": 240, ";": 240,
          "，": 120, ",": 120, "、": 120, "：": 120, ":": 120}  # fmt: skip


def decibels(level: float) -> float:
    """Full-scale ratio as dBFS; silence is −120."""
    return float(20 * np.log10(max(level, 1e-6)))


def ratio(dbfs: float) -> float:
    """Return the full-scale ratio of a dBFS value."""
    return float(10 ** (dbfs / 20))


def voiced(samples: Samples) -> NDArray[np.bool_]:
    """Mark each whole 10 ms window of telephone sound as voice (True) or silence."""
    windows = samples[: len(samples) // WINDOW * WINDOW].reshape(-1, WINDOW)
    levels = np.sqrt((windows**2).mean(axis=1))
    loudest = float(levels.max(initial=0.0))
    marks: NDArray[np.bool_] = levels > max(loudest * ratio(-_RANGE_DB), ratio(_FLOOR_DBFS))
    return marks


def loudness(samples: Samples) -> float:
    """RMS over the voiced windows, as a full-scale ratio; 0 where there is no voice."""
    marks = voiced(samples)
    if not marks.any():
        return 0.0
    windows = samples[: len(marks) * WINDOW].reshape(-1, WINDOW)[marks]
    return float(np.sqrt((windows**2).mean()))


def rest_after(text: str) -> int:
    """How long a speaker rests after `text`, in ms, by its last character."""
    return _RESTS.get(text.rstrip()[-1:], 0)


def telephone_sound(rate: int, samples: Samples, rest_ms: int = 0, *, trimmed: bool = False) -> Samples:
    """Turn a voice's samples into telephone sound in whole 20 ms frames, `rest_ms` of silence at its end.

    Silence around the words is cut off; where they come `trimmed`, as from `words`, soft consonants stay.
    Raises SpeechError where the voice said nothing.
    """
    speech = level(resample(rate, samples))
    speech = trim(speech, _SOFT if trimmed else 1)
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(_FADE) + 0.5) / _FADE)
    speech[:_FADE] *= ramp
    speech[-_FADE:] *= ramp[::-1]
    length = len(speech) + rest_ms * RATE // 1000
    return np.pad(speech, (0, -(-length // FRAME) * FRAME - len(speech)))


def resample(rate: int, samples: Samples) -> Samples:
    """Resample to 8 kHz and keep the telephone band, by Fourier transform."""
    step = gcd(rate, RATE)
    up, down = RATE // step, rate // step
    margin = -(-rate // (_MARGINS * down))  # silence on both sides: a transform joins the end to the start
    blocks = -(-len(samples) // down)
    padded = np.pad(samples, (margin * down, (blocks + margin) * down - len(samples)))
    spectrum = np.fft.rfft(padded)
    size = (blocks + 2 * margin) * up
    kept = np.zeros(size // 2 + 1, dtype=np.complex128)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared]
    kept *= np.interp(np.arange(len(kept)) * RATE / size, _BAND, (0.0, 1.0, 1.0, 0.0))
    found = np.fft.irfft(kept, size) * up / down
    return np.asarray(found[margin * up : (margin + blocks) * up])


def level(samples: Samples) -> Samples:
    """Bring the voiced part to −20 dBFS and bend peaks so that none passes −3.5 dBFS. Raises SpeechError."""
    if loudness(samples) == 0.0:
        raise SpeechError("合成的语音没有声音")
    gain = 1.0
    for _ in range(4):  # bending takes some loudness away, so the gain is found in rounds
        loud = _bent(samples * gain)
        gain *= ratio(LEVEL_DBFS) / loudness(loud)
    return _bent(samples * gain)


def words(rate: int, samples: Samples) -> Samples:
    """Cut a voice model's own silence off, but not the soft consonants (信, 查) that `trim` takes for silence.

    For sound without background noise: what is 50 dB below the loudest 10 ms belongs to a word if it is within
    70 ms of what is 30 dB below.
    """
    window = rate // 100
    levels = np.sqrt((samples[: len(samples) // window * window].reshape(-1, window) ** 2).mean(axis=1))
    top = levels.max(initial=0.0)
    loud, soft = (np.flatnonzero(levels > top * ratio(-down)) for down in (_RANGE_DB, _WORDS_DB))
    if not len(loud):
        return samples[:0]
    first, last = max(soft[0], loud[0] - _SOFT), min(soft[-1], loud[-1] + _SOFT)
    return samples[first * window : (last + 1) * window]


def _bent(samples: Samples) -> Samples:
    top = ratio(PEAK_DBFS)
    knee = 0.6 * top
    bent = samples.copy()
    over = np.abs(samples) > knee
    bent[over] = np.sign(samples[over]) * (knee + (top - knee) * np.tanh((np.abs(samples[over]) - knee) / (top - knee)))
    return bent


def trim(samples: Samples, soft: int = 1) -> Samples:
    """Cut the silence before and after the voice, but for `soft` windows each: consonants begin softly."""
    marks = np.flatnonzero(voiced(samples))
    return samples[max(0, marks[0] - soft) * WINDOW : (marks[-1] + 1 + soft) * WINDOW].copy()
