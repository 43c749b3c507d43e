"""The outline of a recording: what a player draws before any sound is loaded."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ivr.errors import SpeechError

#: Frames read at a time, about.
_FRAMES = 1 << 16
#: A part of the outline is made of so many pieces: it begins and ends as exactly as that.
_PIECES = 64


@dataclass(frozen=True, slots=True)
class Peaks:
    """`levels` are the loudest samples (0…1) of equal parts of the sound; `seconds` is how long it lasts."""

    seconds: float
    levels: tuple[float, ...]


def peaks(file: io.RawIOBase, columns: int) -> Peaks:
    """The outline of 16-bit PCM in so many parts, fewer where the sound has fewer samples; of a long sound little is in
    memory at once. Raises SpeechError for anything else, and what reading the file raises; it is closed then."""
    try:
        with io.BufferedReader(file) as buffered:
            size = buffered.seek(0, io.SEEK_END)
            buffered.seek(0)
            with wave.open(buffered) as sound:
                if sound.getsampwidth() != 2:
                    raise SpeechError("录音的每个采样不是 16 位")
                rate, channels = sound.getframerate(), sound.getnchannels()
                # what the header says of a file that was cut off is more than there is
                frames = min(sound.getnframes(), size // (2 * channels))
                piece = max(1, frames // (columns * _PIECES))
                loudest, number = _loudest(sound, channels, piece)
    except (wave.Error, EOFError, ValueError) as wrong:
        raise SpeechError("录音不是完整的 WAV 文件") from wrong
    parts = np.array_split(loudest, min(columns, len(loudest)) or 1)
    levels = tuple(round(float(part.max(initial=0)) / 32768, 3) for part in parts)
    return Peaks(number / rate, levels)


def _loudest(sound: wave.Wave_read, channels: int, piece: int) -> tuple[npt.NDArray[np.int32], int]:
    """The loudest sample of each piece of so many frames, of whichever channel, and how many frames there are."""
    found, number = [np.zeros(0, np.int32)], 0
    block = piece * max(1, _FRAMES // piece)
    while data := sound.readframes(block):
        frames = np.abs(np.frombuffer(data, "<i2").astype(np.int32)).reshape(-1, channels).max(axis=1)
        number += len(frames)
        found.append(np.maximum.reduceat(frames, np.arange(0, len(frames), piece)))
    return np.concatenate(found), number
