"""The node verifies the audit trail by itself, once a day in the quiet hours, and enters what it found: pages and
reports say it, since verifying the entries of years takes minutes (CBA 十三)."""

from __future__ import annotations

import asyncio
import logging
import time

from ivr.errors import StoreError
from ivr.people.actions import Action
from ivr.records import days
from ivr.records.audit import checks
from ivr.records.audit.model import SYSTEM, AuditEntry
from ivr.records.audit.witness import Witness
from ivr.records.store import Store
from ivr.serve.upkeep.daily_purge import next_at
from ivr.settings import Settings

log = logging.getLogger(__name__)

#: The local hour at which it begins: after the purge.
HOUR = 4
#: Whether it is time is asked so often.
LOOK_SECONDS = 60.0
#: What could not be verified is tried again so much later; after a start it begins so much later where it is overdue.
AGAIN_MS, SOON_MS = 600_000, days.HOUR_MS
#: After each thousand entries (about 25 ms) it rests: calls come first.
PAUSE_SECONDS = 0.1


class DailyAuditCheck:
    """Run `keep` as a task. `due` is when it is verified next (UTC epoch ms), None until somebody has looked."""

    def __init__(self, settings: Settings, store: Store, pause: float = PAUSE_SECONDS) -> None:
        self._store, self._witness, self._pause = store, Witness(settings.state), pause
        self.due: int | None = None

    async def keep(self) -> None:
        """Verify each day, until cancelled."""
        while True:
            await asyncio.to_thread(self.look, time.time_ns() // 1_000_000)
            await asyncio.sleep(LOOK_SECONDS)

    def look(self, now: int) -> None:
        """Verify where it is time. A database that is away is told in the log, and it is tried again."""
        try:
            if self.due is None:
                due, last = next_at(HOUR, now), checks.last_at(self._store.audit)
                self.due = due if last is not None and now - last < days.DAY_MS else min(due, now + SOON_MS)
            if now >= self.due:
                self._verify(now)
                self.due = next_at(HOUR, now)
        except StoreError as wrong:
            log.error("the audit trail was not verified, that is done later: %s", wrong)
            self.due = now + AGAIN_MS

    def _verify(self, now: int) -> None:
        head = self._store.audit.head()
        faults = self._store.audit.verify(self._witness.read(), pause=self._pause)
        by = AuditEntry(SYSTEM, Action.AUDIT_VERIFY.value, checks.TARGET)
        checks.enter(self._store.audit, head, faults, by, now)
        if faults:
            log.error("the audit trail is not whole at %d places: ivr audit verify", len(faults))
        else:
            log.info("the audit trail is whole: %d entries", head.number)
