"""Clips under other sound: normalised cross-correlation, for announcements whispered over music."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tests.rig.g711 import FRAME, RATE, Floats, Samples

#: A clip is looked for by its first audible second, then followed block by block.
_HEAD, _BLOCK = RATE, RATE // 10
_HEAD_SCORE, _BLOCK_SCORE = 0.55, 0.35
#: A whole second that slipped in its middle is no likelier than this; it must then be followed to the clip's end.
_SLIPPED_SCORE = 0.4
#: Blocks that may miss in a row while a clip is followed.
_MISSES = 3
_SHORTEST = RATE // 5
#: What clips of one synthetic voice have in common anyway.
_LIKENESS = 0.6
#: Amplitude below which a clip's sample is silence (−50 dBFS of a sine).
_QUIET = 146.0


@dataclass(frozen=True, slots=True)
class Spot:
    """Clip number `clip` begins at sample `at`; `heard` samples of it follow; `score` is the mean
    correlation (0…1)."""

    clip: int
    at: int
    heard: int
    whole: bool
    score: float


class Spotter:
    """Looks for any of the clips in a stretch of sound."""

    def __init__(self, clips: Sequence[Samples]) -> None:
        self._clips = [clip.astype(np.float64) for clip in clips]
        self._lead = [_lead(clip) for clip in self._clips]

    def find(self, samples: Samples, most: int = 20) -> list[Spot]:
        """The clips in order of time; what one clip covers is not searched again."""
        sound = samples.astype(np.float64)
        found: list[Spot] = []
        hits = self._hits(sound, range(len(self._clips)))
        while hits and len(found) < most:
            # One synthetic voice resembles itself; a right clip correlates far better than a wrong, longer one.
            best = max(hits, key=lambda spot: spot.heard * max(0.0, spot.score - _LIKENESS))
            found.append(best)
            sound[max(0, best.at) : best.at + best.heard] = 0.0
            # What was found elsewhere stays where it is; what lay here may be somewhere else as well.
            again = [spot.clip for spot in hits if _overlap(spot, best)]
            hits = [spot for spot in hits if not _overlap(spot, best)] + self._hits(sound, again)
        return sorted(found, key=lambda spot: spot.at)

    def _hits(self, sound: Floats, clips: Iterable[int]) -> list[Spot]:
        """The best place of each of these clips, where it has one."""
        size = 1 << (sound.size + _HEAD - 1).bit_length()
        spectrum = np.fft.rfft(sound, size)
        energy = np.concatenate(([0.0], np.cumsum(sound * sound)))
        found: list[Spot] = []
        for number in clips:
            head = self._clips[number][self._lead[number] : self._lead[number] + _HEAD]
            if head.size < _SHORTEST or head.size > sound.size:
                continue
            score = _correlate(spectrum, energy, head, size, sound.size)
            at = int(np.argmax(score))
            if score[at] >= (_SLIPPED_SCORE if head.size == _HEAD else _HEAD_SCORE):
                spot = self._follow(sound, number, at - self._lead[number], float(score[at]))
                if spot.heard and (score[at] >= _HEAD_SCORE or (spot.whole and spot.score >= _HEAD_SCORE)):
                    found.append(spot)
        return found

    def _follow(self, sound: Floats, number: int, at: int, score: float) -> Spot:
        """From its beginning at `at`: block after block, until the clip is no longer there."""
        clip = self._clips[number]
        good, misses, scores, slip = 0, 0, [score], 0
        for begin in range(0, clip.size, _BLOCK):
            block = clip[begin : begin + _BLOCK]
            if at + slip + begin + block.size > sound.size:
                break
            if np.abs(block).max() < _QUIET:
                continue
            value = _alike(sound, at + begin + slip, block)
            if value < _BLOCK_SCORE:
                beside = max((_alike(sound, at + begin + by, block), by) for by in _slips(slip))
                value, slip = beside if beside[0] >= _HEAD_SCORE else (value, slip)
            if value >= _BLOCK_SCORE:
                good, misses = begin + block.size, 0
                scores.append(value)
            else:
                misses += 1
                if misses >= _MISSES:
                    break
        audible_end = clip.size - _lead(clip[::-1])
        whole = good >= audible_end - 2 * _BLOCK
        return Spot(number, at, clip.size if whole else good, whole, sum(scores) / len(scores))


def _overlap(one: Spot, other: Spot) -> bool:
    return one.at < other.at + other.heard and other.at < one.at + one.heard


def _alike(sound: Floats, at: int, block: Floats) -> float:
    """Correlation of a block with the sound at this place; 0 where the sound ends before."""
    here = sound[max(0, at) : max(0, at + block.size)]
    if here.size < block.size:
        return 0.0
    return float(here @ block) / (float(np.linalg.norm(here) * np.linalg.norm(block)) or 1.0)


def _slips(now: int) -> tuple[int, ...]:
    """A busy Asterisk mixes a frame too late or leaves one out: the clip goes on so many samples aside."""
    return tuple(now + frames * FRAME for frames in (-2, -1, 1, 2))


def _lead(clip: Floats) -> int:
    """Samples of silence at the beginning."""
    loud = np.flatnonzero(np.abs(clip) >= _QUIET)
    return int(loud[0]) if loud.size else 0


def _correlate(
    spectrum: np.typing.NDArray[np.complex128], energy: Floats, head: Floats, size: int, length: int
) -> Floats:
    """Normalised correlation of `head` with every place it fits in."""
    product = np.fft.irfft(spectrum * np.conj(np.fft.rfft(head, size)), size)[: length - head.size + 1]
    local = np.maximum(energy[head.size :] - energy[: energy.size - head.size], 1e-9)
    floor = (head @ head) * 0.01
    score: Floats = product / np.sqrt(np.maximum(local, floor) * (head @ head))
    return score
