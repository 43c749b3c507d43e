"""What Asterisk answers to AGI commands, read line by line. Pure: no socket, no clock.

panoramisk's `parse_agi_result` is not used: it cuts a value at its first space, drops `(timeout)` where the
value is empty, and leaves the usage text after 520 to be taken for the next replies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ivr.errors import ProtocolError

_CODE = re.compile(r"([0-9]{3})(?:[ -]|\Z)")
_RESULT = re.compile(r"200 result=(?P<result>\S*)(?: \((?P<data>.*)\))?(?: endpos=(?P<endpos>[0-9]{1,18}))?", re.DOTALL)
_OPENS = re.compile(r"200 result=\S* \(")
_CLOSES = re.compile(r"\)(?: endpos=[0-9]+)?\Z")
_USAGE_OVER = "520 End of proper usage."


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole answer: `200 result=49 (data) endpos=160`. `text` is the answer as it came. It may be a key: never in a
    repr."""

    code: int
    text: str = field(repr=False)
    result: str = field(default="", repr=False)
    data: str | None = field(default=None, repr=False)
    endpos: int | None = None

    @property
    def number(self) -> int:
        """The result as a number. Raises ProtocolError where it is none."""
        if not re.fullmatch(r"-?[0-9]{1,18}", self.result):
            raise ProtocolError(f"an AGI result that is no number: {shown(self.text)}")
        return int(self.result)


class Replies:
    """Makes whole answers of lines. Two answers have several lines: a usage text after 520, and a value that
    holds line ends. Asterisk writes an answer in one go, so no HANGUP stands inside one."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: list[str] = []
        self._size = 0

    @property
    def midway(self) -> bool:
        """Whether the answer that began has not ended yet."""
        return bool(self._open)

    def feed(self, line: str) -> Reply | None:
        """Take a line without its end; the answer that it completes, if any.
        Raises ProtocolError for a line that belongs to no answer, or an answer above the limit."""
        self._open.append(line)
        self._size += len(line) + 1
        if self._size > self._limit:
            self._clear()
            raise ProtocolError(f"an AGI answer above {self._limit} characters")
        if not self._complete():
            return None
        text = "\n".join(self._open)
        self._clear()
        return parse(text) if text else None

    def _complete(self) -> bool:
        first, last = self._open[0], self._open[-1]
        if first.startswith("520-"):
            return last == _USAGE_OVER
        if _OPENS.match(first):
            return _CLOSES.search(last) is not None
        return True

    def _clear(self) -> None:
        self._open.clear()
        self._size = 0


def shown(text: str) -> str:
    """What an error may say of an answer: no digits, which may be a key's."""
    return repr(re.sub(r"[0-9]", "#", text[:80]))


def parse(text: str) -> Reply:
    """A whole answer. Raises ProtocolError if it is none."""
    code = _CODE.match(text)
    if code is None:
        raise ProtocolError(f"not an AGI answer: {shown(text)}")
    parts = _RESULT.match(text)
    if parts is None:
        if code[1] == "200":
            raise ProtocolError(f"an AGI answer without a result: {shown(text)}")
        return Reply(int(code[1]), text)
    endpos = parts["endpos"]
    return Reply(200, text, parts["result"], parts["data"], None if endpos is None else int(endpos))
