"""What happens between callers and agents, as Asterisk tells it: facts of their calls, what waiting callers and callers
on hold are told, and what an agent's side is shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ivr.call.agents.call_summary import CallSummary
from ivr.call.agents.hold_watch import HoldWatch
from ivr.call.call_end import CallEnd
from ivr.call.queue_announcer import QueueAnnouncer, Told
from ivr.call.served_flow import ServedFlow
from ivr.call.session import Session
from ivr.call.whisper import Manner
from ivr.dialogue.model import Enqueue
from ivr.records.facts import (
    Connected,
    Fact,
    HandoffRequested,
    HoldEnded,
    HoldExplained,
    HoldStarted,
    Queued,
    Released,
    Ringing,
    SupervisionBegan,
    SupervisionEnded,
    Transferred,
)
from ivr.speech.prompts.catalogue import NORMAL
from ivr.telephony.channels import flow_queue
from ivr.telephony.dialplan import DialplanEvent
from ivr.telephony.events import interpreter as ev

#: Takes an event for the agents' side, as JSON knows it; never waits, never raises.
Pop = Callable[[dict[str, Any]], None]


#: The call, who took the caller over, and the channel to record from now on ("" for none).
TakenOver = Callable[[str, str, str], None]


class AgentsPart:
    """`note` takes facts; without `holds` callers on hold hear music alone; `taken_over` begins a talk
    with an agent who took a caller over. Feed it the events of calls in progress."""

    def __init__(
        self,
        note: Callable[[str, Fact], None],
        service: Callable[[], ServedFlow],
        waiting: QueueAnnouncer,
        holds: HoldWatch | None,
        pop: Pop,
        taken_over: TakenOver = lambda *_: None,
    ) -> None:
        self._note, self._service = note, service
        self._waiting, self._holds, self._pop, self._begin = waiting, holds, pop, taken_over

    def take(self, event: ev.TelephonyEvent, end: CallEnd, session: Session | None) -> None:
        """The next event of a call."""
        call_id = event.linkedid
        match event:
            case ev.QueueJoined():
                queue = flow_queue(event.queue)
                self._note(call_id, Queued(event.t, queue))
                if session is not None and session.waiting is not None and queue in session.service.flow.queues:
                    told = Told(session.told_waiting, partial(self._note, call_id))
                    self._waiting.joined(call_id, queue, session.service, session.waiting, told)
            case ev.QueueLeft():
                self._waiting.left(call_id)
            case ev.AgentRinging(agent_id=str(agent)):
                end.ringing_since[event.uniqueid] = event.t
                self._note(call_id, Ringing(event.t, agent))
                self._waiting.ringing(call_id)
                summary = CallSummary(call_id) if session is None else session.story.summary(event.t)
                self._pop(summary.as_event(agent, event.t))
            case ev.ChannelUp(agent_id=str(agent)):
                # Not DialEnd: that comes when the agent's number has been said, and the wait ends before (HB 7.1.3).
                self._waiting.left(call_id)
                rang = end.ringing_since.get(event.uniqueid, event.t)
                end.talking, end.taken_over_by = event.uniqueid, None
                self._note(call_id, Connected(event.t, agent, event.t - rang))
            case ev.HoldStarted(agent_id=str(agent)):
                self._held(event, agent, session)
            case ev.HoldEnded(agent_id=str(agent)):
                self._hold_over(call_id)
                self._note(call_id, HoldEnded(event.t, agent))
            case ev.Transferred(agent_id=str(agent)):
                self._note(call_id, Transferred(event.t, agent, event.to))
                if event.attended:
                    self._taken_over(event, end, session)

    def told(self, call_id: str, event: ev.UserEvent, session: Session | None) -> None:
        """What the dialplan says of a call's agents."""
        given = event.fields
        match event.name:
            case DialplanEvent.PASSED_TO_QUEUE:
                asked = HandoffRequested(event.t, "policy", flow_queue(given.get("Queue", "")))
                self._note(call_id, asked)
                if session is not None:
                    session.story.take(asked)
            case DialplanEvent.BACK_TO_AGENT:
                self._note(call_id, Queued(event.t, flow_queue(given.get("Queue", ""))))
            case DialplanEvent.SUPERVISION_BEGAN:
                supervisor, agent, how = (given.get(name, "") for name in ("Supervisor", "Agent", "How"))
                self._note(call_id, SupervisionBegan(event.t, supervisor, agent, how))
            case DialplanEvent.SUPERVISION_ENDED:
                self._note(call_id, SupervisionEnded(event.t, given.get("Supervisor", "")))

    def gone(self, event: ev.ChannelGone, end: CallEnd) -> None:
        """A channel of the call is over."""
        agent = event.agent_id
        if agent is not None and (end.talking == event.uniqueid or end.taken_over_by == agent):
            self._hold_over(event.linkedid)
            end.talking = end.taken_over_by = None
            end.released_by_agent = event.uniqueid in end.hung_up
            self._note(event.linkedid, Released(event.t, agent))

    def over(self, call_id: str) -> None:
        """The call is over."""
        self._waiting.over(call_id)
        self._hold_over(call_id)

    def _hold_over(self, call_id: str) -> None:
        if self._holds is not None:
            self._holds.ended(call_id)

    def _taken_over(self, event: ev.Transferred, end: CallEnd, session: Session | None) -> None:
        """The colleague who was asked first talks to the caller from now on; his telephone rang for another call."""
        call_id, colleague = event.linkedid, event.to
        self._hold_over(call_id)
        end.talking, end.taken_over_by = None, colleague
        self._note(call_id, Connected(event.t, colleague, 0))
        then = session.waiting.then if session is not None and session.waiting is not None else None
        recorded = isinstance(then, Enqueue) and self._service().flow.queues[then.queue].record
        self._begin(call_id, colleague, event.channel if recorded else "")

    def _held(self, event: ev.HoldStarted, agent: str, session: Session | None) -> None:
        call_id, began = event.linkedid, event.t
        service = self._service() if session is None else session.service
        waited = session.waiting if session is not None else None
        language, variant = (service.flow.languages[0], NORMAL) if waited is None else (waited.language, waited.variant)
        self._note(call_id, HoldStarted(began, agent))
        if self._holds is None:
            return
        explained = HoldExplained(began, agent)
        manner = Manner(service, language, variant)
        self._holds.started(call_id, agent, manner, lambda: self._note(call_id, explained))
