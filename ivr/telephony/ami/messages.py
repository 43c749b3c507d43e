"""AMI messages as values, and the cutting of a byte stream into them. Pure: no socket, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ivr.errors import ProtocolError

_END = b"\r\n\r\n"
_BANNER = "Asterisk Call Manager/"
_STAMP = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,9}))?")


class _Headers(Mapping[str, str]):
    """Headers by their names as Asterisk writes them; one that comes several times has its values on lines."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = dict(fields)

    def __getitem__(self, name: str) -> str:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


class AmiEvent(_Headers):
    """An event of Asterisk. `name` is its Event header; `t` its Timestamp in UTC epoch milliseconds."""

    __slots__ = ("name", "t")

    def __init__(self, fields: Mapping[str, str], received: int) -> None:
        """`received` (ms) stands in for a Timestamp that is missing (timestampevents=no) or unreadable."""
        super().__init__(fields)
        self.name = self.get("Event", "")
        stamp = milliseconds(self.get("Timestamp", ""))
        self.t = received if stamp is None else stamp

    def __repr__(self) -> str:
        return f"<AmiEvent {self.name} at {self.t}>"  # no fields: they hold callers' numbers


class AmiReply(_Headers):
    """Asterisk's answer to an action; `events` are those of a list action (QueueStatus …), the last one included."""

    __slots__ = ("events",)

    def __init__(self, fields: Mapping[str, str], events: tuple[AmiEvent, ...] = ()) -> None:
        super().__init__(fields)
        self.events = events

    @property
    def message(self) -> str:
        """What Asterisk says of it, in English."""
        return self.get("Message", "")

    def __repr__(self) -> str:
        return f"<AmiReply {self.get('Response')} {self.message!r} with {len(self.events)} events>"


def milliseconds(stamp: str) -> int | None:
    """`1763748000.123456` as 1763748000123, cut and never rounded up; None for anything else."""
    parts = _STAMP.fullmatch(stamp)
    if parts is None:
        return None
    return int(parts[1]) * 1000 + int((parts[2] or "0")[:3].ljust(3, "0"))


class Cutter:
    """Cuts a stream of bytes into messages, however the network chunked it. Bytes are decoded only once a
    message is whole, so a character cut by a chunk stays whole; what is not UTF-8 is replaced."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[str]:
        """The messages that these bytes complete, without the greeting line.
        Raises ProtocolError where a message is, or grows, larger than the limit."""
        start = max(len(self._rest) - len(_END) + 1, 0)
        self._rest += data
        messages: list[str] = []
        while (end := self._rest.find(_END, start)) >= 0:
            self._fits(end)
            messages.append(self._text(bytes(self._rest[:end])))
            del self._rest[: end + len(_END)]
            start = 0
        self._fits(len(self._rest))
        return [message for message in messages if message]

    def _fits(self, size: int) -> None:
        if size > self._limit:
            self._rest.clear()
            raise ProtocolError(f"an AMI message above {self._limit} bytes")

    @staticmethod
    def _text(raw: bytes) -> str:
        text = raw.decode("utf-8", "replace").strip("\r\n")
        if text.startswith(_BANNER):
            return text.partition("\r\n")[2].strip("\r\n")
        return text
