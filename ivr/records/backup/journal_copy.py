"""A copy of the journal while it is written: with a snapshot of the database, all that is known of every call."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ivr.errors import JournalError
from ivr.records.journal.lines import read_line
from ivr.records.journal.segments import COPIES, segments, whole_lines


class JournalCopy:
    """`hold` before the snapshot and `hold` after it; then `lines`. Segments are held by links, and the journal removes
    none from the beginning to `close` (`segments.is_copied`): one that came and went between both would be missed. A
    call that is said to be in the store since the first time may not be in the snapshot: that is left out, and its
    record is made anew from its facts. Facts of a call that is in the snapshot add nothing to it."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError."""
        self._folder = folder
        self._links = Path(tempfile.mkdtemp(prefix=COPIES, dir=folder)) if folder.is_dir() else None
        #: File → its link, and how much of it there was before the snapshot.
        self._held: dict[int, tuple[Path, int]] = {}
        self._before = True

    def hold(self) -> None:
        """Hold what there is now. Raises OSError."""
        for path in segments(self._folder) if self._links is not None else ():
            assert self._links is not None
            link = self._links / str(len(self._held))
            try:
                os.link(path, link)
            except FileNotFoundError:
                continue  # removed at this moment: its calls are all in the store
            seen = link.stat()
            if self._held.setdefault(seen.st_ino, (link, seen.st_size if self._before else 0))[0] != link:
                link.unlink()
        self._before = False

    def lines(self) -> Iterator[bytes]:
        """The lines, the oldest first. Raises OSError."""
        for link, before in self._held.values():
            at = 0
            for line in whole_lines(link):
                at += len(line)
                if at <= before or not _stored(line):
                    yield line

    def close(self) -> None:
        """Hold nothing any more."""
        if self._links is not None:
            shutil.rmtree(self._links)


def _stored(line: bytes) -> bool:
    """Whether the line says that a call is in the store."""
    try:
        return read_line(line)[1] is None
    except JournalError:
        return False  # it stays: whoever reads the journal tells of it
