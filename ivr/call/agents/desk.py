"""The agents' desk: what agents and supervisors ask for is checked, done and told in one place, whoever passes it on
(the keys of a telephone, `ivr agents`, a page)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from ivr.call.agents.agent_tracker import AgentNow, AgentTracker
from ivr.call.agents.commands import (
    Command,
    Connect,
    Invite,
    MoreTime,
    Pause,
    Ready,
    SignIn,
    SignOut,
    Supervise,
    Supervision,
    Transfer,
    TryRing,
    WrapUpDone,
    from_keys,
)
from ivr.call.agents.desk_pages import DeskPages
from ivr.call.agents.queue_members import QueueMembers, SignedOut
from ivr.call.agents.queue_pauses import QueuePauses
from ivr.call.agents.talk_details import TalkDetails
from ivr.errors import AgentRefused, CommandRefused, HotlineError, TelephonyError
from ivr.flow.model import Agent, Flow
from ivr.tasks import background
from ivr.telephony.ami import agent_actions
from ivr.telephony.ami.manager import Manager
from ivr.telephony.dialplan import DialplanEvent
from ivr.telephony.events import interpreter as ev

log = logging.getLogger(__name__)


class Supervisors(Protocol):
    """Who may take part in another's talk; whoever does, or is refused, is entered in the audit trail first."""

    async def leave(self, supervisor: str, agent: str, how: str, call_id: str | None, *, flagged: bool) -> None:
        """`flagged`: agents.yaml says that he is a supervisor. Raises AgentRefused."""


#: Files what an agent took down: the call's id, the agent, the kind (None: not said) → the reference number. Raises
#: StoreError.
FileComplaint = Callable[[str, str, str | None], Awaitable[str]]


