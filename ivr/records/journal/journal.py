"""The crash-safe journal: every fact reaches the disk before its call is forgotten. One thread writes and fsyncs in
groups, so the event loop never waits for a disk; while the disk refuses, facts wait in memory and nothing is lost."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ivr.records.facts import Fact
from ivr.records.journal.lines import fact_line, stored_line
from ivr.records.journal.refused import NAME, RefusedRecords
from ivr.records.journal.segments import (
    Segment,
    is_copied,
    keep_unreadable,
    lock_folder,
    next_path,
    read_folder,
    remove,
)

log = logging.getLogger(__name__)

#: At most so many lines are written with one fsync.
_GROUP = 5000
#: What happens in one moment (a key: the menu left, the next entered, its prompt) comes as several facts, which are
#: written in one piece with those of other calls.
_GATHER_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class _Line:
    call_id: str
    data: bytes
    stored: bool


class Journal:
    """An append-only journal in `folder`, which belongs to one node.

    `left` holds the facts, by call, that an earlier run wrote and that are not in the store; `faults` the lines
    that could not be read then. `memory` bounds the facts that wait while the disk refuses; `lost` counts those beyond.
    """

    def __init__(
        self,
        folder: Path,
        *,
        opener: Callable[[Path], Segment] = Segment,
        segment_bytes: int = 4_000_000,
        memory: int = 200_000,
        retry_seconds: float = 1.0,
    ) -> None:
        """Raises JournalError where the folder cannot be used or another node holds it."""
        self._lock_fd = lock_folder(folder)
        try:
            reading = read_folder(folder)
        except BaseException:
            os.close(self._lock_fd)
            raise
        keep_unreadable(folder, reading.unreadable)
        self._left = {call: tuple(facts) for call, facts in reading.calls.items()}
        self.faults: tuple[str, ...] = tuple(reading.faults)
        self.lost = 0
        #: What the store will never take.
        self.refused = RefusedRecords(folder / NAME)
        self._folder, self._opener = folder, opener
        self._segment_bytes, self._memory, self._retry_seconds = segment_bytes, memory, retry_seconds
        self._inside = reading.inside  # used by the writer thread only, as is _segment
        self._segment: Segment | None = None
        self._waiting: deque[_Line] = deque()
        self._accepted = self._written = 0
        self._reason: str | None = None
        self._closing = self._stopped = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def left(self) -> Mapping[str, tuple[Fact, ...]]:
        """Facts by call that an earlier run wrote and that nobody has settled since."""
        with self._changed:
            return dict(self._left)

    def left_of(self, call_id: str) -> tuple[Fact, ...]:
        """What is left of this one call."""
        with self._changed:
            return self._left.get(call_id, ())

    def take_left(self, call_id: str) -> tuple[Fact, ...]:
        """What an earlier run left of this one call; whoever takes it finishes the call and settles it."""
        with self._changed:
            return self._left.pop(call_id, ())

    def leave(self, call_id: str, fact: Fact) -> None:
        """Accept a fact of a call that is not in progress here: whoever takes what is left brings it to its record.
        Raises as `append`."""
        with self._changed:
            self.append(call_id, fact)
            self._left[call_id] = (*self._left.get(call_id, ()), fact)

    def settle_left(self, call_id: str, facts: tuple[Fact, ...]) -> bool:
        """The store holds these facts, all that was `left` of this call. False, and nothing is forgotten, where more
        has come since or somebody has taken the call."""
        with self._changed:
            if self._left.get(call_id) != facts:
                return False
            self.settle(call_id)
            return True

    @property
    def lag(self) -> int:
        """How many facts are not on the disk yet."""
        with self._changed:
            return len(self._waiting)

    @property
    def healthy(self) -> bool:
        """Whether everything accepted so far could be written."""
        return self.trouble is None

    @property
    def trouble(self) -> str | None:
        """What the operator should know, or None."""
        with self._changed:
            waiting, reason, lost = len(self._waiting), self._reason, self.lost
        words = []
        if reason is not None:
            words.append(f"通话日志写不进磁盘（{reason}），{waiting} 条暂存在内存中")
        if lost:
            words.append(f"内存已满，{lost} 条没有写入通话日志")
        return "；".join(words) or None

    def append(self, call_id: str, fact: Fact) -> None:
        """Accept a fact. Returns at once; a disk that refuses is reported by `trouble`, not here. Raises JournalError
        only for a fact whose values break its contract."""
        self._accept(_Line(call_id, fact_line(call_id, fact), stored=False))

    def settle(self, call_id: str) -> None:
        """The store holds everything appended so far about this call: its lines are needed no more."""
        with self._changed:
            self._left.pop(call_id, None)
        self._accept(_Line(call_id, stored_line(call_id), stored=True))

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything accepted before is on the disk. False after `timeout` seconds, or where the journal
        was closed while the disk refused."""
        with self._changed:
            goal = self._accepted
            self._changed.wait_for(lambda: self._written >= goal or self._stopped, timeout)
            return self._written >= goal

    def close(self) -> None:
        """Write what waits (one last attempt), stop the thread and give the folder back. Safe to call twice."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1

    def _accept(self, line: _Line) -> None:
        with self._changed:
            if len(self._waiting) >= self._memory:
                self.lost += 1
                return
            self._waiting.append(line)
            self._accepted += 1
            if len(self._waiting) == 1:
                self._changed.notify_all()

    def _run(self) -> None:
        try:
            while group := self._next():
                last = self._closing
                if not self._try(group) and last:
                    break
        finally:
            self._finish()

    def _try(self, group: list[_Line]) -> bool:
        """Whatever goes wrong, the thread goes on: what could not be written is kept and written again."""
        try:
            return self._write(group)
        except Exception as wrong:
            if self._reason is None:
                log.exception("the journal's writer failed")
            self._refused(OSError(0, type(wrong).__name__))
            return False

    def _next(self) -> list[_Line]:
        """The next lines to write, still kept in `_waiting`; empty when there is nothing more to do."""
        with self._changed:
            if self._reason is not None:
                self._changed.wait_for(lambda: self._closing, self._retry_seconds)
            self._changed.wait_for(lambda: self._waiting or self._closing)
            self._changed.wait_for(lambda: self._closing, _GATHER_SECONDS)
            return list(islice(self._waiting, _GROUP))

    def _write(self, group: list[_Line]) -> bool:
        data = b"".join(line.data for line in group)
        try:
            if self._segment is None:
                self._segment = self._opener(next_path(self._folder))
                self._inside[self._segment.path] = set()
            self._segment.append(data)
        except OSError as wrong:
            self._refused(wrong)
            return False
        self._index(self._segment.path, group)
        self._acknowledge(len(group))
        if self._segment.size >= self._segment_bytes:
            self._segment.close()
            self._segment = None
        self._sweep()
        return True

    def _refused(self, wrong: OSError) -> None:
        # The kernel may have dropped the pages of a failed fsync, so the whole group is written again, elsewhere.
        if self._segment is not None:
            self._segment.give_up()
            if not self._segment.size:
                self._inside.pop(self._segment.path, None)
            self._segment = None
        with self._changed:
            if self._reason is None:
                log.error("the journal cannot be written: %s", wrong.strerror)
            self._reason = wrong.strerror or str(wrong)

    def _acknowledge(self, count: int) -> None:
        with self._changed:
            for _ in range(count):
                self._waiting.popleft()
            self._written += count
            if self._reason is not None:
                log.warning("the journal can be written again")
            self._reason = None
            self._changed.notify_all()

    def _index(self, path: Path, group: list[_Line]) -> None:
        for line in group:
            if line.stored:
                for calls in self._inside.values():
                    calls.discard(line.call_id)
            else:
                self._inside[path].add(line.call_id)

    def _sweep(self) -> None:
        """Remove segments that no call needs, oldest first only: a younger one may hold the line that says that an
        older one's call is stored. While somebody copies the journal they stay: one that came and went meanwhile would
        be missed, and a call that it begins would have half a record."""
        for path in list(self._inside):
            current = self._segment is not None and path == self._segment.path
            if current or self._inside[path] or is_copied(self._folder) or not remove(path):
                return
            del self._inside[path]

    def _finish(self) -> None:
        if self._segment is not None:
            self._segment.close()
            self._segment = None
        self._sweep()
        with self._changed:
            self._stopped = True
            if not self._closing:
                self._reason = "写入线程意外停止"
            self._changed.notify_all()
