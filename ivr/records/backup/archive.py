"""The form of a backup: a tar in an encrypted file (`ivr.encryption.sealed`). Rows are `database/TABLE/NUMBER` (JSON
lines), files `state/…`, `flows/…`, `prompts/…`; last comes `manifest.json`, which says what there must be."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, NamedTuple

from ivr.encryption.keys import Key, KeyRing
from ivr.encryption.sealed import SealedReader, SealedWriter, key_name
from ivr.errors import BackupError, EncryptionError
from ivr.records.backup.rows import Sum

FORM = 1
MANIFEST = "manifest.json"
DATABASE = "database"
#: What comes from files.
ROOTS = ("state", "flows", "prompts")
#: In a member's headers: when the file was last written, to the nanosecond.
_WRITTEN = "HOTLINE.written_ns"
#: Bytes of rows in a member.
_CHUNK = 4 << 20


@dataclass(slots=True)
class Manifest:
    """`made` at (UTC epoch ms) by which version of the program; `revision` of the tables; table → rows and the sum of
    their hashes; file → bytes and SHA-256; `keys`: names of keys that files are encrypted with, and how many."""

    made: int
    version: str
    node: str
    revision: str
    tables: dict[str, tuple[int, str]] = field(default_factory=dict)
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    form: int = FORM

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(rows for rows, _ in self.tables.values())

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(size for size, _ in self.files.values())

    @classmethod
    def read(cls, data: bytes) -> Manifest:
        """Raises BackupError."""
        try:
            given = json.loads(data)
            if given["form"] != FORM:
                raise BackupError("备份由别的版本的程序制作，格式不认识")
            for name in ("tables", "files"):
                given[name] = {key: (int(count), str(digest)) for key, (count, digest) in given[name].items()}
            return cls(**given)
        except (ValueError, TypeError, KeyError, AttributeError) as wrong:
            raise BackupError("备份的清单无法读取") from wrong


class ArchiveWriter:
    """Writes a backup to `out` and fills in its manifest. Raises OSError, and what the sources raise."""

    def __init__(self, out: BinaryIO, key: Key, manifest: Manifest) -> None:
        self._manifest = manifest
        self._sealed = SealedWriter(out, key)
        self._tar = tarfile.open(  # noqa: SIM115 - `finish` closes it
            fileobj=_Stream(self._sealed), mode="w|", format=tarfile.PAX_FORMAT
        )

    def rows(self, table: str, lines: Iterator[bytes]) -> None:
        """A table's rows."""
        counted, number, chunk = Sum(), 0, io.BytesIO()
        for line in lines:
            counted.add(line)
            chunk.write(line + b"\n")
            if chunk.tell() >= _CHUNK:
                number = self._chunk(table, number, chunk)
        if chunk.tell():
            self._chunk(table, number, chunk)
        self._manifest.tables[table] = counted.rows, counted.digest

    def data(self, name: str, data: bytes) -> None:
        """A file, as it is to be restored."""
        self._add(name, io.BytesIO(data), len(data))

    def file(self, name: str, path: Path) -> bool:
        """A file as far as it is written now. False where it is gone."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return False
        with file:
            if (encrypted := key_name(path)) is not None:
                self._manifest.keys[encrypted] = self._manifest.keys.get(encrypted, 0) + 1
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            self._add(name, file, size, os.fstat(file.fileno()).st_mtime_ns)
        return True

    def finish(self) -> None:
        """That was all."""
        data = json.dumps(asdict(self._manifest), ensure_ascii=False).encode()
        self._tar.addfile(_info(MANIFEST, len(data)), io.BytesIO(data))
        self._tar.close()
        self._sealed.finish()

    def _chunk(self, table: str, number: int, chunk: io.BytesIO) -> int:
        data = chunk.getvalue()
        self._tar.addfile(_info(f"{DATABASE}/{table}/{number:06d}", len(data)), io.BytesIO(data))
        chunk.seek(0)
        chunk.truncate()
        return number + 1

    def _add(self, name: str, source: IO[bytes], size: int, written_ns: int = 0) -> None:
        hashed, info = _Hashed(source), _info(name, size)
        info.pax_headers = {_WRITTEN: str(written_ns)} if written_ns else {}
        self._tar.addfile(info, hashed)
        self._manifest.files[name] = size, hashed.digest.hexdigest()


class Member(NamedTuple):
    """Something in a backup. `content` is to be read before the next one is asked for; `written_ns` is when the file
    was last written (UTC epoch ns), None where that was not kept."""

    name: str
    content: IO[bytes]
    written_ns: int | None


@contextmanager
def members(path: Path, ring: KeyRing) -> Iterator[Iterator[Member]]:
    """What is in a backup, one after the other. Raises BackupError where it is damaged, cut, or none, and where its key
    is not there."""
    try:
        with path.open("rb") as file:
            sealed = SealedReader(file, ring.key)
            with tarfile.open(fileobj=_Stream(sealed), mode="r|") as tar:
                yield _members(tar)
            while sealed.read(1 << 20):
                pass  # what was cut off behind the tar's end is seen too
    except (EncryptionError, tarfile.TarError, EOFError) as wrong:
        raise BackupError(f"备份 {path} 不能用：{wrong}") from wrong


def verify(path: Path, ring: KeyRing) -> Manifest:
    """Read the whole backup and compare it with its manifest. Raises BackupError, OSError."""
    tables: dict[str, Sum] = {}
    files: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    with members(path, ring) as found:
        for name, content, _ in found:
            if name == MANIFEST:
                manifest = Manifest.read(content.read())
            elif (table := table_of(name)) is not None:
                for line in content:
                    tables.setdefault(table, Sum()).add(line.rstrip(b"\n"))
            else:
                hashed = _Hashed(content)
                files[name] = hashed.whole(), hashed.digest.hexdigest()
    if manifest is None:
        raise BackupError(f"备份 {path} 不完整：没有清单")
    compare(path, manifest, {name: (one.rows, one.digest) for name, one in tables.items()}, files)
    return manifest


def compare(
    path: Path, manifest: Manifest, tables: Mapping[str, tuple[int, str]], files: Mapping[str, tuple[int, str]]
) -> None:
    """What was found must be what the manifest says. Raises BackupError."""
    for what, wanted, found in (("表", manifest.tables, tables), ("文件", manifest.files, files)):
        none = (0, Sum().digest)
        for name in sorted(wanted.keys() | found.keys()):
            if wanted.get(name, none) != found.get(name, none):
                raise BackupError(f"备份 {path} 不能用：{what} {name} 与清单不符")


def table_of(name: str) -> str | None:
    """The table that a member holds rows of."""
    parts = name.split("/")
    return parts[1] if len(parts) == 3 and parts[0] == DATABASE else None


class _Hashed:
    """Reads, and knows the SHA-256 of what was read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self.digest.update(data)
        return data

    def whole(self) -> int:
        """Read to the end; how many bytes that was."""
        size = 0
        while piece := self.read(1 << 20):
            size += len(piece)
        return size


class _Stream(io.RawIOBase):
    """An encrypted file as tarfile wants it."""

    def __init__(self, inner: SealedWriter | SealedReader) -> None:
        self._inner = inner

    def write(self, data: object) -> int:
        assert isinstance(self._inner, SealedWriter)
        return self._inner.write(bytes(data))  # type: ignore[call-overload]

    def read(self, size: int = -1) -> bytes:
        assert isinstance(self._inner, SealedReader)
        return self._inner.read(size)


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def _members(tar: tarfile.TarFile) -> Iterator[Member]:
    for info in tar:
        parts = PurePosixPath(info.name).parts
        content = tar.extractfile(info) if info.isreg() else None
        known = info.name == MANIFEST or (len(parts) > 1 and parts[0] in (DATABASE, *ROOTS))
        if content is None or not known or ".." in parts or str(PurePosixPath(*parts)) != info.name:
            raise BackupError("里面有不该有的内容")
        written = info.pax_headers.get(_WRITTEN, "")
        yield Member(info.name, content, int(written) if written.isascii() and written.isdigit() else None)
