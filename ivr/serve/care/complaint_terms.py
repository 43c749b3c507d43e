"""The node looks after complaints that are worked on: receipts of work orders are entered, and what is due is
counted."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from ivr.care.complaints.terms import standing
from ivr.care.complaints.work_orders import collect_receipts
from ivr.errors import StoreError
from ivr.flow.model import Flow
from ivr.records.store import Store
from ivr.report.monitoring.live_complaints import ComplaintsState

log = logging.getLogger(__name__)

#: A receipt is entered, and what is due counted, so often.
LOOK_SECONDS = 10.0


class ComplaintTerms:
    """`state` is how complaints stood at the last look. Run `keep` as a task."""

    def __init__(self, store: Store, flow: Callable[[], Flow], every_seconds: float = LOOK_SECONDS) -> None:
        self._store, self._flow, self._every = store, flow, every_seconds
        self.state = ComplaintsState()

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.look)
            except StoreError as wrong:
                # the journal and the database's own task say so already
                log.debug("complaints wait for the database: %s", wrong)
            await asyncio.sleep(self._every)

    def look(self) -> None:
        """Once. Raises StoreError: the state stays as it was."""
        now = time.time_ns() // 1_000_000
        collect_receipts(self._store, now)
        found = standing(self._store, self._flow(), now)
        self.state = ComplaintsState(len(found.terms), len(found.overdue), len(found.soon), len(found.stuck))
