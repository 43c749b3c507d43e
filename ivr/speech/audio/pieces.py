"""A long recording in pieces that a recogniser takes in, cut where nobody speaks. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ivr.speech.audio.wav import FRAME, RATE, Samples

#: No piece is longer (s); it is cut in the last third of that.
LONGEST_S = 24
#: So much quiet is looked for, in frames of 20 ms.
_QUIET = 15


def pieces(samples: Samples, longest_s: float = LONGEST_S) -> Iterator[Samples]:
    """The telephone sound (−1…1) in order, nothing left out; each piece but the last ends where it is quietest."""
    most = int(longest_s * RATE) // FRAME * FRAME
    while len(samples) > most:
        cut = _quietest(samples[:most])
        yield samples[:cut]
        samples = samples[cut:]
    if len(samples):
        yield samples


def _quietest(samples: Samples) -> int:
    """The sample in the middle of the quietest stretch of the last third."""
    frames = len(samples) // FRAME
    power = (samples[: frames * FRAME].reshape(frames, FRAME) ** 2).mean(axis=1)
    first = 2 * frames // 3
    stretches = np.convolve(power[first:], np.ones(_QUIET), mode="valid")
    return int(first + int(stretches.argmin()) + _QUIET // 2) * FRAME
