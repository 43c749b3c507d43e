"""A node beside a console, as far as conversations in writing need one: its socket, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.serve.test_writing_side import Node


@contextmanager
def text_node(state: Path) -> Iterator[Node]:
    """The node whose socket is in `state`, until the block ends."""
    begun, over = threading.Event(), threading.Event()
    made: list[Node] = []

    async def serve() -> None:
        node = Node(state)
        await node.open()
        made.append(node)
        begun.set()
        try:
            await asyncio.to_thread(over.wait)
        finally:
            await node.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="text-node")
    thread.start()
    assert begun.wait(30)
    try:
        yield made[0]
    finally:
        over.set()
        thread.join(30)
