"""The records of what the application did not see: calls whose end nobody told, calls that an earlier run left in the
journal, and calls that the dialplan served alone (D11). All of it comes from Asterisk's own account (CEL)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ivr.call.switchboard import Switchboard
from ivr.errors import RecordsError
from ivr.records.facts import Fact
from ivr.records.journal.journal import Journal
from ivr.records.journal.recovery import rebuild_missing, recover
from ivr.records.store import Store
from ivr.serve.records.cel_file import CelFile

log = logging.getLogger(__name__)
T = TypeVar("T")

#: What the dialplan served alone is looked for at least this often (D11).
EVERY_SECONDS = 60.0
#: After an occasion: soon, when CEL has the last line, and again when the end is old enough for `GRACE_MS`.
SOON_SECONDS = (1.0, 4.0)
#: The end of a call is told by Asterisk's events so soon, or not at all.
GRACE_MS = 3_000

Alive = Callable[[], Awaitable[frozenset[str] | None]]
Unsaved = Callable[[], frozenset[str]]


class Reconciler:
    """`alive` asks Asterisk which calls there are (None: it does not answer), `unsaved` the recorder for the finished
    ones that it has still to save; `occasion` is set when there is something
    to put in order, as by `attend`. Run `keep` as a task."""

    def __init__(
        self,
        journal: Journal,
        store: Store,
        cel: CelFile,
        switchboard: Switchboard,
        alive: Alive,
        unsaved: Unsaved,
        occasion: asyncio.Event | None = None,
    ) -> None:
        self._journal, self._store, self._cel = journal, store, cel
        self._switchboard, self._alive, self._unsaved = switchboard, alive, unsaved
        self._occasion = occasion or asyncio.Event()
        self._told: tuple[str, ...] = ()
        self._one_at_a_time = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "reconciler")

    def attend(self) -> None:
        """There is something to put in order, soon."""
        self._occasion.set()

    async def keep(self) -> None:
        """Put the records in order now and then, and soon after each `attend`."""
        while True:
            try:
                async with asyncio.timeout(EVERY_SECONDS):
                    await self._occasion.wait()
            except TimeoutError:
                await self._try()
                continue
            self._occasion.clear()
            for seconds in SOON_SECONDS:
                await asyncio.sleep(seconds)
                await self._try()

    async def close(self) -> None:
        """Wait for what is still being put in order; nothing is after that."""
        await asyncio.to_thread(self._thread.shutdown)

    async def _try(self) -> None:
        """One call that defies us must not keep the others from being put in order, now and later."""
        try:
            await self.tidy()
        except Exception:
            log.exception("the records could not be put in order")

    async def tidy(self) -> None:
        """Bring everything that is over and not yet in the store there, one tidying at a time. Never raises for a
        database that is away: the journal and CEL keep what they have."""
        async with self._one_at_a_time:
            await self._tidy()

    async def _tidy(self) -> None:
        before = self._switchboard.calls
        alive = await self._alive()
        now = _now()
        await self._in_thread(self._cel.take)
        over = await self._in_thread(lambda: self._cel.over(now - GRACE_MS))
        for call_id in before & self._switchboard.going_on:
            if call_id in over or (alive is not None and call_id not in alive):
                await self._end(call_id)
        for call_id in self._switchboard.patchy():
            self._switchboard.complete(call_id, await self._seen(call_id))
        try:
            await self._in_thread(lambda: self._recover(alive, now))
            await self._in_thread(lambda: self._rebuild(now, before))
        except RecordsError as wrong:
            log.error("records could not be completed from CEL: %s", wrong)
            return
        self._cel.forget(over)

    async def _end(self, call_id: str) -> None:
        seen = await self._seen(call_id)
        log.warning("call %s: its end was not told; it is taken from CEL", call_id)
        self._switchboard.missed_end(call_id, seen, _now())

    async def seen(self, call_id: str) -> list[Fact]:
        """What Asterisk's own account says of a call, as far as it is written."""
        await self._in_thread(self._cel.take)
        return await self._seen(call_id)

    async def _seen(self, call_id: str) -> list[Fact]:
        return await self._in_thread(lambda: self._cel.facts(call_id))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Always the same thread: one that is still at work when its tidying is cancelled does not meet another."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _recover(self, alive: frozenset[str] | None, now: int) -> None:
        left = self._journal.left
        if not left:
            return
        lines = self._cel.lines(left.keys())
        recovery = recover(self._journal, self._store, lines, now, alive=alive, skip=self._switchboard.calls)
        if recovery.saved or recovery.pending != self._told:
            log.warning("recovered: %s", recovery)
        self._told = recovery.pending

    def _rebuild(self, now: int, before: frozenset[str]) -> None:
        # A call of the journal is completed, not rebuilt; one in progress, ended just now, or kept back by a database
        # that was away, has facts of its own.
        skip = before | self._switchboard.calls | self._journal.left.keys() | self._unsaved()
        refused = self._journal.refused
        made = rebuild_missing(self._store, self._cel.lines(), now, skip=skip, grace_ms=GRACE_MS, refused=refused)
        if made:
            log.warning("%d calls that the dialplan served alone were rebuilt from CEL", made)


def _now() -> int:
    return time.time_ns() // 1_000_000
