"""What callers complained of, as text, recognised after the call (CBA 五十一(一)): by a recogniser of its own that
gives way to everything else on the machine. Callers' recognisers are not touched."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ivr.call.clock_steps import wall_ms
from ivr.care.complaints.intake import transcribed
from ivr.encryption.files import plain_copy
from ivr.encryption.keys import KeyRing
from ivr.errors import HotlineError
from ivr.flow.model import Flow
from ivr.nlu import mask
from ivr.records.complaints.model import Case
from ivr.records.store import Store
from ivr.settings import Settings
from ivr.speech.audio import wav
from ivr.speech.audio.pieces import pieces
from ivr.speech.recognition.engine_choice import EngineChoice, choose
from ivr.speech.recognition.pool import RecogniserPool
from ivr.speech.recognition.recogniser import Expected
from ivr.speech.recognition.worker_process import worker_command

log = logging.getLogger(__name__)

#: New recordings are looked for so often; what could not be recognised is tried again after so long.
LOOK_SECONDS = 5.0
AGAIN_SECONDS = 600.0
#: Complaints received longer ago are left as they are.
DAYS = 7
#: The process may be slow: it runs when nothing else wants to.
PIECE_SECONDS, PATIENCE_SECONDS, START_SECONDS = 600.0, 300.0, 120.0

Pool = Callable[[], RecogniserPool]


def background_pool(choice: EngineChoice) -> Pool:
    """Makes the recogniser, at the lowest priority."""
    command = ("nice", "-n", "19", *worker_command(choice))
    return lambda: RecogniserPool(choice, workers=1, talkers=1, command=command, patience=PATIENCE_SECONDS)


class ComplaintTranscripts:
    """`flow` is what is served. Run `keep` as a task. The recogniser is there only while there is something to
    recognise."""

    def __init__(self, settings: Settings, store: Store, flow: Callable[[], Flow], pool: Pool | None = None) -> None:
        self._settings, self._store, self._flow, self._pool = settings, store, flow, pool
        self._ring = KeyRing(settings.encryption, settings.state)
        #: Recordings that could not be recognised: when (monotonic s) to try again.
        self._again: dict[str, float] = {}

    async def keep(self) -> None:
        """Look until cancelled."""
        if self._pool is None:
            choice = await asyncio.to_thread(choose, self._settings)
            if choice.engine == "none":
                await asyncio.Event().wait()
            self._pool = background_pool(choice)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Recognise what is new."""
        try:
            waiting = await asyncio.to_thread(self._waiting)
        except HotlineError as wrong:
            log.warning("complaints wait to be transcribed: %s", wrong)
            return
        if not waiting or self._pool is None:
            return
        pool = self._pool()
        try:
            await pool.start(START_SECONDS)
            for case in waiting:
                await self._transcribe(pool, case)
        finally:
            await pool.close()

    def _waiting(self) -> list[Case]:
        now = time.monotonic()
        since = wall_ms() - DAYS * 86_400_000
        found = self._store.complaints.list(since=since)
        return [
            one
            for one in found
            if one.audio is not None and one.transcript is None and self._again.get(one.ref, 0.0) <= now
        ]

    async def _transcribe(self, pool: RecogniserPool, case: Case) -> None:
        try:
            sound = await asyncio.to_thread(self._sound, self._settings.state / str(case.audio))
            words = [await self._recognised(pool, piece) for piece in pieces(sound)]
            text = mask("，".join(word for word in words if word))
            if text:
                await asyncio.to_thread(transcribed, self._store, self._flow(), case.ref, text, wall_ms())
                log.info("complaint %s is transcribed", case.id)
                return
        except (HotlineError, OSError) as wrong:
            log.warning("complaint %s is not transcribed: %s", case.id, wrong)
        self._again[case.ref] = time.monotonic() + AGAIN_SECONDS

    async def _recognised(self, pool: RecogniserPool, piece: wav.Samples) -> str:
        stream = pool.open(Expected())
        stream.feed(np.clip(np.rint(piece * 32768), -32768, 32767).astype("<i2").tobytes())
        return (await stream.final(PIECE_SECONDS)).text

    def _sound(self, path: Path) -> wav.Samples:
        with plain_copy(path, self._ring, self._settings.listening) as plain:
            return wav.telephone(plain)
