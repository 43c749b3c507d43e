"""Where tests write what nobody reads after them: in memory where there is room for it, since a test that waits for a
disk waits longer than it works."""

from __future__ import annotations

import shutil
from pathlib import Path

_MEMORY, _ROOM = Path("/dev/shm"), 4 << 30


def folder() -> str:
    """The folder for temporary folders; its path is short."""
    return str(_MEMORY) if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM else "/tmp"
