"""What the node listens with: the taps' server, the recognisers' processes, voice activity; all of it or none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ivr.call.ear import Ears
from ivr.call.session import Keep, Listening
from ivr.errors import NodeError, SpeechError
from ivr.records.utterances import Utterances
from ivr.settings import Settings
from ivr.speech import vad
from ivr.speech.choice import choose
from ivr.speech.endpoint import Endpointer
from ivr.speech.recognisers import Recognisers
from ivr.telephony import audiosocket

log = logging.getLogger(__name__)


class Hearing:
    """Made by `open_hearing`; `close` it in the end."""

    def __init__(self, taps: audiosocket.TapServer, recognisers: Recognisers, listening: Listening) -> None:
        self._taps = taps
        self.recognisers = recognisers
        self.listening = listening

    @property
    def taps(self) -> int:
        """How many callers are listened to."""
        return self._taps.taps

    async def close(self) -> None:
        """End the recognisers' processes and the taps."""
        await self._taps.close()
        await self.recognisers.close()


async def open_hearing(settings: Settings, took: Callable[[float], None]) -> Hearing | None:
    """Start listening; None where there is nothing to listen with: the hotline then serves by keys alone. `took` is
    told how long each text took. Raises NodeError where the taps' port cannot be had."""
    speech = settings.speech
    try:
        choice = await asyncio.to_thread(choose, settings)
        if choice.engine == "none":
            log.warning("no speech recognition: %s", choice.why)
            return None
        detection = await asyncio.to_thread(vad.named, speech.vad, settings.models)
    except SpeechError as wrong:
        log.error("no speech recognition: %s", wrong)
        return None
    try:
        taps = await audiosocket.serve(speech.host, speech.port)
    except OSError as wrong:
        raise NodeError(f"AudioSocket {speech.host}:{speech.port}: {wrong}") from wrong
    recognisers = Recognisers(choice, workers=speech.workers, talkers=speech.talkers)
    await recognisers.start()
    log.info("speech recognition: %s (%s); voice activity: %s", choice.engine, choice.why, detection.name)
    ears = Ears(taps, recognisers, lambda: Endpointer(detection.make()), took)
    return Hearing(taps, recognisers, Listening(ears, _keeper(settings)))


def _keeper(settings: Settings) -> Keep | None:
    """Where the settings say so, utterances are kept for labelling (CBA 二十一)."""
    if not settings.speech.keep_audio:
        return None
    folder = Utterances(settings.utterances)

    async def keep(turn_id: str, t: int, pcm: bytes) -> str | None:
        return await asyncio.to_thread(folder.keep, turn_id, t, pcm)

    return keep
