"""Asterisk's own account of the calls (CEL), followed as it grows: only new lines are read, they are kept by call until
the call is done with, and the file is turned over before it grows without end."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from pathlib import Path

from ivr.records.cel import by_call, parse
from ivr.records.cel_facts import call_facts, end_row
from ivr.records.facts import Fact

log = logging.getLogger(__name__)

#: Above this size the file becomes `ivr.csv.1` and Asterisk begins a new one (it opens the file for each line).
TURN_BYTES = 32_000_000
#: A line is read in one piece; nothing that Asterisk writes is nearly as long.
_CHUNK = 1 << 20


class CelFile:
    """The CEL file at `path`. Blocking: use it in one thread at a time."""

    def __init__(self, path: Path, *, turn_bytes: int = TURN_BYTES) -> None:
        self._path, self._turn_bytes = path, turn_bytes
        self._inode = self._offset = 0
        self._rest = b""
        self._calls: dict[str, list[str]] = {}
        self._fresh = True

    def take(self) -> None:
        """Read what has been written since. A file that is not there, or cannot be read now, is logged, no error."""
        try:
            if self._fresh and (older := self._older).exists():
                self._read(older)
                self._rest = b""
            self._fresh = False
            if not self._path.exists():
                return
            status = self._path.stat()
            if status.st_ino != self._inode or status.st_size < self._offset:
                self._inode, self._offset, self._rest = status.st_ino, 0, b""
            self._offset = self._read(self._path, self._offset)
            if self._offset > self._turn_bytes:
                self._turn()
        except OSError as wrong:
            log.error("CEL %s: %s", self._path, wrong)

    def lines(self, calls: Collection[str] | None = None) -> Iterator[str]:
        """The lines of these calls, or of all calls that are kept."""
        for call_id in list(self._calls) if calls is None else calls:
            yield from self._calls.get(call_id, ())

    def facts(self, call_id: str) -> list[Fact]:
        """What Asterisk itself knows of a call, by time; its end too, if it is over."""
        stories = by_call(parse(self.lines([call_id])).rows)
        return call_facts(stories[call_id]) if call_id in stories else []

    def over(self, before: int) -> set[str]:
        """The kept calls that ended before this moment (epoch ms)."""
        found = set()
        for call_id, lines in self._calls.items():
            end = end_row(by_call(parse(lines).rows).get(call_id, [])) if _may_be_over(lines) else None
            if end is not None and end.t < before:
                found.add(call_id)
        return found

    def forget(self, calls: Collection[str]) -> None:
        """These calls are done with."""
        for call_id in calls:
            self._calls.pop(call_id, None)

    @property
    def _older(self) -> Path:
        return self._path.with_name(self._path.name + ".1")

    def _read(self, path: Path, offset: int = 0) -> int:
        with path.open("rb") as file:
            file.seek(offset)
            while chunk := file.read(_CHUNK):
                offset += len(chunk)
                *whole, self._rest = (self._rest + chunk).split(b"\n")
                for line in whole:
                    self._keep(line.decode("utf-8", "replace"))
        return offset

    def _keep(self, line: str) -> None:
        parsed = parse([line])
        for row in parsed.rows:
            self._calls.setdefault(row.call, []).append(line)
        if parsed.faults:
            log.warning("CEL: a line cannot be read: %.80r", line)

    def _turn(self) -> None:
        """Turn the file over; what Asterisk wrote up to that moment is read first."""
        self._path.replace(self._older)
        self._read(self._older, self._offset)
        self._inode = self._offset = 0
        self._rest = b""


def _may_be_over(lines: list[str]) -> bool:
    """A cheap look before the careful one."""
    return any('"HANGUP"' in line or '"LINKEDID_END"' in line for line in lines)
