"""A desk of agents with a manager that writes down what it is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ivr.call.agents.agent_tracker import AgentTracker
from ivr.call.agents.desk import AgentDesk
from ivr.errors import AgentRefused, CommandRefused, NodeError
from ivr.flow.loader import require
from ivr.telephony.ami.manager import Manager
from ivr.telephony.events import types as ev

FLOW = require(Path(__file__).parents[2] / "flows")


@dataclass(slots=True)
class WrittenDown:
    """A manager's link. Actions named in `refused` are refused with these words; `after` is awaited before each."""

    connected: bool = True
    refused: dict[str, str] = field(default_factory=dict)
    actions: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def action(self, name: str, /, *, within: float | None = None, **fields: object) -> None:
        await asyncio.sleep(0)
        self.actions.append((name, fields))
        self.asked.set()
        if name in self.refused:
            raise CommandRefused(f"AMI {name}: {self.refused[name]}")

    async def originate(self, channel: str, **fields: Any) -> None:
        await asyncio.sleep(0)
        self.calls.append((channel, fields))
        if "Originate" in self.refused:
            raise CommandRefused(self.refused["Originate"])

    def pauses(self, agent: str) -> list[str | None]:
        """The reasons with which this agent was paused, None where the pause was ended."""
        member = f"Local/{agent}@agents/n"
        mine = [fields for name, fields in self.actions if name == "QueuePause" and fields["Interface"] == member]
        return [str(one["Reason"]) if one["Paused"] == "true" else None for one in mine]

    def named(self, name: str) -> list[Mapping[str, object]]:
        """The actions of this name."""
        return [fields for one, fields in self.actions if one == name]


@dataclass(slots=True)
class Kept:
    """Who has signed out."""

    agents: frozenset[str] = frozenset()
    #: What the files say, each time they were written.
    files: list[frozenset[str]] = field(default_factory=list)
    broken: bool = False

    def read(self) -> frozenset[str]:
        return self.agents

    def write(self, agents: Collection[str]) -> None:
        self.agents = frozenset(agents)

    def render(self) -> None:
        if self.broken:
            raise NodeError("queues.conf: No space left on device")
        self.files.append(self.agents)


@dataclass(slots=True)
class Trail:
    """Who wished to take part in whose talk; `refusing` refuses even supervisors."""

    asked: list[tuple[str, str, str, str | None, bool]] = field(default_factory=list)
    refusing: bool = False

    async def leave(self, supervisor: str, agent: str, how: str, call_id: str | None, *, flagged: bool) -> None:
        """As `ivr.serve.agents.supervisors` does."""
        self.asked.append((supervisor, agent, how, call_id, flagged))
        if self.refusing or not flagged:
            raise AgentRefused(f"座席 {supervisor} 不能监听")


@dataclass(slots=True)
class World:
    """A desk, what it is connected with, and a clock that a test moves (epoch ms)."""

    manager: WrittenDown = field(default_factory=WrittenDown)
    kept: Kept = field(default_factory=Kept)
    calls: set[str] = field(default_factory=lambda: {"k1"})
    trail: Trail = field(default_factory=Trail)
    now: int = 100_000
    wrapup: int = 5_000
    disposed: list[tuple[str, str, int, str]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    complaints: list[tuple[str, str, str | None]] = field(default_factory=list)
    tracker: AgentTracker = field(init=False)
    desk: AgentDesk = field(init=False)

    def __post_init__(self) -> None:
        self.tracker = AgentTracker(
            lambda _: self.wrapup, lambda _: None, disposed=lambda *each: self.disposed.append(each)
        )
        manager = cast(Manager, self.manager)
        self.desk = AgentDesk(
            manager,
            self.tracker,
            lambda: FLOW,
            self.kept,
            lambda: self.calls,
            self.trail,
            lambda: self.now,
            self._complaint,
            self.told.append,
        )

    async def _complaint(self, call_id: str, agent: str, kind: str | None) -> str:
        self.complaints.append((call_id, agent, kind))
        return "26120100001"

    def tell(self, event: ev.TelephonyEvent) -> None:
        """As the node passes an event on."""
        if not self.desk.is_echo(event):
            self.tracker.on_event(event)
            self.desk.on_event(event)

    def call(self, agent: str, *, call_id: str = "k1", to: str = "gone") -> None:
        """A call of this agent, up to `to`: rings, up, gone."""
        self.tell(ev.AgentThere(self.now, "", "", agent, True))
        self.tell(ev.AgentRinging(self.now, call_id, f"c{agent}", agent))
        if to in ("up", "gone"):
            self.tell(ev.ChannelUp(self.now, call_id, f"c{agent}", agent))
        if to == "gone":
            self.tell(ev.ChannelGone(self.now, call_id, f"c{agent}", agent, f"PJSIP/{agent}-00000001", 16, ""))

    async def settled(self) -> None:
        """Until everything that was begun is done."""
        for _ in range(50):
            await asyncio.sleep(0)
