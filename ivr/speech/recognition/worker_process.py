"""The parent's end of one worker process: its pipes, what it owes us, and whether it is still alive.

Writing never waits: what a stopped worker does not read stays in a buffer, and a worker whose buffer grows too large is
given up. It is also given up when it does not answer a ping or finish an utterance in time; the process is then killed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ivr
from ivr.errors import RecogniserDown
from ivr.speech.recognition.engine_choice import EngineChoice
from ivr.speech.recognition.recogniser import Expected, Recognised
from ivr.tasks import background

#: Bytes that may wait to be read by a worker: some twenty seconds of twelve callers' sound.
MOST_UNREAD = 6_000_000
#: A worker that owes an answer for so long gets no new utterances: it has more to do than it can.
SLOW_S = 2.0

_PING_S = 0.5
_READY_S = 30.0
_MOST_LINE = 1 << 20


def worker_command(choice: EngineChoice) -> list[str]:
    """How a worker for the chosen engine is started."""
    return [
        sys.executable,
        "-m",
        "ivr.speech.recognition.worker",
        "--engine",
        choice.engine,
        "--model",
        str(choice.model),
    ]


class WorkerProcess:
    """One worker at a time; `run` again after it has ended."""

    def __init__(self) -> None:
        #: Why it is not ready, in Chinese; "" where it is.
        self.trouble = "尚未启动"
        self.pid: int | None = None
        self.partials: dict[int, str] = {}
        self._results: dict[int, asyncio.Future[Recognised]] = {}
        self._unknown: list[asyncio.Future[tuple[str, ...]]] = []
        self._writer: asyncio.StreamWriter | None = None
        self._ready = False
        self._pings = 0
        self._owed: dict[int | str, float] = {}
        self._answered = 0.0

    @property
    def ready(self) -> bool:
        """Whether it runs and has its model loaded."""
        return self._ready

    @property
    def fit(self) -> bool:
        """Whether it may take an utterance: ready, and not behind with its answers."""
        return self._ready and time.monotonic() - min(self._owed.values(), default=time.monotonic()) < SLOW_S

    @property
    def load(self) -> int:
        """Utterances that it has."""
        return len(self._results)

    def begin(self, id: int, expected: Expected) -> asyncio.Future[Recognised]:
        """Begin an utterance; its result, or RecogniserDown, comes in the future."""
        result: asyncio.Future[Recognised] = asyncio.get_running_loop().create_future()
        result.add_done_callback(_looked_at)
        self._results[id] = result
        self.send({"op": "begin", "id": id, **dataclasses.asdict(expected)})
        return result

    def feed(self, id: int, pcm: bytes) -> None:
        """Send sound."""
        self.send({"op": "feed", "id": id, "pcm": base64.b64encode(pcm).decode()})

    def finish(self, id: int) -> None:
        """Ask for the result; from now on the worker owes it."""
        if (result := self._results.get(id)) is not None and not result.done():  # one that has failed is owed no more
            self._owed.setdefault(id, time.monotonic())
        self.send({"op": "finish", "id": id})

    def drop(self, id: int) -> None:
        """The utterance is over, or nobody waits for it. What the worker owes it owes still: it may hang in it."""
        result = self._results.pop(id, None)
        self.partials.pop(id, None)
        if result is not None and not result.done():
            result.cancel()
            self.send({"op": "cancel", "id": id})
            self._owed.pop(id, None)

    async def unknown(self, words: Sequence[str]) -> tuple[str, ...]:
        """Ask which words the engine can never hear. Raises RecogniserDown."""
        answer: asyncio.Future[tuple[str, ...]] = asyncio.get_running_loop().create_future()
        self._unknown.append(answer)
        self.send({"op": "unknown", "words": list(words)})
        return await answer

    def send(self, message: dict[str, Any]) -> None:
        """Write a message; never waits. To a worker that is gone it is not written."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(json.dumps(message).encode() + b"\n")

    async def run(self, command: Sequence[str], patience: float, tried: asyncio.Event) -> None:
        """Start a worker, serve till it ends or is given up, and leave none behind; `tried` is set when it is ready."""
        package = str(Path(ivr.__file__).parents[1])
        path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # a library's complaint may hold what was said
                limit=_MOST_LINE,
                env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            )
        except OSError as wrong:
            self.trouble = f"无法启动识别进程：{wrong.strerror}"
            return
        assert process.stdin is not None and process.stdout is not None
        self.pid, self._writer = process.pid, process.stdin
        try:
            self.trouble = "识别进程正在装载模型"
            await self._serve(process.stdout, patience, tried)
        finally:
            self._ready, self.pid, self._writer = False, None, None
            self._fail()
            await ended(process)

    async def _serve(self, answers: asyncio.StreamReader, patience: float, tried: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(_READY_S):
                first = json.loads(await answers.readline() or b"{}")
        except (TimeoutError, ValueError):
            first = {}
        if "ready" not in first:
            self.trouble = str(first.get("error", "识别进程没有启动成功"))
            return
        self._ready, self.trouble = True, ""
        tried.set()
        watch = background(self._watch(patience), "recogniser-watch")
        listen = background(self._listen(answers), "recogniser-answers")
        try:
            await asyncio.wait((watch, listen), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (watch, listen):
                task.cancel()
            await asyncio.gather(watch, listen, return_exceptions=True)

    async def _watch(self, patience: float) -> None:
        """Ends when the worker is to be given up."""
        while True:
            now = time.monotonic()
            # one that is behind but answers is busy; to replace it would only make it worse
            if now - max(min(self._owed.values(), default=now), self._answered) > patience:
                self.trouble = f"识别进程 {patience:g} 秒没有反应，已重新启动"
                return
            if self._writer is None or self._writer.transport.get_write_buffer_size() > MOST_UNREAD:
                self.trouble = "识别进程不再接收声音，已重新启动"
                return
            if "ping" not in self._owed:
                self._owed["ping"] = now
                self._pings += 1
                self.send({"op": "ping", "n": self._pings})
            await asyncio.sleep(min(_PING_S, patience / 4))

    async def _listen(self, answers: asyncio.StreamReader) -> None:
        """Ends when the worker does, or talks nonsense."""
        self.trouble = ""
        try:
            while line := await answers.readline():
                self._take(json.loads(line))
            self.trouble = "识别进程意外结束，已重新启动"
        except (ValueError, KeyError, TypeError, OSError) as wrong:
            self.trouble = f"识别进程的答复无法理解（{type(wrong).__name__}），已重新启动"

    def _take(self, message: dict[str, Any]) -> None:
        self._answered = time.monotonic()
        if "pong" in message:
            self._owed.pop("ping", None)
        elif "unknown" in message:
            if self._unknown and not (answer := self._unknown.pop(0)).done():
                answer.set_result(tuple(message["unknown"]))
        elif "partial" in message:
            if message["id"] in self._results:
                self.partials[message["id"]] = message["partial"]
        else:
            id = message["id"]
            self._owed.pop(id, None)
            result = self._results.get(id)
            if result is None or result.done():
                return
            if "final" in message:
                others = tuple((str(text), float(score)) for text, score in message["final"].pop("others"))
                result.set_result(Recognised(**message["final"], others=others))
            else:
                result.set_exception(RecogniserDown("识别引擎出错"))

    def _fail(self) -> None:
        """What the worker was doing is lost."""
        for result in self._results.values():
            if not result.done():
                result.set_exception(RecogniserDown("识别进程不可用"))
        for answer in self._unknown:
            if not answer.done():
                answer.set_exception(RecogniserDown("识别进程不可用"))
        self._unknown.clear()
        self._owed.clear()
        self.partials.clear()


async def ended(process: asyncio.subprocess.Process) -> None:
    """Kill it and wait until it is gone and its pipes are closed, even if somebody cancels meanwhile: nothing may be
    left behind, and after SIGKILL that is a matter of milliseconds."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    gone = asyncio.ensure_future(process.communicate())
    cancelled = False
    while not gone.done():
        try:
            await asyncio.shield(gone)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError


def _looked_at(result: asyncio.Future[Recognised]) -> None:
    """Nobody may ask for a result that failed; that is no unhandled error."""
    if not result.cancelled():
        result.exception()
