"""Supervisors of a running node: leave to take part in a talk is asked for, and entered in the audit trail, beside the
calls."""

from __future__ import annotations

import asyncio
import logging
import time

from ivr.errors import AgentRefused, NotAllowed, StoreError
from ivr.people.supervision import take_part
from ivr.records.store import Store

log = logging.getLogger(__name__)


class Supervisors:
    """What the desk asks before a supervisor hears a word."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def leave(self, supervisor: str, agent: str, how: str, call_id: str | None, *, flagged: bool) -> None:
        """See `ivr.people.supervision.take_part`. Raises AgentRefused; also where it cannot be entered: nobody listens
        unseen."""
        now = time.time_ns() // 1_000_000
        try:
            await asyncio.to_thread(take_part, self._store, supervisor, agent, how, call_id, flagged=flagged, now=now)
        except NotAllowed as wrong:
            raise AgentRefused(str(wrong)) from wrong
        except StoreError as wrong:
            log.error("a supervisor was refused, since the audit trail cannot be written: %s", wrong)
            raise AgentRefused("审计记不下来，现在不能监听") from wrong
