"""The prompt's own echo, taken out of what is heard on a caller's line.

An echo is the prompt itself, 0–600 ms later, weaker, coloured by the network or a loudspeaker. The path from the one to
the other is found again and again from the last second (`ivr.speech.voice_activity.echo_path`), and what it predicts is
subtracted. What is left counts only where it is louder than an echo may still be: before a path is known, that is the
prompt's own level less 14 dB; once it is known, what it leaves as a rule and 10 dB more."""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np

from ivr.speech.audio.wav import FRAME, Samples
from ivr.speech.voice_activity.echo_path import BEFORE, KEPT, LAG, TAPS, WINDOW, Compared, Seen
from ivr.speech.voice_activity.vad import FRAME_MS, NOTHING_DBFS, Sound, level, samples

#: Before anything is known an echo is at most so loud beside the prompt; what is louder than the other is none at all.
_PRIOR_DB, _LOUDEST_DB = -14.0, -10.0

#: What is left of an echo may be so much louder than as a rule, and for so many frames after it was.
_SAFE_DB, _HELD = 10.0, 8

#: For each time that a path was found again, what it leaves is believed to be so much below the echo.
_TRUST_DB = 2.5

#: Frames with sound until a path is looked for: at first, at most where there seems to be none, and once it is known.
_FIRST, _MOST, _KNOWN = 3, 25, 15

#: So many frames of a loud prompt without any sound on the line prove that no echo stands out by more than so much.
_LOUD_DBFS, _PROOF, _PROVEN_DB = -40.0, 1800 // FRAME_MS, 8.0

_ROOM = 2 * KEPT

#: Frames without sound are taken in so many at a time: nothing is learned from each by itself. At most so many are.
_TOGETHER, _MOST_TOGETHER = 25, KEPT // FRAME


def levels_of(recording: Sound) -> list[float]:
    """The level (dBFS) of each frame of a recording, the last one as short as it is."""
    return [level(recording[at : at + FRAME]) for at in range(0, len(recording), FRAME)]


