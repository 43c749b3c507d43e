"""When frames of sound arrive: gaps, late bursts, and sound that was lost on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from ivr.speech.voice_activity.vad import FRAME_MS

#: Frames closer together than this came in one burst, and say nothing about what is still on its way.
_PACED_MS = 10

#: So many paced frames, all of them behind the clock by more than this, prove that sound was lost.
_PROOF, _BEHIND_MS = 5, 60


class FrameClock:
    """The clock of one call leg, as frames and ticks tell it; it never goes backwards."""

    def __init__(self) -> None:
        self.now = -(2**62)
        self._last: int | None = None
        self._due = 0  # when the next frame would come, had none ever been late
        self._behind: deque[int] = deque(maxlen=_PROOF)

    def look(self, now_ms: int) -> int:
        """The clock alone: ms since the last frame, 0 before the first."""
        self.now = max(self.now, now_ms)
        return 0 if self._last is None else self.now - self._last

    def frame(self, now_ms: int) -> tuple[int, int]:
        """A frame arrived: ms since the one before (0 for the first), and how many were lost, as is known now."""
        (found,) = self.frames((now_ms,))
        return found

    def frames(self, times: Sequence[int]) -> list[tuple[int, int]]:
        """`frame` for each of these times."""
        now, last, due, behind, found = self.now, self._last, self._due, self._behind, []
        for at in times:
            if at > now:
                now = at
            gap = 0 if last is None else now - last
            due = now if last is None else min(due + FRAME_MS, now)
            last, lost = now, 0
            if gap >= _PACED_MS:
                behind.append(now - due)
                if now - due > _BEHIND_MS and len(behind) == _PROOF and (least := min(behind)) > _BEHIND_MS:
                    lost = least // FRAME_MS
                    due += lost * FRAME_MS
                    behind.clear()
            found.append((gap, lost))
        self.now, self._last, self._due = now, last, due
        return found
