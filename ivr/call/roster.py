"""What each agent does: Asterisk's events to states that tile a login without gap or overlap (CBA 附件1 座席利用率).

An agent is there while the telephone is registered. Wrap-up begins when a call ends and lasts as long as the queue that
the call came through says, or until the agent's telephone rings again; it is over before anybody tells so, so it is cut
where the next event, or a look, finds it past its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ivr.records.model import AgentState, StateName
from ivr.telephony import events as ev


@dataclass(slots=True)
class _Agent:
    """`ringing` and `talking` are channels, `call` and `wrapping` calls; `since` is when the present state began."""

    state: StateName = "offline"
    since: int = 0
    there: bool = False
    paused: bool = False
    ringing: str | None = None
    talking: str | None = None
    call: str = ""
    wrapping: str = ""
    acw_until: int = 0


@dataclass(slots=True)
class Roster:
    """`wrapup` says how long (ms) the wrap-up of a call lasts, by its id; `closed` takes each state that is over, `acw`
    an agent's wrap-up (call id, agent, when it began, ms) once it is over."""

    wrapup: Callable[[str], int]
    closed: Callable[[AgentState], None]
    acw: Callable[[str, str, int, int], None] = lambda *_: None
    _agents: dict[str, _Agent] = field(default_factory=dict)

    def on_event(self, event: ev.TelephonyEvent) -> None:
        """Take in one event; what concerns no agent changes nothing."""
        if event.agent_id is None:
            return
        agent = self._agents.setdefault(event.agent_id, _Agent(since=event.t))
        self._pass(event.agent_id, agent, event.t)
        match event:
            case ev.AgentThere(there=there):
                agent.there = there
            case ev.AgentPaused(paused=paused):
                agent.paused = paused
            case ev.AgentRinging(uniqueid=channel, linkedid=call):
                agent.ringing, agent.call, agent.acw_until = channel, call, 0
            case ev.ChannelUp(uniqueid=channel) if channel == agent.ringing:
                agent.ringing, agent.talking = None, channel
            case ev.ChannelGone(uniqueid=channel) if channel == agent.ringing:
                agent.ringing = None
            case ev.ChannelGone(uniqueid=channel) if channel == agent.talking:
                agent.talking, agent.wrapping = None, agent.call
                agent.acw_until = event.t + self.wrapup(agent.call)
            case _:
                return
        self._enter(event.agent_id, agent, event.t)

    def states(self, now: int) -> Mapping[StateName, int]:
        """How many agents are in each state at `now`."""
        for name, agent in self._agents.items():
            self._pass(name, agent, now)
        return Counter(agent.state for agent in self._agents.values())

    def close(self, now: int) -> None:
        """Nobody watches any more: every state ends here."""
        for name, agent in self._agents.items():
            self._pass(name, agent, now)
            agent.there, agent.ringing, agent.talking, agent.acw_until = False, None, None, 0
            self._enter(name, agent, now)

    def _pass(self, name: str, agent: _Agent, t: int) -> None:
        """Time has gone on to `t`: a wrap-up may have ended meanwhile."""
        if agent.state == "acw" and agent.acw_until <= t:
            self._enter(name, agent, agent.acw_until)

    def _enter(self, name: str, agent: _Agent, t: int) -> None:
        state = self._state(agent, t)
        if state == agent.state:
            return
        t = max(t, agent.since)
        if agent.state != "offline" and t > agent.since:
            self.closed(AgentState(name, agent.state, agent.since, t))
        if agent.state == "acw":
            self.acw(agent.wrapping, name, agent.since, t - agent.since)
        agent.state, agent.since = state, t

    @staticmethod
    def _state(agent: _Agent, t: int) -> StateName:
        if agent.talking is not None:
            return "talk"
        if not agent.there:
            return "offline"
        if agent.ringing is not None:
            return "ring"
        if t < agent.acw_until:
            return "acw"
        return "pause" if agent.paused else "ready"
