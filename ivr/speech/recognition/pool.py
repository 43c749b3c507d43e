"""The recognisers that a hotline holds: worker processes, one queue each, and never a wait on the event loop.

`RecogniserPool.open()` gives a `RecognitionStream` at once or raises; sound is sent as it comes;
`RecognitionStream.final()` waits no longer than it was told. A worker that dies, stops or starves is noticed, killed
and replaced; what it was doing fails at once: the call goes on with keys."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import logging
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from ivr.errors import RecogniserBusy, RecogniserDown
from ivr.speech.recognition.engine_choice import EngineChoice
from ivr.speech.recognition.recogniser import Expected, Recognised
from ivr.speech.recognition.worker_process import WorkerProcess, worker_command
from ivr.tasks import background

log = logging.getLogger(__name__)

#: Sound is sent in pieces of 100 ms: a message for each packet would wake two processes fifty times a second.
PIECE = 1600
#: Of an utterance longer than this the rest is not listened to (30 s).
MOST_AUDIO = 30 * 16_000

_BACK_OFF_S = (0.2, 1.0, 3.0, 10.0, 30.0)
_CALM_S = 60.0
_KEPT_LATENCIES = 512


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """How recognition is: `engine` and `why` it was chosen; workers wanted and `ready`; callers talking now, and at
    most; counts since the start; `latencies_ms` from the end of an utterance to its text, the last ones first to go.
    `trouble` says in Chinese why a worker is not ready, "" where all are."""

    engine: str
    why: str
    workers: int
    ready: int
    talking: int
    talkers: int
    finished: int
    refused_busy: int
    refused_down: int
    late: int
    failed: int
    restarts: int
    latencies_ms: tuple[int, ...]
    trouble: str


class RecognitionStream:
    """One utterance. Made by `RecogniserPool.open`; end it with `final` or `cancel`."""

    def __init__(self, owner: RecogniserPool, link: WorkerProcess, id: int, expected: Expected) -> None:
        self._owner = owner
        self._link = link
        self._id = id
        self._unsent = bytearray()
        self._bytes = 0
        self._early = False
        self._ended = False
        self._result = link.begin(id, expected)

    @property
    def partial(self) -> str:
        """What the caller has said so far; "" from an engine that only knows at the end."""
        return self._link.partials.get(self._id, "")

    @property
    def lost(self) -> bool:
        """Whether the worker is gone, so that `final` will raise: the call need not wait for the end of the speech."""
        return self._result.done() and (self._result.cancelled() or self._result.exception() is not None)

    def feed(self, pcm: bytes) -> None:
        """Take in more sound (8 kHz 16 bit); never blocks, never raises. After 30 s the rest is dropped."""
        if self._ended or self._early or self.lost:
            return
        taken = pcm[: MOST_AUDIO - self._bytes]
        self._bytes += len(taken)
        self._unsent += taken
        if len(self._unsent) >= PIECE:
            self._send()

    def finish_early(self) -> None:
        """The caller seems to have finished: begin to recognise. Sound that follows is silence and is dropped, until
        `resume` says otherwise; `final` then gives the result sooner. May be called again."""
        if not (self._ended or self._early or self.lost):
            self._early = True
            self._send()
            self._link.send({"op": "early", "id": self._id})

    def resume(self, pcm: bytes = b"") -> None:
        """Speech goes on: throw away what `finish_early` began. `pcm` is the sound since then."""
        if self._early and not self._ended:
            self._early = False
            self._link.send({"op": "resume", "id": self._id})
            self.feed(pcm)

    async def final(self, within: float) -> Recognised:
        """The end was reached: the result, at most `within` seconds from now. Raises RecogniserDown where there is none
        by then or the worker is gone; also where the utterance was ended before."""
        if self._ended:
            raise RecogniserDown("这段话已经结束识别")
        began = time.monotonic()
        self._send()
        self._link.finish(self._id)
        self._ended = True
        try:
            async with asyncio.timeout(within):
                found = await asyncio.shield(self._result)
        except TimeoutError:
            self._owner.count("late")
            raise RecogniserDown(f"识别没有在 {within:g} 秒内完成") from None
        except RecogniserDown:
            self._owner.count("failed")
            raise
        finally:
            self._release()
        took = round((time.monotonic() - began) * 1000)
        self._owner.took(took)
        return dataclasses.replace(found, took_ms=took)

    def cancel(self) -> None:
        """Nobody wants to know any more. May be called at any time, and again."""
        if not self._ended:
            self._ended = True
            self._release()

    def _release(self) -> None:
        self._link.drop(self._id)
        self._owner.closed(self)

    def _send(self) -> None:
        if self._unsent:
            self._link.feed(self._id, bytes(self._unsent))
            self._unsent.clear()


class RecogniserPool:
    """The pool. `start` and `close` once, in one event loop; every other call only from there."""

    def __init__(
        self, choice: EngineChoice, workers: int = 2, talkers: int = 12, command: Sequence[str] | None = None,
        patience: float = 4.0,
    ) -> None:  # fmt: skip
        """`talkers` utterances may be open at once. A worker that does not answer for `patience` seconds is replaced.
        `command` starts other workers (tests)."""
        self._choice = choice
        self._talkers = talkers
        self._patience = patience
        listens = choice.engine != "none"
        self._command = list(command or (worker_command(choice) if listens else ()))
        self._links = [WorkerProcess() for _ in range(workers if listens else 0)]
        self._keepers: list[asyncio.Task[None]] = []
        self._open: set[RecognitionStream] = set()
        self._ids = itertools.count(1)
        self._counts: dict[str, int] = dict.fromkeys(("finished", "busy", "down", "late", "failed", "restarts"), 0)
        self._latencies: deque[int] = deque(maxlen=_KEPT_LATENCIES)

    async def start(self, within: float = 20.0) -> None:
        """Start the workers and return when each is ready, or has failed once, or after `within` seconds. Never raises
        for a worker: `status` says how it went, and it is tried again."""
        tried = [asyncio.Event() for _ in self._links]
        self._keepers = [
            background(self._keep(link, event), "recogniser-process")
            for link, event in zip(self._links, tried, strict=True)
        ]
        try:
            async with asyncio.timeout(within):
                for event in tried:
                    await event.wait()
        except TimeoutError:
            return

    async def close(self) -> None:
        """End the workers. Utterances that are open fail."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self._keepers = []

    def open(self, expected: Expected) -> RecognitionStream:
        """Begin an utterance, at once. Raises RecogniserBusy where `talkers` are talking already or every worker is
        behind with its work, RecogniserDown where none is ready."""
        if len(self._open) >= self._talkers:
            self.count("busy")
            raise RecogniserBusy(f"同时说话的客户已达 {self._talkers} 位")
        fit = [link for link in self._links if link.fit]
        if not fit and any(link.ready for link in self._links):
            self.count("busy")
            raise RecogniserBusy("识别进程都忙不过来")
        if not fit:
            self.count("down")
            raise RecogniserDown(self._choice.why if self._choice.engine == "none" else "识别进程都不可用")
        stream = RecognitionStream(self, min(fit, key=lambda link: link.load), next(self._ids), expected)
        self._open.add(stream)
        return stream

    async def unknown(self, words: Sequence[str], within: float = 5.0) -> tuple[str, ...]:
        """Those of `words` that the engine can never hear. Raises RecogniserDown."""
        fit = [link for link in self._links if link.fit]
        if not fit:
            raise RecogniserDown("识别进程都不可用")
        try:
            async with asyncio.timeout(within):
                return await fit[0].unknown(words)
        except TimeoutError:
            raise RecogniserDown(f"识别进程没有在 {within:g} 秒内答复") from None

    @property
    def status(self) -> PoolStatus:
        """How recognition is now; for metrics and the log."""
        count = self._counts
        return PoolStatus(
            engine=self._choice.engine, why=self._choice.why,
            workers=len(self._links), ready=sum(link.fit for link in self._links),
            talking=len(self._open), talkers=self._talkers,
            finished=count["finished"], refused_busy=count["busy"], refused_down=count["down"],
            late=count["late"], failed=count["failed"], restarts=count["restarts"],
            latencies_ms=tuple(self._latencies),
            trouble="；".join(dict.fromkeys(link.trouble for link in self._links if link.trouble)),
        )  # fmt: skip

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers that run."""
        return tuple(link.pid for link in self._links if link.pid is not None)

    # ---- what streams tell

    def count(self, what: str) -> None:
        """One more of them."""
        self._counts[what] += 1

    def took(self, ms: int) -> None:
        """An utterance was recognised, this long after its end."""
        self.count("finished")
        self._latencies.append(ms)

    def closed(self, stream: RecognitionStream) -> None:
        """The utterance is over."""
        self._open.discard(stream)

    async def _keep(self, link: WorkerProcess, tried: asyncio.Event) -> None:
        """Run a worker, and another one after it, for as long as the pool is open."""
        failures = 0
        while True:
            began = time.monotonic()
            try:
                await link.run(self._command, self._patience, tried)
            except Exception:
                link.trouble = "识别进程出错，已重新启动"
                log.exception("a recogniser's process could not be kept")
            finally:
                tried.set()
            failures = 0 if time.monotonic() - began > _CALM_S else failures + 1
            self.count("restarts")
            await asyncio.sleep(_BACK_OFF_S[min(failures, len(_BACK_OFF_S)) - 1] if failures else 0.0)
