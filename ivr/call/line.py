"""A turn, spoken on a real line: prompts out, keys and speech in, over AGI.

Each coroutine returns the dialogue's next event. A prompt that cannot be played makes the turn a `Failed`
one, except before a queue or a hang-up, where the rest is still spoken: reaching the agent matters more.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ivr.call.call_recording import CallRecording
from ivr.call.clip_seconds import clip_seconds
from ivr.call.clock_steps import wall_ms
from ivr.call.effect_wait import EffectWait, Progress
from ivr.call.effects import CallContext, Effects, RunningEffects
from ivr.call.key_waits import SPEECH, key_or_speech, key_until
from ivr.call.secret_answer import SecretAnswer
from ivr.call.served_flow import ServedFlow
from ivr.call.speech_listener import ListenerResources, RecognisedUtterance, SpeechListener, monotonic_ms
from ivr.dialogue.model import (
    Await,
    Digits,
    End,
    Enqueue,
    Event,
    Failed,
    HungUp,
    Key,
    Listen,
    NoInput,
    SecretKeys,
    SpeechUnavailable,
    Spoke,
    Then,
    Turn,
)
from ivr.errors import CallerGone, CommandRefused, DeadlinePassed, NotMuted, RecogniserDown, SpeechError
from ivr.flow.steps.acts import Say
from ivr.records.facts import Fact, FirstPrompt, PromptEnded, PromptSpoken
from ivr.records.prompts import WHOLE
from ivr.telephony.agi.fastagi import AgiCall

log = logging.getLogger(__name__)

KEYS = "0123456789*#"

#: After so many noises that were taken for speech a prompt is no longer stopped by sound in this turn.
MOST_DISMISSED = 2

#: A prompt or a wait for a key may take this much longer than it should before Asterisk takes the call back.
STALL_SECONDS = 5
#: Asterisk's time limit is set for so much longer, so that most prompts need no limit of their own: each is a turn of
#: both processes. It is the last defence: an application that stalls is seen by the call watchdog long before.
AHEAD_SECONDS = 20
#: The longest utterance, its end and its recognition together.
UTTERANCE_SECONDS = 20
#: What a caller hears while it takes longer to know what he said.
ONE_MOMENT = "one_moment"


class Line:
    """One caller's line for one call segment. `note` takes the facts that only the line knows. With `resources` the
    line listens on the turns that want it, and `turn_ids` names what the caller says. `close` it in the end."""

    def __init__(
        self,
        agi: AgiCall,
        service: ServedFlow,
        note: Callable[[Fact], None],
        *,
        spoken_before: bool,
        resources: ListenerResources | None = None,
        turn_ids: Iterator[str] | None = None,
        recording: CallRecording | None = None,
        effects: RunningEffects | None = None,
    ) -> None:
        self._agi = agi
        self._service = service
        self._note = note
        self._silent_so_far = not spoken_before
        self._turn_ids = turn_ids or iter(())
        patient = ONE_MOMENT in service.flow.prompts
        self._listener = None if resources is None else SpeechListener(resources, patient=patient)
        #: Until when Asterisk leaves the call to us, on our monotonic clock in s.
        self._guarded_until = 0.0
        running = effects or RunningEffects(Effects(), lambda: CallContext(agi.uniqueid))
        self._waiting = EffectWait(agi, running, self._guard)
        self._secret = SecretAnswer(self._next_key)
        self._recording = recording or CallRecording(agi.uniqueid, note)
        #: The sound of the last utterance, for the session to keep or to drop.
        self.utterance = b""

    async def close(self) -> None:
        """The segment is over: stop listening."""
        if self._listener is not None:
            await self._listener.close()

    async def perform(self, turn: Turn) -> Event | None:
        """Speak the turn. The event it ends with; None where the turn was an Enqueue or an End that has been
        spoken to its end. Never raises CallerGone: that is the event HungUp."""
        progress = Progress()
        self.utterance = b""
        try:
            await self._recording.follow(self._agi, turn, self._secret)
            listener = await self._listening(turn)
            try:
                return await self._perform(turn, listener, progress)
            finally:
                if listener is not None:
                    listener.rest()
        except CallerGone:
            return HungUp(wall_ms(), progress.heard)
        except RecogniserDown:
            return SpeechUnavailable(wall_ms(), progress.heard)
        except (_CannotSpeak, NotMuted) as wrong:
            log.error("call %s: %s", self._agi.uniqueid, wrong)
            return Failed(wall_ms())

    async def _perform(self, turn: Turn, listener: SpeechListener | None, progress: Progress) -> Event | None:
        then = turn.then
        if isinstance(then, Await):
            return await self._waiting.perform(turn, then, progress, self._say)
        while progress.heard < len(turn.say):
            await self._recording.follow(self._agi, turn, self._secret)
            # noise that was taken for speech stops a prompt a few times, not for ever
            listener = listener if progress.dismissed < MOST_DISMISSED else None
            key = await self._say(turn.say[progress.heard], turn, KEYS if isinstance(then, Listen) else "", listener)
            if key is None:
                progress.heard += 1
            elif (event := await self._answer(key, turn, then, listener, progress)) is not None:
                return event
        if isinstance(then, Enqueue | End):
            await self._recording.end(self._agi)
        if not isinstance(then, Listen):
            return None
        progress.speaking = False
        await self._recording.follow(self._agi, turn, self._secret)
        if listener is not None:
            listener.playing(None)
        while True:
            await self._guard(then.timeout_ms / 1000)
            key = await key_or_speech(self._agi, self._agi.wait_key(then.timeout_ms), listener)
            if key is None:
                return NoInput(wall_ms())
            if (event := await self._answer(key, turn, then, listener, progress)) is not None:
                return event

    async def _answer(
        self, key: str, turn: Turn, then: Then, listener: SpeechListener | None, progress: Progress
    ) -> Event | None:
        """What the caller began with `key`, or with speech; None where that was no speech after all, or the key was one
        too many of a secret's."""
        if key == SPEECH:
            assert listener is not None
            return await self._hear_out(listener, turn, then, progress)
        if self._secret.typed_on():
            return None
        return await self._keyed(key, then, progress.heard)

    # ---- speech

    async def _listening(self, turn: Turn) -> SpeechListener | None:
        """The listener where this turn hears, with its audio stream on; where it does not, as while a secret is keyed,
        the stream ends. Raises RecogniserDown."""
        if self._listener is None:
            return None
        expected = turn.then.expected if isinstance(turn.then, Listen) and not turn.then.secret else None
        if expected is None:
            if not isinstance(turn.then, Await):  # in a moment the caller is asked something again
                await self._listener.close()
            return None
        if not self._listener.is_open:
            try:
                await self._listener.open(self._agi)
            except (CommandRefused, DeadlinePassed) as wrong:
                raise RecogniserDown(str(wrong)) from wrong
        self._listener.listen(expected)
        return self._listener

    async def _hear_out(self, listener: SpeechListener, turn: Turn, then: Then, progress: Progress) -> Event | None:
        """The caller speaks: what he said, or the key that he presses meanwhile, beside what he had said
        in full by then; None where it was nothing but a noise. Where the text takes long, he is told so (HB 7.2.1).
        Raises RecogniserDown."""
        saying = asyncio.ensure_future(listener.said())
        try:
            overdue = asyncio.ensure_future(listener.overdue())
            key = await self._key_until(saying, overdue)
            if key is None and not saying.done():
                key = await self._one_moment(turn) or await self._key_until(saying)
            said = await saying if key is None else _heard(saying)
        finally:
            saying.cancel()
            await asyncio.wait({saying})
            if not saying.cancelled():
                saying.exception()  # nobody may have asked
        spoke = None if said is None else self._spoke(said, progress)
        if key is not None:
            event = await self._keyed(key, then, progress.heard)
            return event if isinstance(event, SecretKeys) else replace(event, beside=spoke)
        if spoke is None:
            progress.dismissed += 1
            listener.again()
        return spoke

    async def _key_until(self, *until: asyncio.Future[Any]) -> str | None:
        await self._guard(UTTERANCE_SECONDS)
        return await key_until(self._agi, UTTERANCE_SECONDS * 1000, *until)

    async def _one_moment(self, turn: Turn) -> str | None:
        """Tell the caller that it takes a moment; the key that he presses meanwhile."""
        try:
            return await self._say(Say(ONE_MOMENT), turn, KEYS, None)
        except _CannotSpeak as wrong:
            log.error("call %s: %s", self._agi.uniqueid, wrong)
            return None

    def _spoke(self, said: RecognisedUtterance, progress: Progress) -> Spoke:
        self.utterance = said.audio
        return Spoke(
            at=wall_ms(),
            heard=progress.heard,
            text=said.text,
            score=said.score,
            others=said.others,
            t_start=_wall(said.t_start),
            t_end=_wall(said.t_end),
            turn_id=next(self._turn_ids),
            barge_in=progress.speaking,
        )

    # ---- keys

    async def _keyed(self, key: str, then: Then, heard: int) -> Key | Digits | SecretKeys:
        """The first key of an answer, with those that belong to it."""
        if not isinstance(then, Listen) or key in "*#" or (then.keys == 1 and not then.secret):
            return Key(wall_ms(), key, heard)
        if then.secret:
            secret = await self._secret.take(key, then)
            return SecretKeys(wall_ms(), secret, heard)
        digits = key
        while len(digits) < then.keys:
            more = await self._next_key(then.timeout_ms)
            if more is None or more in "*#":
                break
            digits += more
        return Digits(wall_ms(), digits, heard)

    async def _next_key(self, timeout_ms: int) -> str | None:
        await self._guard(timeout_ms / 1000)
        return await self._agi.wait_key(timeout_ms)

    async def _guard(self, seconds: float) -> None:
        """What comes now takes so long. Should the application stall meanwhile, Asterisk takes the call back some time
        after, and the dialplan goes on with the caller (HB 4.3.2). Raises CallerGone."""
        if self._agi.hung_up:
            raise CallerGone("hung up between two commands")
        needed = math.ceil(seconds) + STALL_SECONDS
        now = time.monotonic()
        if now + needed <= self._guarded_until <= now + needed + AHEAD_SECONDS:
            return
        await self._agi.autohangup(needed + AHEAD_SECONDS)
        self._guarded_until = now + needed + AHEAD_SECONDS

    # ---- prompts

    async def _say(self, say: Say, turn: Turn, keys: str, listener: SpeechListener | None) -> str | None:
        must_go_on = isinstance(turn.then, Enqueue | End)
        try:
            variant = "elderly" if say.slow else turn.variant
            paths = self._service.catalogue.resolve(say.prompt, say.values, turn.language, variant)
        except SpeechError as wrong:
            if must_go_on:
                log.error("call %s: %s", self._agi.uniqueid, wrong)
                return None
            raise _CannotSpeak(str(wrong)) from wrong
        await self._guard(sum(self._seconds(path) for path in paths))
        began, how = self._begun(say), ""
        try:
            for path in paths:
                try:
                    key = await self._play(path, keys, listener)
                except CommandRefused as wrong:
                    how = "failed"
                    if not must_go_on:
                        raise _CannotSpeak(str(wrong)) from wrong
                    log.error("call %s: %s", self._agi.uniqueid, wrong)
                    continue
                if key is not None:
                    how = "voice" if key == SPEECH else "key"
                    return key
            how = how or WHOLE
            return None
        finally:
            if how:  # else the caller has hung up: the call's end says when
                self._note(PromptEnded(wall_ms(), began, how))
            if say.announced is not None:
                self._note(say.announced.heard(began, how == WHOLE))

    def _seconds(self, path: Path) -> float:
        """How long a recording lasts; what cannot be read is about to be refused by Asterisk."""
        file = self._service.catalogue.prompts / path
        try:
            return clip_seconds(file)
        except (SpeechError, OSError) as wrong:
            log.error("call %s: %s", self._agi.uniqueid, wrong)
            return 0

    async def _play(self, path: Path, keys: str, listener: SpeechListener | None) -> str | None:
        """Raises CallerGone, CommandRefused."""
        file = self._service.catalogue.prompts / path
        if listener is not None:
            listener.playing(file)
        return await key_or_speech(self._agi, self._agi.stream(str(file.with_suffix("")), keys), listener)

    def _begun(self, say: Say) -> int:
        now = wall_ms()
        if self._silent_so_far:
            self._silent_so_far = False
            self._note(FirstPrompt(now))
        prompt = self._service.flow.prompts.get(say.prompt)
        self._note(PromptSpoken(now, say.prompt, prompt.kind if prompt else "info", bool(say.values)))
        return now


def _wall(mono_ms: int) -> int:
    """A moment of our monotonic clock in UTC epoch milliseconds."""
    return wall_ms() - (monotonic_ms() - mono_ms)


def _heard(saying: asyncio.Future[RecognisedUtterance | None]) -> RecognisedUtterance | None:
    """What was said, where that is known by now; a recogniser that failed has not heard it."""
    return saying.result() if saying.done() and saying.exception() is None else None


class _CannotSpeak(SpeechError):
    """The turn cannot go on as planned."""
