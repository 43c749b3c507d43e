"""Asterisk's own account of the calls (CEL), followed as it grows: only new lines are read, they are kept by call until
the call is done with, and the file is turned over before it grows without end."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from pathlib import Path

from ivr.records.cel.facts import call_facts, end_row
from ivr.records.facts import Fact
from ivr.telephony.events.cel import by_call, parse

log = logging.getLogger(__name__)

#: Above this size the file becomes `ivr.csv.1` and Asterisk begins a new one (it opens the file for each line).
TURN_BYTES = 32_000_000
#: The file before is given up while calls in it are not done with only where the new one is so many times larger.
_PATIENCE = 8
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
        #: How far `ivr.csv.1` was read when it was turned over, and the beginning of a line there; a row that Asterisk
        #: was writing just then is still to come. Which calls have rows in it.
        self._tail: tuple[int, bytes] | None = None
        self._older_calls: set[str] = set()

    def take(self) -> None:
        """Read what has been written since. A file that is not there, or cannot be read now, is logged, no error."""
        try:
            if self._fresh and (older := self._older).exists():
                self._read(older)
                self._rest = b""
                self._older_calls = set(self._calls)
            self._fresh = False
            self._read_tail()
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
        """Turn the file over; what Asterisk wrote up to that moment is read first. The file before, which goes now, may
        be all that an application started anew would know of calls that are not done with: it stays for them."""
        if self._older_calls & self._calls.keys() and self._offset < _PATIENCE * self._turn_bytes:
            return
        self._path.replace(self._older)
        self._tail = (self._read(self._older, self._offset), self._rest)
        self._older_calls = set(self._calls)
        self._inode = self._offset = 0
        self._rest = b""

    def _read_tail(self) -> None:
        """What Asterisk still wrote to the file in the moment in which it was turned over."""
        if self._tail is None:
            return
        before, (offset, self._rest), self._tail = self._rest, self._tail, None
        try:
            self._read(self._older, offset)
        finally:
            self._rest = before


def _may_be_over(lines: list[str]) -> bool:
    """A cheap look before the careful one."""
    return any('"HANGUP"' in line or '"LINKEDID_END"' in line for line in lines)
