"""The database at the node's start: brought up to date, and what an earlier run left in the journal taken in."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from ivr.errors import StoreError
from ivr.flow.model import Flow
from ivr.records.journal.journal import Journal
from ivr.records.journal.recovery import recover
from ivr.records.store import Store
from ivr.serve.records.cel_file import CelFile

log = logging.getLogger(__name__)

#: A database that cannot be used at the start is tried again so often.
PREPARE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class StorePreparation:
    """`flow` gives the flow that new calls are served with."""

    store: Store
    journal: Journal
    cel: CelFile
    flow: Callable[[], Flow]

    def at_start(self) -> bool:
        """Bring the database up to date and take in what is left in the journal. A database that cannot be reached
        does not keep the hotline from answering: the journal keeps the facts. False then."""
        self.cel.take()
        try:
            self._bring_up_to_date()
            log.info("recovered: %s", recover(self.journal, self.store, self.cel.lines(), _now()))
        except StoreError as wrong:
            log.error("the database cannot be used now: %s", wrong)
            return False
        return True

    async def later(self) -> None:
        """The database was away at the start: bring it up to date when it is back. What is left in the journal is for
        the reconciler, which knows the calls in progress."""
        while True:
            await asyncio.sleep(PREPARE_SECONDS)
            try:
                await asyncio.to_thread(self._bring_up_to_date)
            except StoreError as wrong:
                log.debug("the database cannot be used yet: %s", wrong)
            else:
                log.warning("the database can be used")
                return

    def _bring_up_to_date(self) -> None:
        self.store.migrate()
        self.store.save_revision(self.flow().revision, _now())


def _now() -> int:
    return time.time_ns() // 1_000_000
