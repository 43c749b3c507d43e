"""Those who watch the node (`watch` on its local socket): the view at once, then a new one soon after something has
changed, and a sign of life every second. Nobody waits for who does not read: he gets the newest view when he does."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.report.monitoring.live_view import LiveView, view_to_json
from ivr.serve.agents.desk_socket import DeskClient, line_of

log = logging.getLogger(__name__)

#: How old what a watcher knows may be; a view is sent no oftener.
EVERY_SECONDS = 0.4
#: Where nothing has changed, that is told so often.
ALIVE_SECONDS = 1.0
#: Who has not read so many lines gets no new ones, and is cut off after so long.
MOST_BEHIND = 2
PATIENCE_SECONDS = 30.0


@dataclass(slots=True)
class _Watcher:
    """What one was told last: the view's number, and when (monotonic s)."""

    number: int
    at: float


class Watchers:
    """`look` gives the view now. Run `keep` as a task."""

    def __init__(self, look: Callable[[], LiveView]) -> None:
        self._look = look
        self._clients: dict[DeskClient, _Watcher] = {}

    async def watch(self, client: DeskClient, _request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The command: the answer has the view as it is."""
        if client not in self._clients:
            client.when_gone.append(lambda: self._clients.pop(client, None))
        view = self._look()
        self._clients[client] = _Watcher(view.number, time.monotonic())
        return {"view": view_to_json(view)}

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if self._clients:
                self.tell()

    def tell(self) -> None:
        """Tell everybody what has changed, or that nothing has."""
        view, now = self._look(), time.monotonic()
        news: bytes | None = None
        for client, watcher in tuple(self._clients.items()):
            if client.behind >= MOST_BEHIND:
                if now - watcher.at > PATIENCE_SECONDS:
                    log.warning("a watcher of the node does not read and was cut off")
                    client.cut()
            elif watcher.number != view.number:
                news = news or line_of({"event": "view", "view": view_to_json(view)})
                client.put(news)
                watcher.number, watcher.at = view.number, now
            elif now - watcher.at >= ALIVE_SECONDS:
                client.tell({"event": "alive", "number": view.number, "t": view.t})
                watcher.at = now
