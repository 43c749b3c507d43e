"""A file's content, read at any place of it, whether it is encrypted or plain: only the pieces that are read are
decrypted, in memory; no plain copy is made."""

from __future__ import annotations

import base64
import io
import os
import struct
from collections.abc import Iterator
from pathlib import Path

from cryptography.fernet import InvalidToken

from ivr.encryption.keys import KeyRing
from ivr.encryption.sealed import HEAD, LENGTH, PIECE, PLACE, name_in
from ivr.errors import SealBroken

#: Fernet's raw token: version, time, IV, the content filled up to whole blocks, HMAC.
_TOKEN = 1 + 8 + 16 + 32
_BLOCK = 16


def _token(content: int) -> int:
    """Bytes of the token of a piece with so much content."""
    return _TOKEN + (content + PLACE.size) // _BLOCK * _BLOCK + _BLOCK


#: Bytes in the file of a whole piece, with its length before it.
_WHOLE = LENGTH.size + _token(PIECE)


class ContentFile(io.RawIOBase):
    """Readable and seekable, as `wave` and others want it. Raises OSError, KeyMissing, and SealBroken where what is
    read is damaged, cut or of another file. Not for several threads at once."""

    def __init__(self, path: Path, ring: KeyRing) -> None:
        self._file = path.open("rb")
        try:
            name = name_in(self._file.read(HEAD))
            self._fernet = None if name is None else ring.key(name).fernet
            self._id: bytes | None = None
            self._kept: tuple[int, bytes] = (-1, b"")
            self._at = 0
            self.size = self._measured()
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Give the file back; what was decrypted is forgotten."""
        self._kept = (-1, b"")
        if not self._file.closed:
            self._file.close()
        super().close()

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where the next byte comes from."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place of the content."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        """So many bytes, fewer at the end; all that is left where `size` is negative."""
        end = self.size if size is None or size < 0 else min(self.size, self._at + size)
        found = b"".join(self.pieces(self._at, end))
        self._at += len(found)
        return found

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """Fill the buffer; how much there was."""
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The content from `start` to before `end`, at most a megabyte at a time."""
        end = min(end, self.size)
        while start < end:
            number, skipped = divmod(start, PIECE)
            part = self._piece(number)[skipped : skipped + end - start]
            if not part:
                return
            yield part
            start += len(part)

    def _measured(self) -> int:
        there = os.fstat(self._file.fileno()).st_size
        if self._fernet is None:
            return there
        last, rest = divmod(there - HEAD, _WHOLE)
        if rest == 0:
            last -= 1
        if last < 0:
            raise SealBroken("加密文件不完整：后面的部分没有了")
        self._last = last
        return last * PIECE + len(self._piece(last))

    def _piece(self, number: int) -> bytes:
        """The content of a piece; the last one read is kept."""
        if self._kept[0] != number:
            self._kept = (number, self._plain(number) if self._fernet is None else self._decrypted(number))
        return self._kept[1]

    def _plain(self, number: int) -> bytes:
        self._file.seek(number * PIECE)
        return self._file.read(PIECE)

    def _decrypted(self, number: int) -> bytes:
        assert self._fernet is not None
        self._file.seek(HEAD + number * _WHOLE)
        raw = self._file.read(_WHOLE)
        try:
            (length,) = LENGTH.unpack_from(raw)
            if len(raw) != LENGTH.size + length:
                raise SealBroken("加密文件不完整：后面的部分没有了，或后面多了内容")
            plain = self._fernet.decrypt(base64.urlsafe_b64encode(raw[LENGTH.size :]))
            file, place, last = PLACE.unpack_from(plain)
        except (InvalidToken, struct.error) as wrong:
            raise SealBroken("加密文件已损坏或被改动过") from wrong
        self._id = self._id or file
        if (file, place, last) != (self._id, number, number == self._last):
            raise SealBroken("加密文件被改动过：内容的次序不对")
        return plain[PLACE.size :]
