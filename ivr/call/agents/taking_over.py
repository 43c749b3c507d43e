"""A caller whom an agent passes on after a word with a colleague: he hears the colleague's number (HB 7.1.3), and the
talk is recorded as it was before (HB 7.3.3)."""

from __future__ import annotations

import asyncio
import logging

from ivr.call.whisper import announce_agent
from ivr.errors import TelephonyError
from ivr.tasks import background
from ivr.telephony.ami import agent_actions
from ivr.telephony.ami.manager import Manager

log = logging.getLogger(__name__)


class TakingOver:
    """Begins such talks, each in a task of its own."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, call_id: str, agent: str, recorded: str) -> None:
        """The agent talks to this caller from now on; `recorded`: the channel to record (its unique id), or ""."""
        task = background(self._begin(call_id, agent, recorded), "taking-over")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Begin no more."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _begin(self, call_id: str, agent: str, recorded: str) -> None:
        try:
            if recorded:
                await agent_actions.record_talk(self._manager, recorded, call_id, agent)
        except TelephonyError as wrong:
            log.error("call %s is not recorded after agent %s took it over: %s", call_id, agent, wrong)
        try:
            await announce_agent(self._manager, call_id, agent)
        except TelephonyError as wrong:
            log.warning("call %s: the number of agent %s was not said: %s", call_id, agent, wrong)
