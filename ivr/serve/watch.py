"""What the node sees of itself while it serves: live figures for Prometheus, and the agents' states for the records."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from wsgiref.simple_server import WSGIServer

from ivr.call.queues import flow_queue
from ivr.call.roster import Roster
from ivr.errors import NodeError, StoreError
from ivr.flow.model import Flow
from ivr.records.facts import Fact, WrappedUp
from ivr.records.model import AgentState, StateName
from ivr.records.store import Store
from ivr.records.writer import Recorder
from ivr.report.board import Board, Standing
from ivr.report.live import Live, Reading
from ivr.settings import Metrics
from ivr.telephony import events as ev

log = logging.getLogger(__name__)

#: Agents' states that are over are saved so often.
SAVE_SECONDS = 1.0
#: While the database refuses, so many are kept; an agent has a few hundred a day.
MOST_STATES = 100_000
#: The event loop may be busy for so long before a scrape is given up.
SCRAPE_SECONDS = 5.0


class Watch:
    """Stands between the switchboard and the recorder, and beside it on Asterisk's events. `reading` makes a Reading of
    the calls, the agents and what was said, with what the machinery knows of itself."""

    def __init__(
        self,
        recorder: Recorder,
        store: Store,
        flow: Callable[[], Flow],
        reading: Callable[[Standing, Mapping[StateName, int], Mapping[str, int]], Reading],
    ) -> None:
        self._recorder = recorder
        self._store = store
        self._flow = flow
        self._look = reading
        self._board = Board()
        self._roster = Roster(self._wrapup, self._over, self._wrapped)
        self._queues: dict[str, str] = {}
        self._unsaved: list[AgentState] = []
        self._server: WSGIServer | None = None
        self._loop = asyncio.get_running_loop()
        self.live = Live(self._read)

    # ---- the switchboard's recorder

    def fact(self, call_id: str, fact: Fact) -> None:
        """Never raises and never waits."""
        self._board.take(call_id, fact)
        self._recorder.fact(call_id, fact)

    def finish(self, call_id: str) -> object:
        """The call is over."""
        return self._recorder.finish(call_id)

    # ---- Asterisk's events

    def on_event(self, event: ev.TelephonyEvent) -> None:
        """Follow the agents, and through which queue a call came to them."""
        if isinstance(event, ev.QueueJoined):
            self._queues[event.linkedid] = flow_queue(event.queue)
        elif isinstance(event, ev.ChannelGone) and event.uniqueid == event.linkedid:
            # the agent's channel may end after the caller's: its wrap-up is asked for once more
            self._loop.call_later(SAVE_SECONDS, self._queues.pop, event.linkedid, None)
        self._roster.on_event(event)

    def link_lost(self, now: int) -> None:
        """What the agents do now is not seen."""
        self._roster.close(now)

    # ---- the endpoint

    def open(self, metrics: Metrics) -> None:
        """Let Prometheus read. Raises NodeError where the port cannot be had."""
        if metrics.port == 0:
            return
        try:
            self._server = self.live.serve(metrics.host, metrics.port)
        except OSError as wrong:
            raise NodeError(f"metrics {metrics.host}:{metrics.port}: {wrong}") from wrong

    async def keep(self) -> None:
        """Save agents' states that are over, until cancelled."""
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            await self._save()

    async def close(self, now: int) -> None:
        """Nobody watches any more."""
        if self._server is not None:
            await asyncio.to_thread(self._server.shutdown)
            self._server.server_close()
        self._roster.close(now)
        await self._save()

    def _read(self) -> Reading:
        """In the scraping thread: everything is looked at where it changes, on the event loop."""
        return asyncio.run_coroutine_threadsafe(self._reading(), self._loop).result(SCRAPE_SECONDS)

    async def _reading(self) -> Reading:
        now = time.time_ns() // 1_000_000
        return self._look(self._board.standing(now), self._roster.states(now), self._board.spoken)

    # ---- agents

    def _wrapup(self, call_id: str) -> int:
        queue = self._flow().queues.get(self._queues.get(call_id, ""))
        return queue.wrapup_ms if queue is not None else 0

    def _over(self, state: AgentState) -> None:
        if len(self._unsaved) < MOST_STATES:
            self._unsaved.append(state)

    def _wrapped(self, call_id: str, agent: str, t: int, ms: int) -> None:
        self._recorder.fact(call_id, WrappedUp(t + ms, agent, ms))

    async def _save(self) -> None:
        states, self._unsaved = self._unsaved, []
        if not states:
            return
        try:
            await asyncio.to_thread(self._store.save_other, states)
        except StoreError as wrong:
            log.warning("agents' states are kept for the next attempt: %s", wrong)
            self._unsaved = states + self._unsaved
