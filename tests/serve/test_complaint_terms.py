"""The node enters receipts of work orders and counts what is due, through a database that is away."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.care.complaints.handling import Handling
from ivr.care.complaints.intake import Received, receive
from ivr.care.complaints.steps import Elements
from ivr.errors import StoreError
from ivr.flow.complaint_policy import Department
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records.audit.model import AuditEntry
from ivr.records.complaints.model import Case, Via
from ivr.records.deliveries.model import DeliveryState
from ivr.records.store import Store
from ivr.report.monitoring.live_complaints import ComplaintsState
from ivr.serve.care.complaint_terms import ComplaintTerms
from tests.care.complaints.policies import policy_flow

NOW = time.time_ns() // 1_000_000
DAY = 86_400_000
NUMBER = "+8613800000001"
LEFT = Received("c-1", "n-1.1", NUMBER, NUMBER, "fee", "complaints/c-1.wav", 9000, None, Via.CALL)
FLOW = policy_flow(departments={"cards": Department("cards", "信用卡部", None, "https://cards.bank.example/orders")})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}", busy_ms=100)
    made.migrate()
    return made


def passed_on(store: Store, at: int) -> Case:
    case = receive(store, FLOW, LEFT, at)
    permit = Permit(Action.COMPLAINTS_HANDLE, AuditEntry("wang", Action.COMPLAINTS_HANDLE.value, "complaint"))
    work = Handling(store, FLOW, permit, at)
    work.accept(case.id, Elements())
    work.acknowledge(case.id, None)
    return work.pass_on(case.id, "cards")[0]


def test_a_receipt_is_entered_and_what_is_stuck_counted_until_then(store: Store) -> None:
    case = passed_on(store, NOW - 2 * DAY)
    terms = ComplaintTerms(store, lambda: FLOW)
    terms.look()
    assert terms.state == ComplaintsState(open=1, stuck=1)
    (waits,) = store.deliveries.about(f"complaint:{case.id}")
    held = store.deliveries.hold(waits.key, NOW, NOW + 1000)
    assert held is not None
    store.deliveries.settle(held, replace(held, state=DeliveryState.DELIVERED, receipt="200 R-9", t_done=NOW))
    for _ in range(2):
        terms.look()
    assert terms.state == ComplaintsState(open=1)
    done = store.complaints.get(case.id)
    assert done is not None and done.receipt == "webhook 200 R-9" and done.version == case.version + 1


def test_what_is_late_and_what_is_due_soon(store: Store) -> None:
    receive(store, FLOW, LEFT, NOW - 40 * DAY)
    terms = ComplaintTerms(store, lambda: policy_flow(soon=30))
    terms.look()
    assert terms.state == ComplaintsState(open=1, overdue=1)
    receive(store, FLOW, replace(LEFT, ref="c-2"), NOW)
    terms.look()
    assert terms.state == ComplaintsState(open=2, overdue=1, soon=1)


class Watched(ComplaintTerms):
    """Tells after each look how it went."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, lambda: FLOW, 0.01)
        self.failed, self.done = threading.Event(), threading.Event()

    def look(self) -> None:
        try:
            super().look()
        except StoreError:
            self.failed.set()
            raise
        self.done.set()


def test_it_goes_on_when_the_database_is_back(store: Store, tmp_path: Path) -> None:
    receive(store, FLOW, LEFT, NOW - 40 * DAY)

    async def run() -> None:
        terms = Watched(store)
        database = sqlite3.connect(tmp_path / "ivr.sqlite", isolation_level=None)
        database.execute("ALTER TABLE complaint_case RENAME TO away")
        task = asyncio.create_task(terms.keep())
        assert await asyncio.to_thread(terms.failed.wait, 10)
        assert terms.state == ComplaintsState() and not task.done()
        database.execute("ALTER TABLE away RENAME TO complaint_case")
        database.close()
        assert await asyncio.to_thread(terms.done.wait, 10)
        assert terms.state == ComplaintsState(open=1, overdue=1)
        task.cancel()

    asyncio.run(run())
