"""No process of the hotline leaves its memory behind: it holds what callers say and key (CBA 十三)."""

from __future__ import annotations

import contextlib
import ctypes
import resource
from pathlib import Path

_PR_SET_DUMPABLE = 4
_FILTER = Path("/proc/self/coredump_filter")


def forbid() -> None:
    """From now on this process, and every one that it starts, writes no core file; where the system hands cores to a
    program (a core_pattern with a pipe heeds no limit), its memory is not in them. Nobody but root may look into this
    process either; one that it starts must say so for itself."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):  # a system without /proc has no such programs
        _FILTER.write_text("0", encoding="ascii")
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
