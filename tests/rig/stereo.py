"""The audible proof of a call: left what the caller heard, right what the caller sent."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.rig.calls import Call, Key
from tests.rig.g711 import RATE, Samples
from tests.rig.sound import wall_clock, write_wav

_ROWS = (697, 770, 852, 941)
_COLUMNS = (1209, 1336, 1477, 1633)
_PAD = "123A456B789C*0#D"
#: How loud a key is made to sound; on the wire it is an event without sound.
_KEY_DBFS = -18.0


def write(call: Call, path: Path) -> None:
    """8 kHz stereo WAV from the INVITE to the end. Keys, which travel as events, are made audible."""
    last = max([frame.t for frame in (*call.heard, *call.said)] + [call.t_invite])
    end = call.t_ended if call.t_ended is not None else last + 0.02
    said = wall_clock(call.said, call.t_invite, end)
    for key in call.keys:
        _sound(said, key, call.t_invite)
    write_wav(path, wall_clock(call.heard, call.t_invite, end), said)


def _sound(said: Samples, key: Key, origin: float) -> None:
    row, column = divmod(_PAD.index(key.digit), 4)
    begin = max(0, round((key.t_start - origin) * RATE))
    end = min(said.size, round((key.t_end - origin) * RATE))
    t = np.arange(max(0, end - begin)) / RATE
    wave = np.sin(2 * np.pi * _ROWS[row] * t) + np.sin(2 * np.pi * _COLUMNS[column] * t)
    said[begin:end] = (wave * 32768 * 10 ** (_KEY_DBFS / 20) / 2).astype(np.int16)
