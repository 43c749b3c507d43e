"""The agents' part of a call: facts to handoffs and agent legs. One `AgentFold` per call, fed in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast, get_args

from ivr.records.facts import (
    AgentAnnounced,
    CallbackAsked,
    Connected,
    DispositionGiven,
    Fact,
    HandoffLeft,
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
    WrappedUp,
)
from ivr.records.model import AgentLeg, Handoff, HandoffOutcome, Hold, How, Reason, Supervision

#: The same request as AMI and CEL saw it is so far apart at most.
_SAME_MS = 100


class AgentFold:
    """Interprets one call's agent facts. `t_ended` closes whatever the facts left open."""

    def __init__(self, t_ended: int) -> None:
        self._t_ended = t_ended
        self._done: list[Handoff] = []
        self._asking: Handoff | None = None
        self._legs: list[AgentLeg] = []
        self._talking: AgentLeg | None = None
        self._hold: HoldStarted | None = None
        self._announced: list[AgentAnnounced] = []
        self._supervisions: list[Supervision] = []
        self._supervising: dict[str, SupervisionBegan] = {}

    def take(self, fact: Fact) -> None:
        """Interpret the next fact; those of other parts of the call are none of the agents' business."""
        match fact:
            case HandoffRequested():
                self._request(fact)
            case Queued():
                self._queue(fact)
            case Ringing() if self._asking and self._asking.t_ring_first is None:
                self._asking = replace(self._asking, t_ring_first=fact.t)
            case Connected():
                self._connect(fact)
            case HandoffLeft(t=t, outcome=outcome):
                self._leave(t, outcome)
            case CallbackAsked():
                self._promise(fact)
            case AgentAnnounced():
                self._announced.append(fact)
            case SupervisionBegan(supervisor=supervisor, t=t):
                self._supervised(supervisor, t)
                self._supervising[supervisor] = fact
            case SupervisionEnded(supervisor=supervisor, t=t):
                self._supervised(supervisor, t)
            case _:
                self._talk(fact)

    def handoffs(self) -> tuple[Handoff, ...]:
        """Every request, in the order it was made; one still open was abandoned at the call's end."""
        self._leave(self._t_ended, "abandoned")
        for announced in self._announced:
            self._announce(announced)
        return tuple(self._done)

    def agent_legs(self) -> tuple[AgentLeg, ...]:
        """Every agent's part, in the order they answered; one still open ended with the call."""
        self._release(self._t_ended)
        return tuple(self._legs)

    def supervisions(self) -> tuple[Supervision, ...]:
        """Every supervisor's part, by when it began; one still open ended with the call."""
        for supervisor in tuple(self._supervising):
            self._supervised(supervisor, self._t_ended)
        return tuple(sorted(self._supervisions, key=lambda one: one.t_start))

    def _supervised(self, supervisor: str, t: int) -> None:
        if (began := self._supervising.pop(supervisor, None)) is not None:
            how = cast(How, began.how if began.how in get_args(How) else "listen")
            self._supervisions.append(Supervision(supervisor, began.agent_id, how, began.t, max(began.t, t)))

    def _request(self, fact: HandoffRequested) -> None:
        if self._asking and self._asking.reason == fact.reason and fact.t - self._asking.t_requested < _SAME_MS:
            return
        # A request that never saw its end gave way to this one.
        self._leave(fact.t, "no_agents")
        reason = cast(Reason, fact.reason if fact.reason in get_args(Reason) else "policy")
        if fact.refused:
            outcome = _outcome(fact.why or "closed", "closed")
            self._done.append(Handoff(fact.t, reason, fact.t, outcome, True, fact.why, queue=fact.queue or None))
        else:
            self._release(fact.t)  # an agent passed the caller on to a queue, and is told to have left a moment later
            self._asking = Handoff(fact.t, reason, fact.t, "abandoned", queue=fact.queue or None)

    def _queue(self, fact: Queued) -> None:
        if self._talking:
            return
        # Nobody asked: the dialplan queued the caller by itself (CBA 三十五).
        asking = self._asking or Handoff(fact.t, "fallback", fact.t, "abandoned", queue=fact.queue or None)
        self._asking = asking if asking.t_queued is not None else replace(asking, t_queued=fact.t)

    def _connect(self, fact: Connected) -> None:
        if self._talking and self._talking.agent_id == fact.agent_id:
            return
        if not self._asking and not self._talking and not self._expected(fact.agent_id):
            asked = max(0, fact.t - fact.ring_ms)
            self._asking = Handoff(asked, "fallback", asked, "answered", t_queued=asked, t_ring_first=asked)
        if self._asking:
            answered = replace(self._asking, ring_ms_answering=fact.ring_ms, t_connected=fact.t)
            self._done.append(replace(answered, t_left=fact.t, outcome="answered", agent_id=fact.agent_id))
            self._asking = None
        self._release(fact.t)
        self._talking = AgentLeg(fact.agent_id, fact.t, fact.t)

    def _expected(self, agent_id: str) -> bool:
        return bool(self._legs) and self._legs[-1].transferred_to == agent_id

    def _leave(self, t: int, outcome: str) -> None:
        if self._asking and outcome != "answered":
            left = max(self._asking.t_requested, min(t, self._t_ended))
            self._done.append(replace(self._asking, t_left=left, outcome=_outcome(outcome, "abandoned")))
            self._asking = None

    def _promise(self, fact: CallbackAsked) -> None:
        """The request that the caller waited in is the one that was promised, though he had left its queue before."""
        self._leave(fact.t, "callback")
        for index in reversed(range(len(self._done))):
            one = self._done[index]
            if not one.refused and one.queue in (None, fact.queue):
                if one.outcome != "answered":
                    left = max(one.t_left, min(fact.t, self._t_ended))
                    self._done[index] = replace(one, t_left=left, outcome="callback")
                return

    def _announce(self, fact: AgentAnnounced) -> None:
        theirs = [i for i, handoff in enumerate(self._done) if handoff.agent_id == fact.agent_id]
        before = [i for i in theirs if (self._done[i].t_connected or 0) <= fact.t]
        for index in before[-1:] or theirs[:1]:
            if self._done[index].agent_id_announced_at is None:
                self._done[index] = replace(self._done[index], agent_id_announced_at=fact.t)

    def _talk(self, fact: Fact) -> None:
        match fact:
            case HoldStarted() if self._talking and not self._hold:
                self._hold = fact
            case HoldExplained() if self._hold:
                self._hold = replace(self._hold, explained=True)
            case HoldEnded(t=t) if self._hold:
                self._unhold(t)
            case Transferred(agent_id=agent_id, to=to):
                self._amend(agent_id, lambda leg: replace(leg, transferred_to=to))
            case Released(t=t, agent_id=agent_id) if self._talking and self._talking.agent_id == agent_id:
                self._release(t)
            case WrappedUp(agent_id=agent_id, acw_ms=acw_ms):
                self._amend(agent_id, lambda leg: replace(leg, acw_ms=acw_ms))
            case DispositionGiven(agent_id=agent_id, disposition=code):
                self._amend(agent_id, lambda leg: replace(leg, disposition=code))

    def _unhold(self, t: int) -> None:
        if self._hold and self._talking:
            hold = Hold(self._hold.t, max(self._hold.t, t), self._hold.explained)
            self._talking = replace(self._talking, hold=(*self._talking.hold, hold))
        self._hold = None

    def _release(self, t: int) -> None:
        if self._talking:
            end = max(self._talking.t_connected, min(t, self._t_ended))
            self._unhold(end)
            self._legs.append(replace(self._talking, t_released=end))
            self._talking = None

    def _amend(self, agent_id: str, amended: Callable[[AgentLeg], AgentLeg]) -> None:
        if self._talking and self._talking.agent_id == agent_id:
            self._talking = amended(self._talking)
            return
        for index in reversed(range(len(self._legs))):
            if self._legs[index].agent_id == agent_id:
                self._legs[index] = amended(self._legs[index])
                return


def _outcome(value: str, otherwise: HandoffOutcome) -> HandoffOutcome:
    return cast(HandoffOutcome, value if value in get_args(HandoffOutcome) else otherwise)
