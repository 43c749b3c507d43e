"""Records that the database refuses for good, set aside in a file of the exchange form: an operator mends its lines,
reads them back with `ivr records import`, and removes it."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

from ivr.errors import ExchangeError
from ivr.records.exchange.lines import from_line, to_line
from ivr.records.model import Record, identity

log = logging.getLogger(__name__)

NAME = "refused-records.jsonl"

_Key = tuple[str, ...]


class RefusedRecords:
    """The file at `path` (0600), made when it is needed. Every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._lines = 0
        self._keys: set[_Key] = set()

    @property
    def count(self) -> int:
        """How many lines wait to be mended; 0 when the operator has removed the file."""
        with self._lock:
            self._look()
            return self._lines

    def __contains__(self, key: object) -> bool:
        """Whether the record of this `identity` is set aside."""
        with self._lock:
            self._look()
            return key in self._keys

    def keep(self, record: Record, why: object) -> bool:
        """Set `record` aside, once it is on the disk. False where the disk refuses: the record must be kept elsewhere
        and tried again."""
        line = to_line(record).encode("utf-8")
        with self._lock:
            self._look()
            try:
                self._append(line)
            except OSError as wrong:
                log.error("%s cannot be set aside in %s: %s", _name(record), self.path, wrong.strerror)
                return False
            self._look()
        log.error("%s is refused by the database for good and set aside in %s: %s", _name(record), self.path, why)
        return True

    def _append(self, line: bytes) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(fd).st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":  # an editor, or a full disk, left the last line open
                line = b"\n" + line
            try:
                os.write(fd, line)
                os.fsync(fd)
            except OSError:
                os.ftruncate(fd, size)
                raise
        finally:
            os.close(fd)

    def _look(self) -> None:
        """Read the file anew where somebody changed it."""
        try:
            status = self.path.stat()
            now = (status.st_ino, status.st_size, status.st_mtime_ns)
            if now == self._seen:
                return
            lines = [line for line in self.path.read_bytes().splitlines() if line.strip()]
        except OSError:  # not there: nothing is set aside, or all of it was read back
            self._seen, self._lines, self._keys = None, 0, set()
            return
        self._seen, self._lines = now, len(lines)
        self._keys = {key for line in lines if (key := _key(line)) is not None}


def _key(line: bytes) -> _Key | None:
    try:
        return identity(from_line(line))
    except ExchangeError:  # being mended; an import says what is wrong with it
        return None


def _name(record: Record) -> str:
    kind, *key = identity(record)
    return f"{kind} {' '.join(key)}"
