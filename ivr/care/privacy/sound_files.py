"""The files of callers' sound below the state folder: which call each belongs to, and deleting them. A file's name
begins with its call's id: `ID-1.wav`, `ID-1001.wav`, `ID-t3.wav` (what a turn is recorded as, percent-encoded)."""

from __future__ import annotations

import logging
import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

log = logging.getLogger(__name__)

RECORDINGS, MESSAGES, UTTERANCES = "asterisk/recordings", "asterisk/messages", "utterances"
COMPLAINTS = "asterisk/complaints"
_FOLDERS = (RECORDINGS, MESSAGES, UTTERANCES, COMPLAINTS)
#: `<call id>-<number, agent or turn>.wav`, and what may stand behind it while the file is being written.
_NAME = re.compile(r"(?P<call>.+)-(?P<part>[A-Za-z0-9]{1,12})\.wav(?:\..+)?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SoundFile:
    """`path` below the state folder, its call's id ("" where the name tells none), and when it was last written, UTC
    epoch ms."""

    path: str
    call_id: str
    written: int


class SoundFiles:
    """Looks at the folders when it is asked; raises OSError where one cannot be read."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._files: dict[str, tuple[SoundFile, ...]] = {}
        self._of_call: dict[str, defaultdict[str, list[str]]] = {}

    def forget(self) -> None:
        """Look at the folders again."""
        self._files.clear()
        self._of_call.clear()

    def of_calls(self, ids: Collection[str]) -> list[str]:
        """The paths of everything that was recorded on these calls, but messages: those are somebody's work."""
        return [path for folder in (RECORDINGS, UTTERANCES) for id_ in ids for path in self._by_call(folder)[id_]]

    def all(self, folder: str) -> tuple[SoundFile, ...]:
        """Every file of a folder of sound, as it was when it was looked at."""
        if folder not in self._files:
            self._files[folder] = tuple(self._look(folder))
        return self._files[folder]

    def _look(self, folder: str) -> Iterator[SoundFile]:
        top = self._state / folder
        if not top.is_dir():
            return
        for one in sorted(os.scandir(top), key=lambda entry: entry.name):
            path = f"{folder}/{one.name}"
            if one.is_dir(follow_symlinks=False):
                yield from self._look(path)
            elif one.is_file(follow_symlinks=False):
                yield SoundFile(path, call_of(one.name), one.stat().st_mtime_ns // 1_000_000)

    def delete(self, paths: Iterable[str]) -> tuple[list[str], list[str]]:
        """Delete files; what is gone already counts as deleted. Those that are gone, and what could not be deleted and
        why. A path that leads out of the folders of sound is not deleted."""
        gone, failed = [], []
        for path in paths:
            if not self._inside(path):
                failed.append(f"{path}：不在录音目录内，没有删除")
                continue
            try:
                (self._state / path).unlink(missing_ok=True)
            except OSError as wrong:
                failed.append(f"{path}：{wrong.strerror}")
                continue
            gone.append(path)
        return gone, failed

    def _inside(self, path: str) -> bool:
        whole = (self._state / path).resolve()
        return any(whole.is_relative_to((self._state / top).resolve()) for top in _FOLDERS)

    def _by_call(self, folder: str) -> defaultdict[str, list[str]]:
        if folder not in self._of_call:
            found: defaultdict[str, list[str]] = defaultdict(list)
            for file in self.all(folder):
                found[file.call_id].append(file.path)
            self._of_call[folder] = found
        return self._of_call[folder]


def call_of(name: str) -> str:
    """The id of the call that a file's name begins with; "" where it is no name of ours."""
    match = _NAME.match(unquote(name, errors="surrogateescape") if "%" in name else name)
    return match["call"] if match else ""
