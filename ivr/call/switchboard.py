"""All live calls of a node: AGI segments go to their sessions, Asterisk's events become facts of their calls.

A call's id is Asterisk's unique id of the caller's channel, which is the linkedid of everything that belongs to
it. Times are Asterisk's (D5).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from ivr.call.queues import flow_queue
from ivr.call.session import QUEUE_LEFT, Listening, Service, Session
from ivr.call.waiting import Waiting
from ivr.records.facts import (
    AgentAnnounced,
    Answered,
    Connected,
    Ended,
    Fact,
    HandoffLeft,
    HandoffRequested,
    HoldEnded,
    HoldStarted,
    Offered,
    PromptSpoken,
    Queued,
    Released,
    Ringing,
    Transferred,
)
from ivr.records.numbers import e164
from ivr.telephony import events as ev
from ivr.telephony.agi import AgiCall

log = logging.getLogger(__name__)

#: Q.850 cause of a caller whose sound stopped coming (rtp_timeout): the network's doing.
_NO_MEDIA = 44


class Recorder(Protocol):
    """Takes what happened down; see `ivr.records.writer`."""

    def fact(self, call_id: str, fact: Fact) -> None:
        """Never raises and never waits."""

    def finish(self, call_id: str) -> object:
        """The call is over."""


class Switchboard:
    """`service` gives what new calls are served with; calls in progress keep theirs. `attend` is called when a call has
    ended that was not seen as a whole: its record is to be completed from what Asterisk knows."""

    def __init__(
        self,
        service: Callable[[], Service],
        recorder: Recorder,
        waiting: Waiting,
        attend: Callable[[], None] = lambda: None,
        listening: Listening | None = None,
    ) -> None:
        self._service = service
        self._recorder = recorder
        self._waiting = waiting
        self._attend = attend
        self._listening = listening
        self._sessions: dict[str, Session] = {}
        self._ends: dict[str, _End] = {}
        self._patchy: dict[str, tuple[tuple[Gap, ...], Ended]] = {}
        self._last_event = 0
        self._linked = False
        #: While draining, calls that are not in progress yet are left to the dialplan's fallback.
        self.draining = False

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
        return frozenset(self._ends) | self._sessions.keys() | self._patchy.keys()

    def link_lost(self) -> None:
        """Nothing that happens now is seen; the last event told is where the gap begins."""
        self._linked = False
        for end in self._ends.values():
            end.gaps.append((self._last_event, None))

    def link_back(self, now: int) -> None:
        """Asterisk tells of its events again, from `now` on."""
        self._linked = True
        for end in self._ends.values():
            end.close_gap(now)

    def missed_end(self, call_id: str, seen: Sequence[Fact], otherwise: int) -> None:
        """The call is over and nobody told: `seen` is what Asterisk's own account says of it. Where that knows no end
        either (Asterisk died), it ended at `otherwise`."""
        if (end := self._ends.get(call_id)) is None:
            return
        ended = next((fact for fact in seen if isinstance(fact, Ended)), None)
        end.gaps.append((self._last_event, None))
        self._finish(call_id, ended or Ended(otherwise, "system", "asterisk_lost"))

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
            session = Session(call_id, self._service(), self._noter(call_id), spoken=spoken, listening=self._listening)
            self._sessions[call_id] = session
        await session.serve(agi)
        if not self._linked:
            self._attend()  # nobody will tell if the call is over

    def on_event(self, event: ev.TelephonyEvent) -> None:
        """Take down what Asterisk tells. Never raises for an event that cannot be placed."""
        self._last_event = max(self._last_event, event.t)
        match event:
            case ev.ChannelStarted(inbound=True):
                if event.uniqueid == event.linkedid:
                    self._offered(event)
            case ev.UserEvent():
                self._user(event)
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
                self._desk(event)

    def _desk(self, event: ev.TelephonyEvent) -> None:
        """What happens between the caller and the agents."""
        call_id = event.linkedid
        match event:
            case ev.QueueJoined():
                self._note(call_id, Queued(event.t, flow_queue(event.queue)))
                self._join(call_id, flow_queue(event.queue))
            case ev.QueueLeft():
                self._waiting.left(call_id)
            case ev.AgentRinging(agent_id=str(agent)):
                self._ends[call_id].ringing_since[event.uniqueid] = event.t
                self._note(call_id, Ringing(event.t, agent))
                self._waiting.ringing(call_id)
            case ev.ChannelUp(agent_id=str(agent)):
                # Not DialEnd: that comes when the agent's number has been said, and the wait ends before (HB 7.1.3).
                self._waiting.left(call_id)
                end = self._ends[call_id]
                rang = end.ringing_since.get(event.uniqueid, event.t)
                end.talking = event.uniqueid
                self._note(call_id, Connected(event.t, agent, event.t - rang))
            case ev.HoldBegan(agent_id=str(agent)):
                self._note(call_id, HoldStarted(event.t, agent))
            case ev.HoldOver(agent_id=str(agent)):
                self._note(call_id, HoldEnded(event.t, agent))
            case ev.Transferred(agent_id=str(agent)):
                self._note(call_id, Transferred(event.t, agent, event.to))

    def _offered(self, event: ev.ChannelStarted) -> None:
        if event.exten not in self._service().flow.numbers:
            return  # refused by the dialplan: not a call to this hotline (requirements 2.3)
        number = e164(event.caller_number or "")
        self._ends[event.linkedid] = _End()
        kind = "withheld" if number is None else "normal"
        self._note(event.linkedid, Offered(event.t, event.linkedid, "in", event.exten, number, kind))

    async def _unseen(self, agi: AgiCall) -> None:
        """The application or its manager link was down when the call came: what is known is what the call itself says
        now, and what was missed is completed in the end."""
        now = await agi.clock_ms()
        call_id = agi.uniqueid
        number = e164(agi.env.get("agi_callerid", ""))
        did = await agi.get_variable("IVR_DID") or ""
        tries = await agi.get_variable("TRIES") or "0"
        if call_id in self._ends:
            return  # the event came meanwhile
        self._ends[call_id] = _End([(0, now if self._linked else None)])
        self._ends[call_id].spoken = tries != "0"
        kind = "withheld" if number is None else "normal"
        self._note(call_id, Offered(now, call_id, "in", did, number, kind))
        self._note(call_id, Answered(now))

    def _user(self, event: ev.UserEvent) -> None:
        call_id = event.fields.get("Call", "")
        if call_id not in self._ends:
            return
        match event.name:
            case "AgentAnnounced":
                self._note(call_id, AgentAnnounced(event.t, event.fields.get("Agent", "")))
            case "Capacity":
                self._ends[call_id].cause = "capacity"
                self._note(call_id, PromptSpoken(event.t, "capacity", "notice"))
            case "Rate":
                self._ends[call_id].cause = "rate"
            case "Fallback":
                self._ends[call_id].spoken = True
                session = self._sessions.get(call_id)
                if session is not None:
                    session.lost(event.t)
                queue = flow_queue(event.fields.get("Queue", ""))
                self._note(call_id, PromptSpoken(event.t, "app_down", "notice"))
                self._note(call_id, HandoffRequested(event.t, "fallback", queue))
            case "FallbackLeft":
                self._note(call_id, HandoffLeft(event.t, QUEUE_LEFT.get(event.fields.get("Status", ""), "no_agents")))
            case "Goodbye":
                self._note(call_id, PromptSpoken(event.t, "goodbye", "goodbye"))

    def _gone(self, event: ev.ChannelGone) -> None:
        call_id = event.linkedid
        end = self._ends[call_id]
        if event.agent_id is not None and end.talking == event.uniqueid:
            end.talking = None
            end.released_by_agent = event.uniqueid in end.hung_up
            self._note(call_id, Released(event.t, event.agent_id))
        if event.uniqueid != call_id:
            return
        cause = end.cause or str(event.cause)
        self._finish(call_id, Ended(event.t, end.hangup_by(call_id, event.cause), cause))

    def _finish(self, call_id: str, ended: Ended) -> None:
        """The call is over: its record is made, or kept open until what was not seen has been found out."""
        session = self._sessions.pop(call_id, None)
        if session is not None:
            session.caller_gone(ended.t)
        self._waiting.left(call_id)
        end = self._ends.pop(call_id)
        if end.gaps:
            self._patchy[call_id] = (tuple(end.gaps), ended)
            self._attend()
            return
        self._note(call_id, ended)
        self._recorder.finish(call_id)

    def _join(self, call_id: str, queue: str) -> None:
        session = self._sessions.get(call_id)
        if session is not None and session.waiting is not None and queue in session.service.flow.queues:
            self._waiting.joined(call_id, queue, session.service, session.waiting)

    def _note(self, call_id: str, fact: Fact) -> None:
        self._recorder.fact(call_id, fact)

    def _noter(self, call_id: str) -> Callable[[Fact], None]:
        return lambda fact: self._recorder.fact(call_id, fact)


#: A stretch of a call that was not seen, epoch ms; without an end it goes on.
Gap = tuple[int, int | None]


def covers(gap: Gap, t: int) -> bool:
    """Whether `t` lies in the gap."""
    return gap[0] <= t and (gap[1] is None or t <= gap[1])


class _End:
    """What decides who ended a call, and what of it was not seen. Channels by their unique ids; `hung_up` in the
    order it happened."""

    def __init__(self, gaps: Iterable[Gap] = ()) -> None:
        self.gaps = list(gaps)
        #: The dialplan has spoken to the caller by itself.
        self.spoken = False
        self.talking: str | None = None
        self.released_by_agent = False
        self.cause = ""
        self.hung_up: list[str] = []
        self.ringing_since: dict[str, int] = {}

    def close_gap(self, now: int) -> None:
        """What happens from `now` on is seen again."""
        if self.gaps and self.gaps[-1][1] is None:
            self.gaps[-1] = (self.gaps[-1][0], now)

    def hangup_by(self, call_id: str, cause: int) -> str:
        """caller, agent, network or system."""
        if self.released_by_agent or (self.talking is not None and self.hung_up[:1] == [self.talking]):
            return "agent"
        if call_id in self.hung_up:
            return "caller"
        return "network" if cause == _NO_MEDIA else "system"
