"""What a recording measures: loudness, peak, silence, speed (HB 7.4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from ivr.errors import SpeechError
from ivr.speech.audio import sound, wav
from ivr.text.template import characters


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures of one recording. Voice is every 10 ms window within 30 dB of the loudest and above −60 dBFS.

    `rms_dbfs` is over the voiced windows; silences are in ms: the longest between two voiced windows, and
    those before the first and after the last; `seconds` is the whole file, `speech_seconds` from the first
    voiced window to the last.
    """

    rms_dbfs: float
    peak_dbfs: float
    inner_silence_ms: int
    lead_ms: int
    tail_ms: int
    seconds: float
    speech_seconds: float

    def rate(self, text: str) -> float:
        """Characters (字) of `text` a second, pauses between its words included, silence around it not."""
        return characters(text) / self.speech_seconds


def measure(path: Path) -> Measures:
    """Measure telephone sound. Raises SpeechError for another format, a broken file, or one without voice."""
    samples = wav.telephone(path)
    marks = sound.voiced(samples)
    where = np.flatnonzero(marks)
    if not len(where):
        raise SpeechError(f"{path}：没有声音，全程静音")
    first, last = int(where[0]), int(where[-1])
    silences = [len(list(run)) for mark, run in groupby(marks[first : last + 1].tolist()) if not mark]
    window_ms = 1000 * sound.WINDOW // wav.RATE
    return Measures(
        rms_dbfs=sound.decibels(sound.loudness(samples)),
        peak_dbfs=sound.decibels(float(np.abs(samples).max())),
        inner_silence_ms=max(silences, default=0) * window_ms,
        lead_ms=first * window_ms,
        tail_ms=round(1000 * (len(samples) - (last + 1) * sound.WINDOW) / wav.RATE),
        seconds=len(samples) / wav.RATE,
        speech_seconds=(last + 1 - first) * sound.WINDOW / wav.RATE,
    )
