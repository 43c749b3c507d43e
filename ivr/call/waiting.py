"""What a waiting caller is told: position and expected wait, whispered over the music by Asterisk, so that neither
the caller at the head nor an agent waits for an announcement to end (HB 7.2.1)."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from ivr.call.line import Service
from ivr.dialogue.model import Say, Turn
from ivr.errors import SpeechError, TelephonyError
from ivr.telephony.ami import Manager

log = logging.getLogger(__name__)

#: Nobody is told a position who is connected at once.
FIRST_AFTER_SECONDS = 3.0


class Board(Protocol):
    """Who stands where, and how long it may take."""

    def position(self, uniqueid: str) -> int | None:
        """1 is the head; None where the caller is in no queue."""

    def expected_wait_ms(self, uniqueid: str) -> int | None:
        """How long this caller will probably wait from now on."""


class Waiting:
    """One announcement task for each waiting caller."""

    def __init__(self, manager: Manager, board: Board) -> None:
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
        position = self._board.position(call_id)
        if position is None:
            return ()
        first = Say("queue_next") if position == 1 else Say("queue_position", {"ahead": position - 1})
        wait = self._board.expected_wait_ms(call_id)
        if wait is None:
            return (first,)
        return (first, Say("queue_wait", {"minutes": max(1, round(wait / 60_000))}))
