"""The audit trail of a running node: that it was started is entered, and the trail's head is kept outside of the
database again and again."""

from __future__ import annotations

import asyncio
import logging
import time

from ivr.errors import RecordsError, StoreError
from ivr.people.actions import Action
from ivr.records.audit.model import SYSTEM, AuditEntry, detail
from ivr.records.audit.witness import Witness
from ivr.records.store import Store
from ivr.settings import Settings

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0


class AuditWitness:
    """`keep` it running; `revision` is what the node serves when it starts."""

    def __init__(self, settings: Settings, store: Store, revision: str) -> None:
        self._store, self._witness = store, Witness(settings.state)
        did = detail(revision=revision)
        self._start: AuditEntry | None = AuditEntry(
            SYSTEM, Action.NODE_SERVE.value, f"node:{settings.node}", detail=did
        )
        self._started = time.time_ns() // 1_000_000

    async def keep(self, look_seconds: float = LOOK_SECONDS) -> None:
        """Enter the start, and keep the head, until cancelled. While the database cannot be used it is tried again.
        Raises RecordsError, told to the operator as a failing task, where the trail is not what it was."""
        while True:
            try:
                whole = await asyncio.to_thread(self._look)
            except StoreError as wrong:
                # the journal and the database's own task say so already
                log.debug("the audit trail cannot be looked at now: %s", wrong)
            else:
                if not whole:
                    raise RecordsError("审计记录与先前留存的校验值不符：ivr audit verify")
            await asyncio.sleep(look_seconds)

    def _look(self) -> bool:
        if self._start is not None:
            self._store.audit.note(self._start, self._started)
            self._start = None
        return self._witness.keep(self._store.audit)
