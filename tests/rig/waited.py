"""What call tests waited for: seconds by purpose, added up in each test process and told at the end of a phase."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping

#: Purpose → seconds, of this process.
seconds: dict[str, float] = defaultdict(float)
_lock = threading.Lock()
_inside = threading.local()


@contextlib.contextmanager
def waiting(what: str) -> Iterator[None]:
    """Count what the block lasts under `what`; of blocks within one another only the outermost counts."""
    if getattr(_inside, "yes", False):
        yield
        return
    _inside.yes, began = True, time.monotonic()
    try:
        yield
    finally:
        _inside.yes = False
        with _lock:
            seconds[what] += time.monotonic() - began


def told(all_of_them: Mapping[str, float], processes: int, reruns: int) -> str:
    """The line at the end of a phase, the longest first; "" where nothing was waited for."""
    if not all_of_them:
        return ""
    longest = sorted(all_of_them.items(), key=lambda item: -item[1])
    each = ", ".join(f"{what} {lasted:.0f} s" for what, lasted in longest)
    beside = f", in {processes} processes beside each other" if processes > 1 else ""
    return f"waited{beside}: {each}; calls made again because the machine stood still: {reruns}"
