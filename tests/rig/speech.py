"""What a caller said: the recordings that callers speak, and what of them was on the wire and when.

Every time is read from the packets, the caller's and the hotline's, never from what was planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.rig import g711
from tests.rig.calls import Call, Frame
from tests.rig.errors import SoundError
from tests.rig.g711 import Samples
from tests.rig.heard import Heard
from tests.rig.sound import Silence, read_wav, silences
from tests.rig.steps import Say, Step

#: Where the recordings are that steps name.
FOLDER = Path(__file__).parents[1] / "speech"
#: A caller's frame below this is no speech (dBFS, RMS over 20 ms); a telephone's own noise lies below.
QUIET_DBFS = -45.0
#: A pause of speech is shorter; so are the gaps between the recordings of one prompt.
_PAUSE_S, _SEAM_S = 0.7, 0.15
#: Sounds shorter than this are clicks.
_SHORTEST_S = 0.08


@dataclass(frozen=True, slots=True)
class Utterance:
    """A caller speaks from `t_start`, when its first packet was on the wire, to `t_end`, 20 ms after its last one
    (epoch seconds)."""

    t_start: float
    t_end: float


def path(file: str) -> Path:
    """The recording that a step names. Raises SoundError."""
    found = FOLDER / file
    if not found.is_file():
        raise SoundError(f"{file}: there is no such recording in {FOLDER.name}/")
    return found


def read(file: str) -> Samples:
    """Its samples. Raises SoundError, also where it is empty."""
    samples = read_wav(path(file))
    if not samples.size:
        raise SoundError(f"{file}: it is empty")
    return samples


def lengths_ms(steps: Sequence[Step]) -> dict[str, int]:
    """How long each recording of these steps lasts. Raises SoundError."""
    files = {step.file for step in steps if isinstance(step, Say)}
    return {file: read(file).size * 1000 // g711.RATE for file in files}


def utterances(call: Call, quiet_dbfs: float = QUIET_DBFS) -> list[Utterance]:
    """When the caller spoke, pauses of speech included. Noise above `quiet_dbfs` counts as speech."""
    least = (32768 * 10 ** (quiet_dbfs / 20)) ** 2
    spans = (Utterance(frame.t, frame.t + frame.seconds) for frame in call.said if _power(frame) > least)
    return [one for one in _joined(spans, _PAUSE_S) if one.t_end - one.t_start >= _SHORTEST_S]


def barge_ins_ms(call: Call, heard: Sequence[Heard], quiet_dbfs: float = QUIET_DBFS) -> list[int]:
    """For each utterance that began while the hotline spoke: from its first packet to the last packet of what the
    hotline was saying. A prompt that was not stopped counts with all that was left of it."""
    spoken = _spoken(heard)
    found = []
    for one in utterances(call, quiet_dbfs):
        under = next((span for span in spoken if span.t_start < one.t_start < span.t_end), None)
        if under is not None:
            found.append(round((under.t_end - g711.FRAME / g711.RATE - one.t_start) * 1000))
    return found


def answers_ms(call: Call, heard: Sequence[Heard], quiet_dbfs: float = QUIET_DBFS) -> list[int | None]:
    """For each utterance: from its end to the first packet of what the hotline says next; None where the caller spoke
    again, or the call ended, before."""
    said = utterances(call, quiet_dbfs)
    spoken = _spoken(heard)
    found: list[int | None] = []
    for number, one in enumerate(said):
        limit = said[number + 1].t_start if number + 1 < len(said) else float("inf")
        t = next((span.t_start for span in spoken if one.t_end <= span.t_start < limit), None)
        found.append(None if t is None else round((t - one.t_end) * 1000))
    return found


def _spoken(heard: Sequence[Heard]) -> list[Utterance]:
    return _joined((Utterance(one.t_start, one.t_end) for one in heard), _SEAM_S)


def _power(frame: Frame) -> float:
    if not frame.law:
        return 0.0
    samples = g711.decode(frame.payload, frame.law).astype(np.float64)
    return float(np.mean(np.square(samples))) if samples.size else 0.0


def _joined(spans: Iterable[Utterance], gap_s: float) -> list[Utterance]:
    """Spans closer than `gap_s` as one."""
    out: list[Utterance] = []
    for one in sorted(spans, key=lambda span: span.t_start):
        if out and one.t_start - out[-1].t_end < gap_s:
            out[-1] = Utterance(out[-1].t_start, max(out[-1].t_end, one.t_end))
        else:
            out.append(one)
    return out


def longest_wait(call: Call, t_from: float, t_to: float) -> Silence:
    """The longest span in which neither side was heard: who speaks does not wait."""
    left = silences(call.heard, t_from, t_to)
    for said in utterances(call):
        left = [part for one in left for part in _without(one, said)]
    return max(left, key=lambda one: one.seconds, default=Silence(t_from, t_from))


def _without(silence: Silence, said: Utterance) -> list[Silence]:
    if said.t_end <= silence.t_start or said.t_start >= silence.t_end:
        return [silence]
    parts = (
        Silence(silence.t_start, min(said.t_start, silence.t_end)),
        Silence(max(said.t_end, silence.t_start), silence.t_end),
    )
    return [one for one in parts if one.seconds > 0]
