"""What each agent does: Asterisk's events and the agent's own commands to states that tile a login without gap or
overlap (CBA 附件1 座席利用率). Pure.

An agent is there while a telephone of his is registered, the one on the desk or the one in the browser, and signed in
until he signs out. Wrap-up begins when a call ends and lasts as long as the queue that the call came through says, and
the time that the agent asked for, or until the agent's telephone rings again; it is over before anybody tells so, so it
is cut where the next event, or a look, finds it past its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ivr.call.agents.commands import MoreTime, Pause, Ready, SignIn, SignOut, WrapUpDone
from ivr.errors import AgentRefused
from ivr.records.model import AgentState, StateName
from ivr.telephony.events import interpreter as ev

#: What an agent who wraps up is paused with in Asterisk.
ACW = "acw"
#: What one who is paused without a reason is paused with.
NO_REASON = "pause"
#: What one is paused with whose telephone in the browser nobody sits at, whose has no microphone that works, and whose
#: has not been heard to ring yet.
LOST = "lost"
NO_MICROPHONE = "microphone"
UNTRIED = "untried"
_HELD_BACK = {
    LOST: "座席台的页面断开了：打开或刷新座席台后再就绪",
    NO_MICROPHONE: "麦克风不能用：插上耳麦，或在浏览器里允许使用麦克风后再就绪",
    UNTRIED: "浏览器里的话机还没有试响：先做振铃测试，听到后按接听",
}
_OWN_REASONS = (ACW, *_HELD_BACK)
#: However often more time is asked for, a wrap-up ends so long after its call.
LONGEST_WRAPUP_MS = 30 * 60_000

OwnCommand = SignIn | SignOut | Pause | Ready | WrapUpDone | MoreTime


@dataclass(slots=True)
class _Agent:
    """`ringing` and `talking` are channels, `call` and `wrapping` calls; `since` is when the present state began.
    `pause` is None for one who takes calls, else why not; `held_back` the same as the page of the desk is the cause;
    `extra_ms` of wrap-up were asked for during the talk."""

    state: StateName = "offline"
    reason: str | None = None
    since: int = 0
    desk: bool = False
    browser: bool = False
    signed_out: bool = False
    pause: str | None = None
    held_back: str | None = None
    ringing: str | None = None
    talking: str | None = None
    call: str = ""
    wrapping: str = ""
    acw_until: int = 0
    extra_ms: int = 0


@dataclass(frozen=True, slots=True)
class AgentNow:
    """An agent at one moment: the state, why one pauses, since when (epoch ms), the call that rings, goes on or is
    wrapped up ("" for none), the agent's channel in a talk (its unique id, "" for none), and when a wrap-up ends by
    itself (0 for none)."""

    agent_id: str
    state: StateName
    reason: str | None
    since: int
    call_id: str
    channel: str
    acw_until: int


@dataclass(slots=True)
class AgentTracker:
    """`wrapup` says how long (ms) the wrap-up of a call lasts, by its id; `closed` takes each state that is over, `acw`
    an agent's wrap-up (call id, agent, when it began, ms) once it is over, `disposed` the code that an agent gave a
    call (call id, agent, when, code)."""

    wrapup: Callable[[str], int]
    closed: Callable[[AgentState], None]
    acw: Callable[[str, str, int, int], None] = lambda *_: None
    disposed: Callable[[str, str, int, str], None] = lambda *_: None
    _agents: dict[str, _Agent] = field(default_factory=dict)

    def on_event(self, event: ev.TelephonyEvent) -> None:
        """Take in one event; what concerns no agent changes nothing."""
        if event.agent_id is None:
            return
        agent = self._agents.setdefault(event.agent_id, _Agent(since=event.t))
        self._pass(event.agent_id, agent, event.t)
        match event:
            case ev.Transferred(attended=True, to=to) if (other := self._agents.get(to)) is not None:
                other.call = event.linkedid  # what was a word between colleagues is the caller's call now
                return
            case ev.AgentThere(there=there, browser=True):
                agent.browser = there
            case ev.AgentThere(there=there):
                agent.desk = there
            case ev.AgentPaused(paused=paused, reason=reason):
                agent.pause = (reason or NO_REASON) if paused and reason not in _OWN_REASONS else None
            case ev.AgentRinging(uniqueid=channel, linkedid=call) if agent.talking is None:
                agent.ringing, agent.call, agent.acw_until = channel, call, 0
            case ev.ChannelUp(uniqueid=channel) if channel == agent.ringing:
                agent.ringing, agent.talking, agent.extra_ms = None, channel, 0
            case ev.ChannelGone(uniqueid=channel) if channel == agent.ringing:
                agent.ringing = None
            case ev.ChannelGone(uniqueid=channel, linkedid=call) if channel == agent.talking:
                # who took a caller over from a colleague rang for another call than this one
                agent.talking, agent.wrapping = None, call
                agent.acw_until = event.t + self.wrapup(call) + agent.extra_ms
            case _:
                return
        self._enter(event.agent_id, agent, event.t)

    def hold_back(self, name: str, why: str | None, t: int) -> None:
        """The agent's page is why no calls are to come (LOST, NO_MICROPHONE, UNTRIED), or no longer (None)."""
        agent = self._agents.setdefault(name, _Agent(since=t))
        self._pass(name, agent, t)
        agent.held_back = why
        self._enter(name, agent, t)

    def held_back(self, name: str) -> str | None:
        """Why the agent's page keeps calls away."""
        agent = self._agents.get(name)
        return None if agent is None else agent.held_back

    def command(self, name: str, command: OwnCommand, t: int, *, more_ms: int = 0) -> None:
        """The agent asks for it at `t` (epoch ms). Raises AgentRefused, and nothing has changed then."""
        agent = self._agents.setdefault(name, _Agent(since=t))
        self._pass(name, agent, t)
        if agent.signed_out and not isinstance(command, SignIn | SignOut | WrapUpDone):
            raise AgentRefused(f"座席 {name} 没有签入")
        match command:
            case SignIn():
                agent.signed_out, agent.pause = False, None if agent.signed_out else agent.pause
            case SignOut():
                agent.signed_out, agent.pause, agent.acw_until = True, None, 0
            case Pause(reason=reason):
                agent.pause = reason or NO_REASON
            case Ready():
                if agent.held_back is not None and agent.browser:
                    raise AgentRefused(_HELD_BACK[agent.held_back])
                if not agent.browser:  # he sits at the telephone on the desk
                    agent.held_back = None
                agent.pause, agent.acw_until = None, 0
            case MoreTime():
                self._more_time(name, agent, t, more_ms)
            case WrapUpDone(disposition=code):
                self._wrapped_up(name, agent, t, code)
        self._enter(name, agent, t)

    def channel(self, name: str) -> str:
        """The agent's channel that rings or talks, by its unique id; "" for none."""
        agent = self._agents.get(name)
        return "" if agent is None else agent.talking or agent.ringing or ""

    def reached_in_browser(self, name: str) -> bool:
        """Whether the agent's telephone in the browser can be reached: it rings then, and not the one on the desk."""
        agent = self._agents.get(name)
        return agent is not None and agent.browser

    def signed_out(self, name: str) -> bool:
        """Whether the agent has signed out."""
        agent = self._agents.get(name)
        return agent is not None and agent.signed_out

    def paused_with(self, name: str, now: int) -> str | None:
        """What the agent is to be paused with in Asterisk; None: calls may come."""
        if (agent := self._agents.get(name)) is None:
            return None
        self._pass(name, agent, now)
        if agent.pause is not None:
            return agent.pause
        return ACW if agent.talking is None and now < agent.acw_until else agent.held_back

    def last_call(self, name: str) -> str:
        """The call that the agent is talking in, or wraps up, or has had last; "" where there is none, or the next one
        rings already."""
        agent = self._agents.get(name)
        if agent is None or agent.state == "ring":
            return ""
        return agent.call if agent.talking is not None else agent.wrapping

    def now(self, name: str, now: int) -> AgentNow:
        """The agent at `now`; one of whom nothing was told yet is offline."""
        agent = self._agents.get(name) or _Agent(since=now)
        self._pass(name, agent, now)
        call = {"ring": agent.call, "talk": agent.call, "acw": agent.wrapping}.get(agent.state, "")
        until = agent.acw_until if agent.state == "acw" else 0
        return AgentNow(name, agent.state, agent.reason, agent.since, call, agent.talking or "", until)

    def states(self, now: int) -> Mapping[StateName, int]:
        """How many agents are in each state at `now`."""
        for name, agent in self._agents.items():
            self._pass(name, agent, now)
        return Counter(agent.state for agent in self._agents.values())

    def close(self, now: int) -> None:
        """Nobody watches any more: every state ends here."""
        for name, agent in self._agents.items():
            self._pass(name, agent, now)
            agent.desk = agent.browser = False
            agent.ringing, agent.talking, agent.acw_until = None, None, 0
            self._enter(name, agent, now)

    @staticmethod
    def _more_time(name: str, agent: _Agent, t: int, more_ms: int) -> None:
        if agent.talking is not None:
            agent.extra_ms = min(agent.extra_ms + more_ms, LONGEST_WRAPUP_MS)
        elif agent.state == "acw":
            agent.acw_until = min(max(agent.acw_until, t) + more_ms, max(agent.since + LONGEST_WRAPUP_MS, t))
        else:
            raise AgentRefused(f"座席 {name} 现在没有要整理的通话")

    def _wrapped_up(self, name: str, agent: _Agent, t: int, code: str) -> None:
        call = agent.call if agent.talking is not None else agent.wrapping
        if not call or agent.state == "ring":
            raise AgentRefused(f"座席 {name} 现在没有要整理的通话")
        if code:
            self.disposed(call, name, t, code)
        if agent.talking is None:
            agent.acw_until = min(agent.acw_until, t)

    def _pass(self, name: str, agent: _Agent, t: int) -> None:
        """Time has gone on to `t`: a wrap-up may have ended meanwhile."""
        if agent.state == "acw" and agent.acw_until <= t:
            self._enter(name, agent, agent.acw_until)

    def _enter(self, name: str, agent: _Agent, t: int) -> None:
        state, reason = self._state(agent, t)
        if (state, reason) == (agent.state, agent.reason):
            return
        t = max(t, agent.since)
        if agent.state != "offline" and t > agent.since:
            self.closed(AgentState(name, agent.state, agent.since, t, agent.reason))
        if agent.state == "acw":
            self.acw(agent.wrapping, name, agent.since, t - agent.since)
        agent.state, agent.reason, agent.since = state, reason, t

    @staticmethod
    def _state(agent: _Agent, t: int) -> tuple[StateName, str | None]:
        if agent.talking is not None:
            return "talk", None
        if not (agent.desk or agent.browser) or agent.signed_out:
            return "offline", None
        if agent.ringing is not None:
            return "ring", None
        if t < agent.acw_until:
            return "acw", None
        why = agent.pause if agent.pause is not None else agent.held_back
        return ("pause", why) if why is not None else ("ready", None)
