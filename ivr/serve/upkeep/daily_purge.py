"""The node purges by itself, once a day in the quiet hours, where `[retention] auto` says so (CBA 三十): what is past
its class goes without anybody having to think of it. `ivr purge` does the same at once."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from datetime import datetime, timedelta

from ivr.errors import PrivacyError, StoreError
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records import days
from ivr.records.audit.model import SYSTEM, AuditEntry, detail
from ivr.records.store import Store
from ivr.serve.upkeep.privacy import purge
from ivr.settings import Settings

log = logging.getLogger(__name__)

#: The local hour at which it begins: few call, and the day that is over is counted.
HOUR = 3
#: Whether it is time is asked so often.
LOOK_SECONDS = 60.0
#: What could not be purged is tried again so much later.
AGAIN_MS = 600_000
#: A node that has not purged for so long, as after nights in which it stood still, does so soon after its start.
LONG_MS = 2 * days.DAY_MS
SOON_MS = days.HOUR_MS


class DailyPurge:
    """Run `keep` as a task. `due` is when the next purge begins (UTC epoch ms), None until somebody has looked."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._target = f"purge:{settings.node}"
        self.due: int | None = None

    async def keep(self) -> None:
        """Purge each day, until cancelled; nothing where the settings do not want it."""
        while self._settings.retention.auto:
            await asyncio.to_thread(self.look, time.time_ns() // 1_000_000)
            await asyncio.sleep(LOOK_SECONDS)

    def look(self, now: int) -> None:
        """Purge where it is time. What stops it is told in the log, and tried again."""
        try:
            if self.due is None:
                self.due = self._first(now)
            if now >= self.due:
                self._purge(now)
                self.due = next_at(HOUR, now)
        except (StoreError, OSError, PrivacyError) as wrong:
            log.error("the daily purge stopped and goes on later: %s", wrong)
            self.due = now + AGAIN_MS

    def _first(self, now: int) -> int:
        action = Action.PRIVACY_PURGE.value
        recent = self._store.audit.list(now - LONG_MS, target=self._target, action=action, limit=1)
        due = next_at(HOUR, now)
        return due if recent else min(due, now + SOON_MS)

    def _purge(self, now: int) -> None:
        as_of = days.local_day(now)
        entry = AuditEntry(SYSTEM, Action.PRIVACY_PURGE.value, self._target, reason="每日到期清除")
        self._store.audit.note(replace(entry, detail=detail(as_of=as_of.isoformat())), now)
        done = purge(self._settings, self._store, as_of, Permit(Action.PRIVACY_PURGE, entry), now)
        log.info("purged as of %s: %d rows, %d files", as_of, sum(done.rows.values()), done.files)
        for words in done.failed:
            log.error("purge: a file is still there: %s", words)


def next_at(hour: int, now: int) -> int:
    """The next beginning of a local hour, UTC epoch ms."""
    local = datetime.fromtimestamp(now / 1000, days.zone())
    begins = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    if begins <= local:
        begins += timedelta(days=1)
    return round(begins.timestamp() * 1000)
