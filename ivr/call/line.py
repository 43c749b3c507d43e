"""A turn, spoken on a real line: prompts out, keys and speech in, over AGI.

Each coroutine returns the dialogue's next event. A prompt that cannot be played makes the turn a `Failed`
one, except before a queue or a hang-up, where the rest is still spoken: reaching the agent matters more.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import math
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ivr.call.ear import Ear, Ears, monotonic_ms
from ivr.dialogue.model import (
    Digits,
    End,
    Enqueue,
    Event,
    Failed,
    HearingLost,
    HungUp,
    Key,
    Listen,
    NoInput,
    Say,
    Spoke,
    Then,
    Turn,
)
from ivr.errors import CallerGone, CommandRefused, DeadlinePassed, RecogniserDown, SpeechError
from ivr.flow.model import Flow
from ivr.records.facts import Fact, FirstPrompt, PromptSpoken
from ivr.speech.catalogue import Catalogue
from ivr.speech.wav import header
from ivr.telephony.agi import AgiCall

log = logging.getLogger(__name__)

KEYS = "0123456789*#"

#: After so many noises that were taken for speech a prompt is no longer stopped by sound in this turn.
MOST_DISMISSED = 2

#: In place of a key: the caller speaks.
_SPEECH = "speech"

#: A prompt or a wait for a key may take this much longer than it should before Asterisk takes the call back.
STALL_SECONDS = 5
#: A reading of Asterisk's clock that took longer is good for nothing but itself.
READING_SECONDS = 0.02
#: The longest utterance, its end and its recognition together.
UTTERANCE_SECONDS = 20


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
    """One caller's line for one call segment. `note` takes the facts that only the line knows. With `ears` the line
    listens on the turns that want it, and `turn_ids` names what the caller says. `close` it in the end."""

    def __init__(
        self,
        agi: AgiCall,
        service: Service,
        note: Callable[[Fact], None],
        *,
        spoken_before: bool,
        ears: Ears | None = None,
        turn_ids: Iterator[str] | None = None,
    ) -> None:
        self._agi = agi
        self._service = service
        self._note = note
        self._silent_so_far = not spoken_before
        self._turn_ids = turn_ids or iter(())
        self._ear = None if ears is None else Ear(ears)
        #: Asterisk's clock in epoch ms and our monotonic clock in s, at the same moment.
        self._read: tuple[int, float] | None = None
        #: The sound of the last utterance, for the session to keep or to drop.
        self.utterance = b""

    async def close(self) -> None:
        """The segment is over: stop listening."""
        if self._ear is not None:
            await self._ear.close()

    async def perform(self, turn: Turn) -> Event | None:
        """Speak the turn. The event it ends with; None where the turn was an Enqueue or an End that has been
        spoken to its end. Never raises CallerGone: that is the event HungUp."""
        progress = _Progress()
        self.utterance = b""
        try:
            ear = await self._listening(turn)
            try:
                return await self._perform(turn, ear, progress)
            finally:
                if ear is not None:
                    ear.rest()
        except CallerGone:
            return HungUp(wall_ms(), progress.heard)
        except RecogniserDown:
            return HearingLost(await self._clock(), progress.heard)
        except _CannotSpeak as wrong:
            log.error("call %s: %s", self._agi.uniqueid, wrong)
            return Failed(await self._clock())

    async def _perform(self, turn: Turn, ear: Ear | None, progress: _Progress) -> Event | None:
        then = turn.then
        while progress.heard < len(turn.say):
            # noise that was taken for speech stops a prompt a few times, not for ever
            listener = ear if progress.dismissed < MOST_DISMISSED else None
            key = await self._say(turn.say[progress.heard], turn, KEYS if isinstance(then, Listen) else "", listener)
            if key is None:
                progress.heard += 1
            elif (event := await self._answer(key, then, ear, progress)) is not None:
                return event
        if not isinstance(then, Listen):
            return None
        progress.speaking = False
        if ear is not None:
            ear.playing(None)
        while True:
            await self._guard(then.timeout_ms / 1000)
            key = await self._or_speech(self._agi.wait_key(then.timeout_ms), ear)
            if key is None:
                return NoInput(await self._now())
            if (event := await self._answer(key, then, ear, progress)) is not None:
                return event

    async def _answer(self, key: str, then: Then, ear: Ear | None, progress: _Progress) -> Event | None:
        """What the caller began with `key`, or with speech; None where that was no speech after all."""
        if key == _SPEECH:
            assert ear is not None
            return await self._hear_out(ear, progress)
        return await self._keyed(key, then, progress.heard)

    # ---- speech

    async def _listening(self, turn: Turn) -> Ear | None:
        """The ear where this turn hears, with its tap on; where it does not, the tap ends. Raises RecogniserDown."""
        if self._ear is None:
            return None
        hearing = turn.then.hearing if isinstance(turn.then, Listen) else None
        if hearing is None:
            await self._ear.close()
            return None
        if not self._ear.is_open:
            try:
                await self._ear.open(self._agi)
            except (CommandRefused, DeadlinePassed) as wrong:
                raise RecogniserDown(str(wrong)) from wrong
        self._ear.listen(hearing)
        return self._ear

    async def _or_speech(self, keys: Coroutine[object, object, str | None], ear: Ear | None) -> str | None:
        """The key that `keys` waits for; _SPEECH, with the prompt stopped, where the caller speaks first."""
        if ear is None:
            return await keys
        pressing = asyncio.ensure_future(keys)
        speaking = asyncio.ensure_future(ear.begun.wait())
        try:
            await asyncio.wait({pressing, speaking}, return_when=asyncio.FIRST_COMPLETED)
            if pressing.done():
                return pressing.result()
        finally:
            speaking.cancel()
            pressing.cancel()
            await asyncio.wait({pressing, speaking})
        if not pressing.cancelled():  # it ended in the moment of its cancellation
            return pressing.result()
        return await self._agi.interrupt() or _SPEECH

    async def _hear_out(self, ear: Ear, progress: _Progress) -> Event | None:
        """The caller speaks: what he said, or the key that he presses meanwhile; None where it was nothing but a noise.
        Raises RecogniserDown."""
        await self._guard(UTTERANCE_SECONDS)
        saying = asyncio.ensure_future(ear.said())
        pressing = asyncio.ensure_future(self._agi.wait_key(UTTERANCE_SECONDS * 1000))
        try:
            await asyncio.wait({saying, pressing}, return_when=asyncio.FIRST_COMPLETED)
            if not saying.done() and (key := pressing.result()) is not None:
                return Key(await self._now(), key, progress.heard)
            said = await saying
        finally:
            for task in (saying, pressing):
                task.cancel()
            await asyncio.wait({saying, pressing})
        if (key := await self._agi.interrupt()) is not None:
            return Key(await self._now(), key, progress.heard)
        if said is None:
            progress.dismissed += 1
            ear.again()
            return None
        self.utterance = said.audio
        return Spoke(
            at=await self._now(),
            heard=progress.heard,
            text=said.text,
            score=said.score,
            others=said.others,
            t_start=await self._at(said.t_start),
            t_end=await self._at(said.t_end),
            turn_id=next(self._turn_ids),
            barge_in=progress.speaking,
        )

    async def _at(self, mono_ms: int) -> int:
        """A moment of our monotonic clock on Asterisk's clock (D5)."""
        return await self._now() - (monotonic_ms() - mono_ms)

    # ---- keys

    async def _keyed(self, key: str, then: Then, heard: int) -> Event:
        """The first key of an answer, with those that belong to it."""
        if not isinstance(then, Listen) or then.keys == 1 or key in "*#":
            return Key(await self._now(), key, heard)
        digits = key
        while len(digits) < then.keys:
            await self._guard(then.timeout_ms / 1000)
            more = await self._agi.wait_key(then.timeout_ms)
            if more is None or more in "*#":
                break
            digits += more
        return Digits(await self._now(), digits, heard)

    # ---- clocks

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

    # ---- prompts

    async def _say(self, say: Say, turn: Turn, keys: str, ear: Ear | None) -> str | None:
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
            key = await self._play(path, keys, must_go_on, ear)
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

    async def _play(self, path: Path, keys: str, must_go_on: bool, ear: Ear | None) -> str | None:
        file = self._service.catalogue.prompts / path
        if ear is not None:
            ear.playing(file)
        try:
            return await self._or_speech(self._agi.stream(str(file.with_suffix("")), keys), ear)
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


@dataclass(slots=True)
class _Progress:
    """How far a turn has come: prompts spoken to their end, whether one is being spoken, and how often a noise was
    taken for speech."""

    heard: int = 0
    speaking: bool = True
    dismissed: int = 0


class _CannotSpeak(SpeechError):
    """The turn cannot go on as planned."""
