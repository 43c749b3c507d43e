"""The operator's files as the node serves them, for pages that must go on whatever is being edited."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ivr.errors import FlowError, StoreError
from ivr.flow.model import Flow
from ivr.records.store import Store
from ivr.serve.upkeep.flow_in_service import flow_in_service
from ivr.settings import Settings

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ServedFlow:
    """The flow in service; the last sound one as long as the files are half edited, or the database is away."""

    settings: Settings
    store: Store
    _last: Flow | None = None

    def now(self) -> Flow:
        """In a thread. Raises FlowRefused, StoreError where there has been no sound one yet."""
        try:
            self._last = flow_in_service(self.settings, self.store)
        except (FlowError, StoreError) as wrong:
            if self._last is None:
                raise
            log.warning("the last sound flow is used: %s", type(wrong).__name__)
        return self._last
