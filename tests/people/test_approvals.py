"""Two people for one thing: whoever asks never decides, nothing is decided or used twice, late, or for another content;
and every refusal is in the trail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.errors import ApprovalRefused
from ivr.people import approvals
from ivr.people.actions import Action
from ivr.people.roles import Role
from ivr.records.approvals.model import Approval, ApprovalKind, ApprovalState
from ivr.records.store import Store
from tests.people.registered import leave, register

NOW, LATER, EXPIRES = 1_000_000, 2_000_000, 9_000_000
CONTENT, OTHER = "c" * 64, "d" * 64


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")) as made:
        made.migrate()
        register(made, "zhang", Role.ANALYST, Role.QUALITY)
        register(made, "li", Role.QUALITY)
        register(made, "wu", Role.QUALITY)
        yield made


def asked(store: Store, digest: str = CONTENT, now: int = NOW, expires: int = EXPIRES) -> Approval:
    permit = leave(store, "zhang", Action.RECORDS_EXPORT, now, "export", "季度核对")
    return approvals.request(store, permit, ApprovalKind.EXPORT, "export", digest, "季度核对", expires, now)


def approve(store: Store, person: str, id_: int, now: int = LATER) -> Approval:
    return approvals.approve(store, leave(store, person, Action.EXPORTS_APPROVE, now), id_, now)


def use(store: Store, person: str, digest: str = CONTENT, now: int = LATER, id_: int | None = None) -> Approval:
    role = Action.RECORDS_EXPORT
    return approvals.use(
        store, leave(store, person, role, now, "export", "核对"), ApprovalKind.EXPORT, digest, now, id_
    )


def refused(store: Store, words: str) -> None:
    """The last entry of the trail says that, and why."""
    last = store.audit.list(limit=1)[0].entry
    assert not last.allowed
    assert words in str(last.detail)


def test_one_asks_another_approves_and_it_is_used_once(store: Store) -> None:
    request = asked(store)
    assert request.state(NOW) is ApprovalState.OPEN
    given_ = approve(store, "li", request.id)
    assert (given_.decided_by, given_.approved, given_.state(LATER)) == ("li", True, ApprovalState.APPROVED)
    assert use(store, "zhang").t_used == LATER
    with pytest.raises(ApprovalRefused, match="已使用"):
        use(store, "zhang")
    refused(store, "已使用")
    who = [(kept.entry.person, kept.entry.allowed) for kept in store.audit.list()]
    assert who[:5] == [("zhang", False), ("zhang", True), ("li", True), ("zhang", True), ("admin", True)]
    assert not store.audit.verify()


def test_whoever_asked_can_never_approve(store: Store) -> None:
    request = asked(store)
    with pytest.raises(ApprovalRefused, match="另一个人"):
        approve(store, "zhang", request.id)
    refused(store, "另一个人")
    assert store.approvals.get(request.id).state(LATER) is ApprovalState.OPEN
    with pytest.raises(ApprovalRefused, match="等待批准"):
        use(store, "zhang")


def test_a_decision_is_made_once(store: Store) -> None:
    request = asked(store)
    permit = leave(store, "li", Action.EXPORTS_APPROVE, LATER)
    with pytest.raises(ApprovalRefused, match="原因"):
        approvals.refuse(store, permit, request.id, LATER)
    permit = leave(store, "li", Action.EXPORTS_APPROVE, LATER, reason="用途不清")
    approvals.refuse(store, permit, request.id, LATER)
    with pytest.raises(ApprovalRefused, match=r"li .*否决"):
        approve(store, "wu", request.id)
    with pytest.raises(ApprovalRefused, match="已否决"):
        use(store, "zhang")


def test_what_was_approved_is_this_content_for_this_person_until_then(store: Store) -> None:
    request = approve(store, "li", asked(store).id)
    with pytest.raises(ApprovalRefused, match="没有提出过"):
        use(store, "zhang", OTHER)
    with pytest.raises(ApprovalRefused, match="不是这个内容"):
        use(store, "zhang", OTHER, id_=request.id)
    with pytest.raises(ApprovalRefused, match="已过期"):
        use(store, "zhang", now=EXPIRES)
    register(store, "sun", Role.ANALYST)
    with pytest.raises(ApprovalRefused, match="没有提出过"):
        use(store, "sun")
    assert use(store, "zhang", now=EXPIRES - 1).t_used == EXPIRES - 1


def test_nobody_approves_what_has_expired(store: Store) -> None:
    request = asked(store)
    with pytest.raises(ApprovalRefused, match="过期"):
        approve(store, "li", request.id, EXPIRES)
    assert approve(store, "li", request.id, EXPIRES - 1).approved


def test_the_same_is_asked_for_once_at_a_time(store: Store) -> None:
    first = asked(store, expires=LATER)
    with pytest.raises(ApprovalRefused, match=f"同样的申请 {first.id}"):
        asked(store)
    assert asked(store, now=LATER).id != first.id  # the first has expired


def test_a_reason_is_wanted(store: Store) -> None:
    permit = leave(store, "zhang", Action.RECORDS_EXPORT, NOW, "export", "x")
    with pytest.raises(ApprovalRefused, match="原因"):
        approvals.request(store, permit, ApprovalKind.EXPORT, "export", CONTENT, " ", EXPIRES, NOW)


def test_the_list_is_of_what_nobody_has_decided(store: Store) -> None:
    one, two = asked(store), asked(store, OTHER)
    approve(store, "li", one.id)
    assert [found.id for found in store.approvals.list()] == [two.id]
    assert [found.id for found in store.approvals.list(open_only=False)] == [two.id, one.id]
    assert store.approvals.list(kind=ApprovalKind.FLOW) == ()


PEOPLE = ("zhang", "li", "wu")


@given(st.lists(st.tuples(st.sampled_from(["approve", "refuse", "use"]), st.sampled_from(PEOPLE)), max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_whatever_order_two_people_are_needed(store: Store, tmp_path: Path, moves: list[tuple[str, str]]) -> None:
    """However often and by whomever it is tried: used at most once, by whoever asked, and only after another's yes."""
    content = f"{len(store.approvals.list(open_only=False)):064}"
    request = asked(store, content)
    used = 0
    for what, person in moves:
        permit = leave(store, person, Action.EXPORTS_APPROVE, LATER, reason="x")
        before = store.approvals.get(request.id)
        try:
            if what == "use":
                approvals.use(store, permit, ApprovalKind.EXPORT, content, LATER)
                used += 1
            else:
                (approvals.approve if what == "approve" else approvals.refuse)(store, permit, request.id, LATER)
        except ApprovalRefused:
            assert store.approvals.get(request.id) == before, "what is refused changes nothing"
        now = store.approvals.get(request.id)
        assert now.decided_by != "zhang"
        assert (now.t_used is not None) == (used == 1)
        assert used == 0 or now.approved is True
    assert used <= 1
