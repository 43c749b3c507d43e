"""Telephone keys as tones in the sound (ITU-T Q.23), for lines without RFC 4733."""

from __future__ import annotations

import numpy as np

from tests.rig.g711 import RATE, Samples

_ROWS, _COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477)
_PAD = "123456789*0#"


def tones(keys: str, *, on_ms: int = 100, off_ms: int = 100, dbfs: float = -13) -> Samples:
    """These keys, each `on_ms` long with `off_ms` of quiet behind it; `dbfs` is the level of either tone."""
    t = np.arange(on_ms * RATE // 1000) / RATE
    quiet = np.zeros(off_ms * RATE // 1000, np.int16)
    parts = []
    for key in keys:
        place = _PAD.index(key)
        wave = np.sin(2 * np.pi * _ROWS[place // 3] * t) + np.sin(2 * np.pi * _COLUMNS[place % 3] * t)
        parts += [(wave * 32767 * 10 ** (dbfs / 20)).astype(np.int16), quiet]
    return np.concatenate(parts)
