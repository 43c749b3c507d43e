"""The recording of one call while the hotline serves it (HB 7.3.3): never of a secret that is keyed, whose tones would
be in it where the trunk sends keys as tones (CBA 十三). The record tells where it is and what it lacks."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ivr.call.clock_steps import wall_ms
from ivr.call.secret_answer import SecretAnswer
from ivr.dialogue.model import Listen, Turn
from ivr.errors import CommandRefused, DeadlinePassed, NotMuted
from ivr.records.facts import Fact, RecordingEnded, RecordingMuted, RecordingStarted, RecordingUnmuted
from ivr.telephony.agi.fastagi import AgiCall
from ivr.telephony.dialplan import Global

log = logging.getLogger(__name__)


class CallRecording:
    """`<call id>-<number>.wav` in Asterisk's folder of recordings, a new number after each queue. While it is muted
    Asterisk does not record at all: nothing that comes late can be in it, and it stays off if the application dies."""

    def __init__(self, call_id: str, note: Callable[[Fact], None]) -> None:
        self._call_id = call_id
        self._note = note
        self._number = 0
        self._ref: str | None = None
        self._wanted = self._running = self._refused = False

    async def follow(self, agi: AgiCall, turn: Turn, secret: SecretAnswer) -> None:
        """See to it, before anything of the turn is spoken or awaited, that nothing of a secret is recorded, and
        everything else where that is asked for. Raises CallerGone, and NotMuted: then no secret may be asked for."""
        self._wanted |= turn.recorded
        if isinstance(turn.then, Listen) and turn.then.secret:
            try:
                await self._mute(agi)
            except (CommandRefused, DeadlinePassed) as wrong:
                raise NotMuted(f"the recording cannot be muted for a secret: {wrong}") from wrong
        elif self._wanted and not (self._running or self._refused or secret.may_go_on):
            await self._go_on(agi)

    async def end(self, agi: AgiCall) -> None:
        """The caller leaves the hotline's own part of the call, for a queue say. Raises CallerGone."""
        try:
            if self._running:
                await agi.execute("StopMixMonitor")
        except (CommandRefused, DeadlinePassed) as wrong:
            log.error("call %s is recorded on: %s", self._call_id, wrong)
            return
        if self._ref is not None:
            self._note(RecordingEnded(wall_ms()))
        self._ref, self._wanted, self._running = None, False, False

    async def _go_on(self, agi: AgiCall) -> None:
        """A call that cannot be recorded is served all the same."""
        ref = self._ref or f"{self._call_id}-{self._number + 1}.wav"
        try:
            folder = await agi.get_full(f"${{{Global.RECORDINGS}}}")
            await agi.execute("MixMonitor", f"{folder}/{ref}", "a")
        except (CommandRefused, DeadlinePassed) as wrong:
            log.error("call %s is not recorded: %s", self._call_id, wrong)
            self._refused = True
            return
        self._note(RecordingStarted(wall_ms(), ref) if self._ref is None else RecordingUnmuted(wall_ms()))
        self._number += self._ref is None
        self._ref, self._running = ref, True

    async def _mute(self, agi: AgiCall) -> None:
        if self._running:
            t = wall_ms()
            await agi.execute("StopMixMonitor")
            self._running = False
            self._note(RecordingMuted(t))
