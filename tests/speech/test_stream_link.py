"""The process that listens, as it is: it hears a caller, and where it dies or stands still the hotline goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ivr.errors import ModelUnusable, RecogniserDown
from ivr.speech.voice_activity import stream_link
from ivr.speech.voice_activity.endpointer import Edge, SpeechEnded, SpeechStarted
from ivr.speech.voice_activity.stream_link import RemoteAudioStream, StreamLink
from ivr.telephony.audio import audiosocket
from ivr.telephony.audio.audiosocket_frames import HANGUP, IDENTITY, SOUND, message
from tests.speech.hearing import MODELS, frames, joined, spoken
from tests.speech.speaking import silence

PATIENCE = 20.0


def linked(use: Callable[[StreamLink], Awaitable[None]]) -> None:
    """Run a test with a process that listens; it is gone afterwards."""

    async def main() -> None:
        link = StreamLink(audiosocket.bound("127.0.0.1", 0), "webrtc", MODELS)
        try:
            async with asyncio.timeout(60):
                await link.start()
                pid = link.pid
                await use(link)
        finally:
            await link.close()
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    asyncio.run(main())


@asynccontextmanager
async def channel(stream: RemoteAudioStream) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Asterisk comes for it."""
    reader, writer = await asyncio.open_connection(stream.host, stream.port)
    writer.write(message(IDENTITY, uuid.UUID(stream.uuid).bytes))
    assert await stream.comes(PATIENCE)
    try:
        yield reader, writer
    finally:
        writer.close()


async def edges(stream: RemoteAudioStream) -> list[Edge]:
    """What is decided until an utterance has ended or the stream is over."""
    found = []
    async for _, edge in stream.heard():
        if edge is not None:
            found.append(edge)
        if isinstance(edge, SpeechEnded):
            break
    return found


async def until(what: Callable[[], object]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(PATIENCE):
        while not what():  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.01)


def test_it_hears_an_utterance_and_goes_when_it_is_closed() -> None:
    sound = list(frames(joined(silence(0.8), spoken()[0], silence(1.0))))

    async def use(link: StreamLink) -> None:
        assert link.ready and link.detection == "webrtc"
        stream = link.announce()
        async with channel(stream) as (reader, writer):
            stream.begin(closed=False)
            listening = asyncio.create_task(edges(stream))
            for frame in sound:
                writer.write(message(SOUND, frame))
                await asyncio.sleep(0.01)
            found = await listening
            assert isinstance(found[0], SpeechStarted) and isinstance(found[-1], SpeechEnded)
            assert found[-1].audio in b"".join(sound)
            stream.close()
            assert await reader.readexactly(3) == message(HANGUP)
        await until(lambda: link.streams == 0)

    linked(use)


def test_what_an_earlier_turn_heard_is_not_this_ones() -> None:
    async def use(link: StreamLink) -> None:
        stream = link.announce()
        stream.begin(closed=False)
        old = {"uuid": stream.uuid, "turn": stream._turn, "frame": "", "edge": "dismissed", "t_start": 1}
        stream.take(old)
        stream.begin(closed=True)
        stream.take(old)
        stream.close()
        assert await edges(stream) == []

    linked(use)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_a_process_that_dies_or_stands_still_is_replaced(how: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    if how is signal.SIGSTOP:
        monkeypatch.setattr(stream_link, "_MISSED", 3)

    async def use(link: StreamLink) -> None:
        stream = link.announce()
        assert link.pid is not None
        port, first = link.port, link.pid
        async with channel(stream):
            os.kill(first, how)
            assert await edges(stream) == [] and "收听进程" in stream.lost
            await until(lambda: not link.ready or link.pid != first)
        await until(lambda: link.ready and link.pid != first)
        again = link.announce()
        async with channel(again):
            assert link.port == port and not again.lost

    linked(use)


def test_nobody_is_listened_to_where_it_does_not_run() -> None:
    async def main() -> None:
        link = StreamLink(audiosocket.bound("127.0.0.1", 0), "webrtc", MODELS)
        with pytest.raises(RecogniserDown):
            link.announce()
        await link.close()

    asyncio.run(main())


def test_a_detection_that_is_not_there_is_told(tmp_path: Path) -> None:
    async def main() -> None:
        link = StreamLink(audiosocket.bound("127.0.0.1", 0), "silero", tmp_path)
        with pytest.raises(ModelUnusable, match="没有模型文件"):
            await link.start()
        await link.close()

    asyncio.run(main())


def test_what_it_complains_of_is_in_the_applications_log(caplog: pytest.LogCaptureFixture) -> None:
    async def use(link: StreamLink) -> None:
        with socket.create_connection((link.host, link.port)) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            stranger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            await until(lambda: "AudioSocket connection refused" in caplog.text)

    linked(use)
    assert "AudioSocket connection refused" in caplog.text


def test_it_goes_with_the_application() -> None:
    async def use(link: StreamLink) -> None:
        assert link._writer is not None and link.pid is not None
        first = link.pid
        link._writer.transport.abort()
        await until(lambda: link.pid != first)

    linked(use)
