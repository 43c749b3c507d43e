"""The files of flows/ as bytes, and a cheap way to see that one of them has changed."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from pathlib import Path

from ivr.flow import codes
from ivr.flow.findings import FindingsReport, Pos

MAX_BYTES = 8 * 1024 * 1024

Signature = tuple[tuple[str, int, int, int, int], ...]


def signature(directory: Path) -> Signature:
    """Name, inode, size and both times of every YAML file: differs whenever one was written. Empty where the
    folder cannot be read."""
    try:
        found = sorted(path for path in directory.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError:
        return ()
    made = []
    for path in found:
        try:
            seen = path.stat()
        except OSError:
            made.append((path.name, 0, 0, 0, 0))
        else:
            made.append((path.name, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns))
    return tuple(made)


def read(path: Path, report: FindingsReport) -> bytes | None:
    """The file's bytes, or None and a finding. Only regular files up to MAX_BYTES are opened."""
    here = Pos(str(path), 1, 1)
    try:
        seen = path.stat()
        if not stat.S_ISREG(seen.st_mode):
            report.add(codes.FILE_UNREADABLE, here, name=path.name, why="它不是普通文件")
            return None
        if seen.st_size > MAX_BYTES:
            report.add(codes.FILE_UNREADABLE, here, name=path.name, why=f"它超过 {MAX_BYTES // 1024 // 1024} MB")
            return None
        with path.open("rb") as opened:
            return opened.read(MAX_BYTES)
    except FileNotFoundError:
        report.add(codes.FILE_MISSING, here, name=path.name)
    except (OSError, ValueError) as wrong:  # ValueError: a NUL in the path
        why = getattr(wrong, "strerror", None) or str(wrong)
        report.add(codes.FILE_UNREADABLE, here, name=path.name, why=why)
    return None


def revision_id(files: Mapping[str, bytes]) -> str:
    """First 12 hex digits of the SHA-256 over names, lengths and contents, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode())
        digest.update(files[name])
    return digest.hexdigest()[:12]
