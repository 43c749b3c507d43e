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


def samples(frames: Sequence[bytes]) -> Sound:
    """Frames of 20 ms as they are judged, a row each."""
    rows = np.frombuffer(b"".join(frames), "<i2").reshape(-1, FRAME_BYTES // 2).astype(np.float32)
    rows *= np.float32(1 / 32768)
    return rows


def judged(frames: Sequence[bytes]) -> tuple[Sound, list[float]]:
    """`samples`, and the frames' levels (dBFS), all in one go."""
    rows = samples(frames)
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
        if loud < self.floor or not speech:
            self._learn((loud,))
        else:
            self._new -= 1
        return self._left > 0

    @property
    def shut_below(self) -> float:
        """Frames without speech of a lower level leave the gate shut; −inf while it is open."""
        return self.loud_from if self._left <= FRAME_MS else -math.inf

    @classmethod
    def shut_below_after(cls, quietest: float) -> float:
        """What `shut_below` does not fall short of because of frames that leave the gate shut, none of them below
        `quietest`: no line is taken to be quieter than its quietest frame."""
        return max(quietest + cls.STANDS_OUT_DB, cls.LEAST_DBFS)

    def stay_shut(self, levels: Sequence[float]) -> list[float]:
        """`open` for frames without speech that leave the gate shut: `loud_from` before each of them."""
        self._left -= FRAME_MS * len(levels)
        return self._learn(levels)

    def _learn(self, levels: Sequence[float]) -> list[float]:
        """Take in the line's noise, frame by frame; `loud_from` before each."""
        floor, new, loud_from = self.floor, self._new, []
        for loud in levels:
            loud_from.append(max(floor + self.STANDS_OUT_DB, self.LEAST_DBFS))
            new -= 1
            if loud < floor:
                floor += 0.3 * (max(loud, -70.0) - floor)
            else:
                floor += min(0.4 if new > 0 else 0.06, loud - floor)  # 20 and 3 dB a second
        self.floor, self._new = floor, new
        return loud_from
