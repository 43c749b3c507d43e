"""All live calls of a node: AGI segments go to their sessions, Asterisk's events become facts of their calls.

A call's id is Asterisk's unique id of the caller's channel, which is the linkedid of everything that belongs to
it. Times are Asterisk's (D5).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from ivr.call.queues import flow_queue
from ivr.call.session import Service, Session, caller_number
from ivr.call.waiting import Waiting
from ivr.records.facts import (
    AgentAnnounced,
    Answered,
    Connected,
    Ended,
    Fact,
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
from ivr.records.writer import Recorder
from ivr.telephony import events as ev
from ivr.telephony.agi import AgiCall

log = logging.getLogger(__name__)

#: Q.850 cause of a caller whose sound stopped coming (rtp_timeout): the network's doing.
_NO_MEDIA = 44


class Switchboard:
    """`service` gives what new calls are served with; calls in progress keep theirs."""

    def __init__(self, service: Callable[[], Service], recorder: Recorder, waiting: Waiting) -> None:
        self._service = service
        self._recorder = recorder
        self._waiting = waiting
        self._sessions: dict[str, Session] = {}
        self._ends: dict[str, _End] = {}
        self.linked = False

    @property
    def live(self) -> int:
        """Calls in progress that the application has had on the line."""
        return len(self._sessions)

    async def on_agi(self, agi: AgiCall) -> None:
        """Serve one segment of a call."""
        call_id = agi.uniqueid
        session = self._sessions.get(call_id)
        if session is None:
            session = self._sessions[call_id] = Session(call_id, self._service(), self._noter(call_id))
        if call_id not in self._ends:
            await self._unseen(agi)
        await session.serve(agi)

    def on_event(self, event: ev.TelephonyEvent) -> None:
        """Take down what Asterisk tells. Never raises for an event that cannot be placed."""
        match event:
            case ev.ChannelStarted(inbound=True):
                if event.uniqueid == event.linkedid:
                    self._offered(event)
            case ev.UserEvent():
                self._user(event)
            case _ if event.linkedid not in self._ends:
                return
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
        number = caller_number(event.caller_number or "")
        self._ends[event.linkedid] = _End()
        kind = "withheld" if number is None else "normal"
        self._note(event.linkedid, Offered(event.t, event.linkedid, "in", event.exten, number, kind))

    async def _unseen(self, agi: AgiCall) -> None:
        """The manager link was down when the call came: its beginning is taken from the call itself."""
        now = await agi.clock_ms()
        call_id = agi.uniqueid
        number = caller_number(agi.env.get("agi_callerid", ""))
        did = await agi.get_variable("IVR_DID") or ""
        self._ends.setdefault(call_id, _End())
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
            case "Fallback":
                session = self._sessions.get(call_id)
                if session is not None:
                    session.lost(event.t)
                queue = self._service().flow.agent_queue
                self._note(call_id, PromptSpoken(event.t, "app_down", "notice"))
                self._note(call_id, HandoffRequested(event.t, "fallback", queue))
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
        session = self._sessions.pop(call_id, None)
        if session is not None:
            session.caller_gone(event.t)
        self._waiting.left(call_id)
        cause = end.cause or str(event.cause)
        self._note(call_id, Ended(event.t, end.hangup_by(call_id, event.cause), cause))
        del self._ends[call_id]
        self._recorder.finish(call_id)

    def _join(self, call_id: str, queue: str) -> None:
        session = self._sessions.get(call_id)
        if session is not None and session.waiting is not None and queue in session.service.flow.queues:
            self._waiting.joined(call_id, queue, session.service, session.waiting)

    def _note(self, call_id: str, fact: Fact) -> None:
        self._recorder.fact(call_id, fact)

    def _noter(self, call_id: str) -> Callable[[Fact], None]:
        return lambda fact: self._recorder.fact(call_id, fact)


class _End:
    """What decides who ended a call. Channels by their unique ids; `hung_up` in the order it happened."""

    def __init__(self) -> None:
        self.talking: str | None = None
        self.released_by_agent = False
        self.cause = ""
        self.hung_up: list[str] = []
        self.ringing_since: dict[str, int] = {}

    def hangup_by(self, call_id: str, cause: int) -> str:
        """caller, agent, network or system."""
        if self.released_by_agent or (self.talking is not None and self.hung_up[:1] == [self.talking]):
            return "agent"
        if call_id in self.hung_up:
            return "caller"
        return "network" if cause == _NO_MEDIA else "system"
