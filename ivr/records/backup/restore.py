"""Brings a backup back into an empty machine: all of it, checked before and after, or nothing. What is there is never
overwritten: a database with rows or a state folder with files is refused, the operator's files are put aside."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Table

from ivr.encryption.keys import KeyRing
from ivr.errors import BackupError, EncryptionError, KeyMissing
from ivr.records.backup import rows
from ivr.records.backup.archive import MANIFEST, Manifest, compare, members, table_of, verify
from ivr.records.backup.kept_files import RESTORING, kept_files, roots
from ivr.records.database.engine import is_there, open_engine, reading, writing
from ivr.settings import Settings

_BUSY_MS = 5_000


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored from where. `aside`: where the operator's files that were there are now; `keys_missing`: names
    of keys that some recordings need and that are not there."""

    source: Path
    manifest: Manifest
    aside: tuple[Path, ...]
    keys_missing: tuple[str, ...]


def restore(settings: Settings, source: Path, now: int) -> Restored:
    """Restore a backup while no node runs here. Raises BackupError, EncryptionError, StoreError, OSError: then there is
    nothing of it."""
    ring = KeyRing(settings.encryption, settings.state)
    manifest = verify(source, ring)
    _refuse_files(settings)
    waiting = {root: folder / RESTORING for root, folder in roots(settings).items()}
    begun, moves = False, _Moves()
    try:
        with _database(settings) as connection:
            begun = True
            for folder in waiting.values():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(mode=0o700, parents=True)
            _unpack(source, ring, manifest, connection, waiting)
            for root, folder in waiting.items():
                _take_place(root, roots(settings)[root], folder, now, moves)
    except BaseException:  # of the end of the transaction as well
        moves.undo()
        for folder in waiting.values() if begun else ():
            shutil.rmtree(folder, ignore_errors=True)
        raise
    for folder in waiting.values():
        shutil.rmtree(folder)
    return Restored(source, manifest, tuple(moves.aside), _missing(ring, manifest))


def is_occupied(settings: Settings) -> bool:
    """Whether there are rows in the database: then nothing is restored into it. Raises StoreError."""
    if not is_there(settings.url):
        return False
    engine = open_engine(settings.url, _BUSY_MS, read_only=True)
    try:
        with reading(engine) as connection:
            return rows.occupied(connection) is not None
    finally:
        engine.dispose()


def is_unfinished(settings: Settings) -> bool:
    """Whether a restore was killed here: there is something of a backup, and not all of it."""
    return (settings.state / RESTORING).exists()


def _refuse_files(settings: Settings) -> None:
    for name, path in kept_files(settings):
        if name.startswith("state/"):
            raise BackupError(f"状态目录里已有 {path}：只能恢复到空的机器上；先把 {settings.state} 移走，或另设 state")


@contextmanager
def _database(settings: Settings) -> Iterator[Connection]:
    """A transaction on an empty database; a file that was not there before goes where it is undone."""
    file = Path(settings.url.partition("///")[2]) if settings.url.startswith("sqlite") else None
    new = file is not None and not file.exists()
    engine = open_engine(settings.url, _BUSY_MS)
    try:
        with writing(engine) as connection:
            if (table := rows.occupied(connection)) is not None:
                raise BackupError(f"数据库里已有数据（表 {table}）：只能恢复到空的数据库，什么也没有改动")
            yield connection
    except BaseException:
        engine.dispose()
        if file is not None and new:
            for end in ("", "-wal", "-shm"):
                Path(f"{file}{end}").unlink(missing_ok=True)
        raise
    finally:
        engine.dispose()


def _unpack(
    source: Path, ring: KeyRing, manifest: Manifest, connection: Connection, waiting: Mapping[str, Path]
) -> None:
    tables = rows.prepare(connection, manifest.revision)
    if missing := manifest.tables.keys() - tables.keys():
        raise BackupError(f"备份里的表 {'、'.join(sorted(missing))} 在这个版本的数据库里没有")
    files: dict[str, tuple[int, str]] = {}
    with members(source, ring) as found:
        for table, group in groupby(found, lambda one: table_of(one.name)):
            if table is not None:
                wanted = (line.rstrip(b"\n") for member in group for line in member.content)
                rows.insert_lines(connection, tables[table], wanted)
                continue
            for name, content, written_ns in group:
                if name != MANIFEST:
                    files[name] = _put(waiting, name, content, written_ns)
    compare(source, manifest, {name: _summed(connection, tables[name]) for name in manifest.tables}, files)
    for one in tables.values():
        rows.go_on_numbering(connection, one)


def _summed(connection: Connection, table: Table) -> tuple[int, str]:
    """The table's rows as they are in the database now."""
    found = rows.Sum()
    for line in rows.lines(connection, table):
        found.add(line)
    return found.rows, found.digest


def _put(waiting: Mapping[str, Path], name: str, content: IO[bytes], written_ns: int | None) -> tuple[int, str]:
    """Write a file into the folder where it waits, as of when it was written; its bytes and SHA-256."""
    root, _, below = name.partition("/")
    path = waiting[root] / below
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as out:
        while piece := content.read(1 << 20):
            out.write(piece)
            digest.update(piece)
            size += len(piece)
        out.flush()
        os.fsync(out.fileno())
        if written_ns is not None:
            os.utime(out.fileno(), ns=(written_ns, written_ns))
    return size, digest.hexdigest()


class _Moves:
    """Files that have taken their places, so that they can go back; `aside` is where those are that were there."""

    def __init__(self) -> None:
        self.aside: list[Path] = []
        self._done: list[tuple[Path, Path]] = []

    def move(self, one: Path, place: Path) -> None:
        """Raises BackupError: then it is where it was."""
        try:
            one.rename(place)
        except OSError as wrong:
            raise BackupError(f"{place} 不能恢复到位：{wrong.strerror or wrong}，什么也没有改动") from wrong
        self._done.append((one, place))

    def undo(self) -> None:
        """Everything is where it was before; what cannot go back is told by the error, and the others go."""
        wrong: OSError | None = None
        for one, place in reversed(self._done):
            try:
                place.rename(one)
            except OSError as trouble:
                wrong = trouble
        for folder in self.aside:
            if not any(folder.iterdir()):
                folder.rmdir()
        if wrong is not None:
            raise wrong


def _take_place(root: str, folder: Path, waiting: Path, now: int, moves: _Moves) -> None:
    """Move what was unpacked to its place. Operators' files that are there go aside; the state folder has nothing but
    what only lives now."""
    there = [one for one in folder.iterdir() if one.name != RESTORING]
    if root != "state" and there:
        aside = folder.with_name(f"{folder.name}.before-{datetime.fromtimestamp(now / 1000, UTC):%Y%m%dT%H%M%S}")
        aside.mkdir(mode=0o700)
        moves.aside.append(aside)
        for one in there:
            moves.move(one, aside / one.name)
    _merge(waiting, folder, moves)


def _merge(source: Path, target: Path, moves: _Moves) -> None:
    """Move files into folders of which some are there already, empty or with what only lives now."""
    for one in list(source.iterdir()):
        place = target / one.name
        if one.is_dir() and place.is_dir():
            _merge(one, place, moves)
        else:
            moves.move(one, place)


def _missing(ring: KeyRing, manifest: Manifest) -> tuple[str, ...]:
    missing = []
    for name in manifest.keys:
        try:
            ring.key(name)
        except KeyMissing:
            missing.append(name)
        except EncryptionError:  # the keys went away between: all of them are missing
            return tuple(manifest.keys)
    return tuple(missing)
