"""The node's background tasks under one supervisor: one that fails is logged with its cause, told to the operator, and
begun again; none dies unseen."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

log = logging.getLogger(__name__)

#: What dies outside of the supervisor's own tasks is told under this name.
ELSEWHERE = "elsewhere"
#: A task that has failed is begun again after so many seconds, the last value from then on.
BACK_OFF_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
#: One that has run for so long since is well again.
CALM_S = 60.0


@dataclass(slots=True)
class _Work:
    """`why` it failed last ("": it never did, or is well again), how often in a row, and since when it runs again."""

    why: str = ""
    failures: int = 0
    since: float = 0.0


class Tasks:
    """Background tasks of one event loop. `failed` counts their failures since the start."""

    def __init__(self, *, back_off_s: tuple[float, ...] = BACK_OFF_S, calm_s: float = CALM_S) -> None:
        self.failed = 0
        self._back_off_s, self._calm_s = back_off_s, calm_s
        self._works: dict[str, _Work] = {}
        self._running: set[asyncio.Task[None]] = set()

    def keep(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work` until `close`, under one of the names of `ivr.report.monitoring.exporter.TASKS`. Work that
        returns is done."""
        self._begin(self._keep(name, self._works.setdefault(name, _Work()), work))

    def once(self, name: str, work: Awaitable[None]) -> None:
        """Run it to its end; a failure is logged and told until a later one of that name goes well."""
        self._begin(self._once(name, self._works.setdefault(name, _Work()), work))

    @property
    def trouble(self) -> Mapping[str, str]:
        """What fails now, and why."""
        now = time.monotonic()
        return {name: work.why for name, work in self._works.items() if work.why and now - work.since < self._calm_s}

    def watch_the_rest(self) -> None:
        """From now on what dies outside of these tasks is logged with its cause, counted and told too: tasks of the
        rooms below (`ivr.tasks`), callbacks of the event loop, threads."""
        asyncio.get_running_loop().set_exception_handler(self._died)
        threading.excepthook = partial(self._thread_died, asyncio.get_running_loop())

    def watch_no_more(self) -> None:
        """As before `watch_the_rest`."""
        asyncio.get_running_loop().set_exception_handler(None)
        threading.excepthook = threading.__excepthook__

    async def close(self) -> None:
        """End them all."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._running.add(task := asyncio.create_task(work))
        task.add_done_callback(self._running.discard)

    async def _keep(self, name: str, work: _Work, make: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            work.since = time.monotonic()
            try:
                await make()
            except Exception as wrong:  # noqa: BLE001 - whatever it is, it is told and the work goes on
                if time.monotonic() - work.since > self._calm_s:
                    work.failures = 0
                self._tell(name, work, wrong)
            else:
                work.why = ""
                return
            # until it is well again it is told of as failing, however long the wait is
            work.since = float("inf")
            await asyncio.sleep(self._back_off_s[min(work.failures, len(self._back_off_s)) - 1])

    async def _once(self, name: str, work: _Work, doing: Awaitable[None]) -> None:
        try:
            await doing
        except Exception as wrong:  # noqa: BLE001 - as above
            self._tell(name, work, wrong)
            work.since = float("inf")
        else:
            work.why, work.failures = "", 0

    def _died(self, _loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        wrong = context.get("exception")
        log.error("%s", context.get("message", "something died"), exc_info=wrong)
        self.failed += 1
        work = self._works.setdefault(ELSEWHERE, _Work())
        # its text may hold what a caller said or typed: the log's readers see the cause, others its kind
        work.why, work.since = type(wrong).__name__ if wrong is not None else "?", time.monotonic()

    def _thread_died(self, loop: asyncio.AbstractEventLoop, args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread is not None else "?"
        context = {"message": f"thread {name} died", "exception": args.exc_value}
        loop.call_soon_threadsafe(self._died, loop, context)

    def _tell(self, name: str, work: _Work, wrong: Exception) -> None:
        self.failed += 1
        work.failures += 1
        work.why = f"{type(wrong).__name__}：{wrong}"[:200]
        log.error("background task %s failed, it is begun again: %s", name, work.why, exc_info=wrong)
