"""Silero's voice activity detection at 8 kHz, from its ONNX file: one session for all calls, a state for each.

A hop is 256 samples with the 32 before them; it costs about 60 µs on the event loop, where the gate lets sound pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ivr.errors import ModelUnusable
from ivr.speech.voice_activity.vad import Sound, Vad

#: Where the model lies in the folder of models.
FILE = Path("silero") / "silero_vad.onnx"

_HOP, _CONTEXT, _RATE = 256, 32, 8000


def load(models: Path) -> Callable[[], Vad]:
    """Load the model; what it returns makes one detection for each call leg. Raises ModelUnusable."""
    file = models / FILE
    if not file.is_file():
        raise ModelUnusable(f"没有模型文件 {file}")
    try:
        import onnxruntime
    except ImportError as wrong:
        raise ModelUnusable(f"没有 onnxruntime（{wrong}）") from wrong
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # threads would cost more than they bring
    options.log_severity_level = 4  # what goes wrong is raised, and told once
    try:
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        calm = SileroVad(session)
        calm.speech(_line())
    except Exception as wrong:
        raise ModelUnusable(f"模型文件 {file} 无法使用（{type(wrong).__name__}）") from wrong
    return lambda: SileroVad(session, calm.state)


def _line() -> Sound:
    """Three seconds of a line on which nobody speaks: a low rumble at −40 dBFS."""
    spectrum = np.fft.rfft(np.random.default_rng(5).standard_normal(3 * _RATE))
    hertz = np.fft.rfftfreq(3 * _RATE, 1 / _RATE)
    rumble = np.fft.irfft(np.where(hertz > 100, np.maximum(hertz, 1.0) ** -1.25, 0.0) * spectrum, 3 * _RATE)
    return np.asarray(0.01 * rumble / rumble.std(), np.float32)


class SileroVad:
    """See Vad. `state` is the model's own, replaced with every hop."""

    hop_ms, threshold, window, evidence = 32, 0.4, 2, 1.0

    def __init__(self, session: Any, calm: Any = None) -> None:
        """`calm`: the state after a while on a line where nobody speaks. It decides how soon the model takes a sound
        for speech: after a silent line a knock is enough, after a loud one quiet callers are missed."""
        self._session = session
        self._calm = np.zeros((2, 1, 128), np.float32) if calm is None else calm
        self._rate = np.array(_RATE, dtype=np.int64)
        self._input = np.zeros((1, _CONTEXT + _HOP), np.float32)
        self._filled = 0
        self.reset()

    def reset(self) -> None:
        """See Vad.reset."""
        self.state = self._calm
        self._input[:] = 0.0
        self._filled = 0

    def speech(self, frame: Sound) -> Sequence[float]:
        """See Vad.speech."""
        found: list[float] = []
        while len(frame):
            room = self._input[0, _CONTEXT + self._filled :]
            part = frame[: len(room)]
            room[: len(part)] = part
            self._filled += len(part)
            frame = frame[len(part) :]
            if self._filled == _HOP:
                found.append(self._hop())
        return found

    def _hop(self) -> float:
        asked = {"input": self._input, "state": self.state, "sr": self._rate}
        probability, self.state = self._session.run(None, asked)
        self._input[0, :_CONTEXT] = self._input[0, -_CONTEXT:]
        self._filled = 0
        return float(probability[0, 0])
