"""Recordings are encrypted when they are complete: of calls that are over, what callers left, kept utterances; what was
left plain by a crash, or by a time without a key, as well (CBA 十三). Asterisk writes plain files, and that
stays so: its files are replaced, names and times stay."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from pathlib import Path

from ivr.encryption import files
from ivr.encryption.keys import KeyRing
from ivr.encryption.sealed import key_name
from ivr.errors import EncryptionError, StoreError
from ivr.records.recordings import SUFFIX, call_of, sound_folders
from ivr.records.store import Store
from ivr.serve.care.complaint_drafts import FOLDER, ComplaintDrafts
from ivr.settings import Settings

log = logging.getLogger(__name__)

#: The folders are looked at so often; where a look takes long, so much more seldom that it costs at most this share.
LOOK_SECONDS = 5.0
SHARE = 0.02
#: So many files at a look: other work of the node comes in between.
BATCH = 100
#: Asterisk, which writes all the time, is done with a file that has not changed for so long.
QUIET_SECONDS = 3.0
#: A file of a call that nobody has recorded is complete when it has not changed for so long: no call lasts longer.
ORPHAN_SECONDS = 6 * 3_600
#: Clocks of file systems are coarse.
_COARSE_SECONDS = 2.0


class Sealing:
    """Run `keep` as a task."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._ring = KeyRing(settings.encryption, settings.state)
        self._folders = {folder: _Folder() for folder in sound_folders(settings)}
        self._drafts = ComplaintDrafts(settings.state / FOLDER)
        self._utterances: dict[Path, _Folder] = {}
        self._trouble = ""

    @property
    def trouble(self) -> str | None:
        """What the operator should know, or None."""
        return f"录音暂未加密，会自动重试：{self._trouble}" if self._trouble else None

    async def keep(self) -> None:
        """Look until cancelled."""
        while True:
            began = time.monotonic()
            await asyncio.to_thread(self.look, time.time())
            took = time.monotonic() - began
            await asyncio.sleep(max(LOOK_SECONDS, took / SHARE))

    def look(self, now: float) -> int:
        """Encrypt what is complete at `now` (epoch seconds); how many files. What cannot be is told, and tried again.
        Never called twice at once."""
        trouble: list[str] = []
        try:
            files.forget_copies(self._settings.listening, now)
        except OSError as wrong:
            trouble.append(f"{self._settings.listening.name}：{wrong}")
        try:
            done = 0 if self._ring.current is None else self._seal(now, trouble)
        except (EncryptionError, StoreError, OSError) as wrong:
            trouble.append(str(wrong))
            done = 0
        self._tell(trouble[0] if trouble else "")
        if done:
            log.info("%d recordings are encrypted", done)
        return done

    def _seal(self, now: float, trouble: list[str]) -> int:
        done = 0
        for path in self._complete(now, trouble):
            try:
                if (key := self._ring.current) is not None:  # another one may have taken over since the last file
                    done += files.seal(path, key)
            except (EncryptionError, OSError) as wrong:
                trouble.append(f"{path.name}：{wrong}")
        return done

    def _complete(self, now: float, trouble: list[str]) -> list[Path]:
        """Plain files that nobody writes any more, as many as are due at a look; those that cannot be looked at are
        `trouble`. Raises StoreError, OSError."""
        found = [
            (folder / name, quiet)
            for folder, seen in self._folders.items()
            for name, quiet in seen.plain(folder, now, trouble)
            if quiet >= QUIET_SECONDS and not self._told_still(folder / name)
        ]
        young = {call_of(path.name) for path, quiet in found if quiet < ORPHAN_SECONDS}
        over = self._store.counts.calls(young) if young else {}
        due = [path for path, quiet in found if quiet >= ORPHAN_SECONDS or call_of(path.name) in over]
        days = self._settings.utterances
        for day in sorted(days.iterdir()) if days.is_dir() else ():
            if day.is_dir():
                seen = self._utterances.setdefault(day, _Folder())
                due += [day / name for name, _ in seen.plain(day, now, trouble)]
        return due[:BATCH]

    def _told_still(self, path: Path) -> bool:
        """Whether it is of a complaint that is no case yet: who makes it one measures the recording."""
        return path.parent == self._settings.complaints and self._drafts.read(path.stem) is not None

    def _tell(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            log.error("recordings cannot be encrypted: %s", trouble)
        self._trouble = trouble


class _Folder:
    """Which of a folder's files are plain. A file that was found encrypted is not opened again."""

    def __init__(self) -> None:
        #: Files that are plain, or that could not be looked at.
        self._open: set[str] = set()
        #: Files that have not changed since were looked at (epoch seconds).
        self._since = 0.0

    def plain(self, folder: Path, now: float, trouble: list[str]) -> list[tuple[str, float]]:
        """The names of plain files, and for how long nobody has written to them (s). A file that cannot be looked at
        is `trouble`, and is looked at again. Raises OSError."""
        since = self._since if now >= self._since else 0.0  # the clock was set back
        if not folder.is_dir():
            return []
        plain: dict[str, float] = {}
        unread: set[str] = set()
        with os.scandir(folder) as found:
            for one in found:
                try:
                    if one.name.startswith("."):
                        _forget_part(one, now)
                    elif one.name.endswith(SUFFIX) and (quiet := self._quiet(one, since, now)) is not None:
                        plain[one.name] = quiet
                except OSError as wrong:
                    trouble.append(f"{one.name}：{wrong.strerror}")
                    unread.add(one.name)
        self._open, self._since = unread.union(plain), now
        return list(plain.items())

    def _quiet(self, file: os.DirEntry[str], since: float, now: float) -> float | None:
        """For how long nobody has written to a plain file; None for what is encrypted, or gone."""
        try:
            seen = file.stat(follow_symlinks=False)
            unchanged = seen.st_ctime < since - _COARSE_SECONDS and file.name not in self._open
            return None if unchanged or key_name(Path(file.path)) is not None else now - seen.st_mtime
        except FileNotFoundError:
            return None


def _forget_part(part: os.DirEntry[str], now: float) -> None:
    """What a crash left of an encryption is of no use: the file that it was to replace is there."""
    with contextlib.suppress(FileNotFoundError):  # who wrote it is done with it
        if part.name.endswith(files.PART) and now - part.stat(follow_symlinks=False).st_mtime > ORPHAN_SECONDS:
            Path(part.path).unlink()
