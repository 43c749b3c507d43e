"""Voice activity: is this 20 ms speech? One interface before two engines; which one serves is decided in `named`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

#: Telephone sound as it is judged: −1…1, 8 kHz.
Sound = NDArray[np.float32]

#: Bytes of 20 ms of signed linear sound, and what they last.
FRAME_BYTES, FRAME_MS = 320, 20

#: Level of what holds no sound at all.
NOTHING_DBFS = -96.0


class Vad(Protocol):
    """Judges the sound of one call leg, frame after frame. Not shared between calls."""

    @property
    def hop_ms(self) -> int:
        """How much sound one probability is about."""

    @property
    def threshold(self) -> float:
        """A probability from here on goes on with speech."""

    @property
    def window(self) -> int:
        """Hops that together decide whether speech begins: where their probabilities add up to `evidence`."""

    @property
    def evidence(self) -> float:
        """See `window`."""

    def speech(self, frame: Sound) -> Sequence[float]:
        """Take in 20 ms; the probabilities of the hops that they completed, none to several."""

    def reset(self) -> None:
        """Forget what was heard: what follows does not continue it."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The voice activity detection that serves: `make` gives one for a call leg, `reason` says in Chinese why it is
    this one."""

    name: str
    reason: str
    make: Callable[[], Vad]


def level(sound: Sound) -> float:
    """Loudness as dBFS of the root mean square, not below −96."""
    power = float(np.dot(sound, sound)) / max(len(sound), 1)
    return 10.0 * math.log10(power) if power > 2.6e-10 else NOTHING_DBFS


def judged(frames: Sequence[bytes]) -> tuple[Sound, list[float]]:
    """Frames of 20 ms as they are judged, a row each, and their levels (dBFS), all in one go."""
    rows = np.frombuffer(b"".join(frames), "<i2").reshape(-1, FRAME_BYTES // 2).astype(np.float32)
    rows *= np.float32(1 / 32768)
    power = np.einsum("ij,ij->i", rows, rows).astype(np.float64) / rows.shape[1]
    loud = np.where(power > 2.6e-10, 10.0 * np.log10(np.maximum(power, 2.6e-10)), NOTHING_DBFS)
    return rows, loud.tolist()


class Gate:
    """Keeps silent lines cheap: an engine is asked only while sound stands out from the line's own noise."""

    #: So far above the noise, at least so loud, and for so long after it last was.
    STANDS_OUT_DB, LEAST_DBFS, HOLD_MS = 6.0, -54.0, 400

    def __init__(self) -> None:
        self.floor = -60.0
        self._left = 0
        self._new = 500 // FRAME_MS  # frames of a line that is not known yet

    @property
    def loud_from(self) -> float:
        """The level from which on sound stands out."""
        return max(self.floor + self.STANDS_OUT_DB, self.LEAST_DBFS)

    def open(self, loud: float, speech: bool, least: float = NOTHING_DBFS) -> bool:
        """Whether this frame of `loud` dBFS is worth asking about; below `least` it is not. `speech`: the engine hears
        speech at present, which must not be learnt as noise."""
        self._left = self.HOLD_MS if loud >= max(self.loud_from, least) else self._left - FRAME_MS
        self._new -= 1
        if loud < self.floor:
            self.floor += 0.3 * (max(loud, -70.0) - self.floor)
        elif not speech:
            self.floor += min(0.4 if self._new > 0 else 0.06, loud - self.floor)  # 20 and 3 dB a second
        return self._left > 0
