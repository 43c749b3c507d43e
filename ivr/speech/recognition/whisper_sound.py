"""Telephone sound as whisper takes it: at 16 kHz, and loud enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]

#: Speech below this level (RMS of the louder half of its 20 ms windows) is raised to it, by at most so much.
_LEVEL_DBFS, _MOST_DB = -23.0, 24.0
_WINDOW = 320


def raised(sound: Sound) -> Sound:
    """A quiet caller (16 kHz) at a usual level; loud sound stays as it is."""
    windows = sound[: len(sound) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    power = np.sort((windows.astype(np.float64) ** 2).mean(axis=1))[len(windows) // 2 :]
    if not len(power) or power.mean() <= 0:
        return sound
    wanted = 10 ** (_LEVEL_DBFS / 20) / np.sqrt(power.mean())
    gain = min(wanted, 10 ** (_MOST_DB / 20), 0.99 / max(float(np.abs(sound).max()), 1e-6))
    return np.asarray(sound * gain, np.float32) if gain > 1 else sound


def doubled(sound: Sound) -> Sound:
    """8 kHz → 16 kHz, nothing added above 4 kHz, by Fourier transform."""
    even = np.pad(sound, (0, len(sound) % 2))
    spectrum = np.fft.rfft(even)
    wide = np.zeros(len(even) + 1, dtype=np.complex128)
    wide[: len(spectrum)] = spectrum
    wide[len(spectrum) - 1] /= 2  # at 4 kHz one value stands for both sides
    return np.asarray(np.fft.irfft(wide, 2 * len(even)) * 2, dtype=np.float32)
