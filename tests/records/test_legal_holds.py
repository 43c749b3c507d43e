"""A hold keeps a complaint whole, whatever of it the hold names, and what the customer agreed to; released, it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from ivr.records.complaints.model import Case, State, Step, StepKind, Via
from ivr.records.days import DAY_MS, local_day
from ivr.records.model import Complaint
from ivr.records.privacy.model import Consent, HoldKind, Purpose
from ivr.records.privacy.retention import Retention
from ivr.records.store import Store
from ivr.report.definitions import open_store
from ivr.report.making import Making
from tests.metrics.told import TEN, call, complaint
from tests.records.privacy_told import ENTRY, purge_all

NUMBER, BACK, OTHER = "+8613800000001", "+8613800000009", "+8613800000002"
NOW = TEN + 400 * DAY_MS


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(open_store(url)) as made:
        made.migrate()
        yield made


def closed(store: Store, ref: str, number: str, *, rounds: int = 1) -> str:
    """The id of a complaint that is over, with the record of each of its rounds."""
    step = Step("", 1, StepKind.RECEIVE, State.RECEIVED, "system", TEN)
    case = Case(
        "", ref, Via.CALL, TEN, TEN, TEN, state=State.CLOSED, call_ids=(ref,), number=number,
        call_back_number=BACK if number == NUMBER else None, closed_at=TEN,
    )  # fmt: skip
    made = store.complaints.add(
        "260302",
        ref,
        lambda id_, _before: (replace(case, id=id_), replace(step, case_id=id_)),
        {number},
        (0, TEN),
        ENTRY,
        TEN,
    )
    for version in range(2, rounds + 1):
        changed = replace(made, version=version, round=version)
        store.complaints.save([(changed, Step(made.id, version, StepKind.REOPEN, State.CLOSED, "wang", TEN))], ENTRY)
    return made.id


def purged(store: Store, retention: Retention = Retention.COMPLAINTS) -> int:
    store.counts.count_some()
    return purge_all(store.privacy.purge(Making(NOW)), retention, local_day(NOW), NOW)


def records(store: Store) -> set[str]:
    return {one.id for one in store.others() if isinstance(one, Complaint)}


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (HoldKind.NUMBER, NUMBER),
        (HoldKind.NUMBER, BACK),
        (HoldKind.CALL, "n-1.1"),
        (HoldKind.CUSTOMER, "c-77"),
        (HoldKind.COMPLAINT, ""),
    ],
)
def test_whatever_names_a_complaint_keeps_it_with_its_later_rounds_and_its_calls(
    store: Store, kind: HoldKind, target: str
) -> None:
    store.save([call("n-1.1", TEN, caller_number="+8613800000077", customer_id="c-77"), call("n-2.1", TEN)])
    mine, other = closed(store, "n-1.1", NUMBER, rounds=3), closed(store, "n-2.1", OTHER)
    hold = store.privacy.hold(kind, target or mine, "诉讼", ENTRY, NOW)
    assert purged(store) == 2, "the case and the record of the other one"
    assert store.complaints.get(mine) is not None and store.complaints.get(other) is None
    assert records(store) == {mine, f"{mine}-2", f"{mine}-3"}
    assert purged(store, Retention.CALLS) == 1 and store.get("n-1.1") is not None
    assert store.privacy.held_calls() == {"n-1.1"}
    store.privacy.release(hold.id, ENTRY, NOW)
    assert purged(store) == 4 and records(store) == set()
    assert purged(store, Retention.CALLS) == 1


def test_records_without_a_case_are_held_by_their_complaint_or_their_calls(store: Store) -> None:
    store.save([call("a", TEN, caller_number=NUMBER)])
    store.save_other([
        complaint("k1", TEN, closed_at=TEN), complaint("k1-2", TEN, closed_at=TEN),
        complaint("k10", TEN, closed_at=TEN),
        complaint("k2", TEN, closed_at=TEN, call_ids=("a",)), complaint("k3", TEN, closed_at=TEN, call_ids=("gone",)),
    ])  # fmt: skip
    for kind, target in ((HoldKind.COMPLAINT, "k1"), (HoldKind.NUMBER, NUMBER), (HoldKind.CALL, "gone")):
        store.privacy.hold(kind, target, "诉讼", ENTRY, NOW)
    assert purged(store) == 1 and records(store) == {"k1", "k1-2", "k2", "k3"}


def test_what_a_customer_agreed_to_is_held_with_him(store: Store) -> None:
    customers = (NUMBER, OTHER, "customer:c-77")
    for customer in customers:
        for at, given in ((TEN, True), (TEN + 1, False)):
            store.privacy.consents.note(
                Consent(customer, Purpose.MARKETING, given, at, "branch", "wang", f"{customer}-call"), ENTRY, NOW
            )
    on = [(HoldKind.NUMBER, NUMBER), (HoldKind.CUSTOMER, "c-77"), (HoldKind.CALL, f"{OTHER}-call")]
    holds = [store.privacy.hold(kind, target, "诉讼", ENTRY, NOW) for kind, target in on]
    assert purged(store, Retention.CONSENTS) == 0
    assert [len(store.privacy.consents.of(customer)) for customer in customers] == [2, 2, 2]
    for one in holds:
        store.privacy.release(one.id, ENTRY, NOW)
    assert purged(store, Retention.CONSENTS) == 3
    assert [one.given for one in store.privacy.consents.of(NUMBER)] == [False], "the latest word stays"
