"""The application's end of the process that listens (`.stream_server`): start it, keep it, and its streams.

Never a wait on the event loop: what is asked of the process is written and not waited for. A process that dies or
stands still is noticed, killed and started again; the callers it listened to go on with keys, as do those who come
until it is back. The socket that Asterisk comes to is the application's, and stays open meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import ivr
from ivr.errors import ModelUnusable, RecogniserDown
from ivr.speech.recognition.worker_process import ended
from ivr.speech.voice_activity.endpointer import Edge
from ivr.speech.voice_activity.stream_messages import BEAT_S, MOST_LINE, Beat, heard
from ivr.tasks import background

log = logging.getLogger(__name__)

_READY_S = 30.0
#: Beats that the process may miss; told by beats of our own, so that our own standing still is not taken for its.
_MISSED = 6
_BACK_OFF_S = (0.2, 1.0, 3.0, 10.0, 30.0)
_CALM_S = 60.0


class RemoteAudioStream:
    """One caller's sound, as its listener sees it; made by `StreamLink.announce`. It raises nothing: it tells no more,
    and `lost` says why."""

    def __init__(self, host: str, port: int, send: Callable[[dict[str, Any]], None]) -> None:
        #: What Asterisk must say to be let in, and where it must come to.
        self.uuid: str = str(uuid.uuid4())
        self.host: str = host
        self.port: int = port
        #: Whether Asterisk's channel has come.
        self.arrived: bool = False
        #: Why the stream is over; empty while it is not.
        self.lost: str = ""
        self._send = send
        self._turn = 0
        self._heard: deque[tuple[bytes, Edge | None]] = deque()
        self._news = asyncio.Event()

    def begin(self, *, closed: bool) -> None:
        """A turn listens from now on; what was heard before does not count. `closed`: a short answer is expected."""
        self._next_turn()
        self._ask("begin", turn=self._turn, closed=closed)

    def rest(self) -> None:
        """Nobody listens until `begin`."""
        self._next_turn()
        self._ask("rest")

    def playing(self, recording: Path | None) -> None:
        """What the caller hears from now on, so that its echo is not taken for speech."""
        self._ask("playing", file=None if recording is None else str(recording.absolute()))

    def close(self) -> None:
        """Have Asterisk take its channel away, or not come at all. A second time it does nothing."""
        self._ask("close")
        self.end("closed")

    async def comes(self, within: float) -> bool:
        """Whether Asterisk's channel comes within so many seconds; at once where it is known."""
        try:
            async with asyncio.timeout(within):
                while not (self.arrived or self.lost):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return self.arrived

    async def heard(self) -> AsyncIterator[tuple[bytes, Edge | None]]:
        """Each frame of what may be an utterance (20 ms, none where the clock decided) and what it decided, until the
        stream is over."""
        while self._heard or not self.lost:
            if self._heard:
                yield self._heard.popleft()
            else:
                self._news.clear()
                await self._news.wait()

    def take(self, message: dict[str, Any]) -> None:
        """What the process tells. Raises KeyError, TypeError or ValueError where it is nonsense."""
        if "lost" in message:
            self.end(str(message["lost"]))
        elif "arrived" in message:
            self.arrived = True
            self._news.set()
        elif message["turn"] == self._turn:
            self._heard.append(heard(message))
            self._news.set()

    def end(self, why: str) -> None:
        """The stream is over; the first reason counts."""
        if not self.lost:
            self.lost = why
            self._news.set()

    def _next_turn(self) -> None:
        """What was heard before, and what of it is still on its way, does not count."""
        self._turn += 1
        self._heard.clear()

    def _ask(self, op: str, **more: object) -> None:
        if not self.lost:
            self._send({"op": op, "uuid": self.uuid, **more})


