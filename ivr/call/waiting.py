"""What a waiting caller is told: position and expected wait, whispered over the music by Asterisk, so that neither
the caller at the head nor an agent waits for an announcement to end (HB 7.2.1)."""

from __future__ import annotations

import asyncio
import logging

from ivr.call.line import Service
from ivr.dialogue.model import Say, Turn
from ivr.errors import SpeechError, TelephonyError
from ivr.telephony.ami import Manager
from ivr.telephony.waits import QueueBoard

log = logging.getLogger(__name__)

#: Nobody is told a position who is connected at once.
FIRST_AFTER_SECONDS = 3.0


class Waiting:
    """One announcement task for each waiting caller."""

    def __init__(self, manager: Manager, board: QueueBoard) -> None:
        self._manager = manager
        self._board = board
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ringing: set[str] = set()

    def joined(self, call_id: str, queue: str, service: Service, turn: Turn) -> None:
        """The caller stands in the queue: tell position and wait now and then."""
        self.left(call_id)
        every = service.flow.queues[queue].announce_ms / 1000
        if every > 0:
            self._tasks[call_id] = asyncio.create_task(self._tell(call_id, every, service, turn))

    def ringing(self, call_id: str) -> None:
        """An agent's telephone rings for this caller."""
        self._ringing.add(call_id)

    def left(self, call_id: str) -> None:
        """The caller no longer waits."""
        self._ringing.discard(call_id)
        task = self._tasks.pop(call_id, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Stop every task."""
        tasks = list(self._tasks.values())
        for call_id in list(self._tasks):
            self.left(call_id)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self, call_id: str, every: float, service: Service, turn: Turn) -> None:
        await asyncio.sleep(min(FIRST_AFTER_SECONDS, every))
        while True:
            if call_id in self._ringing:
                self._ringing.discard(call_id)  # that ring may come to nothing; the next round tells again
            else:
                await self._whisper(call_id, service, turn)
            await asyncio.sleep(every)

    async def _whisper(self, call_id: str, service: Service, turn: Turn) -> None:
        try:
            paths = [
                str(service.catalogue.prompts / path.with_suffix(""))
                for say in self._words(call_id)
                for path in service.catalogue.resolve(say.prompt, say.values, turn.language, turn.variant)
            ]
            if paths:
                whisper = f"Local/{call_id}@whisper/n"
                clips = {"CLIPS": "&".join(paths)}
                await self._manager.originate(whisper, context="say-clips", exten="s", variables=clips, ring=5.0)
        except (SpeechError, TelephonyError) as wrong:
            log.warning("call %s: the position was not announced: %s", call_id, wrong)

    def _words(self, call_id: str) -> tuple[Say, ...]:
        place = self._board.position(call_id)
        if place is None:
            return ()
        ahead = place.position - 1
        first = Say("queue_position", {"ahead": ahead}) if ahead else Say("queue_next")
        if place.expected_ms is None:
            return (first,)
        return (first, Say("queue_wait", {"minutes": max(1, round(place.expected_ms / 60_000))}))
