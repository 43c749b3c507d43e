"""The path from a prompt to its echo: found by least squares from what was played and what was heard."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ivr.speech.audio.wav import RATE
from ivr.speech.voice_activity.vad import Sound

#: An echo comes so many samples later at most; a path begins a little before the strongest delay, and is so long.
LAG, BEFORE, TAPS = RATE * 600 // 1000, RATE * 3 // 1000, RATE * 32 // 1000

#: So many samples are looked at, and so many of what was played are needed for it.
WINDOW = RATE
KEPT = WINDOW + LAG + TAPS

_TRANSFORM = 16384  # not less than KEPT
_ROUNDS = 10

#: So much of a sample is taken off the next: speech falls off towards high pitches, paths need not.
_FLAT = np.float32(0.5)

#: Of what was seen before so much still counts the next time.
_FADES = 0.7


@dataclass(frozen=True, slots=True)
class Seen:
    """What was heard beside what was played `delay` samples before, as sums: the energy of what was heard, what was
    played times itself a little later, and what was played times what was heard."""

    delay: int
    heard: float
    played: NDArray[np.floating]
    both: NDArray[np.floating]

    def joined(self, before: Seen) -> Seen:
        """With what was seen before, which counts less each time; quiet stretches count little by themselves."""
        return Seen(
            self.delay,
            self.heard + _FADES * before.heard,
            self.played + _FADES * before.played,
            self.both + _FADES * before.both,
        )

    def path(self) -> Sound:
        """The path that explains most of what was heard."""
        own = self.played.astype(np.float64)
        own[0] += 1e-3 * own[0] + 1e-6
        return _solved(own, self.both.astype(np.float64)).astype(np.float32)

    def share(self, path: Sound) -> float:
        """How much of what was heard a path explains, 1 for all; below 0 where it only adds to it."""
        own = np.correlate(path, path, "full")[TAPS - 1 :]
        spent = 2.0 * float(np.dot(own, self.played)) - float(own[0] * self.played[0])
        return (2.0 * float(np.dot(path, self.both)) - spent) / max(self.heard, 1e-9)

    def left_db(self, path: Sound) -> float:
        """What a path leaves, beside what it explains."""
        share = min(max(self.share(path), 0.1), 0.999)
        return 10.0 * math.log10((1.0 - share) / share)

    def level_db(self) -> float:
        """What was heard, beside what was played."""
        return 10.0 * math.log10(max(self.heard, 1e-9) / max(float(self.played[0]), 1e-9))


class Compared:
    """A window of sound, and what was played: `played` ends with `heard` and begins earlier."""

    def __init__(self, heard: Sound, played: Sound) -> None:
        self._heard, self._played = _flat(heard), _flat(played)
        self._ahead = len(played) - len(heard)
        product = np.fft.rfft(self._played, _TRANSFORM) * np.conj(np.fft.rfft(self._heard, _TRANSFORM))
        self._cross = np.fft.irfft(product, _TRANSFORM)[self._ahead :: -1]

    def likeliest(self) -> Seen:
        """At the delay where both are most alike."""
        size = len(self._heard)
        sums = np.concatenate(([0.0], np.cumsum(self._played.astype(np.float64) ** 2)))
        energy = (sums[size:] - sums[:-size])[::-1][: LAG + 1]
        likeness = self._cross[: LAG + 1] ** 2 / (energy + 1e-6 * size)
        return self.at(max(0, int(likeness.argmax()) - BEFORE))

    def at(self, delay: int) -> Seen:
        """At this delay."""
        first = self._ahead - delay
        part = self._played[max(0, first - TAPS) : first + len(self._heard)]
        played = np.fft.irfft(np.abs(np.fft.rfft(part, _TRANSFORM)) ** 2, _TRANSFORM)[:TAPS]
        return Seen(delay, float(np.dot(self._heard, self._heard)), played, self._cross[delay : delay + TAPS])


def _solved(own: NDArray[np.float64], goal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve the equations of least squares, whose matrix is `own` shifted along (Toeplitz), by conjugate gradients.

    A solver of linear algebra would start threads, and on a busy machine wait for them a hundred times longer.
    """
    size = len(own)
    whole = np.fft.rfft(np.concatenate((own, (0.0,), own[:0:-1])))
    ramp = np.arange(size) / size
    near = np.fft.rfft(own * (1.0 - ramp) + np.roll(own[::-1], 1) * ramp).real  # a circle much like it
    near = 1.0 / np.maximum(near, 1e-3 * own[0])
    found = np.zeros(size)
    rest = goal.copy()
    step = likely = np.fft.irfft(np.fft.rfft(rest) * near, size)
    gain = first = float(np.dot(rest, likely))
    for _ in range(_ROUNDS):
        if gain <= 1e-4 * first:
            break
        pushed = np.fft.irfft(np.fft.rfft(step, 2 * size) * whole, 2 * size)[:size]
        length = gain / float(np.dot(step, pushed))
        found += length * step
        rest -= length * pushed
        likely = np.fft.irfft(np.fft.rfft(rest) * near, size)
        gain, before = float(np.dot(rest, likely)), gain
        step = likely + (gain / before) * step
    return found


def _flat(sound: Sound) -> Sound:
    return sound[1:] - _FLAT * sound[:-1]
