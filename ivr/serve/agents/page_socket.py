"""What the pages of agents' desks say on the node's local socket, through the console: `beat` (the page lives) and
`left` (it is being left), see `ivr.call.agents.desk_pages`; and `shown`, what the desk of an agent shows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ivr.call.agents.desk import AgentDesk
from ivr.call.agents.desk_pages import PageBeat
from ivr.errors import AgentRefused
from ivr.serve.agents.desk_socket import DeskClient, DeskSocket

#: A page's own name is no longer.
LONGEST_NAME = 64


class PageSocket:
    """Offers both commands for this desk."""

    def __init__(self, desk: AgentDesk, socket: DeskSocket) -> None:
        self._desk = desk
        self._speaking: set[DeskClient] = set()
        socket.offer("beat", self._beat)
        socket.offer("left", self._left)
        socket.offer("shown", self._shown)

    async def _beat(self, client: DeskClient, request: Mapping[str, Any]) -> Mapping[str, Any]:
        agent, page = self._names(request)
        flags = {name: request.get(name) is True for name in ("browser", "microphone", "heard")}
        if client not in self._speaking:
            self._speaking.add(client)
            client.when_gone.append(partial(self._gone, client))
        self._desk.pages.beat(PageBeat(agent, page, **flags), client)
        return {"agent": self._desk.shown(agent)}

    async def _left(self, _client: DeskClient, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self._desk.pages.left(*self._names(request))
        return {}

    async def _shown(self, _client: DeskClient, request: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"agent": self._desk.shown(self._desk.known(str(request.get("agent", ""))))}

    def _gone(self, client: DeskClient) -> None:
        self._speaking.discard(client)
        self._desk.pages.away(client)

    def _names(self, request: Mapping[str, Any]) -> tuple[str, str]:
        """The agent and the page. Raises AgentRefused."""
        page = request.get("page")
        if not isinstance(page, str) or not 1 <= len(page) <= LONGEST_NAME:
            raise AgentRefused("页面没有报上自己的名字")
        return self._desk.known(str(request.get("agent", ""))), page
