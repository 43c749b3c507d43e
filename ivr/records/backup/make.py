"""Makes a backup while calls go on. What was there before stays until the new one is whole and was read back."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from ivr.encryption.keys import Key, KeyRing
from ivr.errors import BackupError
from ivr.records.backup import rows
from ivr.records.backup.archive import ArchiveWriter, Manifest, verify
from ivr.records.backup.journal_copy import JournalCopy
from ivr.records.backup.kept_files import kept_files
from ivr.records.database.engine import open_engine, snapshot
from ivr.records.database.migrate import revision_of
from ivr.settings import Settings

_NAME = re.compile(r"ivr-\d{8}T\d{6}\.backup")
#: The journal, as far as it is needed, is one segment of this name.
SEGMENT = "state/journal/journal-00000001.jsonl"
#: What a backup that was killed has left is no use after so long (s).
_OLD_SECONDS = 86_400
#: A lock is waited for so long.
_BUSY_MS = 5_000


@dataclass(frozen=True, slots=True)
class Backup:
    """A whole backup."""

    path: Path
    manifest: Manifest


def make(settings: Settings, folder: Path, now: int, version: str, keep: int | None = None) -> Backup:
    """Make a backup in `folder`, and read it back; of the whole ones there, the last `keep` stay. Raises BackupError,
    EncryptionError, StoreError, OSError: what was there before stays then, and nothing of the new one."""
    ring = KeyRing(settings.encryption, settings.state)
    if (key := ring.current) is None:
        raise BackupError("没有配置密钥，备份必须加密：用 ivr privacy new-key 生成一把，设置 [encryption] key_file")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"ivr-{datetime.fromtimestamp(now / 1000, UTC):%Y%m%dT%H%M%S}.backup"
    if target.exists():
        raise BackupError(f"已有备份 {target}")
    part = folder / f".{target.name}.part"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as out:
            _write(settings, out, key, Manifest(now, version, settings.node, ""), apart=folder)
            out.flush()
            os.fsync(out.fileno())
        manifest = verify(part, ring)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    _tidy(folder, keep)
    return Backup(target, manifest)


def newest(folder: Path) -> Path:
    """The newest whole backup in a folder. Raises BackupError where there is none."""
    found = _whole(folder)
    if not found:
        raise BackupError(f"{folder} 里没有备份")
    return found[-1]


def _write(settings: Settings, out: BinaryIO, key: Key, manifest: Manifest, apart: Path) -> None:
    """First what may be older than the rows (what is kept to check them), last what rows name, such as recordings."""
    archive = ArchiveWriter(out, key, manifest)
    for name, path in list(kept_files(settings, [apart])):
        if not _after_rows(name):
            archive.file(name, path)
    with closing(JournalCopy(settings.journal)) as journal:
        journal.hold()
        with _snapshot(settings.url) as connection:
            if (revision := revision_of(connection)) is None:
                raise BackupError("数据库里还没有表：热线运行过之后才能备份")
            manifest.revision = revision
            for table in rows.tables_of(connection):
                archive.rows(str(table.name), rows.lines(connection, table))
        journal.hold()
        archive.data(SEGMENT, b"".join(journal.lines()))
    for name, path in kept_files(settings, [apart]):
        if name not in manifest.files:  # what rows name, and what came meanwhile
            archive.file(name, path)
    archive.finish()


def _after_rows(name: str) -> bool:
    return name.startswith(("state/asterisk/", "state/utterances/"))


@contextmanager
def _snapshot(url: str) -> Iterator[Connection]:
    engine = open_engine(url, _BUSY_MS, read_only=True)
    try:
        with snapshot(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def _whole(folder: Path) -> list[Path]:
    """The whole backups in a folder, the oldest first."""
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name)) if folder.is_dir() else []


def _tidy(folder: Path, keep: int | None) -> None:
    """Remove what is too old, and what a backup that was killed has left."""
    for path in _whole(folder)[:-keep] if keep else ():
        path.unlink(missing_ok=True)
    for part in folder.glob(".ivr-*.backup.part"):
        if time.time() - part.stat().st_mtime > _OLD_SECONDS:
            part.unlink(missing_ok=True)
