"""The recordings of calls as files: `<call id>-<number or agent>.wav`, by whoever made them; and all other sound of
callers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ivr.records.model import Call, Muted
from ivr.settings import Settings

#: What a recording's file name ends with.
SUFFIX = ".wav"


def call_of(name: str) -> str:
    """The id of the call that a file of this name is of."""
    return name.removesuffix(SUFFIX).rpartition("-")[0]


def recordings_of(folder: Path, call_id: str) -> tuple[Path, ...]:
    """The recordings of one call that there are, the earliest first. Raises OSError."""
    if not folder.is_dir():
        return ()
    with os.scandir(folder) as found:
        names = [one.name for one in found if one.name.endswith(SUFFIX) and call_of(one.name) == call_id]
    return tuple(sorted((folder / name for name in names), key=lambda path: (path.stat().st_mtime_ns, path.name)))


def sound_folders(settings: Settings) -> tuple[Path, ...]:
    """Where Asterisk writes what callers say: files whose names begin with their call's id."""
    return settings.recordings, settings.messages, settings.complaints


def kept_sound(settings: Settings) -> Iterator[Path]:
    """Every file of callers' sound: recordings, messages, complaints, kept utterances. Raises OSError."""
    for folder in (*sound_folders(settings), settings.utterances):
        yield from _below(folder)


def _below(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as found:
        for one in found:
            if one.is_dir(follow_symlinks=False):
                yield from _below(Path(one.path))
            elif one.name.endswith(SUFFIX) and not one.name.startswith("."):
                yield Path(one.path)


def part_of(call: Call, name: str) -> tuple[int, tuple[Muted, ...]] | None:
    """Where a recording of the call begins (UTC epoch ms), and its gaps: as the record has it; an agent's own begins
    when he answered. None where neither is known."""
    for recording in call.recordings:
        if recording.ref == name:
            return recording.t_start, recording.muted
    agent = name.removesuffix(SUFFIX).rpartition("-")[2]
    return next(((leg.t_connected, ()) for leg in call.agent_legs if leg.agent_id == agent), None)


def place_in(begun: int, muted: Iterable[Muted], t: int) -> int:
    """How far into its recording (ms) a moment is: what was muted is not in the file (`ivr.call.call_recording`)."""
    gaps = sum(max(0, min(one.t_end, t) - one.t_start) for one in muted)
    return max(0, t - begun - gaps)
