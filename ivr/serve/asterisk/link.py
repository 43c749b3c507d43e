"""What the node hears from Asterisk: its events go to everybody who needs them, and what was missed while the manager's
link was down is made up for."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass

from ivr.call.agents.desk import AgentDesk
from ivr.call.switchboard import Switchboard
from ivr.errors import CommandRefused, TelephonyError
from ivr.records.journal.recorder import Recorder
from ivr.serve.care.callback_dialer import CallbackDialer
from ivr.serve.live_figures import LiveFigures
from ivr.serve.records.reconciler import Reconciler
from ivr.serve.task_supervisor import Tasks
from ivr.serve.upkeep.flow_edits import Edits
from ivr.telephony.ami.manager import AmiEvent, AmiReply, Manager
from ivr.telephony.channels import flow_queue
from ivr.telephony.events import interpreter
from ivr.telephony.events.queue_board import QueueBoard

log = logging.getLogger(__name__)

#: While Asterisk tells what happens, it is noted so often which calls are up.
STILL_UP_SECONDS = 5.0
#: Asterisk may take so long to load its modules after it has taken the manager's login.
LOADING_SECONDS = 10


@dataclass(slots=True)
class AsteriskLink:
    """`follow` before the manager is started."""

    manager: Manager
    board: QueueBoard
    live_figures: LiveFigures
    desk: AgentDesk
    switchboard: Switchboard
    reconciler: Reconciler
    edits: Edits
    tasks: Tasks
    callbacks: CallbackDialer
    _board_is_known: bool = False

    def follow(self) -> None:
        """Take every event, and every change of the link."""
        self.manager.on("*", self._on_event)
        self.manager.on_state(self._on_state)
        self.desk.happened = self._happened

    def queues_in_use(self) -> frozenset[str] | None:
        """The queues that callers stand in; None while Asterisk has not told."""
        return frozenset(flow_queue(queue) for queue in self.board.standing) if self._board_is_known else None

    def live_calls(self) -> int:
        """How many calls the application has on the line."""
        return self.switchboard.live

    def calls_in_progress(self) -> frozenset[str]:
        """Every call whose record this application is making."""
        return self.switchboard.calls

    async def keep_noting(self, recorder: Recorder) -> None:
        """Note which calls are up, for records of calls that nobody sees end; until cancelled."""
        while True:
            await asyncio.sleep(STILL_UP_SECONDS)
            if self.manager.connected:
                recorder.still_up(_now())

    def _on_event(self, event: AmiEvent) -> None:
        for one in interpreter.interpret(event):
            if not self.desk.is_echo(one):
                self._happened(one)

    def _happened(self, event: interpreter.TelephonyEvent) -> None:
        self.board.feed(event)
        self.live_figures.on_event(event)
        self.switchboard.on_event(event)
        self.callbacks.calls.on_event(event)
        self.desk.on_event(event)

    def _on_state(self, up: bool) -> None:
        self._board_is_known = False
        log.log(logging.INFO if up else logging.ERROR, "AMI link %s", "up" if up else "down")
        if up:
            self.switchboard.link_back(_now())
            self.tasks.once("queues", self._catch_up())
        else:
            self.switchboard.link_lost(_now())
            self.callbacks.link_lost()
            self.live_figures.link_lost(_now())

    async def _catch_up(self) -> None:
        """What was missed while the link was down: who stands in the queues, which calls are over, and which files
        Asterisk has not read."""
        self.reconciler.attend()
        try:
            reply = await _when_loaded(self.manager, "QueueStatus")
            telephones = await self.manager.action("DeviceStateList")
        except TelephonyError as wrong:
            log.error("the queues could not be read: %s", wrong)
            return
        await self.edits.reload(self.manager)
        self.board.clear()
        for event in (*reply.events, *telephones.events):
            for one in interpreter.interpret(event):
                self.board.feed(one)
                if self.desk.standing(one):
                    self.live_figures.on_event(one)
        self.desk.link_back()
        self._board_is_known = True


async def calls_in_asterisk(manager: Manager) -> frozenset[str] | None:
    """The calls that Asterisk has now, by linkedid; None where it does not say."""
    try:
        reply = await manager.action("Status")
    except TelephonyError as wrong:
        log.debug("Asterisk does not say which calls there are: %s", wrong)
        return None
    return frozenset(event.get("Linkedid", "") for event in reply.events if event.name == "Status")


async def _when_loaded(manager: Manager, action: str) -> AmiReply:
    """Ask, patiently: Asterisk takes logins before it has loaded everything. Raises TelephonyError."""
    for _ in range(LOADING_SECONDS):
        try:
            return await manager.action(action)
        except CommandRefused as wrong:
            log.info("Asterisk is not ready yet: %s", wrong)
            await asyncio.sleep(1)
    return await manager.action(action)


def _now() -> int:
    return time.time_ns() // 1_000_000
