"""Whether this machine kept time while calls were made: on each processor a thread that wants to wake every 20 ms and
notes when it could not. A virtual machine may lose one of its processors for a while, and whatever ran there waits. A
call that went wrong on a machine that stood still says nothing about the hotline; it is made again."""

from __future__ import annotations

import os
import threading
import time
from types import TracebackType

_BEAT_S = 0.02
#: Waking later than this holds up a telephone's 20 ms packets for everybody to hear.
LATE_S = 0.1


class Pulse:
    """Beats for as long as the block lasts; `worst` is the latest waking in seconds."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._beat, args=(processor,), name=f"pulse-{processor}", daemon=True)
            for processor in os.sched_getaffinity(0)
        ]

    @property
    def held_up(self) -> bool:
        """Whether the machine did not keep time."""
        return self.worst > LATE_S

    def _beat(self, processor: int) -> None:
        os.sched_setaffinity(0, {processor})  # on Linux: this thread's alone
        while not self._over.is_set():
            before = time.monotonic()
            time.sleep(_BEAT_S)
            self.worst = max(self.worst, time.monotonic() - before - _BEAT_S)

    def __enter__(self) -> Pulse:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
