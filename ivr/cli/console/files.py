"""Files that a command writes: for their owner alone, and whole or not there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

import click

T = TypeVar("T")


def write_private(target: Path, write: Callable[[IO[str]], T]) -> T:
    """Have `write` fill a file (UTF-8, lines end as written, 0600) or, for `-`, standard output. A file that was there
    is replaced only by a whole one. Raises OSError; returns what `write` returns."""
    if str(target) == "-":
        with click.open_file("-", "w", encoding="utf-8") as out:
            return write(out)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8", newline="") as out:
            done = write(out)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return done
