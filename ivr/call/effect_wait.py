"""A turn that waits for an effect, on a real line: what the caller hears meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ivr.call.clock_steps import wall_ms
from ivr.call.effects import RunningEffects
from ivr.dialogue.model import Await, EffectEnded, Event, Key, Turn
from ivr.flow.steps.acts import Say
from ivr.flow.steps.effects import InDoubt, Result, Unavailable, is_write
from ivr.telephony.agi.fastagi import AgiCall

#: A caller who waits for the bank hears nothing for so long, and music after that (CBA 十九).
QUIET_MS = 1_000
#: The bank client keeps the deadline of an operation; one that does not is waited for so much longer.
SPARE_MS = 5_000

#: Speaks one prompt of a turn; the key among these that stopped it, or None.
Speaker = Callable[[Say, Turn, str, None], Awaitable[str | None]]


@dataclass(slots=True)
class Progress:
    """How far a turn has come: prompts spoken to their end, whether one is being spoken, and how often a noise was
    taken for speech."""

    heard: int = 0
    speaking: bool = True
    dismissed: int = 0


class EffectWait:
    """One line's. `guard` says that what comes now takes so many seconds."""

    def __init__(self, agi: AgiCall, effects: RunningEffects, guard: Callable[[float], Awaitable[None]]) -> None:
        self._agi = agi
        self._effects = effects
        self._guard = guard

    async def perform(self, turn: Turn, then: Await, progress: Progress, say: Speaker) -> Event:
        """Carry the effect out while the prompts are spoken, and wait for its result: for a moment in silence, then
        with music."""
        effect = then.effect
        of_the_line = self._effects.takes_the_line(effect)
        running = None if of_the_line else self._effects.begin(then.number, effect)
        while progress.heard < len(turn.say):
            key = await say(turn.say[progress.heard], turn, then.keys, None)
            if key is not None:
                self._effects.drop(then.number, effect)
                return Key(wall_ms(), key, progress.heard)
            progress.heard += 1
        if running is None:
            await self._guard(then.deadline_ms / 1000)
            running = self._effects.begin(then.number, effect)
            result = await running
            return EffectEnded(wall_ms(), progress.heard, then.number, result)
        key = await self._until(running, QUIET_MS, then.keys)
        if key is None and not running.done():
            key = await self._with_music(running, then)
        if key is not None:
            self._effects.drop(then.number, effect)
            return Key(wall_ms(), key, progress.heard)
        if not running.done():
            self._effects.drop(then.number, effect)
            late: Result = InDoubt() if is_write(effect) else Unavailable("no answer in time")
            return EffectEnded(wall_ms(), progress.heard, then.number, late)
        return EffectEnded(wall_ms(), progress.heard, then.number, running.result())

    async def _with_music(self, running: asyncio.Task[Result], then: Await) -> str | None:
        await self._agi.execute("StartMusicOnHold")
        try:
            return await self._until(running, then.deadline_ms + SPARE_MS, then.keys)
        finally:
            if not self._agi.hung_up:
                await self._agi.execute("StopMusicOnHold")

    async def _until(self, running: asyncio.Task[Result], wait_ms: int, keys: str) -> str | None:
        """Wait until the effect has ended, the time is over, or one of `keys` is pressed: that key. Any other key does
        nothing."""
        end = time.monotonic() + wait_ms / 1000
        while not running.done() and (left := end - time.monotonic()) > 0:
            await self._guard(left)
            pressing = asyncio.ensure_future(self._agi.wait_key(round(left * 1000)))
            try:
                await asyncio.wait({pressing, running}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                pressing.cancel()
                await asyncio.wait({pressing})
            key = await self._agi.interrupt() if pressing.cancelled() else pressing.result()
            if key is not None and key in keys:
                return key
        return None
