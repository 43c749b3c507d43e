"""The agents' side of a running node, wired together: the desk and its socket, callers on hold, callers who are taken
over."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from ivr.call.agents.agent_tracker import AgentTracker
from ivr.call.agents.desk import AgentDesk
from ivr.call.agents.hold_watch import HoldWatch
from ivr.call.agents.taking_over import TakingOver
from ivr.records.store import Store
from ivr.serve.agents.desk_socket import DeskSocket, socket_path
from ivr.serve.agents.page_socket import PageSocket
from ivr.serve.agents.signed_out import SignedOutFile
from ivr.serve.agents.supervisors import Supervisors
from ivr.serve.care.complaint_intake import ComplaintIntake
from ivr.serve.upkeep.flow_edits import Edits
from ivr.settings import Settings
from ivr.telephony.ami.manager import Manager


class AgentsSide:
    """`holds`, `taking_over` and `socket.publish` are for the switchboard; then `open`, and `close` in the end."""

    def __init__(self, settings: Settings, manager: Manager, store: Store) -> None:
        self._settings, self._manager, self._store = settings, manager, store
        self._desk: AgentDesk | None = None
        self.socket = DeskSocket(socket_path(settings))
        self.holds = HoldWatch(manager, self.socket.publish, self._in_browser)
        self.taking_over = TakingOver(manager)

    async def open(
        self,
        tracker: AgentTracker,
        edits: Edits,
        calls: Callable[[], Collection[str]],
        complaints: ComplaintIntake,
    ) -> AgentDesk:
        """The desk, for which the socket takes requests from now on; `calls` are in progress. Raises NodeError."""
        away = SignedOutFile(self._settings, edits.render)
        rights, flow = Supervisors(self._store), edits.current_flow
        self._desk = AgentDesk(
            self._manager, tracker, flow, away, calls, rights,
            file_complaint=complaints.taken_down, tell=self.socket.publish,
        )  # fmt: skip
        PageSocket(self._desk, self.socket)
        await self.socket.open(self._desk)
        return self._desk

    def popped(self, event: dict[str, Any]) -> None:
        """A call rings at an agent's telephone: who it is goes to his desk."""
        if self._desk is not None:
            self._desk.rings(event)
        self.socket.publish(event)

    def _in_browser(self, agent: str) -> bool:
        return self._desk is not None and self._desk.in_browser(agent)

    async def close(self) -> None:
        """Hang up on whoever is at the desk, and do no more."""
        await self.socket.close()
        if self._desk is not None:
            await self._desk.close()
        await self.holds.close()
        await self.taking_over.close()
