"""The form of an encrypted file: a line that names the key, then pieces of at most a megabyte, each a Fernet token. A
piece says which file it is of, which one it is, and whether it is the last: what is cut, mixed or reordered is seen."""

from __future__ import annotations

import base64
import io
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from cryptography.fernet import InvalidToken

from ivr.encryption.keys import Key
from ivr.errors import SealBroken

MAGIC = b"ivr-sealed-1 "
#: Bytes of plain content in a piece.
PIECE = 1 << 20
_NAME = 16
#: Bytes that tell whether a file is encrypted, and with which key.
HEAD = len(MAGIC) + _NAME + 1
#: Bytes of a token, before it.
LENGTH = struct.Struct(">I")
#: File (random), place, whether it is the last.
PLACE = struct.Struct(">16sQ?")
#: Fernet's own bytes, and what it fills up to whole blocks.
_MOST = PIECE + PLACE.size + 128


class SealedWriter:
    """Encrypts what is written to `out`. Without `finish` the file is no whole one."""

    def __init__(self, out: BinaryIO, key: Key) -> None:
        self._out, self._fernet = out, key.fernet
        self._file, self._place, self._waiting = os.urandom(16), 0, bytearray()
        out.write(MAGIC + key.name.encode("ascii") + b"\n")

    def write(self, data: bytes) -> int:
        """Take more content; how much it was. Raises OSError."""
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._put(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(data)

    def finish(self) -> None:
        """That was all. Raises OSError."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, data: bytes, *, last: bool) -> None:
        token = self._fernet.encrypt(PLACE.pack(self._file, self._place, last) + data)
        raw = base64.urlsafe_b64decode(token)
        self._out.write(LENGTH.pack(len(raw)) + raw)
        self._place += 1


class SealedReader:
    """Decrypts a file; `key` finds the key of a name. Raises SealBroken where the file is damaged, cut or none of ours,
    and what `key` raises."""

    def __init__(self, source: BinaryIO, key: Callable[[str], Key]) -> None:
        self._source = source
        head = source.read(HEAD)
        name = name_in(head)
        if name is None:
            raise SealBroken("不是加密文件")
        self.key_name = name
        self._fernet = key(name).fernet
        self._file: bytes | None = None
        self._place, self._over, self._ready = 0, False, bytearray()

    def read(self, size: int = -1) -> bytes:
        """So many bytes of content, fewer only at the end; all of the rest where `size` is negative."""
        while not self._over and (size < 0 or len(self._ready) < size):
            self._ready += self._piece()
        count = len(self._ready) if size < 0 else size
        data = bytes(self._ready[:count])
        del self._ready[:count]
        return data

    def _piece(self) -> bytes:
        (length,) = LENGTH.unpack(self._exactly(LENGTH.size))
        if length > _MOST:
            raise SealBroken("加密文件已损坏")
        token = base64.urlsafe_b64encode(self._exactly(length))
        try:
            plain = self._fernet.decrypt(token)
        except InvalidToken as wrong:
            raise SealBroken("加密文件已损坏或被改动过") from wrong
        if len(plain) < PLACE.size:
            raise SealBroken("加密文件已损坏")
        file, place, last = PLACE.unpack_from(plain)
        self._file = self._file or file
        if (file, place) != (self._file, self._place):
            raise SealBroken("加密文件被改动过：内容的次序不对")
        self._place, self._over = place + 1, last
        if last and self._source.read(1):
            raise SealBroken("加密文件被改动过：后面多了内容")
        return plain[PLACE.size :]

    def _exactly(self, size: int) -> bytes:
        data = self._source.read(size)
        if len(data) < size:
            raise SealBroken("加密文件不完整：后面的部分没有了")
        return data


def name_in(head: bytes) -> str | None:
    """The name of the key in a file's first bytes; None for what is not encrypted."""
    if len(head) < HEAD or not head.startswith(MAGIC) or head[HEAD - 1 : HEAD] != b"\n":
        return None
    name = head[len(MAGIC) : HEAD - 1]
    return name.decode("ascii") if name.isalnum() and name.isascii() else None


def key_name(path: Path) -> str | None:
    """The name of the key that a file is encrypted with, None where it is plain. Raises OSError."""
    with path.open("rb") as file:
        return name_in(file.read(HEAD))


def sealed(data: bytes, key: Key) -> bytes:
    """The encrypted form of this content."""
    out = io.BytesIO()
    writer = SealedWriter(out, key)
    writer.write(data)
    writer.finish()
    return out.getvalue()
