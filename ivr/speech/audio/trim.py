"""What somebody said into a recording, without the silence before and after it. Pure."""

from __future__ import annotations

import numpy as np

from ivr.speech.audio.wav import FRAME, RATE, Samples

#: Below this (dBFS, over 20 ms) a line is silent; a quiet voice on a telephone is some 15 dB above.
SILENT_DB = -45.0
#: So much is left on either side, ms: consonants begin below the threshold.
MARGIN_MS = 300
#: Less sound than this is a click or a breath, not a message, ms.
LEAST_MS = 500
_FRAME_MS = FRAME * 1000 // RATE


def spoken(samples: Samples) -> Samples:
    """The part from the first to the last sound, with a margin; empty where nothing was said. `samples` are telephone
    sound, −1…1."""
    frames = len(samples) // FRAME
    if frames == 0:
        return samples[:0]
    power = (samples[: frames * FRAME].reshape(frames, FRAME) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > 10 ** (SILENT_DB / 10))
    if len(loud) * _FRAME_MS < LEAST_MS:
        return samples[:0]
    margin = MARGIN_MS // _FRAME_MS
    first, last = max(0, int(loud[0]) - margin), min(frames, int(loud[-1]) + 1 + margin)
    return samples[first * FRAME : last * FRAME]
