"""The evidence pack of an emergency, below the state folder: made when it ends, and once more by the node when as much
time has passed as the pack looks at after the end, so that it has figures of that time (CBA 三十八)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from ivr.errors import EmergencyRefused, StoreError
from ivr.flow.model import Flow
from ivr.people.actions import Action
from ivr.records.audit.model import SYSTEM, AuditEntry
from ivr.records.days import DAY_MS
from ivr.records.emergencies.model import Emergency
from ivr.records.store import Store
from ivr.report.evidence_pack.collect import collect
from ivr.report.evidence_pack.figures import looked_until
from ivr.report.evidence_pack.write import write_pack
from ivr.settings import Settings

log = logging.getLogger(__name__)

#: Whether one is to be completed is looked up so often.
LOOK_SECONDS = 30.0
#: The last calls of that time are folded by then.
SETTLED_MS = 300_000
#: What nobody completed in so long, as while no node ran, stays as it is: `ivr emergency evidence`.
LONGEST_MS = 30 * DAY_MS
COMPLETED = "恢复期已过，补齐证据包的“之后”"


def make_evidence(settings: Settings, store: Store, flow: Flow, id_: int, now: int, folder: Path | None = None) -> Path:
    """Make the pack in `folder` (None: below the state folder, in its own); an older one gives way. Returns its page.
    Raises EmergencyRefused, StoreError, OSError."""
    return write_pack(collect(store, flow, id_, now), folder or settings.state / "evidence" / f"emergency-{id_}")


class EvidenceCompletion:
    """Run `keep` as a task; `flow` is what new calls are served with."""

    def __init__(self, settings: Settings, store: Store, flow: Callable[[], Flow]) -> None:
        self._settings, self._store, self._flow = settings, store, flow
        self._trouble = ""

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.to_thread(self.look, time.time_ns() // 1_000_000)
            await asyncio.sleep(LOOK_SECONDS)

    def look(self, now: int) -> None:
        """Complete what is due; what cannot be is told once, and tried again."""
        trouble = ""
        try:
            due = [one for one in self._store.emergencies.list() if self._is_due(one, now)]
        except StoreError as wrong:
            log.debug("evidence waits for the database: %s", wrong)
            return
        for one in due:
            try:
                page = make_evidence(self._settings, self._store, self._flow(), one.id, now)
                self._store.audit.note(self._entry(one), now)
                log.info("the evidence of emergency %d is complete: %s", one.id, page)
            except (EmergencyRefused, StoreError, OSError) as wrong:
                trouble = f"emergency {one.id}: {wrong}"
                if trouble != self._trouble:
                    log.error("the evidence cannot be completed yet: %s", trouble)
        self._trouble = trouble

    def _is_due(self, one: Emergency, now: int) -> bool:
        if one.t_ended is None:
            return False
        due = looked_until(one.t_started, one.t_ended) + SETTLED_MS
        return due <= now < due + LONGEST_MS and not self._done(one)

    def _done(self, one: Emergency) -> bool:
        entry = self._entry(one)
        found = self._store.audit.list(person=SYSTEM, target=entry.target, action=entry.action)
        return any(kept.entry.reason == COMPLETED for kept in found)

    def _entry(self, one: Emergency) -> AuditEntry:
        return AuditEntry(SYSTEM, Action.EMERGENCY_READ.value, one.target, reason=COMPLETED)
