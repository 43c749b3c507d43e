"""What passes between the application and the process that listens (`.stream_server`), as JSON lines.

To the process, each with `op` and `uuid` (the stream's): `announce`, `begin` (`turn`, `closed`), `rest`, `playing`
(`file`, null: nothing any more), `close`.
From it: `{"ready": detection, "why": …}` or `{"error": why}` first; of a stream (`uuid`) `{"arrived": true}`,
`{"lost": why}`, and while a turn listens what is heard: `{"turn", "frame", "edge", …}` with sound in base64; of the
process `{"beat": {…}}` each second and `{"log": [level, text]}`. Times are of CLOCK_MONOTONIC, which is one for all
processes of a machine.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from ivr.speech.voice_activity.endpointer import (
    Edge,
    SpeechDismissed,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
)

#: A longer line is no message of ours: the longest utterance in base64 is 330 kB.
MOST_LINE = 1 << 20
#: The process tells so often (s) that it lives.
BEAT_S = 1.0

_EDGES: dict[str, type[Edge]] = {
    "started": SpeechStarted,
    "paused": SpeechPaused,
    "resumed": SpeechResumed,
    "ended": SpeechEnded,
    "dismissed": SpeechDismissed,
}
_NAMES = {kind: name for name, kind in _EDGES.items()}


@dataclass(frozen=True, slots=True)
class Beat:
    """How the process was in the last second: `streams` that are open, `busy` cores it used, by how much (ms) its
    latest poll came `late`, and frames that were `dropped` since it began."""

    streams: int = 0
    busy: float = 0.0
    late_ms: int = 0
    dropped: int = 0


def heard_message(frame: bytes, edge: Edge | None) -> dict[str, Any]:
    """One frame of a stream, or a tick (no frame), and what it decided. Of a pause the sound is not sent again: it is
    what was sent before."""
    found: dict[str, Any] = {"frame": base64.b64encode(frame).decode()}
    if edge is not None:
        found |= {"edge": _NAMES[type(edge)], "t_start": edge.t_start}
        if isinstance(edge, SpeechPaused | SpeechEnded):
            found["t_end"] = edge.t_end
        if isinstance(edge, SpeechStarted | SpeechEnded):
            found["audio"] = base64.b64encode(edge.audio).decode()
    return found


def heard(message: dict[str, Any]) -> tuple[bytes, Edge | None]:
    """The frame and the edge of such a message; a pause comes without its sound. Raises KeyError, TypeError or
    ValueError for anything else."""
    frame = base64.b64decode(message["frame"], validate=True)
    name = message.get("edge")
    if name is None:
        return frame, None
    kind, t_start = _EDGES[name], int(message["t_start"])
    audio = base64.b64decode(message.get("audio", ""), validate=True)
    if kind is SpeechStarted:
        return frame, SpeechStarted(t_start, audio)
    if kind is SpeechPaused:
        return frame, SpeechPaused(t_start, int(message["t_end"]), audio)
    if kind is SpeechEnded:
        return frame, SpeechEnded(t_start, int(message["t_end"]), audio)
    return frame, SpeechResumed(t_start) if kind is SpeechResumed else SpeechDismissed(t_start)
