"""Runs of packets that are bit-identical to a stretch of one clip, and of music at any offset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tests.rig import g711
from tests.rig.calls import Frame
from tests.rig.g711 import ENCODERS, FRAME, Samples

#: Index entries: `_CHUNK` bytes every `_STEP` bytes, so that any whole packet holds one entirely.
_CHUNK, _STEP = 40, 80
#: So many audible packets in a row make a run; a shorter clip must be matched in all of them.
_ENOUGH = 3
#: Packets lost inside a run (1 s), and damaged ones between two halves of a run.
_LOST, _DAMAGED = 50, 10
#: A stretch as common as this (a beep) is not worth more attempts.
_MOST = 200
#: Packets of music further apart are two spans of music.
_PAUSE_S = 0.5
#: Unknown packets are looked up in the music only now and then: its search is the dear one.
_EVERY = 5


class Book:
    """All clips encoded with one law, and an index of their audible bytes.
    `tracks[n]` is one encoding; `owner[n]` the clip it belongs to."""

    def __init__(self, clips: Sequence[Samples], law: str, encoders: Sequence[str] = ENCODERS[:1]) -> None:
        self.law = law
        self.tracks: list[bytes] = []
        self.owner: list[int] = []
        self._index: dict[bytes, list[tuple[int, int]]] = {}
        known: set[tuple[int, bytes]] = set()
        for number, samples in enumerate(clips):
            for encoder in encoders:
                data = g711.encode(samples, law, encoder)
                if (number, data) not in known:
                    known.add((number, data))
                    self._add(number, data)

    def _add(self, owner: int, data: bytes) -> None:
        track = len(self.tracks)
        self.tracks.append(data)
        self.owner.append(owner)
        level = np.abs(g711.decode(data, self.law).astype(np.int32))
        for at in range(0, len(data) - _CHUNK + 1, _STEP):
            if level[at : at + _CHUNK].max() > 100:
                self._index.setdefault(data[at : at + _CHUNK], []).append((track, at))

    def places(self, payload: bytes) -> list[tuple[int, int]]:
        """Where this payload may stand: (track, offset), aligned places first."""
        for shift in range(min(_STEP, len(payload) - _CHUNK + 1)):
            found = self._index.get(payload[shift : shift + _CHUNK])
            if found:
                fits = [(track, at - shift) for track, at in found[:_MOST] if at >= shift]
                fits = [(track, at) for track, at in fits if self.tracks[track].startswith(payload, at)]
                if fits:
                    return fits
        return []


@dataclass(frozen=True, slots=True)
class Run:
    """Frames `first` … `last` (indices, inclusive) are `tracks[track][begin:end]`; `loud` counts
    the audible ones; `also` are tracks that match just as far."""

    track: int
    first: int
    last: int
    begin: int
    end: int
    loud: int
    also: tuple[int, ...] = ()


def find_runs(frames: Sequence[Frame], loud: Sequence[bool], book: Book) -> list[Run]:
    """The runs in order. The longest run wins where clips share frames; then the one nearest to a
    clip's beginning."""
    runs: list[Run] = []
    here = 0
    while here < len(frames):
        if not loud[here] or frames[here].law != book.law:
            here += 1
            continue
        best = _longest(frames, loud, book, here)
        if best is None:
            here += 1
            continue
        _append(frames, loud, book, runs, best)
        here = best.last + 1
    return [run for run in runs if _convincing(run, book)]


def _longest(frames: Sequence[Frame], loud: Sequence[bool], book: Book, here: int) -> Run | None:
    found = [_forward(frames, loud, book, here, *place) for place in book.places(frames[here].payload)]
    if not found:
        return None
    best = max(found, key=lambda run: (run.loud, -run.begin))
    return replace(best, also=tuple(run.track for run in found if (run.loud, run.begin) == (best.loud, best.begin)))


def _forward(frames: Sequence[Frame], loud: Sequence[bool], book: Book, here: int, track: int, begin: int) -> Run:
    """As far as the packets go on matching; what was lost in between is taken as matching."""
    data, origin = book.tracks[track], frames[here]
    last, end, count = here, begin + len(origin.payload), 1
    for index in range(here + 1, len(frames)):
        frame = frames[index]
        at = begin + (frame.slot - origin.slot) * FRAME
        if frame.source != origin.source or frame.slot - frames[last].slot > _LOST or at >= len(data):
            break
        if not data.startswith(frame.payload, at):
            if frame.payload.startswith(data[at:]):
                end = len(data)  # the clip's last, short frame shares a packet with what follows
            break
        last, end, count = index, at + len(frame.payload), count + loud[index]
    return Run(track, here, last, begin, end, count)


