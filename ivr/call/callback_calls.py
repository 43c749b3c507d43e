"""Calls that keep a promise to call back, from Asterisk's events to their records: outbound, chained to the call on
which it was promised (D9). An agent who takes one waits for the customer; connected they are when he answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from ivr.call.switchboard import Recorder
from ivr.care.complaints.survey import called_back_for
from ivr.records.facts import (
    AgentAnnounced,
    Answered,
    CallbackOf,
    Connected,
    Ended,
    Fact,
    HandoffLeft,
    HandoffRequested,
    HoldEnded,
    HoldStarted,
    Offered,
    Queued,
    Released,
    Ringing,
    Transferred,
)
from ivr.records.vocabulary import EndCause
from ivr.records.work.model import Callback
from ivr.telephony.channels import flow_queue
from ivr.telephony.dialplan import DialplanEvent
from ivr.telephony.events import interpreter as ev


class CallbackEnd(Enum):
    """What came of one: agent and customer talked; the customer's telephone rang in vain; no agent took it."""

    TALKED = auto()
    IN_VAIN = auto()
    NOT_TAKEN = auto()


@dataclass(slots=True)
class _Progress:
    """Channels by their unique ids, times in epoch ms. `taken`: the agent's channel."""

    ringing_since: dict[str, int] = field(default_factory=dict)
    taken: str | None = None
    ring_ms: int = 0
    dialled: bool = False
    talked: bool = False
    hung_up: list[str] = field(default_factory=list)


class CallbackCalls:
    """Every one of a node that is in Asterisk. `ended` is told what came of each, when it is over."""

    def __init__(self, recorder: Recorder, ended: Callable[[str, CallbackEnd, int], None]) -> None:
        self._recorder = recorder
        self._ended = ended
        self._calls: dict[str, _Progress] = {}

    @property
    def calls(self) -> frozenset[str]:
        """Their ids."""
        return frozenset(self._calls)

    def taken(self, call_id: str) -> bool:
        """Whether an agent has it."""
        return call_id in self._calls and self._calls[call_id].taken is not None

    def begin(self, call_id: str, callback: Callback, did: str, now: int) -> None:
        """A call is about to stand for the customer. `did`: the bank's number that he will see."""
        self._calls[call_id] = _Progress()
        self._note(call_id, Offered(now, call_id, "out", did, callback.number, "normal"))
        if called_back_for(callback.parent_call_id) is None:
            self._note(call_id, CallbackOf(now, callback.parent_call_id))
        self._note(call_id, HandoffRequested(now, "key", callback.queue))

    def adopt(self, call_id: str, seen: Sequence[Fact]) -> None:
        """An application that is gone began it, and Asterisk has it still: its record goes on. `seen` is what
        Asterisk's own account says of it so far: who talks already has been reached."""
        progress = self._calls.setdefault(call_id, _Progress())
        progress.talked |= any(isinstance(fact, Connected) for fact in seen)

    def never_was(self, call_id: str, now: int) -> None:
        """Asterisk could not make it."""
        if call_id in self._calls:
            self._over(call_id, now, "")

    def missed(self, call_id: str, seen: Sequence[Fact], now: int) -> None:
        """It is over and nobody told: `seen` is what Asterisk's own account says of it."""
        if (progress := self._calls.get(call_id)) is None:
            return
        for fact in seen:
            if not isinstance(fact, Ended):
                self._note(call_id, fact)
        progress.talked |= any(isinstance(fact, Connected) for fact in seen)
        ended = next((fact for fact in seen if isinstance(fact, Ended)), None)
        self._over(call_id, ended.t if ended else now, ended.cause if ended else str(EndCause.ASTERISK_LOST))

    def on_event(self, event: ev.TelephonyEvent) -> None:
        """Take down what Asterisk tells of them; everything else is nothing to this."""
        if isinstance(event, ev.UserEvent):
            if (progress := self._calls.get(event.fields.get("Call", ""))) is not None:
                self._user(event.fields["Call"], progress, event)
            return
        if (progress := self._calls.get(event.linkedid)) is None:
            return
        match event:
            case ev.QueueJoined():
                self._note(event.linkedid, Queued(event.t, flow_queue(event.queue)))
            case ev.HangupAsked():
                progress.hung_up.append(event.uniqueid)
            case ev.ChannelGone():
                self._gone(progress, event)
            case _:
                self._agents_part(progress, event)

    def _agents_part(self, progress: _Progress, event: ev.TelephonyEvent) -> None:
        match event:
            case ev.AgentRinging(agent_id=str(agent)):
                progress.ringing_since[event.uniqueid] = event.t
                self._note(event.linkedid, Ringing(event.t, agent))
            case ev.ChannelUp(agent_id=str()) if progress.taken is None:
                progress.taken = event.uniqueid
                progress.ring_ms = event.t - progress.ringing_since.get(event.uniqueid, event.t)
            case ev.HoldStarted(agent_id=str(agent)) if progress.talked:
                self._note(event.linkedid, HoldStarted(event.t, agent))
            case ev.HoldEnded(agent_id=str(agent)) if progress.talked:
                self._note(event.linkedid, HoldEnded(event.t, agent))
            case ev.Transferred(agent_id=str(agent)) if progress.talked:
                self._note(event.linkedid, Transferred(event.t, agent, event.to))

    def _user(self, call_id: str, progress: _Progress, event: ev.UserEvent) -> None:
        agent = event.fields.get("Agent", "")
        match event.name:
            case DialplanEvent.CALLBACK_DIALLED:
                progress.dialled = True
            case DialplanEvent.CALLBACK_ANSWERED:
                progress.dialled = progress.talked = True
                self._note(call_id, Answered(event.t))
                self._note(call_id, Connected(event.t, agent, progress.ring_ms))
            case DialplanEvent.AGENT_ANNOUNCED:
                self._note(call_id, AgentAnnounced(event.t, agent))

    def _gone(self, progress: _Progress, event: ev.ChannelGone) -> None:
        if event.agent_id is not None and progress.talked and event.uniqueid == progress.taken:
            self._note(event.linkedid, Released(event.t, event.agent_id))
        if event.uniqueid == event.linkedid:
            self._over(event.linkedid, event.t, str(event.cause))

    def _over(self, call_id: str, t: int, cause: str) -> None:
        progress = self._calls.pop(call_id)
        by_agent = progress.taken is not None and progress.hung_up[:1] == [progress.taken]
        hangup_by = "agent" if by_agent else "caller" if progress.talked else "system"
        if not progress.talked:
            self._note(call_id, HandoffLeft(t, "timeout" if progress.dialled else "no_agents"))
        self._note(call_id, Ended(t, hangup_by, cause))
        self._recorder.finish(call_id)
        if progress.talked:
            end = CallbackEnd.TALKED
        else:
            end = CallbackEnd.IN_VAIN if progress.dialled else CallbackEnd.NOT_TAKEN
        self._ended(call_id, end, t)

    def _note(self, call_id: str, fact: Fact) -> None:
        self._recorder.fact(call_id, fact)
