"""WebRTC's voice activity detection, for machines without onnxruntime or Silero's model: about 2 µs a frame, but it
takes much noise and every key tone for speech. So key tones are told apart here, and more speech in a row is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from ivr.errors import ModelUnusable
from ivr.speech.voice_activity.vad import FRAME_BYTES, FRAME_MS, Sound, Vad

#: 0 lets most sound through as speech, 3 least.
MODE = 2

_RATE, _WINDOW = 8000, FRAME_BYTES
_LOWEST_TONE = 380.0  # a voice's own lines lie below; key tones and the exchange's signals above
_TONE_SHARE = 0.93


def load() -> Callable[[], Vad]:
    """What makes one detection for each call leg. Raises ModelUnusable where the package is missing."""
    try:
        import webrtcvad
    except ImportError as wrong:
        raise ModelUnusable(f"没有 webrtcvad（{wrong}）") from wrong
    return lambda: WebrtcVad(webrtcvad.Vad(MODE).is_speech)


class WebrtcVad:
    """See Vad. `is_speech` judges 20 ms of PCM at a rate."""

    hop_ms, threshold, window, evidence = FRAME_MS, 0.5, 8, 7.0

    def __init__(self, is_speech: Callable[[bytes, int], bool]) -> None:
        self._is_speech = is_speech
        self._last = np.zeros(_WINDOW, np.float32)

    def reset(self) -> None:
        """See Vad.reset. The engine's own short memory of noise stays: it cannot be told to forget."""
        self._last[:] = 0.0

    def speech(self, frame: Sound) -> Sequence[float]:
        """See Vad.speech."""
        self._last = np.concatenate((self._last[len(frame) :], frame))
        pcm = (frame * 32767.0).astype("<i2").tobytes()
        return (1.0 if self._is_speech(pcm, _RATE) and not tone(self._last) else 0.0,)


@cache
def _hann(size: int) -> Sound:
    return np.hanning(size).astype(np.float32)


def tone(sound: Sound) -> bool:
    """Whether one or two pure tones make up nearly all of this sound, as with a key or the exchange's signals."""
    power = np.abs(np.fft.rfft(sound * _hann(len(sound)), 1024)) ** 2
    whole = float(power.sum())
    if whole <= 0.0:
        return False
    share = 0.0
    for _ in range(2):
        line = int(power.argmax())
        if line * _RATE / 1024 < _LOWEST_TONE:
            return False
        near = slice(max(0, line - 7), line + 8)  # the width of the window's main lobe
        share += float(power[near].sum()) / whole
        power[near] = 0.0
        if share >= _TONE_SHARE:
            return True
    return False
