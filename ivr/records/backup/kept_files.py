"""Which files belong into a backup, and which do not: what is made anew at the start, logs, what only lives now, and
keys, which must never lie beside what they open."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from ivr.settings import Settings

#: Where a restore puts files before they take their places.
RESTORING = ".restoring"

#: Relative to the state folder.
_LEFT_OUT = (
    "ivr.pid", "ivr.lock", "ivr.log*", "trouble", "compose.env", "listening/*", "test-results/*",
    "journal/journal-*.jsonl", "journal/lock", "journal/.backup-*",
    "asterisk/etc/*", "asterisk/db/*", "asterisk/run/*", "asterisk/spool/*", "asterisk/sounds/*", "asterisk/localtime",
    "asterisk/log/*.log*", "asterisk/log/queue_log*", f"{RESTORING}/*",
)  # fmt: skip
#: Files that are being written: whole ones have other names.
_UNFINISHED = (".*.part", ".*.sealing", "*.part")
#: What the voice says is rendered again.
_VOICE = "built"


def roots(settings: Settings) -> Mapping[str, Path]:
    """Where the files of a backup come from, and go to."""
    return {"state": settings.state, "flows": settings.flows, "prompts": settings.prompts}


def kept_files(settings: Settings, besides: Collection[Path] = ()) -> Iterator[tuple[str, Path]]:
    """Name in the backup and path of every file that belongs into one; `besides` are left out. Raises OSError."""
    apart = {path.resolve() for path in (*besides, *_database_files(settings), *_keys(settings))}
    for root, folder in roots(settings).items():
        for path in _walk(folder, apart):
            name = path.relative_to(folder).as_posix()
            if not _left_out(root, name):
                yield f"{root}/{name}", path


def _left_out(root: str, name: str) -> bool:
    if any(fnmatchcase(name.rpartition("/")[2], pattern) for pattern in _UNFINISHED):
        return True
    if root == "prompts":
        return name.startswith(f"{_VOICE}/")
    return root == "state" and any(fnmatchcase(name, pattern) for pattern in _LEFT_OUT)


def _walk(folder: Path, apart: Collection[Path]) -> Iterator[Path]:
    """Regular files below a folder, one level after the other; links are not followed."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda one: one.name)
    for one in entries:
        path = Path(one.path)
        if path.resolve() in apart:
            continue
        if one.is_dir(follow_symlinks=False):
            yield from _walk(path, apart)
        elif one.is_file(follow_symlinks=False):
            yield path


def _database_files(settings: Settings) -> Iterator[Path]:
    """Their rows are in the backup."""
    if settings.url.startswith("sqlite"):
        file = settings.url.partition("///")[2]
        yield from (Path(file + end) for end in ("", "-wal", "-shm", "-journal"))


def _keys(settings: Settings) -> Iterator[Path]:
    if settings.encryption.key_file:
        yield Path(settings.encryption.key_file)
