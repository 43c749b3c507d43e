"""A turn, spoken on a real line: prompts out, keys in, over AGI.

Each coroutine returns the dialogue's next event. A prompt that cannot be played makes the turn a `Failed`
one, except before a queue or a hang-up, where the rest is still spoken: reaching the agent matters more.
"""

from __future__ import annotations

import functools
import logging
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ivr.dialogue.model import End, Enqueue, Event, Failed, HungUp, Key, Listen, NoInput, Say, Turn
from ivr.errors import CallerGone, CommandRefused, SpeechError
from ivr.flow.model import Flow
from ivr.records.facts import Fact, FirstPrompt, PromptSpoken
from ivr.speech.catalogue import Catalogue
from ivr.speech.wav import header
from ivr.telephony.agi import AgiCall

log = logging.getLogger(__name__)

KEYS = "0123456789*#"

#: A prompt or a wait for a key may take this much longer than it should before Asterisk takes the call back.
STALL_SECONDS = 5
#: A reading of Asterisk's clock that took longer is good for nothing but itself.
READING_SECONDS = 0.02


def wall_ms() -> int:
    """This machine's clock in UTC epoch milliseconds: for what Asterisk can no longer be asked about."""
    return time.time_ns() // 1_000_000


class Service(Protocol):
    """What serves one call: a revision of the flow and its recordings."""

    @property
    def flow(self) -> Flow:
        """The revision this call was begun on."""

    @property
    def catalogue(self) -> Catalogue:
        """Its recordings."""


class Line:
    """One caller's line for one call segment. `note` takes the facts that only the line knows."""

    def __init__(self, agi: AgiCall, service: Service, note: Callable[[Fact], None], *, spoken_before: bool) -> None:
        self._agi = agi
        self._service = service
        self._note = note
        self._silent_so_far = not spoken_before
        #: Asterisk's clock in epoch ms and our monotonic clock in s, at the same moment.
        self._read: tuple[int, float] | None = None

    async def perform(self, turn: Turn) -> Event | None:
        """Speak the turn. The event it ends with; None where the turn was an Enqueue or an End that has been
        spoken to its end. Never raises CallerGone: that is the event HungUp."""
        heard = 0
        try:
            listening = isinstance(turn.then, Listen)
            for say in turn.say:
                key = await self._say(say, turn, KEYS if listening else "")
                if key is not None:
                    return Key(await self._now(), key, heard)
                heard += 1
            if not isinstance(turn.then, Listen):
                return None
            await self._guard(turn.then.timeout_ms / 1000)
            key = await self._agi.wait_key(turn.then.timeout_ms)
            now = await self._now()
            return NoInput(now) if key is None else Key(now, key, heard)
        except CallerGone:
            return HungUp(wall_ms(), heard)
        except _CannotSpeak as wrong:
            log.error("call %s: %s", self._agi.uniqueid, wrong)
            return Failed(await self._clock())

    async def _clock(self) -> int:
        try:
            return await self._agi.clock_ms()
        except CallerGone:
            return wall_ms()

    async def _now(self) -> int:
        """Asterisk's clock (D5), carried on by ours since the prompt or the wait began: asking again would hold up
        the prompt that follows a key."""
        if self._read is None:
            return await self._agi.clock_ms()
        asterisk, ours = self._read
        return asterisk + round((time.monotonic() - ours) * 1000)

    async def _guard(self, seconds: float) -> None:
        """What comes now takes so long. Should the application stall meanwhile, Asterisk takes the call back soon
        after, and the dialplan goes on with the caller (HB 4.3.2). Reads Asterisk's clock as well."""
        asked = time.monotonic()
        clock = await self._agi.guarded_clock_ms(math.ceil(seconds) + STALL_SECONDS)
        # Asterisk read its clock between question and answer; where that was long, it must be asked again.
        took = time.monotonic() - asked
        self._read = (clock, asked + took / 2) if took < READING_SECONDS else None

    async def _say(self, say: Say, turn: Turn, keys: str) -> str | None:
        must_go_on = isinstance(turn.then, Enqueue | End)
        try:
            paths = self._service.catalogue.resolve(say.prompt, say.values, turn.language, turn.variant)
        except SpeechError as wrong:
            if must_go_on:
                log.error("call %s: %s", self._agi.uniqueid, wrong)
                return None
            raise _CannotSpeak(str(wrong)) from wrong
        await self._guard(sum(self._seconds(path) for path in paths))
        await self._begun(say)
        for path in paths:
            key = await self._play(path, keys, must_go_on)
            if key is not None:
                return key
        return None

    def _seconds(self, path: Path) -> float:
        """How long a recording lasts; what cannot be read is about to be refused by Asterisk."""
        file = self._service.catalogue.prompts / path
        try:
            return _length(file, file.stat().st_mtime_ns)
        except (SpeechError, OSError) as wrong:
            log.error("call %s: %s", self._agi.uniqueid, wrong)
            return 0

    async def _play(self, path: Path, keys: str, must_go_on: bool) -> str | None:
        file = self._service.catalogue.prompts / path.with_suffix("")
        try:
            return await self._agi.stream(str(file), keys)
        except CommandRefused as wrong:
            if must_go_on:
                log.error("call %s: %s", self._agi.uniqueid, wrong)
                return None
            raise _CannotSpeak(str(wrong)) from wrong

    async def _begun(self, say: Say) -> None:
        now = await self._now()
        if self._silent_so_far:
            self._silent_so_far = False
            self._note(FirstPrompt(now))
        prompt = self._service.flow.prompts.get(say.prompt)
        self._note(PromptSpoken(now, say.prompt, prompt.kind if prompt else "info"))


@functools.lru_cache(maxsize=8192)
def _length(file: Path, _changed_ns: int) -> float:
    """Seconds that a recording lasts; read once for as long as the file stays as it is."""
    return header(file).seconds


class _CannotSpeak(SpeechError):
    """The turn cannot go on as planned."""
