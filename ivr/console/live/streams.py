"""Event streams (SSE) to browsers. What is a state (a region of a page, the age of the figures) is kept once for each
reader: who reads slowly gets the newest. What happens once is kept in order; who leaves too much unread is cut, opens
the stream again, and begins with the state of everything."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr.people.access import Access

#: A reader may leave so many events unread.
MOST_UNREAD = 200
#: So many streams at once, and of one session: a browser opens one, and another while it opens it again.
MOST_STREAMS, MOST_OF_SESSION = 500, 6
#: A browser tries again so soon after the stream broke (ms).
RETRY_MS = 1000


@dataclass(eq=False, slots=True)
class Reader:
    """One browser's stream: who it is, and what it wants to be told (`topics`)."""

    session: str
    access: Access
    topics: frozenset[str]
    #: Why it ended, "" as long as it goes on.
    over: str = ""
    _states: dict[str, str] = field(default_factory=dict)
    _events: deque[str] = field(default_factory=deque)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def state(self, key: str, name: str, data: Mapping[str, Any]) -> None:
        """How something is now, in place of what was to be told of `key` before."""
        self._states[key] = event_text(name, data)
        self._news.set()

    def event(self, name: str, data: Mapping[str, Any]) -> None:
        """What happened; whoever leaves too much unread is cut."""
        if len(self._events) >= MOST_UNREAD:
            self.cut("behind")
        else:
            self._events.append(event_text(name, data))
        self._news.set()

    def cut(self, why: str) -> None:
        """End the stream."""
        self.over = self.over or why
        self._news.set()

    async def texts(self) -> AsyncIterator[str]:
        """What is to be sent, until it is cut; the last word says why."""
        yield f"retry: {RETRY_MS}\n\n"
        while True:
            await self._news.wait()
            self._news.clear()
            if self.over:
                yield event_text("over", {"why": self.over})
                return
            text = "".join((*self._events, *self._states.values()))
            self._events.clear()
            self._states.clear()
            if text:
                yield text


class Streams:
    """All readers. `begin[KIND]` tells a new reader of topics of that kind (`call` of `call:ID`) how things are."""

    def __init__(self) -> None:
        self.readers: set[Reader] = set()
        self.begin: dict[str, Callable[[Reader], None]] = {}

    def open(self, session: str, access: Access, topics: Iterable[str]) -> Reader | None:
        """A new stream; None where there are too many."""
        own = sum(one.session == session for one in self.readers)
        if own >= MOST_OF_SESSION or len(self.readers) >= MOST_STREAMS:
            return None
        reader = Reader(session, access, frozenset(topics))
        self.readers.add(reader)
        for kind in sorted({topic.partition(":")[0] for topic in reader.topics}):
            if (begin := self.begin.get(kind)) is not None:
                begin(reader)
        return reader

    def close(self, reader: Reader) -> None:
        """The browser is gone."""
        self.readers.discard(reader)

    def of(self, topic: str) -> list[Reader]:
        """Who wants to be told of it."""
        return [one for one in self.readers if topic in one.topics]


def event_text(name: str, data: Mapping[str, Any]) -> str:
    """One event as it is sent; JSON has no line breaks."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"
