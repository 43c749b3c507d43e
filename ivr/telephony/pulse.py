"""Whether the application has just stood still: stopped by a signal, or on a machine that was held up."""

from __future__ import annotations

import asyncio
import time

#: The pulse beats this often; two beats this far apart (s) mean that the application stood still between them.
EVERY_S = 0.1
STILL_S = 0.9
#: What was received meanwhile is read at once: so long afterwards it has all been seen.
AFTERWARDS_S = 0.5


class Pulse:
    """Beats on the running event loop from `start` to `stop`."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._went_on = 0.0
        self._next: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to beat."""
        self._last = time.monotonic()
        self._next = asyncio.get_running_loop().call_later(EVERY_S, self._beat)

    def stop(self) -> None:
        """Beat no more."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    @property
    def stood_still(self) -> bool:
        """Whether what is read now may have waited for the application for a long time."""
        now = time.monotonic()
        return now - self._last > STILL_S or now - self._went_on < AFTERWARDS_S

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._last > STILL_S:
            self._went_on = now
        self.start()