class AgentDesk:
    """`tracker` follows the agents' states, `flow` is what is served now, `calls` are the hotline's calls in progress.
    Feed it `on_event` after the tracker."""

    def __init__(
        self,
        manager: Manager,
        tracker: AgentTracker,
        flow: Callable[[], Flow],
        signed_out: SignedOut,
        calls: Callable[[], Collection[str]],
        supervisors: Supervisors,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        file_complaint: FileComplaint | None = None,
        tell: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        self._manager, self._tracker, self._flow = manager, tracker, flow
        self._calls, self._supervisors, self._clock = calls, supervisors, clock
        self._file_complaint, self._publish = file_complaint, tell
        self._details = TalkDetails()
        self.pages = DeskPages(manager, tracker, self._details, calls, self._look, tell, clock)
        #: What is known to have happened, since this desk has had Asterisk do it.
        self.happened: Callable[[ev.TelephonyEvent], None] = lambda _: None
        self._told: dict[str, dict[str, Any]] = {}
        #: Who rang at each agent's telephone last.
        self._rang: dict[str, Mapping[str, Any]] = {}
        self._members = QueueMembers(manager, signed_out)
        self._pauses = QueuePauses(manager, tracker, lambda: flow().agents, clock)
        self._looks: dict[str, asyncio.TimerHandle] = {}
        self._works: set[asyncio.Task[None]] = set()
        for agent in signed_out.read():
            tracker.command(agent, SignOut(), clock())

    # ---- what is asked for

    async def ask(self, agent: str, command: Command, channel: str = "") -> AgentNow:
        """Do what the agent asks for; how he is then. `channel`: his telephone, where he asks by its keys. Raises
        AgentRefused where it cannot be or is not allowed, and TelephonyError where Asterisk did not do it."""
        who = self._agent(agent)
        match command:
            case SignIn() | SignOut():
                await self._sign(who, command)
            case Pause(reason=reason):
                self._known(reason, self._flow().pauses, "示忙原因")
                self._own(agent, command)
            case WrapUpDone(disposition=code):
                if code:
                    self._known(code, self._flow().dispositions, "话后小结")
                self._own(agent, command)
                if code and code == self._flow().complaint_disposition:
                    self._begin(self._complained(agent), "complaint")
            case MoreTime() | Ready():
                self._own(agent, command)
            case Transfer(to=to):
                self._known_number(agent, to)
                await agent_actions.transfer(self._manager, self._talk(agent).channel, to)
            case Connect():
                await self._connect(agent)
            case Invite(supervisor=supervisor):
                await self._supervise(self._agent(supervisor), Supervise(Supervision.JOIN, agent), "")
            case TryRing():
                await self._try_ring(agent)
            case Supervise():
                await self._supervise(who, command, channel)
        log.info("agent %s: %s", agent, command)
        return self.now(agent)

    async def complain(self, agent: str, kind: str = "") -> str:
        """The caller of the agent's talk, or of the last one, complains: the reference number of the case. `kind`: an
        id of the policy's kinds, "" where it is none of them. Raises AgentRefused where there is no such call, and
        StoreError where it is filed later, without a word."""
        who, kinds = self._agent(agent), self._flow().complaints.kinds
        if kind and kind not in kinds:
            raise AgentRefused(f"没有投诉类别「{kind[:24]}」，可选：{'、'.join(kinds) or '无'}")
        call_id = self._tracker.last_call(who.id)
        if not call_id or self._file_complaint is None:
            raise AgentRefused(f"座席 {agent} 没有可以登记为投诉的通话")
        return await self._file_complaint(call_id, who.id, kind or None)

    async def _complained(self, agent: str) -> None:
        try:
            reference = await self.complain(agent)
        except HotlineError as wrong:
            log.error("a complaint that agent %s took down is not filed yet: %s", agent, wrong)
        else:
            log.info("agent %s: complaint %s is filed", agent, reference)

    def now(self, agent: str) -> AgentNow:
        """How the agent is now."""
        return self._tracker.now(agent, self._clock())

    def everybody(self) -> tuple[AgentNow, ...]:
        """All agents of the flow, by their numbers."""
        return tuple(self.now(agent) for agent in sorted(self._flow().agents))

    def rings(self, summary: Mapping[str, Any]) -> None:
        """A call rings at an agent's telephone: its summary, with the agent in `agent`."""
        self._rang[str(summary["agent"])] = summary

    def in_browser(self, agent: str) -> bool:
        """Whether the agent talks on the telephone in his browser, and not on the one on his desk."""
        return self._details.in_browser(agent, self._tracker.channel(agent))

    def known(self, agent: str) -> str:
        """The number of an agent of the flow. Raises AgentRefused where it is none."""
        return self._agent(agent).id

    def shown(self, agent: str) -> dict[str, Any]:
        """The same with what a desk shows beside it: since when the caller is on hold (`held_since`, 0 for not), whom
        the agent asks (`asked`), whether he sits at a page (`page`), who his caller is (`caller`: a CallSummary)."""
        asked, now = self._details.asked(agent), self.now(agent)
        rang = self._rang.get(agent, {})
        return {
            **asdict(now),
            "caller": rang if now.call_id and rang.get("call_id") == now.call_id else None,
            "held_since": self._details.held_since(agent),
            "asked": None if asked is None else asdict(asked),
            "page": self.pages.lives(agent),
        }

    async def _connect(self, agent: str) -> None:
        talk, asked = self._talk(agent), self._details.asked(agent)
        if asked is None or not asked.answered:
            raise AgentRefused(f"座席 {agent} 没有接通要转给的同事")
        await agent_actions.connect(self._manager, talk.call_id, asked.channel)
        self.happened(
            ev.Transferred(self._clock(), talk.call_id, talk.channel, agent, asked.agent, True, asked.channel)
        )

    async def _try_ring(self, agent: str) -> None:
        if (now := self.now(agent)).state in ("talk", "ring", "offline"):
            raise AgentRefused("话机没有注册，不能试响" if now.state == "offline" else "通话中不能试响")
        try:
            await agent_actions.ring_to_try(self._manager, agent)
        except CommandRefused as wrong:
            raise AgentRefused("振铃测试没有接听：请检查话机的音量后再试") from wrong

    async def _supervise(self, who: Agent, command: Supervise, channel: str) -> None:
        """The supervisor's telephone is taken into the talk, or called first where he did not ask by its keys."""
        if command.agent == who.id:
            raise AgentRefused("不能监听自己的通话")
        other = self._agent(command.agent).id
        talk = self._talk(other) if who.supervisor else None  # who is none learns nothing of it
        call_id = None if talk is None else talk.call_id
        await self._supervisors.leave(who.id, other, str(command.how), call_id, flagged=who.supervisor)
        assert talk is not None
        part = agent_actions.SupervisorsPart(who.id, command.agent, str(command.how), talk.call_id, talk.channel)
        if channel:
            await agent_actions.take_into_talk(self._manager, channel, part)
        else:
            self._begin(self._call_into_talk(part), "supervision")

    async def _call_into_talk(self, part: agent_actions.SupervisorsPart) -> None:
        try:
            browser = self._tracker.reached_in_browser(part.supervisor)
            await agent_actions.call_into_talk(self._manager, part, browser=browser)
        except TelephonyError as wrong:
            log.warning("supervisor %s was not called into the talk of %s: %s", part.supervisor, part.agent, wrong)

    def _talk(self, agent: str) -> AgentNow:
        """The agent's talk with a caller. Raises AgentRefused where there is none."""
        now = self.now(agent)
        if now.state != "talk" or now.call_id not in self._calls():
            raise AgentRefused(f"座席 {agent} 现在没有和客户通话")
        return now

    async def _sign(self, who: Agent, command: SignIn | SignOut) -> None:
        await self._members.sign(who.id, out=isinstance(command, SignOut))
        if isinstance(command, SignIn) and self._tracker.signed_out(who.id):
            self._pauses.forget(who.id)
        self._own(who.id, command)

    def _own(self, agent: str, command: SignIn | SignOut | Pause | Ready | WrapUpDone | MoreTime) -> None:
        self._tracker.command(agent, command, self._clock(), more_ms=self._flow().more_time_ms)
        self._look(agent)

    def _agent(self, agent: str) -> Agent:
        if (found := self._flow().agents.get(agent)) is None:
            raise AgentRefused(f"没有工号为 {agent[:12]} 的座席")
        return found

    @staticmethod
    def _known(code: str, codes: Collection[str], what: str) -> None:
        if code not in codes:
            raise AgentRefused(f"没有编号为 {code[:12] or '空'} 的{what}，可选：{'、'.join(codes) or '无'}")

    def _known_number(self, agent: str, to: str) -> None:
        flow = self._flow()
        if to == agent or to not in {*flow.agents, *(queue.number for queue in flow.queues.values())}:
            raise AgentRefused(f"不能转给 {to[:12]}：应为其他座席的工号，或队列的号码（agents.yaml 里的 number）")

    # ---- what Asterisk tells

    def is_echo(self, event: ev.TelephonyEvent) -> bool:
        """Whether it only says what this desk asked for: the tracker knows that already, and maybe newer things."""
        return self._pauses.is_echo(event)

    def on_event(self, event: ev.TelephonyEvent) -> None:
        """Take in what happened, after the tracker has."""
        if isinstance(event, ev.UserEvent):
            if event.name == DialplanEvent.AGENT_KEYS and event.agent_id is not None:
                self._begin(self._keyed(event.agent_id, event.uniqueid, event.fields.get("Keys", "")), "agent-keys")
        elif event.agent_id is not None:
            self.pages.on_event(event)
            for agent in {event.agent_id, *self._details.on_event(event)}:
                self._look(agent)

    def standing(self, event: ev.TelephonyEvent) -> bool:
        """How Asterisk has a member of a queue after its manager's link was down; whether that is news to the
        tracker."""
        return self._pauses.standing(event)

    def link_back(self) -> None:
        """Asterisk has told of everything again; what it has missed is made up for."""
        self._details.forget()
        self.pages.forget_telephones()
        for agent in self._flow().agents:
            self._look(agent)

    async def _keyed(self, agent: str, channel: str, keys: str) -> None:
        try:
            command = from_keys(keys)
            await self.ask(agent, command, channel)
        except (AgentRefused, TelephonyError) as wrong:
            log.warning("agent %s: %s", agent, wrong)
            await self._answer(agent, channel, done=False)
        else:
            if not isinstance(command, Supervise):  # whose telephone has gone into the talk
                await self._answer(agent, channel, done=True)

    async def _answer(self, agent: str, channel: str, *, done: bool) -> None:
        try:
            await agent_actions.answer_keys(self._manager, channel, done=done)
        except TelephonyError as wrong:
            log.warning("agent %s was not told: %s", agent, wrong)

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = background(work, name)
        self._works.add(task)
        task.add_done_callback(self._works.discard)

    def _look(self, agent: str) -> None:
        """Have Asterisk pause the agent as his state says, and tell the desks; look again when a wrap-up ends by
        itself."""
        if (timer := self._looks.pop(agent, None)) is not None:
            timer.cancel()
        now, shown = self._clock(), self.shown(agent)
        if shown != self._told.get(agent):
            self._told[agent] = shown
            self._publish({"event": "agent", "t": now, **shown})
        if until := self._tracker.now(agent, now).acw_until:
            self._looks[agent] = asyncio.get_running_loop().call_later((until - now + 1) / 1000, self._look, agent)
        self._pauses.keep(agent)

    async def close(self) -> None:
        """Do no more."""
        await self.pages.close()
        await self._pauses.close()
        for timer in self._looks.values():
            timer.cancel()
        self._looks.clear()
        works = tuple(self._works)
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
