"""Long recordings in pieces: nothing is left out, none is too long, and they are cut where it is quiet."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.audio.pieces import pieces
from ivr.speech.audio.wav import RATE


@given(st.integers(0, 200_000), st.integers(3, 10))
def test_the_pieces_are_the_whole(length: int, longest: int) -> None:
    sound = np.arange(length, dtype=np.float64) % 97 / 97
    found = list(pieces(sound, longest))
    assert np.array_equal(np.concatenate([sound[:0], *found]), sound)
    assert all(0 < len(piece) <= longest * RATE for piece in found)


def test_it_is_cut_in_the_pause() -> None:
    sound = np.sin(np.arange(40 * RATE) / 3.0)
    pause = slice(20 * RATE, 21 * RATE)
    sound[pause] = 0
    first, second = pieces(sound)
    assert pause.start < len(first) < pause.stop and len(first) + len(second) == len(sound)