class StreamLink:
    """The process and its streams; `start` it, `close` it in the end."""

    def __init__(self, listener: socket.socket, detection: str, models: Path) -> None:
        """`listener` as `audiosocket.bound` makes it; `detection` and `models` as in `registry.named`."""
        self._listener = listener
        self._command = [
            sys.executable,
            "-m",
            "ivr.speech.voice_activity.stream_server",
            "--vad",
            detection,
            "--models",
            str(models),
        ]
        self._writer: asyncio.StreamWriter | None = None
        self._streams: dict[str, RemoteAudioStream] = {}
        self._keeper: asyncio.Task[None] | None = None
        self._beats = 0
        #: Where Asterisk must come to.
        self.host, self.port = listener.getsockname()[:2]
        #: Why the process does not listen, in Chinese; "" where it does.
        self.trouble = "尚未启动"
        #: The detection that serves, and why it is this one, in Chinese.
        self.detection = self.why = ""
        #: Its process id, while it runs.
        self.pid: int | None = None
        #: How it was in the last second.
        self.beat = Beat()

    @property
    def ready(self) -> bool:
        """Whether callers can be listened to."""
        return not self.trouble

    @property
    def streams(self) -> int:
        """How many callers are listened to."""
        return len(self._streams)

    async def start(self) -> None:
        """Start the process; returns when it listens or has failed once, then it is tried again. Raises ModelUnusable
        where there is no such detection."""
        tried: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._keeper = background(self._keep(tried), "stream-process")
        await tried

    async def close(self) -> None:
        """End the process and its streams."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        self._listener.close()

    def announce(self) -> RemoteAudioStream:
        """A stream that Asterisk may come for, once and soon. Raises RecogniserDown where nothing listens now."""
        if not self.ready:
            raise RecogniserDown(self.trouble)
        stream = RemoteAudioStream(self.host, self.port, self._send)
        self._streams[stream.uuid] = stream
        self._send({"op": "announce", "uuid": stream.uuid})
        return stream

    def _send(self, message: dict[str, Any]) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(json.dumps(message).encode() + b"\n")

    # ---- the process

    async def _keep(self, tried: asyncio.Future[None]) -> None:
        """Run a process, and another one after it."""
        failures = 0
        while True:
            began = time.monotonic()
            try:
                await self._run(tried)
            except ModelUnusable as wrong:
                self.trouble = str(wrong)
                if not tried.done():
                    tried.set_exception(wrong)
                    return
            except Exception:
                self.trouble = "收听进程出错，已重新启动"
                log.exception("the process that listens could not be kept")
            if not tried.done():
                tried.set_result(None)
            log.error("listening: %s", self.trouble)
            failures = 0 if time.monotonic() - began > _CALM_S else failures + 1
            await asyncio.sleep(_BACK_OFF_S[min(failures, len(_BACK_OFF_S)) - 1] if failures else 0.0)

    async def _run(self, tried: asyncio.Future[None]) -> None:
        """One process, from its start to its end. Raises ModelUnusable."""
        ours, theirs = socket.socketpair()
        files = (theirs.fileno(), self._listener.fileno())
        package = str(Path(ivr.__file__).parents[1])
        path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, "--control", str(files[0]), "--listener", str(files[1]),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=files,
                env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            )  # fmt: skip
        except OSError as wrong:
            ours.close()
            self.trouble = f"无法启动收听进程：{wrong.strerror}"
            return
        finally:
            theirs.close()
        self.pid = process.pid
        try:
            reader, self._writer = await asyncio.open_unix_connection(sock=ours, limit=MOST_LINE)
            await self._serve(reader, tried)
        finally:
            self.trouble = self.trouble or "收听进程意外结束，已重新启动"
            if self._writer is not None:
                self._writer.transport.abort()
            self.pid = self._writer = None
            self.beat = Beat()
            for stream in self._streams.values():
                stream.end(self.trouble)
            self._streams.clear()
            await ended(process)

    async def _serve(self, reader: asyncio.StreamReader, tried: asyncio.Future[None]) -> None:
        try:
            async with asyncio.timeout(_READY_S):
                first = json.loads(await reader.readline() or b"{}")
        except (TimeoutError, ValueError):
            first = {}
        if "error" in first:
            raise ModelUnusable(first["error"])
        if "ready" not in first:
            self.trouble = "收听进程没有启动成功"
            return
        self.detection, self.why, self.trouble = str(first["ready"]), str(first["why"]), ""
        if not tried.done():
            tried.set_result(None)
        works = [background(self._listen(reader), "stream-messages"), background(self._watch(), "stream-watch")]
        try:
            await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Ends when the process does, or talks nonsense."""
        try:
            while line := await reader.readline():
                self._take(json.loads(line))
            self.trouble = "收听进程意外结束，已重新启动"
        except (ValueError, KeyError, TypeError, OSError) as wrong:
            self.trouble = f"收听进程的消息无法理解（{type(wrong).__name__}），已重新启动"

    async def _watch(self) -> None:
        """Ends when the process has stood still for too long."""
        missed = 0
        while missed < _MISSED:
            seen = self._beats
            await asyncio.sleep(BEAT_S)
            missed = missed + 1 if self._beats == seen else 0
        self.trouble = f"收听进程 {_MISSED * BEAT_S:g} 秒没有反应，已重新启动"

    def _take(self, message: dict[str, Any]) -> None:
        if "beat" in message:
            self.beat = Beat(**message["beat"])
            self._beats += 1
        elif "log" in message:
            level, text = message["log"]
            log.log(int(level), "%s", text)
        elif (stream := self._streams.get(message["uuid"])) is not None:
            stream.take(message)
            if stream.lost:
                del self._streams[message["uuid"]]
