"""A node without telephones beside a running console: what it tells is real, and goes over the console's own socket."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ivr.records.facts import Fact
from tests.serve.live_node import LiveNode


@dataclass(frozen=True, slots=True)
class NodeInThread:
    """A node in a thread of its own, since Playwright has this one."""

    node: LiveNode
    loop: asyncio.AbstractEventLoop

    def note(self, *facts: Fact, call: str = "k1") -> None:
        """As the switchboard does."""

        async def tell() -> None:
            self.node.note(*facts, call=call)

        asyncio.run_coroutine_threadsafe(tell(), self.loop).result(10)


@contextmanager
def node(state: Path) -> Iterator[NodeInThread]:
    """A node on the socket of this state folder."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    one = LiveNode(state / "desk.sock")

    async def begin() -> asyncio.Task[None]:
        await one.open()
        return asyncio.create_task(one.watchers.keep())

    async def end(task: asyncio.Task[None]) -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await one.close()

    try:
        task = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
        yield NodeInThread(one, loop)
        asyncio.run_coroutine_threadsafe(end(task), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
