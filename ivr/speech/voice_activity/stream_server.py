"""Child process that listens: it takes callers' sound from Asterisk, and tells the application what it hears in it.

`python -m ivr.speech.voice_activity.stream_server --control FD --listener FD --vad NAME --models FOLDER`; the messages
are in `.stream_messages`. So the application's keys and prompts never wait behind anybody's sound. One event loop: all
streams are polled together (`ivr.telephony.audio.audiosocket`), then each frame goes to its end-pointer, and only what
is part of an utterance goes on to the application. It ends with the control connection.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ivr import core_dumps
from ivr.errors import ModelUnusable
from ivr.speech.voice_activity import registry, vad
from ivr.speech.voice_activity.endpointed_stream import EndpointedStream
from ivr.speech.voice_activity.endpointer import Endpointer
from ivr.speech.voice_activity.stream_messages import BEAT_S, MOST_LINE
from ivr.tasks import background
from ivr.telephony.audio import audiosocket
from ivr.telephony.audio.audiosocket import AudioStream, AudioStreamServer

log = logging.getLogger(__name__)

#: Bytes that the application may leave unread: then it stands still, and listening for it is of no use.
_MOST_UNREAD = 8_000_000
#: Asterisk's sound, keys and prompts come first: that a caller is heard a little later does less harm.
NICENESS = 3
_STATUS_UNREAD, _STATUS_BAD_LINE = 2, 3


class StreamServer:
    """All streams of one node. `take` takes the application's messages, `tell` brings it ours."""

    def __init__(
        self,
        audio_streams: AudioStreamServer,
        endpointer: Callable[[], Endpointer],
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        self._audio_streams = audio_streams
        self._endpointer = endpointer
        self._tell = tell
        self._streams: dict[str, EndpointedStream] = {}
        self._dropped = 0
        self._used, self._looked = time.process_time(), time.monotonic()
        audio_streams.after_poll(self.hear)

    def take(self, message: dict[str, Any]) -> None:
        """Do what the application asks. Raises KeyError, TypeError or ValueError where it is none of our messages."""
        op, name = message["op"], str(message["uuid"])
        if op == "announce":
            self._announce(name)
            return
        do = _asked(op, message)
        stream = self._streams.get(name)  # None where it is over, and the application was told
        if stream is not None:
            try:
                do(stream)
            except Exception:  # noqa: BLE001 - logged there
                self._failed(stream)

    def hear(self) -> None:
        """All streams have been read."""
        self._hear(tuple(self._streams.values()))

    def _hear(self, streams: Sequence[EndpointedStream]) -> None:
        """What has come of these: the samples and levels of all frames are found at once."""
        now = _now()
        frames: list[bytes] = []
        came = []
        for stream in streams:
            each = stream.audio_stream.waiting()
            frames += each
            came.append((stream, each))
        sounds, loud = vad.judged(frames)
        at = 0
        for stream, each in came:
            end = at + len(each)
            try:
                if each:
                    stream.hear(each, sounds[at:end], loud[at:end], now)
                else:
                    stream.tick(now)
            except Exception:  # noqa: BLE001 - logged there
                self._failed(stream)
            at = end

    def beat(self) -> None:
        """Tell how the last second went."""
        used, now = time.process_time(), time.monotonic()
        busy = (used - self._used) / max(now - self._looked, 1e-3)
        self._used, self._looked = used, now
        dropped = self._dropped + sum(stream.audio_stream.dropped for stream in self._streams.values())
        late = round(self._audio_streams.lateness() * 1000)
        told = {"streams": len(self._streams), "busy": round(busy, 3), "late_ms": late, "dropped": dropped}
        self._tell({"beat": told})

    def _announce(self, name: str) -> None:
        audio_stream = self._audio_streams.announce(name)
        try:
            endpointer = self._endpointer()
        except Exception:
            log.exception("voice activity failed")
            audio_stream.close()
            self._tell({"uuid": name, "lost": "voice activity failed"})
            return
        self._streams[name] = EndpointedStream(audio_stream, endpointer, self._tell)
        audio_stream.changed = self._changed

    def _changed(self, audio_stream: AudioStream) -> None:
        if not audio_stream.lost:
            self._tell({"uuid": audio_stream.uuid, "arrived": True})
            return
        stream = self._streams.pop(audio_stream.uuid, None)
        if stream is not None:
            self._hear((stream,))  # what came before the end is still heard
            self._dropped += audio_stream.dropped
            self._tell({"uuid": audio_stream.uuid, "lost": audio_stream.lost})

    def _failed(self, stream: EndpointedStream) -> None:
        """One stream's failure is its own: its caller goes on with keys."""
        log.exception("voice activity failed")
        stream.rest()
        stream.audio_stream.end("voice activity failed")


def _asked(op: str, message: dict[str, Any]) -> Callable[[EndpointedStream], None]:
    """What is asked of one stream. Raises KeyError, TypeError or ValueError."""
    if op == "begin":
        turn, closed = int(message["turn"]), bool(message["closed"])
        return lambda stream: stream.begin(_now(), turn, closed)
    if op == "playing":
        file = None if message["file"] is None else str(message["file"])
        return lambda stream: stream.playing(file)
    if op == "rest":
        return EndpointedStream.rest
    if op == "close":
        return lambda stream: stream.audio_stream.close()
    raise ValueError("unknown op")


def _now() -> int:
    return time.monotonic_ns() // 1_000_000


class _Told(logging.Handler):
    """What is logged here goes to the application's log: nobody reads this process's own output."""

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler.emit."""
        self._tell({"log": [record.levelno, self.format(record)]})


async def serve(control: socket.socket, listener: socket.socket, detection: str, models: Path) -> int:
    """Serve until the application closes the control connection; the exit status."""
    reader, writer = await asyncio.open_unix_connection(sock=control, limit=MOST_LINE)
    gone = asyncio.Event()
    status = 0

    def tell(message: dict[str, Any]) -> None:
        nonlocal status
        if writer.transport.get_write_buffer_size() > _MOST_UNREAD:
            status = _STATUS_UNREAD
            gone.set()
        elif not writer.is_closing():
            writer.write(json.dumps(message).encode() + b"\n")

    try:
        chosen = registry.named(detection, models)
    except ModelUnusable as wrong:
        tell({"error": str(wrong)})
        await writer.drain()
        return 1
    logging.getLogger().addHandler(_Told(tell))
    audio_streams = await audiosocket.serve(listener)
    server = StreamServer(audio_streams, lambda: Endpointer(chosen.make()), tell)
    tell({"ready": chosen.name, "why": chosen.reason})

    async def listen() -> None:
        nonlocal status
        try:
            while line := await reader.readline():
                server.take(json.loads(line))
        except (ValueError, KeyError, TypeError):
            status = _STATUS_BAD_LINE
        except OSError:
            status = 0  # the application is gone
        finally:
            gone.set()

    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            server.beat()

    works = [background(listen(), "stream-control"), background(beat(), "stream-beats")]
    await gone.wait()
    for work in works:
        work.cancel()
    writer.transport.abort()
    await audio_streams.close()
    return status


def main(arguments: list[str]) -> int:
    """`--control FD --listener FD --vad NAME --models FOLDER`; returns the exit status."""
    given = dict(zip(arguments[::2], arguments[1::2], strict=True))
    os.nice(NICENESS)
    core_dumps.forbid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the application decides when its last call is over
    control, listener = (socket.socket(fileno=int(given[name])) for name in ("--control", "--listener"))
    return asyncio.run(serve(control, listener, given["--vad"], Path(given["--models"])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
