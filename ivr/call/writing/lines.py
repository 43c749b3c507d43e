"""A conversation in writing as it is shown, and its messages in their order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ivr.errors import TextRefused

YOU, US = "you", "us"
#: Requests of one conversation that wait for one another.
_MOST_WAITING = 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the conversation as it is shown: who wrote it (`you` or `us`), and the question that it answers, where
    the customer may say whether it did. Masked; never in a repr, for it may be personal all the same."""

    who: str
    text: str
    question: str | None = None

    def __repr__(self) -> str:
        return f"Line({self.who})"


class Busy(asyncio.Lock):
    """One message after the other, and few that wait."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = 0

    @asynccontextmanager
    async def message(self) -> AsyncIterator[None]:
        """The turn of one more message. Raises TextRefused where too many wait."""
        if self._waiting >= _MOST_WAITING:
            raise TextRefused("上一条还在处理，请稍候")
        self._waiting += 1
        try:
            await self.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self.release()
