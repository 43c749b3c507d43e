"""The console's one connection to the running node: what goes on there (`watch`), what is asked for in the name of
visitors, and events. It is made again by itself after the node, or the console, was started again."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ivr.errors import AgentRefused, MetricsError, NodeError
from ivr.report.monitoring.live_view import LiveView, ViewReader

log = logging.getLogger(__name__)

#: A line of the node is no longer (bytes): a view of some thousand calls is not.
LONGEST_LINE = 8 * 1024 * 1024
#: The node says every second that it is alive; after so long without a word the connection is made anew.
SILENCE_SECONDS = 4.0
#: Where it cannot be made it is tried again so soon (s), the last value from then on.
AGAIN_SECONDS = (0.1, 0.2, 0.5, 1.0)
#: An answer is waited for so long.
ANSWER_SECONDS = 10.0

Event = Mapping[str, Any]


class NodeLink:
    """`view` is the last one that was told (None before the first); `heard_at` when the node last said that this is how
    it is (monotonic s). Run `keep` as a task."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self.view: LiveView | None = None
        self.heard_at = 0.0
        #: Called after each new view, and after each change of `connected`.
        self.changed: list[Callable[[], None]] = []
        #: Called with every event that is no view: `ringing`, `fact` and what others of the node tell.
        self.listeners: list[Callable[[Event], None]] = []
        self._writer: asyncio.StreamWriter | None = None
        self._asked: dict[int, asyncio.Future[Event]] = {}
        self._numbers = itertools.count(1)
        self._reader = ViewReader()
        self._told = ""

    @property
    def connected(self) -> bool:
        """Whether the node tells how it is."""
        return self._writer is not None

    @property
    def age_ms(self) -> int:
        """How long ago the node last said how it is."""
        return round(1000 * (self._clock() - self.heard_at))

    async def keep(self) -> None:
        """Until cancelled."""
        tries = 0
        while True:
            began = self._clock()
            try:
                await self._connection()
            except (OSError, ValueError, MetricsError, TimeoutError) as wrong:
                self._say(str(wrong) or type(wrong).__name__)
            except Exception:  # a fault of what is called with the news: the node is watched all the same
                log.exception("what the node told could not be passed on")
            finally:
                self._lost()
            tries = 0 if self._clock() - began > 1.0 else tries + 1
            await asyncio.sleep(AGAIN_SECONDS[min(tries, len(AGAIN_SECONDS) - 1)])

    async def ask(self, request: Mapping[str, Any], seconds: float = ANSWER_SECONDS) -> Event:
        """Have the node do something. Raises AgentRefused with the node's own words where it does not, NodeError where
        it cannot be asked or does not answer."""
        if (writer := self._writer) is None:
            raise NodeError("热线没有在运行，或者控制台连不上它")
        number = next(self._numbers)
        answer: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            writer.write((json.dumps({**request, "id": number}, ensure_ascii=False) + "\n").encode())
            async with asyncio.timeout(seconds):
                told = await answer
        except (OSError, TimeoutError) as wrong:
            raise NodeError("热线没有应答；做没做成，请看现场") from wrong
        finally:
            self._asked.pop(number, None)
        if told.get("ok") is not True:
            raise AgentRefused(str(told.get("error", "热线拒绝了")))
        return told

    # ---- the connection

    async def _connection(self) -> None:
        """As long as it lasts. Raises OSError, ValueError, MetricsError and TimeoutError."""
        reader, writer = await asyncio.open_unix_connection(str(self._path), limit=LONGEST_LINE)
        try:
            for number, command in enumerate(("watch", "follow")):
                writer.write(json.dumps({"command": command, "id": -number - 1}).encode() + b"\n")
            self._reader = ViewReader()
            while line := await self._line(reader):
                if not line.endswith(b"\n"):
                    raise ValueError("the node's last line was cut")
                self._take(line, writer)
            raise OSError("the node has closed the connection")
        finally:
            writer.transport.abort()

    async def _line(self, reader: asyncio.StreamReader) -> bytes:
        async with asyncio.timeout(SILENCE_SECONDS):
            return await reader.readline()

    def _take(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        try:
            told = json.loads(line)
        except RecursionError as wrong:
            raise ValueError("the node's line is no JSON") from wrong
        if not isinstance(told, dict):
            raise ValueError("the node's line is no JSON object")
        if (number := told.get("id")) is not None:
            self._answered(number, told, writer)
        elif (event := told.get("event")) == "view":
            self._see(told.get("view"), writer)
        elif event == "alive":
            self._alive(told)
        elif isinstance(event, str):
            for listener in tuple(self.listeners):
                listener(told)

    def _answered(self, number: object, told: Event, writer: asyncio.StreamWriter) -> None:
        if number == -1:
            if told.get("ok") is not True:
                raise ValueError(f"the node does not let itself be watched: {str(told.get('error'))[:200]}")
            self._see(told.get("view"), writer)
        elif isinstance(number, int) and (waiting := self._asked.get(number)) is not None and not waiting.done():
            waiting.set_result(told)

    def _see(self, given: Any, writer: asyncio.StreamWriter) -> None:
        view = self._reader.read(given)
        self.view, self.heard_at = view, self._clock()
        if self._writer is None:
            self._writer = writer
            self._say("")
        self._changed()

    def _alive(self, told: Event) -> None:
        """Nothing has changed since the view that we have; one that we have missed comes by itself."""
        if self.view is not None and told.get("number") == self.view.number:
            self.heard_at = self._clock()

    def _lost(self) -> None:
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(OSError("the connection is lost"))
        if self._writer is not None:
            self._writer = None
            self._changed()

    def _changed(self) -> None:
        for changed in tuple(self.changed):
            changed()

    def _say(self, why: str) -> None:
        """Once for each change."""
        if why != self._told:
            self._told = why
            if why:
                log.warning("the node cannot be watched: %s", why[:300])
            else:
                log.info("the node is watched")


async def ended(task: asyncio.Task[None]) -> None:
    """Cancel it and wait for its end. Raises what it ended with, where that is a fault."""
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.result()
