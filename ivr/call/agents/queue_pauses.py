"""Asterisk's queues are kept as the agents' states say: who wraps up, or pauses, is paused in Asterisk, so that no call
comes. Between the end of a call and that pause lies app_queue's own wrap-up time, which begins with the end itself: no
call slips in."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Container
from dataclasses import dataclass, field

from ivr.call.agents.agent_tracker import AgentTracker
from ivr.errors import TelephonyError
from ivr.tasks import background
from ivr.telephony.ami import agent_actions
from ivr.telephony.ami.manager import Manager
from ivr.telephony.events import types as ev

log = logging.getLogger(__name__)

#: Asterisk tells of a pause in each queue of an agent, so long after it was asked for at most.
ECHO_SECONDS = 5.0
#: What could not be told to Asterisk is tried again so soon.
AGAIN_SECONDS = 1.0


@dataclass(slots=True)
class _Asterisk:
    """What Asterisk was last told of an agent (a pause's reason, None for none), and what it will tell of that: pairs
    of the reason and until when it may come (monotonic s)."""

    paused: str | None = None
    echoes: list[tuple[str | None, float]] = field(default_factory=list)
    busy: bool = False


class QueuePauses:
    """`agents` are those of the flow served now."""

    def __init__(
        self,
        manager: Manager,
        tracker: AgentTracker,
        agents: Callable[[], Container[str]],
        clock: Callable[[], int],
    ) -> None:
        self._manager, self._tracker, self._agents, self._clock = manager, tracker, agents, clock
        self._asterisk: dict[str, _Asterisk] = {}
        self._works: set[asyncio.Task[None]] = set()

    def is_echo(self, event: ev.TelephonyEvent) -> bool:
        """Whether it only says what this desk asked for: the tracker knows that already, and maybe newer things."""
        if not isinstance(event, ev.AgentPaused) or event.agent_id is None:
            return False
        told = self._asterisk.setdefault(event.agent_id, _Asterisk())
        now = time.monotonic()
        told.echoes = [one for one in told.echoes if one[1] > now]
        reason = (event.reason or "") if event.paused else None
        if any(one[0] == reason for one in told.echoes):
            return True
        told.paused = reason
        return False

    def standing(self, event: ev.TelephonyEvent) -> bool:
        """How Asterisk has a member of a queue after its manager's link was down; whether that is news to the tracker.
        An Asterisk that was started again has forgotten who paused: that is not."""
        if not isinstance(event, ev.AgentPaused) or event.agent_id is None:
            return True
        self._asterisk.setdefault(event.agent_id, _Asterisk()).paused = event.reason if event.paused else None
        return event.paused

    def forget(self, agent: str) -> None:
        """Asterisk has read the agent's queues again, and knows of no pause."""
        self._asterisk[agent] = _Asterisk()

    def keep(self, agent: str) -> None:
        """Have Asterisk pause the agent as his state says."""
        told = self._asterisk.setdefault(agent, _Asterisk())
        if not told.busy and self._tracker.paused_with(agent, self._clock()) != told.paused:
            told.busy = True
            task = background(self._tell(agent, told), "agent-pause")
            self._works.add(task)
            task.add_done_callback(self._works.discard)

    async def _tell(self, agent: str, told: _Asterisk) -> None:
        """Tell Asterisk until it has what it should have; one at a time for each agent, in the order of the wishes."""
        try:
            while self._manager.connected and not self._tracker.signed_out(agent):
                wanted = self._tracker.paused_with(agent, self._clock())
                if wanted == told.paused or agent not in self._agents():
                    return
                told.echoes.append((wanted, time.monotonic() + ECHO_SECONDS))
                try:
                    await agent_actions.pause(self._manager, agent, wanted)
                    told.paused = wanted
                except TelephonyError as wrong:
                    log.error("agent %s could not be paused (%s): %s", agent, wanted, wrong)
                    await asyncio.sleep(AGAIN_SECONDS)
        finally:
            told.busy = False

    async def close(self) -> None:
        """Do no more."""
        works = tuple(self._works)
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
