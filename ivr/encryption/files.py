"""Files that are encrypted where they lie: the name stays, the plain content goes. A file is replaced only by one that
was read back and holds the same; whatever goes wrong, the file that was there stays."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ivr.encryption.keys import Key, KeyRing
from ivr.encryption.sealed import HEAD, PIECE, SealedReader, SealedWriter, key_name, name_in
from ivr.errors import EncryptionError, SealBroken

#: Beside a file while it is encrypted; what a crash left of it is of no use.
PART = ".sealing"
#: A decrypted copy for who listens is removed when it is so old (s).
COPY_SECONDS = 3_600


def content(path: Path, ring: KeyRing) -> bytes:
    """What a file holds, whether it is encrypted or plain. Raises OSError, KeyMissing, SealBroken."""
    with _named(path), path.open("rb") as file:
        return b"".join(_pieces(_plain(file, ring)))


def seal(path: Path, key: Key) -> bool:
    """Encrypt a plain file. False, and nothing is changed, where it is encrypted already, is gone, or is still being
    written. Its times stay. Raises OSError, SealBroken."""
    try:
        with path.open("rb") as file:
            return key_name(path) is None and _replace(path, file, file, key)
    except FileNotFoundError:
        return False


def reseal(path: Path, ring: KeyRing) -> bool:
    """Encrypt a file with the current key, whatever it was before. False where it is so already, is gone, or no key is
    configured. Raises OSError, KeyMissing, SealBroken."""
    key = ring.current
    try:
        if key is None or key_name(path) == key.name:
            return False
        with _named(path), path.open("rb") as file:
            return _replace(path, file, _plain(file, ring), key)
    except FileNotFoundError:
        return False


def write(path: Path, data: bytes, key: Key | None) -> None:
    """All of the file or nothing of it, for its owner alone; encrypted where there is a key. Raises OSError."""
    part = _part(path)
    try:
        with _private(part) as out:
            if key is None:
                out.write(data)
            else:
                writer = SealedWriter(out, key)
                writer.write(data)
                writer.finish()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def plain_copy(path: Path, ring: KeyRing, folder: Path) -> Iterator[Path]:
    """A file that programs can read: itself where it is plain, else a decrypted copy (0600) in `folder` that is removed
    at the end. Raises OSError, KeyMissing, SealBroken."""
    if key_name(path) is None:
        yield path
        return
    copy = decrypted(path, ring, folder)
    try:
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def decrypted(path: Path, ring: KeyRing, folder: Path) -> Path:
    """A decrypted copy (0600) of an encrypted file in `folder` (0700), which `forget_copies` removes in time. Raises
    OSError, KeyMissing, SealBroken."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy = folder / f"{secrets.token_hex(4)}-{path.name}"
    try:
        with _named(path), path.open("rb") as file, _private(copy) as out:
            for piece in _pieces(_plain(file, ring)):
                out.write(piece)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    return copy


def forget_copies(folder: Path, now: float | None = None) -> int:
    """Remove decrypted copies that nobody listens to any more; how many. Raises OSError."""
    old = (time.time() if now is None else now) - COPY_SECONDS
    gone = 0
    for copy in folder.iterdir() if folder.is_dir() else ():
        if copy.stat().st_mtime < old:
            copy.unlink(missing_ok=True)
            gone += 1
    return gone


class _Hashed:
    """Reads from somewhere and remembers what it was."""

    def __init__(self, source: BinaryIO | SealedReader) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def pieces(self) -> Iterator[bytes]:
        for piece in _pieces(self._source):
            self.digest.update(piece)
            yield piece


def _replace(path: Path, file: BinaryIO, source: BinaryIO | SealedReader, key: Key) -> bool:
    before = os.fstat(file.fileno())
    part = _part(path)
    try:
        taken = _Hashed(source)
        with _private(part) as out:
            writer = SealedWriter(out, key)
            for piece in taken.pieces():
                writer.write(piece)
            writer.finish()
            _give_back(out.fileno(), before, mode=isinstance(source, SealedReader))
            out.flush()
            os.fsync(out.fileno())
        with part.open("rb") as again:
            read = _Hashed(SealedReader(again, lambda name: key))
            for _ in read.pieces():
                pass
        if read.digest.digest() != taken.digest.digest():
            raise SealBroken("加密后读回的内容不同，原文件未动")
        os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
        now, there = os.fstat(file.fileno()), path.stat()
        if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns) or there.st_ino != now.st_ino:
            return False
        part.replace(path)
        _sync(path.parent)
        return True
    finally:
        part.unlink(missing_ok=True)


def _give_back(descriptor: int, before: os.stat_result, *, mode: bool) -> None:
    """The file stays its owner's, whoever encrypts it: root may do it for the hotline's user. `mode`: it was encrypted
    already, and whoever might read it still may."""
    with suppress(PermissionError):  # nobody but root may give a file away: then it is ours
        os.fchown(descriptor, before.st_uid, before.st_gid)
    if mode:
        os.fchmod(descriptor, stat.S_IMODE(before.st_mode))


def _plain(file: BinaryIO, ring: KeyRing) -> BinaryIO | SealedReader:
    """What reads a file's content, from its beginning."""
    encrypted = name_in(file.read(HEAD)) is not None
    file.seek(0)
    return SealedReader(file, ring.key) if encrypted else file


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """What is wrong with a file names it."""
    try:
        yield
    except EncryptionError as wrong:
        raise type(wrong)(f"{path.name}：{wrong}") from wrong


def _pieces(source: BinaryIO | SealedReader) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}{PART}")


def _private(path: Path) -> io.BufferedWriter:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    return os.fdopen(descriptor, "wb")


def _sync(folder: Path) -> None:
    """The folder's entries survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