class Echo:
    """The echo on one call leg. It learns while prompts play, and keeps in mind how loud the echo is on this call."""

    def __init__(self) -> None:
        self._heard = np.zeros(_ROOM, np.float32)
        self._played = np.zeros(_ROOM, np.float32)
        self._at = KEPT  # both are filled up to here
        self._unwritten: deque[tuple[Sequence[bytes] | Sound, Sound]] = deque()  # frames without sound, and the prompt
        self._unwritten_size = 0
        self._coming: Sound = np.zeros(0, np.float32)
        self._coming_levels: Iterator[float] = iter(())
        self._postponed: list[tuple[Sound, float]] = []  # frames without sound, each with what counted as sound then
        self._idle = True
        self._silent = 0  # samples since a prompt was last played
        self._levels: deque[float] = deque(maxlen=LAG // FRAME + 3)  # of the prompt
        self._sounding: deque[bool] = deque(maxlen=WINDOW // FRAME)
        self._quiet = 0  # frames of a loud prompt in a row, without sound on the line
        self._seen = Seen(0, 0.0, np.zeros(TAPS), np.zeros(TAPS))
        self._path: Sound = np.zeros(TAPS, np.float32)
        self._left_db = 0.0
        self._found = 0  # times in a row
        self._predicted: deque[float] = deque([NOTHING_DBFS], maxlen=_HELD)
        self._delays: deque[int] = deque(maxlen=2)
        self._at_most = _PRIOR_DB
        self._new_prompt()

    def _new_prompt(self) -> None:
        self._known = False  # the path fits the prompt that plays
        self._age, self._wait = 0, _FIRST  # frames with sound since a path was looked for, and until it is again
        self._best = 0.0
        self._delays.clear()

    @property
    def at_most(self) -> float:
        """How loud the echo may be beside the prompt (dB), as far as is known."""
        self._catch_up()
        return self._at_most

    def playing(self, reference: Samples | Sound | None, levels: Sequence[float] | None = None) -> None:
        """A prompt begins to play with the next frame, or (None) the one that played has ended; `levels` as `levels_of`
        finds them, where they are known."""
        self._catch_up()
        if reference is None:
            self._coming, self._coming_levels = np.zeros(0, np.float32), iter(())
            return
        self._coming = np.asarray(reference, np.float32)
        self._coming_levels = iter(levels_of(self._coming) if levels is None else levels)
        if self._idle:
            self._unwritten.clear()
            self._unwritten_size = 0
            self._at = KEPT
            self._heard[:KEPT] = 0.0
            self._played[:KEPT] = 0.0
            self._levels.clear()
            self._sounding.clear()
        self._idle, self._silent = False, 0
        self._new_prompt()

    def skip(self, frames: int) -> None:
        """There was a gap, in which so much sound is known to be lost, while the prompt went on: the path's delay is no
        longer certain."""
        self._catch_up()
        self._new_prompt()
        for _ in range(0 if self._idle else min(frames, KEPT // FRAME)):
            self._append(np.zeros(FRAME, np.float32), False)

    def clean(self, frame: Sound, loud: float, least: float) -> tuple[Sound, float]:
        """The next 20 ms, of `loud` dBFS, without the echo, and the level from which on what is left is not the echo's.
        What is below `least` is of no interest."""
        if self._idle:
            return frame, least
        if loud < least:
            self._postponed.append((frame, least))
            if len(self._postponed) >= _TOGETHER:
                self._catch_up()
            return frame, least
        self._catch_up()
        if self._idle:
            return frame, least
        self._append(frame, True)
        self._age += 1
        clean, limit = self._subtract(frame)
        surprised = self._known and self._age >= _FIRST and level(clean) > max(limit, least)
        if surprised or self._age >= (_KNOWN if self._known else self._wait):
            self._learn()
            clean, limit = self._subtract(frame)
        self._predicted.append(level(frame - clean))
        return clean, max(limit, least)

    def quiet(self, frames: Sequence[bytes], least: Sequence[float]) -> None:
        """`clean` for frames without sound: every one is below its `least`."""
        self._catch_up()
        for at in range(0, len(frames), _MOST_TOGETHER):
            if self._idle:
                return
            self._take_in(frames[at : at + _MOST_TOGETHER], least[at : at + _MOST_TOGETHER])

    def _catch_up(self) -> None:
        """Take in the frames without sound that were put off."""
        if self._postponed:
            frames, least = zip(*self._postponed, strict=True)
            self._postponed.clear()
            self._take_in(np.stack(frames), least)

    def _take_in(self, frames: Sequence[bytes] | Sound, least: Sequence[float]) -> None:
        """Frames without sound, not more than `_MOST_TOGETHER`: as if each had been taken in by itself."""
        with_prompt = -(-len(self._coming) // FRAME)
        until_idle = with_prompt + (LAG + TAPS - (0 if with_prompt else self._silent)) // FRAME + 1
        frames, least = frames[:until_idle], least[:until_idle]
        size = len(frames) * FRAME
        part, self._coming = self._coming[:size], self._coming[size:]
        self._unwritten.append((frames, part))
        self._unwritten_size += size
        while self._unwritten_size - len(self._unwritten[0][0]) * FRAME >= KEPT:  # the rest is all that is kept
            self._unwritten_size -= len(self._unwritten.popleft()[0]) * FRAME
        silent = max(0, len(frames) - with_prompt) * FRAME
        self._silent = silent if with_prompt else self._silent + silent
        self._idle = self._silent > LAG + TAPS
        self._sounding.extend([False] * len(frames))
        self._predicted.extend([NOTHING_DBFS] * len(frames))
        levels = list(itertools.islice(self._coming_levels, len(frames)))
        levels += [NOTHING_DBFS] * (len(frames) - len(levels))
        self._prove(levels, least)

    def _prove(self, levels: Sequence[float], least: Sequence[float]) -> None:
        """A prompt of these levels made no sound on the line, not even of `least`."""
        if min(least) + _PROVEN_DB - max((*self._levels, *levels)) >= self._at_most:  # nothing that is not known
            self._levels.extend(levels)
            self._quiet += sum([loud > _LOUD_DBFS for loud in levels])
            return
        for loud, each in zip(levels, least, strict=True):
            self._levels.append(loud)
            if loud > _LOUD_DBFS:
                self._quiet += 1
            if self._quiet >= _PROOF:
                self._at_most = min(self._at_most, each + _PROVEN_DB - max(self._levels))

    def _write(self) -> None:
        """Frames without sound become samples only when one with sound follows: most callers are silent for long."""
        for frames, part in self._unwritten:
            sounds = frames if isinstance(frames, np.ndarray) else samples(frames)
            self._make_room(sounds.size)
            self._put(sounds.reshape(-1), part)
        self._unwritten.clear()
        self._unwritten_size = 0

    def _put(self, heard: Sound, played: Sound) -> None:
        """Beside what was heard what was played, which may have ended before."""
        end, end_played = self._at + len(heard), self._at + len(played)
        self._heard[self._at : end] = heard
        self._played[self._at : end_played] = played
        self._played[end_played:end] = 0.0
        self._at = end

    def _make_room(self, size: int) -> None:
        """For so many samples more, of the last of which KEPT stay."""
        if self._at + size > _ROOM:
            for buffer in (self._heard, self._played):
                buffer[:KEPT] = buffer[self._at - KEPT : self._at]
            self._at = KEPT

    def _append(self, frame: Sound, sounds: bool) -> None:
        self._write()
        self._make_room(FRAME)
        part, self._coming = self._coming[:FRAME], self._coming[FRAME:]
        self._put(frame, part)
        self._silent = 0 if len(part) else self._silent + FRAME
        self._idle = self._silent > LAG + TAPS
        loud = next(self._coming_levels, NOTHING_DBFS)
        self._levels.append(loud)
        self._sounding.append(sounds)
        if sounds or loud > _LOUD_DBFS:
            self._quiet = 0 if sounds else self._quiet + 1

    def _subtract(self, frame: Sound) -> tuple[Sound, float]:
        most = max(self._levels)
        if not self._known:
            return frame, most + self._at_most
        echo = self._echo(1)
        clean = frame - echo
        if level(clean) > level(frame):
            clean = frame
        left = max(level(echo), *self._predicted) + self._left_db + _SAFE_DB
        return clean, min(left, most + _PRIOR_DB)

    def _echo(self, frames: int) -> Sound:
        """What the path makes of the prompt, for the last frames."""
        end = self._at - self._seen.delay
        return np.convolve(self._played[end - frames * FRAME - TAPS + 1 : end], self._path, "valid")

    def _learn(self) -> None:
        """Look for the path in the last second, and take it where it explains enough of what was heard."""
        self._age = 0
        compared = Compared(self._heard[self._at - WINDOW : self._at], self._played[self._at - KEPT : self._at])
        seen = compared.likeliest()
        path = seen.path()
        share = seen.share(path)
        if self._known:
            known = compared.at(self._seen.delay)
            still = known.share(self._path)
            if abs(seen.delay - known.delay) <= BEFORE or still > 0.8 * share:
                if share < 0.8 * self._best:
                    return  # somebody speaks as well
                seen = known.joined(self._seen)
                path = seen.path()
            elif not self._believed(seen, share):
                self._known = still > 0.0
                return
        elif seen.share(self._path) > 0.5:  # that of an earlier prompt explains this one too, which no voice would
            seen = seen.joined(self._seen)
            path = seen.path()
            self._found = min(self._found, 1)
        elif self._believed(seen, share):
            self._found = 0
        else:
            self._wait = min(2 * self._wait, _MOST)
            return
        self._seen, self._path, self._known = seen, path, True
        self._predicted.extend(level(part) for part in self._echo(_HELD).reshape(_HELD, FRAME))
        self._best = max(share, 0.95 * self._best)
        self._found += 1
        # a path found in a moment fits that moment better than what comes next
        self._left_db = max(seen.left_db(path), -_TRUST_DB * self._found)
        self._at_most = min(_PRIOR_DB, seen.level_db() + _SAFE_DB)

    def _believed(self, seen: Seen, share: float) -> bool:
        """Whether this is an echo, not somebody who speaks."""
        same = sum(abs(seen.delay - delay) <= 4 for delay in self._delays)
        self._delays.append(seen.delay)
        if seen.level_db() + 10.0 * math.log10(max(share, 1e-3)) > _LOUDEST_DB:
            return False
        sounding = sum(self._sounding)
        return (share > 0.6 and sounding >= 10) or (sounding >= 20 and (share > 0.4 or (share > 0.2 and same == 2)))
