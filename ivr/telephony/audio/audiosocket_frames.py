"""AudioSocket on the wire: kind (1 byte), length (2, big endian), data. Pure: bytes in, frames out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ivr.errors import ProtocolError

HANGUP, IDENTITY, DTMF, SOUND, ERROR = 0x00, 0x01, 0x03, 0x10, 0xFF
#: Kinds that carry sound at another rate than ours (12, 16, 24 … 192 kHz).
OTHER_RATES = frozenset(range(0x11, 0x19))
#: One frame of ours: 20 ms of signed 16-bit little-endian samples at 8 kHz.
FRAME_BYTES = 320

_HEADER = 3
_SOUND_HEADER = bytes([SOUND]) + FRAME_BYTES.to_bytes(2, "big")
_SOUND_BYTES = _HEADER + FRAME_BYTES


@dataclass(frozen=True, slots=True)
class AudioSocketFrame:
    """One message. Its data may be a caller's voice or a key: never to be shown."""

    kind: int
    data: bytes = field(repr=False)


class Frames:
    """Cuts a stream of bytes into messages, however the network chunked it."""

    def __init__(self, limit: int) -> None:
        """`limit`: no message has more bytes of data than this."""
        self._limit = limit
        self._rest = bytearray()

    @property
    def midway(self) -> bool:
        """Whether the stream stands inside a message."""
        return bool(self._rest)

    def feed(self, data: bytes) -> Iterator[AudioSocketFrame]:
        """The messages that these bytes complete; to be read to their end. Raises ProtocolError as soon as one says
        it is above the limit: after those before it, and nothing more can be read from the stream."""
        self._rest += data
        at = 0
        while len(self._rest) - at >= _HEADER:
            length = self._rest[at + 1] << 8 | self._rest[at + 2]
            if length > self._limit:
                raise ProtocolError(f"an AudioSocket message of {length} bytes")
            end = at + _HEADER + length
            if end > len(self._rest):
                break
            yield AudioSocketFrame(self._rest[at], bytes(self._rest[at + _HEADER : end]))
            at = end
        del self._rest[:at]


def sound_frames(data: bytes) -> list[bytes] | None:
    """The frames where these bytes are whole messages of 20 ms of sound and nothing else, as nearly all are; None where
    they are not: then `Frames` reads them."""
    if len(data) % _SOUND_BYTES:
        return None
    frames = []
    for at in range(0, len(data), _SOUND_BYTES):
        if not data.startswith(_SOUND_HEADER, at):
            return None
        frames.append(data[at + _HEADER : at + _SOUND_BYTES])
    return frames


def message(kind: int, data: bytes = b"") -> bytes:
    """A message as it goes on the wire, in one piece: Asterisk gives up where its parts come apart."""
    return bytes([kind]) + len(data).to_bytes(2, "big") + data
