"""All live calls of a node: AGI segments go to their sessions, Asterisk's events become facts of their calls.

A call's id is Asterisk's unique id of the caller's channel, which is the linkedid of everything that belongs to
it. Times are Asterisk's (D5), each call's on the clock that it began with (`ivr.call.clock_steps`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from ivr.call.agents.agents_part import AgentsPart, Pop, TakenOver
from ivr.call.agents.hold_watch import HoldWatch
from ivr.call.call_end import CallEnd, Gap, covers
from ivr.call.call_resources import CallResources
from ivr.call.clock_steps import STEP_MS, ClockSteps, wall_ms
from ivr.call.queue_announcer import QueueAnnouncer
from ivr.call.served_flow import ServedFlow
from ivr.call.session import QUEUE_LEFT, Session
from ivr.records.facts import (
    AgentAnnounced,
    Answered,
    Ended,
    Fact,
    HandoffLeft,
    HandoffRequested,
    Offered,
    PromptSpoken,
)
from ivr.records.numbers import caller
from ivr.records.vocabulary import EndCause
from ivr.telephony.agi.fastagi import AgiCall
from ivr.telephony.channels import flow_queue, is_try
from ivr.telephony.dialplan import DialplanEvent, Variable
from ivr.telephony.events import interpreter as ev

log = logging.getLogger(__name__)

#: A segment whose caller has hung up tells what it knows at once; after so long nobody waits for it.
LAST_WORDS_SECONDS = 2.0


class Recorder(Protocol):
    """Takes what happened down; see `ivr.records.journal.recorder`."""

    def fact(self, call_id: str, fact: Fact) -> None:
        """Never raises and never waits."""

    def finish(self, call_id: str) -> object:
        """The call is over."""


class Switchboard:
    """`service` gives what new calls are served with; calls in progress keep theirs. `attend` is called when a call has
    ended that was not seen as a whole: its record is to be completed from what Asterisk knows."""

    def __init__(
        self,
        service: Callable[[], ServedFlow],
        recorder: Recorder,
        waiting: QueueAnnouncer,
        attend: Callable[[], None] = lambda: None,
        node: CallResources | None = None,
        clock: ClockSteps | None = None,
        holds: HoldWatch | None = None,
        pop: Pop = lambda _: None,
        taken_over: TakenOver = lambda *_: None,
    ) -> None:
        self._service = service
        self._recorder = recorder
        self._clock = clock or ClockSteps()
        self._agents = AgentsPart(self._note, service, waiting, holds, pop, taken_over)
        self._attend = attend
        self._node = node or CallResources()
        self._sessions: dict[str, Session] = {}
        self._arriving: dict[str, ev.ChannelStarted] = {}
        #: Of these, calls whose callers hung up already.
        self._given_up: set[str] = set()
        self._ends: dict[str, CallEnd] = {}
        self._patchy: dict[str, tuple[tuple[Gap, ...], Ended]] = {}
        #: Calls that are over while their last segment is still to tell how far it had come.
        self._leaving: dict[str, Ended] = {}
        self._last_event = 0
        self._linked = False
        #: While draining, calls that are not in progress yet are left to the dialplan's fallback.
        self.draining = False
        #: Calls that this application makes by itself, whose records others keep.
        self.outbound: Callable[[], frozenset[str]] = frozenset

    @property
    def live(self) -> int:
        """Calls in progress that the application has had on the line."""
        return len(self._sessions)

    @property
    def going_on(self) -> frozenset[str]:
        """The calls that are not over, as far as the application was told."""
        return frozenset(self._ends)

    @property
    def calls(self) -> frozenset[str]:
        """Every call whose record this application is making."""
        own = frozenset(self._ends) | self._sessions.keys() | self._patchy.keys() | self._leaving.keys()
        return own | self.outbound()

    def link_lost(self, now: int) -> None:
        """Nothing that happens now is seen; the last event told is where the gap begins. Until `now` (epoch ms)
        Asterisk lived."""
        self._linked = False
        self._arriving.clear()
        self._given_up.clear()
        for end in self._ends.values():
            end.gaps.append((self._last_event, None))
            end.last_seen = now

    def link_back(self, now: int) -> None:
        """Asterisk tells of its events again, from `now` on."""
        self._linked = True
        for end in self._ends.values():
            end.close_gap(now)

    def missed_end(self, call_id: str, seen: Sequence[Fact], otherwise: int) -> None:
        """The call is over and nobody told: `seen` is what Asterisk's own account says of it. Where that knows no end
        either, Asterisk died in its middle: it ended with the last thing seen of it or when the link to Asterisk broke,
        whichever was later, and at `otherwise` where nothing is known at all."""
        if (end := self._ends.get(call_id)) is None:
            return
        ended = next((fact for fact in seen if isinstance(fact, Ended)), None)
        end.gaps.append((self._last_event, None))
        known = [t for t in (seen[-1].t if seen else None, end.last_seen) if t is not None]
        self._finish(call_id, ended or Ended(max(known, default=otherwise), "system", EndCause.ASTERISK_LOST))

    def patchy(self) -> tuple[str, ...]:
        """The calls that are over and were not seen as a whole: `complete` them."""
        return tuple(self._patchy)

    def complete(self, call_id: str, seen: Sequence[Fact]) -> None:
        """End the record of such a call with what Asterisk's own account says of the stretches not seen."""
        gaps, ended = self._patchy.pop(call_id)
        for fact in seen:
            if isinstance(fact, Ended):
                # Who hung up is told before the end, so it may have been missed too.
                ended = replace(ended, hangup_by=fact.hangup_by) if ended.hangup_by == "system" else ended
            elif any(covers(gap, fact.t) for gap in gaps):
                self._note(call_id, fact)
        self._note(call_id, ended)
        self._recorder.finish(call_id)

    async def on_agi(self, agi: AgiCall) -> None:
        """Serve one segment of a call."""
        call_id = agi.uniqueid
        if self.draining and call_id not in self._sessions:
            return
        if call_id not in self._ends:
            await self._unseen(agi)
        session = self._sessions.get(call_id)
        if session is None:
            spoken = self._ends[call_id].spoken
            session = Session(call_id, self._service(), self._noter(call_id), spoken=spoken, node=self._node)
            self._sessions[call_id] = session
        try:
            await session.serve(agi)
        finally:
            self._leave(call_id)
        if not self._linked:
            self._attend()  # nobody will tell if the call is over

    def on_event(self, event: ev.TelephonyEvent) -> None:
        """Take down what Asterisk tells. Never raises for an event that cannot be placed."""
        # after a step back the last event is the last again
        stepped = self._last_event - event.t >= STEP_MS
        self._last_event = event.t if stepped else max(self._last_event, event.t)
        if (end := self._ends.get(event.linkedid)) is not None:
            event = replace(event, t=self._clock.carried(event.t, end.clock))
        match event:
            case ev.ChannelStarted(inbound=True):
                if event.uniqueid == event.linkedid:
                    self._started(event)
            case ev.UserEvent():
                self._user(event)
            case ev.HangupAsked() if event.linkedid in self._arriving and event.uniqueid == event.linkedid:
                self._given_up.add(event.linkedid)
            case ev.ChannelGone() if event.linkedid in self._arriving and event.uniqueid == event.linkedid:
                self._offered(event.linkedid, "")  # gone before the dialplan had read who calls
                self._gone(event)
            case _ if event.linkedid not in self._ends:
                if isinstance(event, ev.ChannelGone) and event.uniqueid == event.linkedid:
                    self._attend()
            case ev.ChannelUp() if event.uniqueid == event.linkedid:
                self._note(event.linkedid, Answered(event.t))
            case ev.HangupAsked():
                self._ends[event.linkedid].hung_up.append(event.uniqueid)
            case ev.ChannelGone():
                self._gone(event)
            case _:
                self._agents.take(event, self._ends[event.linkedid], self._sessions.get(event.linkedid))

    def _started(self, event: ev.ChannelStarted) -> None:
        """A call arrives. Who calls the dialplan tells a moment later: pjsip's word for it may hold line breaks."""
        if event.exten not in self._service().flow.numbers:
            return  # refused by the dialplan: not a call to this hotline (requirements 2.3)
        self._arriving[event.linkedid] = event
        if event.caller_number != ev.UNREAD:
            self._offered(event.linkedid, event.caller_number or "")

    def _offered(self, call_id: str, said: str) -> None:
        event = self._arriving.pop(call_id)
        end = self._ends[call_id] = CallEnd(clock=self._clock.total())
        if call_id in self._given_up:
            self._given_up.remove(call_id)
            end.hung_up.append(call_id)
        self._offer(call_id, event.t, event.exten, said, event.channel)

    def _offer(self, call_id: str, t: int, did: str, said: str, channel: str) -> None:
        number, withheld = caller(said)
        kind = "withheld" if withheld else "normal"
        self._note(call_id, Offered(t, call_id, "in", did, number, kind, drill=is_try(channel)))

    async def _unseen(self, agi: AgiCall) -> None:
        """The application or its manager link was down when the call came, or its events are on their way: what is
        known is what the call itself says now, and what was missed is completed in the end."""
        call_id, said = agi.uniqueid, agi.start.caller
        if call_id in self._arriving:
            self._offered(call_id, said)
            return
        now = wall_ms()
        did = await agi.get_variable(Variable.DID) or ""
        tries = await agi.get_variable(Variable.TRIES) or "0"
        if call_id in self._arriving:
            self._offered(call_id, said)
        if call_id in self._ends:
            return  # the event came meanwhile
        self._ends[call_id] = CallEnd([(0, now if self._linked else None)], self._clock.total())
        self._ends[call_id].spoken = tries != "0"
        self._offer(call_id, now, did, said, agi.env.get("agi_channel", ""))
        self._note(call_id, Answered(now))

    def _user(self, event: ev.UserEvent) -> None:
        call_id = event.fields.get("Call", "")
        if event.name == DialplanEvent.CALLER and call_id in self._arriving:
            self._offered(call_id, event.fields.get("Number", ""))
        if call_id not in self._ends:
            return
        match event.name:
            case DialplanEvent.AGENT_ANNOUNCED:
                self._note(call_id, AgentAnnounced(event.t, event.fields.get("Agent", "")))
            case DialplanEvent.CAPACITY:
                self._ends[call_id].cause = EndCause.CAPACITY
                self._note(call_id, PromptSpoken(event.t, "capacity", "notice"))
            case DialplanEvent.CALLER_LINES:
                self._ends[call_id].cause = EndCause.CALLER_LINES
                self._note(call_id, PromptSpoken(event.t, "capacity", "notice"))
            case DialplanEvent.RATE:
                self._ends[call_id].cause = EndCause.RATE
            case DialplanEvent.STALLED:
                self._lost(call_id, event.t, stalled=True)
            case DialplanEvent.FALLBACK:
                self._ends[call_id].spoken = True
                self._lost(call_id, event.t)
                queue = flow_queue(event.fields.get("Queue", ""))
                self._note(call_id, PromptSpoken(event.t, "app_down", "notice"))
                self._note(call_id, HandoffRequested(event.t, "fallback", queue))
            case DialplanEvent.FALLBACK_LEFT:
                self._note(call_id, HandoffLeft(event.t, QUEUE_LEFT.get(event.fields.get("Status", ""), "no_agents")))
            case DialplanEvent.GOODBYE:
                self._note(call_id, PromptSpoken(event.t, "goodbye", "goodbye"))
            case _:
                self._agents.told(call_id, event, self._sessions.get(call_id))

    def _lost(self, call_id: str, t: int, *, stalled: bool = False) -> None:
        """The dialplan has taken the call back from the application."""
        if (session := self._sessions.get(call_id)) is not None:
            session.lost(t, stalled=stalled)

    def _gone(self, event: ev.ChannelGone) -> None:
        call_id = event.linkedid
        end = self._ends[call_id]
        self._agents.gone(event, end)
        if event.uniqueid != call_id:
            return
        cause = end.cause or str(event.cause)
        self._finish(call_id, Ended(event.t, end.hangup_by(call_id, event.cause), cause))

    def _finish(self, call_id: str, ended: Ended) -> None:
        """The call is over: its record is made, or kept open until what was not seen has been found out."""
        session = self._sessions.pop(call_id, None)
        if session is not None:
            session.caller_gone(ended.t)
        self._agents.over(call_id)
        end = self._ends.pop(call_id)
        if end.gaps:
            self._patchy[call_id] = (tuple(end.gaps), ended)
            self._attend()
            return
        self._leaving[call_id] = ended
        if session is not None and session.serving:
            asyncio.get_running_loop().call_later(LAST_WORDS_SECONDS, self._leave, call_id)
        else:
            self._leave(call_id)

    def _leave(self, call_id: str) -> None:
        """Nothing more is to be told of a call that is over: its record is made, once."""
        if (ended := self._leaving.pop(call_id, None)) is not None:
            self._note(call_id, ended)
            self._recorder.finish(call_id)

    def _note(self, call_id: str, fact: Fact) -> None:
        end = self._ends.get(call_id)
        self._recorder.fact(call_id, fact if end is None else self._clock.fact(fact, end.clock))

    def _noter(self, call_id: str) -> Callable[[Fact], None]:
        began = self._ends[call_id].clock
        return lambda fact: self._recorder.fact(call_id, self._clock.fact(fact, began))