def _append(frames: Sequence[Frame], loud: Sequence[bool], book: Book, runs: list[Run], run: Run) -> None:
    """Add a run: joined to the one before where that only was interrupted, or reaching back over
    quiet packets to its clip's beginning, even over those the one before claimed for its own."""
    before = runs[-1] if runs else None
    if before and _continues(frames, before, run):
        runs[-1] = replace(before, last=run.last, end=run.end, loud=before.loud + run.loud)
        return
    free = before.last + 1 if before else 0
    barrier = free if before is None or before.end >= len(book.tracks[before.track]) else before.first
    reached = _backward(frames, book, run, barrier)
    if reached.begin > 0 and reached.first < free:
        reached = _backward(frames, book, run, free)
    if before and reached.first <= before.last:
        kept = reached.first - before.first
        if kept <= 0 or not any(loud[before.first : reached.first]):
            runs.pop()
        else:
            end = before.begin + (frames[reached.first - 1].slot - frames[before.first].slot + 1) * FRAME
            runs[-1] = replace(before, last=reached.first - 1, end=end, loud=sum(loud[before.first : reached.first]))
    runs.append(replace(reached, loud=sum(loud[reached.first : reached.last + 1])))


def _continues(frames: Sequence[Frame], before: Run, run: Run) -> bool:
    first, then = frames[before.first], frames[run.first]
    gap = then.slot - frames[before.last].slot
    same = before.track == run.track and first.source == then.source and 0 < gap <= _DAMAGED + 1
    return same and run.begin - before.begin == (then.slot - first.slot) * FRAME


def _backward(frames: Sequence[Frame], book: Book, run: Run, barrier: int) -> Run:
    data, origin = book.tracks[run.track], frames[run.first]
    first, begin = run.first, run.begin
    for index in range(run.first - 1, barrier - 1, -1):
        frame = frames[index]
        at = run.begin - (origin.slot - frame.slot) * FRAME
        if frame.source != origin.source or frames[first].slot - frame.slot > _LOST:
            break
        if at < 0:
            if at > -FRAME and frame.payload.endswith(data[: at + FRAME]):
                begin = 0  # its first samples share a packet with what came before
            break
        if not data.startswith(frame.payload, at):
            break
        first, begin = index, at
    return replace(run, first=first, begin=begin)


def _convincing(run: Run, book: Book) -> bool:
    return run.loud >= _ENOUGH or (run.begin == 0 and run.end >= len(book.tracks[run.track]))


class Tune:
    """One file of hold music, encoded with one law."""

    def __init__(self, name: str, samples: Samples, law: str, encoders: Sequence[str] = ENCODERS[:1]) -> None:
        self.name = name
        self.law = law
        self.tracks = [g711.encode(samples, law, encoder) for encoder in encoders]

    def find(self, payload: bytes) -> tuple[bytes, int] | None:
        """The encoding and the offset at which it plays this payload."""
        for data in self.tracks:
            at = data.find(payload)
            if at >= 0:
                return data, at
        return None


def find_music(
    frames: Sequence[Frame], loud: Sequence[bool], taken: Sequence[bool], tunes: Sequence[Tune]
) -> Iterator[tuple[str, int, int]]:
    """Spans of music among the packets not taken yet: (file, first index, last index). Packets in
    which a loop begins anew are bridged."""
    misses, end = 0, -1
    for index in range(len(frames)):
        if index <= end or taken[index] or not loud[index]:
            continue
        if misses % _EVERY:
            misses += 1
            continue
        span = _music_at(frames, taken, tunes, index, end)
        if span is None:
            misses += 1
        else:
            misses, end = 0, span[2]
            yield span


def _music_at(
    frames: Sequence[Frame], taken: Sequence[bool], tunes: Sequence[Tune], index: int, barrier: int
) -> tuple[str, int, int] | None:
    for tune in tunes:
        hit = tune.find(frames[index].payload) if tune.law == frames[index].law else None
        if hit is None:
            continue
        data, at = hit
        first = last = index
        while first - 1 > barrier and _plays(frames, taken, data, at, index, first, first - 1):
            first -= 1
        while last + 1 < len(frames) and _plays(frames, taken, data, at, index, last, last + 1):
            last += 1
        return tune.name, first, last
    return None


def _plays(
    frames: Sequence[Frame], taken: Sequence[bool], data: bytes, at: int, index: int, beside: int, other: int
) -> bool:
    """Whether `other`, next to `beside` in order and in time, goes on with the music found at `index`.
    Music that stopped for a talk goes on where it was, without a gap in its sequence numbers."""
    frame, origin = frames[other], frames[index]
    if taken[other] or frame.source != origin.source or abs(frame.t - frames[beside].t) > _PAUSE_S:
        return False
    place = at + (frame.slot - origin.slot) * FRAME
    return place >= 0 and bool(frame.payload) and data.startswith(frame.payload, place)
