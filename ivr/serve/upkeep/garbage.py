"""Python's search for rings of garbage, so that no caller waits for it.

The usual search goes through every object there is whenever enough new ones have outlived the shorter searches: some
0.3 s with 400 calls in progress, and as long nobody's key is answered. What is there once the node has started stays
anyway and is searched no more; of the rest only what is young is searched while calls come and go, and everything when
few are in progress, or when that has not been for long."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

#: The young are searched after so many new objects, those that outlived it after so many such searches; all only here.
_YOUNG = (2_000, 10, 1_000_000)
#: While no more calls are in progress, everything is searched this often; while there are more, that often (s).
FEW_CALLS, QUIET_S, BUSY_S = 20, 60.0, 3600.0
_LOOK_S = 10.0


class GarbageSearch:
    """Made when the node has started; `calls` counts those in progress."""

    def __init__(self, calls: Callable[[], int], clock: Callable[[], float] = time.monotonic) -> None:
        self._calls = calls
        self._clock = clock
        self._last = clock()

    async def keep(self) -> None:
        """Search until cancelled."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_YOUNG)
        while True:
            await asyncio.sleep(_LOOK_S)
            self.look()

    def look(self) -> bool:
        """Search everything if it is time; whether that was done."""
        since = self._clock() - self._last
        if since < (QUIET_S if self._calls() <= FEW_CALLS else BUSY_S):
            return False
        began = time.monotonic()
        found = gc.collect()
        log.debug("%d objects of garbage in %.0f ms", found, 1000 * (time.monotonic() - began))
        self._last = self._clock()
        return True
