"""Counts what the store has not counted yet, beside the calls: after an upgrade, or where the time zone changed."""

from __future__ import annotations

import asyncio
import logging
import time

from ivr.errors import StoreError
from ivr.records.store import Store

log = logging.getLogger(__name__)

#: How often it is looked whether something waits, and how often the progress is told.
LOOK_SECONDS, TOLD_SECONDS = 60.0, 10.0
#: Between two batches the records of live calls are written.
PAUSE_SECONDS = 0.02


async def keep(store: Store, look_seconds: float = LOOK_SECONDS) -> None:
    """Count, in batches, whatever waits; look again and again, until cancelled."""
    while True:
        try:
            if left := await asyncio.to_thread(store.counts.uncounted):
                await _count(store, left)
        except StoreError as wrong:
            # the journal and the database's own task say so already
            log.debug("records cannot be counted now: %s", wrong)
        await asyncio.sleep(look_seconds)


async def _count(store: Store, left: int) -> None:
    log.info("counting %d records for the reports", left)
    told = time.monotonic()
    while done := await asyncio.to_thread(store.counts.count_some):
        left -= done
        if time.monotonic() - told > TOLD_SECONDS:
            told = time.monotonic()
            log.info("%d records are still to be counted", left)
        await asyncio.sleep(PAUSE_SECONDS)
    log.info("all records are counted")
