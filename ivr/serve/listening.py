"""What the node listens with: the process that takes callers' sound and the recognisers' processes; all or none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ivr.call.call_resources import Keep, Listening
from ivr.call.speech_listener import ListenerResources
from ivr.encryption.keys import KeyRing
from ivr.errors import NodeError, SpeechError
from ivr.records.labels.utterances import Utterances
from ivr.settings import Settings
from ivr.speech.recognition.engine_choice import choose
from ivr.speech.recognition.pool import RecogniserPool
from ivr.speech.voice_activity.stream_link import StreamLink
from ivr.telephony.audio import audiosocket

log = logging.getLogger(__name__)


class SpeechInput:
    """Made by `open_speech_input`; `close` it in the end."""

    def __init__(self, streams: StreamLink, recognisers: RecogniserPool, listening: Listening) -> None:
        self.streams = streams
        self.recognisers = recognisers
        self.listening = listening

    @property
    def audio_streams(self) -> int:
        """How many callers are listened to."""
        return self.streams.streams

    def sound_late_ms(self) -> int:
        """How late callers' sound was polled at the worst of late."""
        return self.streams.beat.late_ms

    async def close(self) -> None:
        """End the processes."""
        await self.streams.close()
        await self.recognisers.close()


async def open_speech_input(
    settings: Settings, took: Callable[[float], None], allowed: Callable[[], bool]
) -> SpeechInput | None:
    """Start listening; None where there is nothing to listen with: the hotline then serves by keys alone. `took` is
    told how long each text took; `allowed` says whether new calls may be listened to. Raises NodeError where the audio
    streams' port cannot be had."""
    speech = settings.speech
    try:
        choice = await asyncio.to_thread(choose, settings)
        if choice.engine == "none":
            log.warning("no speech recognition: %s", choice.why)
            return None
    except SpeechError as wrong:
        log.error("no speech recognition: %s", wrong)
        return None
    try:
        listener = audiosocket.bound(speech.host, speech.port)
    except OSError as wrong:
        raise NodeError(f"AudioSocket {speech.host}:{speech.port}: {wrong}") from wrong
    streams = StreamLink(listener, speech.vad, settings.models)
    try:
        await streams.start()
    except SpeechError as wrong:
        log.error("no speech recognition: %s", wrong)
        await streams.close()
        return None
    recognisers = RecogniserPool(choice, workers=speech.workers, talkers=speech.talkers)
    await recognisers.start()
    log.info("speech recognition: %s (%s); voice activity: %s", choice.engine, choice.why, streams.detection)
    return SpeechInput(
        streams, recognisers, Listening(ListenerResources(streams, recognisers, took, allowed), _keeper(settings))
    )


def _keeper(settings: Settings) -> Keep | None:
    """Where the settings say so, utterances are kept for labelling (CBA 二十一)."""
    if not settings.speech.keep_audio:
        return None
    folder = Utterances(settings.utterances, KeyRing(settings.encryption, settings.state))

    async def keep(turn_id: str, t: int, pcm: bytes) -> str | None:
        return await asyncio.to_thread(folder.keep, turn_id, t, pcm)

    return keep
