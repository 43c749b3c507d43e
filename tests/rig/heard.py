"""Which prompts were played, bit for bit: every G.711 packet is looked up among the encoded clips.

Asterisk cuts a WAV into 20 ms frames and encodes each, so a packet is identical to a piece of one
clip. Runs of such packets name the clip, its start, and where it was cut, also under loss and
jitter. Hold music is found at any offset of its loop. What is left over (an announcement mixed
over music) goes to `spot`, which correlates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tests.rig import g711
from tests.rig.calls import Frame
from tests.rig.g711 import FRAME, Samples
from tests.rig.runs import Book, Run, Tune, find_music, find_runs
from tests.rig.sound import Clip, audible
from tests.rig.spot import Spot, Spotter

MUSIC, UNKNOWN = "(music)", "(unknown)"
#: Frames at either end of a clip that may be missing before it counts as cut.
_SLACK_MS = 40
#: Unknown spans closer than this are one span; music may go on for so long inside an announcement.
_JOIN_S, _BREATH_S = 0.3, 2.0
#: A soft beginning can leave the music's frames as they were: an announcement may have begun so long before.
_ONSET_S = 0.5
#: Shorter unknown spans are the seams of other spans.
_SHORTEST_S = 0.06
#: What goes on for so long after an announcement is somebody who talks, however short the music was before.
_TALK_S = 1.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that was heard from `t_start` to `t_end` (epoch seconds, by arrival). `prompt` is
    an id, MUSIC or UNKNOWN. `from_ms` is where in the clip it began; `cut_ms` how much of the clip
    had been played when it was cut, None if its end was heard. `also` are prompts that sound the
    same as far as this was heard. `exact` is False if it was recognised under other sound, with
    `score` (0…1)."""

    prompt: str
    variant: str
    t_start: float
    t_end: float
    whole: bool = True
    from_ms: int = 0
    cut_ms: int | None = None
    exact: bool = True
    score: float = 1.0
    also: tuple[str, ...] = ()
    text: str = ""
    part: str = ""

    @property
    def name(self) -> str:
        """Prompt and part, for a reader."""
        return f"{self.prompt}.{self.part}" if self.part else self.prompt

    def is_(self, prompt: str) -> bool:
        """Whether this may be that prompt."""
        return prompt == self.prompt or prompt in self.also


