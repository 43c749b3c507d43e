"""Decisions on an emergency while calls are made."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ivr.care.emergencies import lead
from ivr.flow.loader import require
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records.audit.model import AuditEntry
from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce
from ivr.records.store import Store
from tests.rig.hotline import Hotline, until

#: A phase, or None for the end; how many seconds it took until the hotline knew.
Decide = Callable[[EmergencyPhase | None], float]


@contextmanager
def led(line: Hotline, *, level: str = "general", drill: bool = False) -> Iterator[Decide]:
    """Decisions on an emergency, which is over in the end whatever happens."""
    store = Store(line.environ["IVR_DATABASE_URL"])
    flow = require(line.flows)
    action = Action.EMERGENCY_DRILL if drill else Action.EMERGENCY_LEAD
    permit = Permit(action, AuditEntry("os:test", action.value, "emergency", reason="来电突然增多"))

    def decide(phase: EmergencyPhase | None) -> float:
        size, began = line.log.stat().st_size, time.monotonic()
        now = time.time_ns() // 1_000_000
        seen = store.emergencies.current()
        if phase is None:
            assert seen is not None
            lead.end(store.emergencies, flow, permit, seen, now)
        elif seen is None:
            lead.start(store.emergencies, flow, permit, InForce(EmergencyKind.SURGE, level, phase, drill), now)
        else:
            lead.change(store.emergencies, flow, permit, seen, lead.Change(phase=phase), now)
        until("the hotline to know", lambda: b"emergency: " in line.log.read_bytes()[size:], 10)
        return time.monotonic() - began

    try:
        yield decide
    finally:
        if store.emergencies.current() is not None:
            decide(None)
        store.close()
