"""What a waiting caller is told: position and expected wait, whispered over the music by Asterisk, so that neither
the caller at the head nor an agent waits for an announcement to end (HB 7.2.1)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from ivr.call.clock_steps import wall_ms
from ivr.call.served_flow import ServedFlow
from ivr.call.whisper import Manner, seconds, whisper
from ivr.dialogue.model import Turn
from ivr.errors import SpeechError, TelephonyError
from ivr.flow.prompts.waiting import CHOICES
from ivr.flow.steps.acts import Say
from ivr.records.facts import Fact, PromptEnded, PromptSpoken
from ivr.records.prompts import WHISPERED, WHOLE
from ivr.tasks import background
from ivr.telephony.ami.manager import Manager
from ivr.telephony.events.queue_board import QueueBoard

log = logging.getLogger(__name__)

#: So many callers a second are told something new.
NEWS_PER_SECOND = 20
#: Nobody is told a position who is connected at once.
FIRST_AFTER_SECONDS = 3.0


def _nothing() -> tuple[Say, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Told:
    """What one waiting caller is told beside his place: `take` gives what he has not been told yet, `note` takes what
    was heard of it."""

    take: Callable[[], tuple[Say, ...]] = _nothing
    note: Callable[[Fact], None] = lambda fact: None


@dataclass(frozen=True, slots=True)
class _Waiter:
    """One caller who waits."""

    call_id: str
    queue: str
    manner: Manner
    told: Told


class QueueAnnouncer:
    """One announcement task for each waiting caller."""

    def __init__(self, manager: Manager, board: QueueBoard) -> None:
        self._manager = manager
        self._board = board
        self._tasks: dict[str, asyncio.Task[None]] = {}
        #: Of each, set where there may be something new to tell.
        self._news: dict[str, asyncio.Event] = {}
        self._ringing: set[str] = set()
        #: When each began to wait, on our monotonic clock in s.
        self._since: dict[str, float] = {}

    def joined(self, call_id: str, queue: str, service: ServedFlow, turn: Turn, told: Told = Told()) -> None:
        """The caller stands in the queue: tell position and wait now and then."""
        self.left(call_id)
        every = service.flow.queues[queue].announce_ms / 1000
        self._since.setdefault(call_id, time.monotonic())
        if every > 0:
            self._news[call_id] = asyncio.Event()
            waiter = _Waiter(call_id, queue, Manner(service, turn.language, turn.variant), told)
            self._tasks[call_id] = background(self._tell(waiter, every), "queue-announcements")

    def news(self) -> None:
        """There may be something new to tell everybody who waits: now, one after the other, lest so many announcements
        at once be more than the machine bears."""
        loop = asyncio.get_running_loop()
        for number, one in enumerate(self._news.values()):
            loop.call_later(number / NEWS_PER_SECOND, one.set)

    def ringing(self, call_id: str) -> None:
        """An agent's telephone rings for this caller."""
        self._ringing.add(call_id)

    def over(self, call_id: str) -> None:
        """The call is over."""
        self.left(call_id)
        self._since.pop(call_id, None)

    def left(self, call_id: str) -> None:
        """The caller no longer waits."""
        self._ringing.discard(call_id)
        self._news.pop(call_id, None)
        task = self._tasks.pop(call_id, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Stop every task."""
        tasks = list(self._tasks.values())
        for call_id in list(self._tasks):
            self.left(call_id)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self, waiter: _Waiter, every: float) -> None:
        due = time.monotonic() + min(FIRST_AFTER_SECONDS, every)
        news = self._news[waiter.call_id]
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, due - time.monotonic())):
                    await news.wait()
            news.clear()
            if time.monotonic() < due:
                await self._whisper(waiter, ())
                continue
            due = time.monotonic() + every
            if waiter.call_id in self._ringing:
                self._ringing.discard(waiter.call_id)  # that ring may come to nothing; the next round tells again
            else:
                await self._whisper(waiter, (*self._words(waiter.call_id), *self._choices(waiter)))

    async def _whisper(self, waiter: _Waiter, words: tuple[Say, ...]) -> None:
        """Say it, and what is new; the caller may be called to the telephone by an agent at any moment."""
        try:
            says = (*waiter.told.take(), *words)
            began = wall_ms()
            if await whisper(self._manager, waiter.call_id, waiter.manner, says):
                await self._heard(waiter, says, began)
        except (SpeechError, TelephonyError) as wrong:
            log.warning("call %s: the position was not announced: %s", waiter.call_id, wrong)
        except Exception:
            log.exception("call %s: the position was not announced", waiter.call_id)

    async def _heard(self, waiter: _Waiter, says: tuple[Say, ...], began: int) -> None:
        """Each has been heard once it has been said to its end while the caller still waits."""
        note, done = waiter.told.note, 0
        try:
            for say in says:
                t = wall_ms()
                note(PromptSpoken(t, say.prompt, WHISPERED, bool(say.values)))
                await asyncio.sleep(seconds(waiter.manner, (say,)))
                note(PromptEnded(wall_ms(), t, WHOLE))
                done += 1
        finally:
            for at, say in enumerate(says):
                if say.announced is not None:
                    note(say.announced.heard(began, at < done))

    def _choices(self, waiter: _Waiter) -> tuple[Say, ...]:
        """What the caller may have instead of waiting, once he has waited for a while: the key for it, each time."""
        flow, call_id = waiter.manner.service.flow, waiter.call_id
        wanted = flow.queues[waiter.queue]
        offers = wanted.message or (wanted.callback and flow.callbacks is not None)
        waited = time.monotonic() - self._since.get(call_id, math.inf)
        return (Say(CHOICES),) if offers and waited * 1000 >= wanted.offer_ms and CHOICES in flow.prompts else ()

    def _words(self, call_id: str) -> tuple[Say, ...]:
        place = self._board.position(call_id)
        if place is None:
            return ()
        ahead = place.position - 1
        first = Say("queue_position", {"ahead": ahead}) if ahead else Say("queue_next")
        if place.expected_ms is None:
            return (first,)
        return (first, Say("queue_wait", {"minutes": max(1, round(place.expected_ms / 60_000))}))
