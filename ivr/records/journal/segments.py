"""The journal's files: one folder per node, locked, holding numbered segments of JSON lines, all of them 0600."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ivr.errors import JournalError
from ivr.records.facts import Fact
from ivr.records.journal.lines import read_line

log = logging.getLogger(__name__)

_PATTERN = "journal-*.jsonl"
#: A folder of links to segments: somebody copies the journal. One that is older than this was left behind (s).
COPIES, _LEFT_BEHIND_S = ".backup-", 86_400
#: Lines of earlier segments that could not be read.
UNREADABLE = "unreadable-lines.txt"


def is_copied(folder: Path) -> bool:
    """Whether somebody copies the journal now, so that nothing of it may be removed."""
    for path in folder.glob(f"{COPIES}*"):
        try:
            age = time.time() - path.stat().st_mtime
        except FileNotFoundError:
            continue  # it is done
        if age < _LEFT_BEHIND_S:
            return True
    return False


class Segment:
    """One file that is appended to. Whatever `append` returned for is on the disk; after an OSError nothing of that
    piece counts and the segment must be given up."""

    def __init__(self, path: Path) -> None:
        """Creates the file; raises OSError where the disk refuses."""
        self.path = path
        self.size = 0
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        sync_folder(path.parent)

    def append(self, data: bytes) -> None:
        """Write and fsync all of `data`. Raises OSError."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._fd, rest) :]
        os.fsync(self._fd)
        self.size += len(data)

    def give_up(self) -> None:
        """After an OSError: cut what was not acknowledged and close; an empty file is removed."""
        try:
            os.ftruncate(self._fd, self.size)
        except OSError as wrong:
            log.warning("cannot cut %s: %s", self.path.name, wrong.strerror)
        self.close()
        if not self.size:
            remove(self.path)

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            try:
                os.close(fd)
            except OSError as wrong:
                log.warning("cannot close %s: %s", self.path.name, wrong.strerror)


@dataclass(slots=True)
class JournalContent:
    """What a folder's segments hold: `calls` maps a call to its facts that are not in the store, `inside` a segment
    to the calls it is needed for, `faults` says which lines could not be read, `unreadable` holds them."""

    calls: dict[str, list[Fact]] = field(default_factory=dict)
    inside: dict[Path, set[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    unreadable: list[bytes] = field(default_factory=list)


def lock_folder(folder: Path) -> int:
    """Make `folder` (0700) and take its lock. Returns the lock's descriptor; closing it gives the lock back.
    Raises JournalError where another node holds it or the folder cannot be used."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as wrong:
        raise JournalError(f"通话日志目录 {folder} 无法使用：{wrong.strerror}") from wrong
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as wrong:
        os.close(fd)
        raise JournalError(f"通话日志目录 {folder} 正被另一个节点使用") from wrong
    return fd


def segments(folder: Path) -> list[Path]:
    """The folder's segments, oldest first."""
    return sorted(folder.glob(_PATTERN), key=_number)


def whole_lines(path: Path) -> list[bytes]:
    """The lines, ends included, of a segment that may be written to meanwhile; what is not ended yet is none. Raises
    OSError."""
    return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def next_path(folder: Path) -> Path:
    """The path of a segment younger than every existing one."""
    existing = segments(folder)
    return folder / f"journal-{(_number(existing[-1]) if existing else 0) + 1:08d}.jsonl"


def read_folder(folder: Path) -> JournalContent:
    """Read every segment. A torn last line and any other unreadable line is skipped and reported. Raises JournalError
    where a file cannot be read at all."""
    reading = JournalContent()
    for path in segments(folder):
        reading.inside[path] = set()
        try:
            for number, line, whole in _lines(path):
                _take(reading, path, number, line, whole)
        except OSError as wrong:
            raise JournalError(f"通话日志 {path} 无法读取：{wrong.strerror}") from wrong
    return reading


def keep_unreadable(folder: Path, lines: list[bytes]) -> None:
    """Their segment will be removed: lines that could not be read are kept beside it (0600), each once. A disk that
    refuses is logged."""
    try:
        path = folder / UNREADABLE
        known = set(path.read_bytes().split(b"\n")) if path.exists() else set()
        new = [line for line in dict.fromkeys(lines) if line and line not in known]
        if new:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "ab") as file:
                file.write(b"".join(line + b"\n" for line in new))
                file.flush()
                os.fsync(file.fileno())
            log.error("%d lines of the journal cannot be read; they are kept in %s", len(new), path)
    except OSError as wrong:
        log.error("lines of the journal that cannot be read are not kept: %s", wrong)


def remove(path: Path) -> bool:
    """Remove a segment; False where the disk refuses."""
    try:
        path.unlink(missing_ok=True)
    except OSError as wrong:
        log.warning("cannot remove %s: %s", path.name, wrong.strerror)
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Make the folder's entries survive a power cut. Raises OSError."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _number(path: Path) -> int:
    digits = path.stem.rpartition("-")[2]
    return int(digits) if digits.isdecimal() else 0


def _lines(path: Path) -> Iterator[tuple[int, bytes, bool]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            yield number, line, line.endswith(b"\n")


def _take(reading: JournalContent, path: Path, number: int, line: bytes, whole: bool) -> None:
    try:
        if not whole:
            raise JournalError("最后一行没有写完（断电或崩溃），已跳过")
        call_id, fact = read_line(line)
    except JournalError as wrong:
        reading.faults.append(f"{path.name} 第 {number} 行：{wrong}")
        reading.unreadable.append(line.rstrip(b"\n"))
        return
    if fact is None:
        reading.calls.pop(call_id, None)
        for calls in reading.inside.values():
            calls.discard(call_id)
    else:
        reading.calls.setdefault(call_id, []).append(fact)
        reading.inside[path].add(call_id)
