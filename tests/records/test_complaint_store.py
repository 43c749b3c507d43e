"""Complaints in the database, on both engines: numbered once, changed by one at a time, counted as they stand."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from ivr.errors import ComplaintChanged
from ivr.records.audit.model import AuditEntry
from ivr.records.complaints.model import Case, Decision, Extension, State, Step, StepKind, Via
from ivr.records.deliveries.model import Channel, Delivery, digest_of
from ivr.records.store import Store
from ivr.text.check_digits import check_digit_ok, with_check_digit

NUMBER = "+8613800000001"
AUDIT = AuditEntry("wang", "complaints.handle", "complaint")


def fresh(ref: str, id_: str, at: int = 1000) -> tuple[Case, Step]:
    case = Case(id_, ref, Via.CALL, at, 2000, 3000, call_ids=("n-1.1",), number=NUMBER, kind="fees")
    return case, Step(id_, 1, StepKind.RECEIVE, State.RECEIVED, "system", at)


def added(store: Store, ref: str, at: int = 1000) -> Case:
    return store.complaints.add("260302", ref, lambda id_, _before: fresh(ref, id_, at), {NUMBER}, (0, at), AUDIT, at)


def step(case: Case, kind: StepKind = StepKind.ASSIGN, person: str = "wang", **changes: object) -> tuple[Case, Step]:
    after = replace(case, version=case.version + 1, **changes)  # type: ignore[arg-type]
    return after, Step(case.id, after.version, kind, after.state, person, 5000, "因为", {"handler": "赵"})


def test_a_case_comes_back_as_it_was_kept(store: Store) -> None:
    case = added(store, "c-1")
    assert case.id == with_check_digit("260302001")
    after, done = step(
        case,
        state=State.DECIDED,
        extension=Extension(9000, "须核实", "wang", "li"),
        decision=Decision("甲", "乙", "丙", "丁"),
        waived=("number",),
        satisfied=False,
    )
    store.complaints.save([(after, done)], AUDIT)
    assert store.complaints.get(case.id) == after == store.complaints.by_ref("c-1")
    assert store.complaints.steps(case.id)[1] == done
    assert store.complaints.get("1") is None and store.complaints.by_ref("c-2") is None


@pytest.mark.parametrize(("last", "following"), [("007", "008"), ("999", "1000"), ("1000", "1001")])
def test_a_day_may_have_many(store: Store, last: str, following: str) -> None:
    before = with_check_digit(f"260302{last}")
    store.complaints.add("260302", "c-0", lambda _id, _before: fresh("c-0", before), set(), (0, 1), AUDIT, 1)
    assert added(store, "c-1").id == with_check_digit(f"260302{following}")


def test_every_node_gives_numbers_of_its_own(store: Store, url: str) -> None:
    """Four processes at once, two reports of each complaint: one number for each, and none twice."""
    nodes = [Store(url) for _ in range(4)]
    gate, found = threading.Barrier(8), []

    def receive(node: Store, ref: str) -> None:
        gate.wait()
        found.append((ref, added(node, ref).id))

    threads = [threading.Thread(target=receive, args=(nodes[n % 4], f"c-{n // 2}")) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for node in nodes:
        node.close()
    assert len(found) == 8 and len(set(found)) == 4 == len({id_ for _, id_ in found})
    assert all(check_digit_ok(id_) for _, id_ in found)


def test_of_two_changes_of_one_version_the_second_is_told_who_was_first(store: Store) -> None:
    case = added(store, "c-1")
    store.complaints.save([step(case, person="li")], AUDIT)
    with pytest.raises(ComplaintChanged, match=r"li.*指派"):
        store.complaints.save([step(case, person="zhao")], AUDIT)
    assert len(store.complaints.steps(case.id)) == 2


def test_several_are_changed_together_or_not_at_all(store: Store) -> None:
    one, two = added(store, "c-1"), added(store, "c-2")
    store.complaints.save([step(two)], AUDIT)
    order = Delivery("order-1", Channel.MAIL, "a@bank.example", "complaint:1", "x", "y", digest_of("x", "y"), 1, 1)
    with pytest.raises(ComplaintChanged):
        store.complaints.save([step(one), step(two)], AUDIT, [order])
    assert store.complaints.get(one.id) == one and store.deliveries.get("order-1") is None
    assert len(store.audit.list()) == 3 and store.audit.verify() == ()


def test_what_is_open_comes_first_due_first(store: Store) -> None:
    late, soon = added(store, "c-1"), added(store, "c-2")
    soon_now = step(soon, due=1)[0]
    store.complaints.save([step(soon, due=1)], AUDIT)
    assert store.complaints.list() == (soon_now, late)
    store.complaints.save([step(late, state=State.CLOSED)], AUDIT)
    assert store.complaints.list() == (soon_now,) and len(store.complaints.list(open_only=False)) == 2
    assert store.complaints.list(open_only=False, states=[State.CLOSED]) == (step(late, state=State.CLOSED)[0],)


def test_a_month_has_what_came_in_it_first(store: Store) -> None:
    case = added(store, "c-1", 1000)
    store.complaints.save([step(case, StepKind.REOPEN, received_at=9000, round=2)], AUDIT)
    assert [one.id for one in store.complaints.received(1000, 1001)] == [case.id]
    assert store.complaints.received(1001, 10_000) == () == store.complaints.received(0, 1000)


def test_what_went_into_another_one_is_no_other_complaint_of_the_customer(store: Store) -> None:
    one, two = added(store, "c-1"), added(store, "c-2")
    store.complaints.save([step(two, StepKind.MERGE, state=State.MERGED, merged_into=one.id)], AUDIT)
    assert store.complaints.of_numbers([NUMBER]) == (one,) and store.complaints.of_numbers([]) == ()
    (record,) = store.others()
    assert record.id == one.id  # type: ignore[union-attr]
