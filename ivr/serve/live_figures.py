"""What the node sees of itself while it serves: live figures for Prometheus, and the agents' states for the records."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from ivr.call.agents.agent_tracker import AgentTracker
from ivr.errors import NodeError, RecordRefused, StoreError
from ivr.flow.model import Flow
from ivr.records.facts import DispositionGiven, Fact, SurveyAnswered, SurveyInvited, TransactionEnded, WrappedUp
from ivr.records.journal.recorder import Recorder
from ivr.records.model import AgentState, StateName
from ivr.records.store import Store
from ivr.report.monitoring.calls_now import CallsNow
from ivr.report.monitoring.endpoint import Endpoint
from ivr.report.monitoring.exporter import Exporter, Snapshot
from ivr.report.monitoring.live_business import LiveBusiness
from ivr.report.monitoring.live_calls import LiveCalls, LiveState
from ivr.report.monitoring.live_service import LiveService
from ivr.settings import Metrics
from ivr.telephony.channels import flow_queue
from ivr.telephony.events import interpreter as ev

log = logging.getLogger(__name__)

#: Agents' states that are over are saved so often.
SAVE_SECONDS = 1.0
#: So long after its end a call is known that an agent's channel may still belong to.
LAST_LEG_SECONDS = 60.0
#: While the database refuses, so many are kept; an agent has a few hundred a day.
MOST_STATES = 100_000
#: The event loop may be busy for so long before a scrape is given up.
SCRAPE_SECONDS = 5.0


class LiveFigures:
    """Stands between the switchboard and the recorder, and beside it on Asterisk's events. `reading` makes a
    Snapshot of the calls, the agents and what was said, with what the machinery knows of itself."""

    def __init__(
        self,
        recorder: Recorder,
        store: Store,
        flow: Callable[[], Flow],
        reading: Callable[[LiveState, Mapping[StateName, int], Mapping[str, int]], Snapshot],
    ) -> None:
        self._recorder = recorder
        self._store = store
        self._flow = flow
        self._look = reading
        self._board = LiveCalls()
        self.calls_now = CallsNow(lambda menu, key: flow().leaf_of(menu, key))
        #: Those who follow single calls: each is given every fact, and must neither raise nor wait.
        self.followers: list[Callable[[str, Fact], None]] = []
        self._business = LiveBusiness()
        self.agent_tracker = AgentTracker(self._wrapup, self._over, self._wrapped, self._disposed)
        self._queues: dict[str, str] = {}
        self._unsaved: list[AgentState] = []
        self._server: Endpoint | None = None
        self._loop = asyncio.get_running_loop()
        self.live = Exporter(self._read)

    # ---- the switchboard's recorder

    def fact(self, call_id: str, fact: Fact) -> None:
        """Never raises and never waits."""
        self._board.take(call_id, fact)
        self.calls_now.take(call_id, fact)
        self._recorder.fact(call_id, fact)
        for follow in self.followers:
            follow(call_id, fact)
        if isinstance(fact, TransactionEnded) and self._business.knows(call_id):
            self.finish(call_id)  # the bank answered when the caller had gone

    def written(self, call_id: str, fact: Fact) -> None:
        """The same of a conversation in writing, which is in no figure of the telephone."""
        self.calls_now.take(call_id, fact)
        self._recorder.fact(call_id, fact)
        for follow in self.followers:
            follow(call_id, fact)

    def written_down(self, call_id: str) -> object:
        """The conversation is over."""
        return self._recorder.finish(call_id)

    def finish(self, call_id: str) -> object:
        """The call is over."""
        call = self._recorder.finish(call_id)
        if call is not None:
            self._business.take(call)
        return call

    @property
    def service(self) -> LiveService:
        """How well those are served who ask for a person."""
        return self._board.service

    def known(self, call_id: str) -> tuple[Fact, ...]:
        """What is known of a call in progress so far."""
        return self._recorder.facts(call_id)

    def look(self, now: int) -> Snapshot:
        """How everything is at `now` (epoch ms); on the event loop."""
        seen = self._look(self._board.live(now), self.agent_tracker.states(now), self._board.spoken)
        return replace(seen, business=self._business.state())

    # ---- Asterisk's events

    def on_event(self, event: ev.TelephonyEvent) -> None:
        """Follow the agents, and through which queue a call came to them."""
        if isinstance(event, ev.QueueJoined):
            self._queues[event.linkedid] = flow_queue(event.queue)
        elif isinstance(event, ev.ChannelGone) and event.uniqueid == event.linkedid:
            # the agent's channel may end after the caller's, a browser's some seconds: its wrap-up is asked for then
            self._loop.call_later(LAST_LEG_SECONDS, self._queues.pop, event.linkedid, None)
        self.agent_tracker.on_event(event)

    def link_lost(self, now: int) -> None:
        """What the agents do now is not seen."""
        self.agent_tracker.close(now)

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

    async def close(self, now: int | None = None) -> None:
        """Nobody watches any more."""
        if self._server is not None:
            await asyncio.to_thread(self._server.close)
        self.agent_tracker.close(now if now is not None else time.time_ns() // 1_000_000)
        await self._save()

    def _read(self) -> Snapshot:
        """In the scraping thread: everything is looked at where it changes, on the event loop."""
        return asyncio.run_coroutine_threadsafe(self._reading(), self._loop).result(SCRAPE_SECONDS)

    async def _reading(self) -> Snapshot:
        return self.look(time.time_ns() // 1_000_000)

    # ---- agents

    def _wrapup(self, call_id: str) -> int:
        queue = self._flow().queues.get(self._queues.get(call_id, ""))
        return queue.wrapup_ms if queue is not None else 0

    def _over(self, state: AgentState) -> None:
        if len(self._unsaved) < MOST_STATES:
            self._unsaved.append(state)

    def _wrapped(self, call_id: str, agent: str, t: int, ms: int) -> None:
        self._recorder.fact(call_id, WrappedUp(t + ms, agent, ms))

    def _disposed(self, call_id: str, agent: str, t: int, code: str) -> None:
        self._recorder.fact(call_id, DispositionGiven(t, agent, code))
        if (score := self._flow().complaint_survey.get(code)) is not None:
            self._recorder.fact(call_id, SurveyInvited(t, "complaint"))
            self._recorder.fact(call_id, SurveyAnswered(t, "complaint", score))

    async def _save(self) -> None:
        states, self._unsaved = self._unsaved, []
        if not states:
            return
        try:
            await asyncio.to_thread(self._store.save_other, states)
        except RecordRefused:
            self._unsaved = await asyncio.to_thread(self._save_apart, states) + self._unsaved
        except StoreError as wrong:
            log.warning("agents' states are kept for the next attempt: %s", wrong)
            self._unsaved = states + self._unsaved

    def _save_apart(self, states: list[AgentState]) -> list[AgentState]:
        """One by one: what the database will never take is set aside and holds nothing up. What is to be tried again
        comes back."""
        again = []
        for state in states:
            try:
                self._store.save_other([state])
            except RecordRefused as wrong:
                if not self._recorder.refused.keep(state, wrong):
                    again.append(state)
            except StoreError as wrong:
                log.warning("a state of agent %s is kept for the next attempt: %s", state.agent_id, wrong)
                again.append(state)
        return again