class SpeechListener:
    """Knows the clips and the music of one hotline; `listen` says what a call heard. Building the
    look-up costs about a second for half an hour of prompts and is done once for each law.
    `encoders`: those of `g711.ENCODERS` that may have made the packets."""

    def __init__(
        self,
        clips: Sequence[Clip],
        music: Mapping[str, Samples] | None = None,
        encoders: Sequence[str] = g711.ENCODERS[:1],
    ) -> None:
        self._clips = tuple(clips)
        self._encoders = tuple(encoders)
        self._music = dict(music or {})
        self._books: dict[str, Book] = {}
        self._tunes: dict[str, list[Tune]] = {}
        self._spotter: Spotter | None = None

    def lasts_ms(self, variant: str = "normal") -> dict[str, int]:
        """Prompt id → its length, for `hear` steps; the parts of a prompt are added up."""
        out: dict[str, int] = {}
        for clip in self._clips:
            if clip.variant == variant:
                out[clip.prompt] = out.get(clip.prompt, 0) + clip.ms
        return out

    def listen(self, frames: Sequence[Frame]) -> list[Heard]:
        """Everything heard, in order. Silence is not listed; `sound.silences` finds it."""
        loud = audible(frames)
        found: list[Heard] = []
        taken = [False] * len(frames)
        for law in {frame.law for frame in frames if frame.law}:
            for run in find_runs(frames, loud, self._book(law)):
                found.append(self._named(frames, run, law))
                taken[run.first : run.last + 1] = [True] * (run.last + 1 - run.first)
            for name, first, last in find_music(frames, loud, taken, self._tune(law)):
                found.append(Heard(MUSIC, name, frames[first].t, _until(frames[last])))
                taken[first : last + 1] = [True] * (last + 1 - first)
        unknown = _joined(
            [Heard(UNKNOWN, "", f.t, _until(f), exact=False, score=0.0)
             for f, is_loud, is_taken in zip(frames, loud, taken, strict=True) if is_loud and not is_taken],
            _JOIN_S,
        )  # fmt: skip
        music = _joined([one for one in found if one.prompt == MUSIC], 1.0)
        prompts = [one for one in found if one.prompt != MUSIC]
        unknown = [one for one in unknown if one.t_end - one.t_start >= _SHORTEST_S]
        spotted, rest = self._spot(frames, unknown, prompts)
        prompts = [one for one in prompts if not any(_fragment_of(one, hit) for hit in spotted)]
        music = _bridged(music, spotted)
        return sorted([*prompts, *spotted, *music, *rest], key=lambda one: (one.t_start, one.prompt == MUSIC))

    def _book(self, law: str) -> Book:
        if law not in self._books:
            self._books[law] = Book([clip.samples for clip in self._clips], law, self._encoders)
        return self._books[law]

    def _tune(self, law: str) -> list[Tune]:
        if law not in self._tunes:
            self._tunes[law] = [
                Tune(name, samples, law, self._encoders) for name, samples in sorted(self._music.items())
            ]
        return self._tunes[law]

    def _named(self, frames: Sequence[Frame], run: Run, law: str) -> Heard:
        book = self._book(law)
        clip = self._clips[book.owner[run.track]]
        length = len(book.tracks[run.track])
        cut = None if run.end >= length - _SLACK_MS * 8 else round(run.end / 8)
        return Heard(
            clip.prompt,
            clip.variant,
            frames[run.first].t,
            _until(frames[run.last]),
            whole=cut is None and run.begin <= _SLACK_MS * 8,
            from_ms=round(run.begin / 8),
            cut_ms=cut,
            also=self._also(clip, [book.owner[track] for track in run.also]),
            text=clip.text,
            part=clip.part,
        )

    def _also(self, clip: Clip, owners: Sequence[int]) -> tuple[str, ...]:
        names = {self._clips[owner].prompt for owner in owners} - {clip.prompt}
        return tuple(sorted(names))

    def _spot(
        self, frames: Sequence[Frame], unknown: list[Heard], prompts: Sequence[Heard]
    ) -> tuple[list[Heard], list[Heard]]:
        """Correlate what is unknown; returns what was recognised and what stays unknown."""
        spotted: list[Heard] = []
        solid = [one for one in prompts if one.from_ms <= _SLACK_MS]
        for region in _joined(unknown, _BREATH_S, solid):
            inside = [f for f in frames if f.law and region.t_start - _ONSET_S <= f.t <= region.t_end + 0.1]
            if not inside or region.t_end - region.t_start < 0.2:
                continue
            if self._spotter is None:
                self._spotter = Spotter([clip.samples for clip in self._clips])
            sound, times = _laid_out(inside)
            spotted += [self._spotted(hit, times) for hit in self._spotter.find(sound)]
        rest = [left for one in unknown if (left := _left_over(one, spotted)) is not None]
        return spotted, rest

    def _spotted(self, hit: Spot, times: Sequence[float]) -> Heard:
        clip = self._clips[hit.clip]
        cut = None if hit.whole else round(hit.heard / 8)
        last = min(len(times) - 1, (hit.at + hit.heard) // FRAME)
        return Heard(
            clip.prompt,
            clip.variant,
            times[min(len(times) - 1, max(0, hit.at) // FRAME)],
            times[last],
            whole=hit.whole,
            cut_ms=cut,
            exact=False,
            score=round(hit.score, 3),
            text=clip.text,
            part=clip.part,
        )


def _left_over(one: Heard, spotted: Sequence[Heard]) -> Heard | None:
    """What an unknown span is beside what was recognised in it: itself, what goes on long after that, or nothing."""
    if not _mostly_inside(one, spotted):
        return one
    within = (hit.t_end for hit in spotted if hit.t_start < one.t_end and hit.t_end > one.t_start)
    known_until = max(within, default=one.t_end)
    return replace(one, t_start=known_until) if one.t_end - known_until > _TALK_S else None


def _until(frame: Frame) -> float:
    return frame.t + frame.seconds


def _laid_out(frames: Sequence[Frame]) -> tuple[Samples, list[float]]:
    """Frames one behind the other, lost ones as silence; and the arrival time of each 20 ms."""
    pieces: list[Samples] = []
    times: list[float] = []
    before: Frame | None = None
    for frame in frames:
        lost = frame.slot - before.slot - 1 if before and before.source == frame.source else 0
        for _ in range(min(max(lost, 0), 50)):
            pieces.append(np.zeros(FRAME, dtype=np.int16))
            times.append(times[-1] + 0.02)
        padded = frame.payload[:FRAME].ljust(FRAME, bytes([g711.SILENCE[frame.law]]))
        pieces.append(g711.decode(padded, frame.law))
        times.append(frame.t)
        before = frame
    return np.concatenate(pieces), times


def _joined(parts: Sequence[Heard], gap_s: float, between: Sequence[Heard] = ()) -> list[Heard]:
    """Spans closer than `gap_s` become one, unless something of `between` lies in the gap."""
    out: list[Heard] = []
    for part in sorted(parts, key=lambda one: one.t_start):
        near = bool(out) and part.t_start - out[-1].t_end <= gap_s
        if near and not any(out[-1].t_end <= one.t_start < part.t_start for one in between):
            out[-1] = replace(out[-1], t_end=max(out[-1].t_end, part.t_end))
        else:
            out.append(part)
    return out


def _bridged(music: Sequence[Heard], spotted: Sequence[Heard]) -> list[Heard]:
    """Music that goes on under an announcement is one span."""
    out: list[Heard] = []
    for part in music:
        hidden = out and any(
            hit.t_start <= out[-1].t_end + _JOIN_S and hit.t_end >= part.t_start - _JOIN_S for hit in spotted
        )
        if hidden:
            out[-1] = replace(out[-1], t_end=part.t_end)
        else:
            out.append(part)
    return out


def _fragment_of(one: Heard, hit: Heard) -> bool:
    """A stretch that is exact because the other sound paused just there."""
    return one.name == hit.name and one.from_ms > _SLACK_MS and hit.t_start <= one.t_start <= hit.t_end


def _mostly_inside(one: Heard, hits: Sequence[Heard]) -> bool:
    """Whether what was recognised, one after the other, accounts for it."""
    shared = sum(max(0.0, min(one.t_end, hit.t_end + 0.1) - max(one.t_start, hit.t_start - 0.1)) for hit in hits)
    return shared >= 0.5 * (one.t_end - one.t_start) or one.t_end - one.t_start - shared < _JOIN_S
