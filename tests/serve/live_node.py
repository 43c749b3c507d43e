"""A node without telephones for those who watch: its figures, its desk and its local socket are the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ivr.records.facts import Fact, Offered
from ivr.records.journal.recorder import Recorder
from ivr.records.store import Store
from ivr.report.monitoring.exporter import Snapshot
from ivr.serve.agents.desk_socket import DeskSocket
from ivr.serve.live.live_side import offer_live
from ivr.serve.live.viewer import LiveViewer
from ivr.serve.live.watchers import Watchers
from ivr.serve.live_figures import LiveFigures
from ivr.telephony.events import types as ev
from ivr.telephony.events.queue_board import QueueBoard
from tests.call.desks import FLOW, World
from tests.serve.test_desk_socket import Client

NUMBER = "+8613800000007"


def offered(t: int, call: str = "k1", number: str | None = NUMBER) -> Offered:
    """A call arrives."""
    return Offered(t, call, "in", "95000", number, "normal")


@dataclass(slots=True)
class Facts:
    """Recorder and store in one, that knows the facts of calls."""

    told: list[tuple[str, Fact]] = field(default_factory=list)

    def fact(self, call_id: str, fact: Fact) -> None:
        """As `Recorder.fact`."""
        self.told.append((call_id, fact))

    def facts(self, call_id: str) -> tuple[Fact, ...]:
        """As `Recorder.facts`."""
        return tuple(fact for name, fact in self.told if name == call_id)

    def save_other(self, _records: object) -> None:
        """As `Store.save_other`."""


@dataclass(slots=True)
class LiveNode:
    """A node without telephones: its figures, its desk, its socket."""

    path: Path
    database: bool | None = True
    world: World = field(default_factory=World)
    board: QueueBoard = field(default_factory=QueueBoard)
    lost: int = 0
    clients: list[Client] = field(default_factory=list)
    figures: LiveFigures = field(init=False)
    socket: DeskSocket = field(init=False)
    watchers: Watchers = field(init=False)

    async def open(self) -> None:
        """Open the socket."""

        def reading(live: Any, agents: Mapping[Any, int], spoken: Mapping[str, int]) -> Snapshot:
            return Snapshot(live, dict(agents), dict(spoken), lost_recordings=self.lost)

        recorder = Facts()
        self.figures = LiveFigures(cast(Recorder, recorder), cast(Store, recorder), lambda: FLOW, reading)
        self.socket = DeskSocket(self.path)
        await self.socket.open(self.world.desk)
        viewer = LiveViewer("n1", self.figures, self.world.desk, self.board, lambda: FLOW, lambda: self.database)
        self.watchers = offer_live(self.socket, viewer)

    async def client(self) -> Client:
        """Somebody who connects."""
        self.clients.append(Client(*await asyncio.open_unix_connection(str(self.path), limit=2**22)))
        return self.clients[-1]

    def tell(self, event: ev.TelephonyEvent) -> None:
        """As the node passes an event on."""
        self.board.feed(event)
        self.figures.on_event(event)
        self.world.tell(event)

    def note(self, *facts: Fact, call: str = "k1") -> None:
        """As the switchboard does."""
        for fact in facts:
            self.figures.fact(call, fact)

    async def close(self) -> None:
        """Hang up on everybody."""
        for one in self.clients:
            one.writer.close()
        await self.socket.close()
        await self.figures.close(1_000_000)
        await self.world.desk.close()
