"""Callers on hold (HB 7.4.5): each is told at once why he waits, and every 30 s that it goes on; the agent's telephone
on which he talks rings for a moment 5 s before that, which it does on any telephone, also one that plays nothing while
it holds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ivr.call.whisper import Manner, clips, whisper
from ivr.errors import CommandRefused, SpeechError, TelephonyError
from ivr.flow.steps.acts import Say
from ivr.tasks import background
from ivr.telephony import channels
from ivr.telephony.ami.manager import Manager
from ivr.telephony.dialplan import Context

log = logging.getLogger(__name__)

#: Who is on hold for less, because he is being transferred, say, need not be told why.
BEGINS_SECONDS = 1.0
#: One hold may last so long (HB 7.4.5); the caller is told when it does, and after as long again.
HOLD_SECONDS = 30.0
#: The agent is reminded so long before.
REMIND_SECONDS = 5.0
#: How long the reminder rings.
RING_SECONDS = 4.0


class HoldWatch:
    """One task for each caller on hold. `tell` takes what a desk page should know, `in_browser` says whether an agent
    talks on the telephone in his browser."""

    def __init__(
        self,
        manager: Manager,
        tell: Callable[[dict[str, object]], None] = lambda _: None,
        in_browser: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._manager, self._tell, self._in_browser = manager, tell, in_browser
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def started(self, call_id: str, agent: str, manner: Manner, explained: Callable[[], None]) -> None:
        """The agent put this caller on hold; `explained` is called once he has been told why he waits."""
        self.ended(call_id)
        self._tasks[call_id] = background(self._watch(call_id, agent, manner, explained), "hold")

    def ended(self, call_id: str) -> None:
        """The caller is no longer on hold."""
        if (task := self._tasks.pop(call_id, None)) is not None:
            task.cancel()

    async def close(self) -> None:
        """Stop every task."""
        tasks = list(self._tasks.values())
        for call_id in list(self._tasks):
            self.ended(call_id)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self, call_id: str, agent: str, manner: Manner, explained: Callable[[], None]) -> None:
        clock = asyncio.get_running_loop()
        began = clock.time()
        await asyncio.sleep(BEGINS_SECONDS)
        if await self._say(call_id, manner, "hold_begins"):
            explained()
        ends = began
        while True:
            ends += HOLD_SECONDS
            await asyncio.sleep(ends - REMIND_SECONDS - clock.time())
            self._tell({"event": "hold_reminder", "agent": agent, "call_id": call_id, "seconds": round(ends - began)})
            reminding = background(self._remind(agent, manner), "hold-reminder")
            await asyncio.sleep(ends - clock.time())
            if await self._say(call_id, manner, "hold_goes_on"):
                explained()
            await reminding

    async def _say(self, call_id: str, manner: Manner, prompt: str) -> bool:
        """Whether it was said."""
        if prompt not in manner.service.flow.prompts:
            return False
        try:
            return await whisper(self._manager, call_id, manner, (Say(prompt),))
        except (SpeechError, TelephonyError) as wrong:
            log.warning("call %s: %s was not said: %s", call_id, prompt, wrong)
            return False

    async def _remind(self, agent: str, manner: Manner) -> None:
        """Ring; an agent who answers hears why. Nobody need answer."""
        flow = manner.service.flow
        device = channels.browser_device(agent) if self._in_browser(agent) else channels.device(agent)
        try:
            words = clips(manner, (Say("hold_reminder"),) if "hold_reminder" in flow.prompts else ())
            await self._manager.originate(
                device,
                context=Context.SAY_CLIPS,
                exten="s",
                caller_id=f'"客户等候中" <{flow.numbers[0]}>',
                variables=words,
                ring=RING_SECONDS,
            )
        except CommandRefused:
            return  # it rang, and nobody answered: as it should be
        except (SpeechError, TelephonyError) as wrong:
            log.warning("agent %s was not reminded of a caller on hold: %s", agent, wrong)
