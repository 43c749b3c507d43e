"""Follows Asterisk's CEL file as it grows: each line is read once, and only calls that may still be needed are kept."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from pathlib import Path

from ivr.records.cel import CelRow, by_call, parse

log = logging.getLogger(__name__)

#: At most so much is read at a time.
_CHUNK = 8_000_000


class CelWatch:
    """The file at `path`, which need not exist yet and may be rotated or emptied at any time. One thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode = self._offset = 0
        self._stories: dict[str, list[CelRow]] = {}

    def stories(self) -> Mapping[str, list[CelRow]]:
        """Rows by call, each call's by time, of everything read so far and not forgotten. A line that Asterisk is
        still writing waits for the next time; lines that cannot be read are logged, and so is a file that cannot."""
        try:
            while data := self._more():
                self._take(data)
        except FileNotFoundError:
            log.debug("no CEL yet")
        except OSError as wrong:
            log.error("CEL cannot be read: %s", wrong.strerror)
        return self._stories

    def forget(self, calls: Collection[str]) -> None:
        """These calls are done with."""
        for call in calls:
            self._stories.pop(call, None)

    def _more(self) -> bytes:
        with self._path.open("rb") as file:
            there = self._path.stat()
            if there.st_ino != self._inode or there.st_size < self._offset:
                self._inode, self._offset = there.st_ino, 0
            file.seek(self._offset)
            data = file.read(_CHUNK)
        # Up to the last whole line; a line longer than a chunk is nobody's call.
        end = data.rfind(b"\n") + 1 or (len(data) if len(data) == _CHUNK else 0)
        self._offset += end
        return data[:end]

    def _take(self, data: bytes) -> None:
        parsed = parse(data.decode("utf-8", "replace").split("\n"))
        if parsed.faults:
            log.warning("%d lines of CEL cannot be read", len(parsed.faults))
        for call, rows in by_call(parsed.rows).items():
            self._stories[call] = sorted([*self._stories.get(call, []), *rows], key=lambda row: row.t)
