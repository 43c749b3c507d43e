"""Who may do what at a moment: identities, roles in force, reasons, and refusals in the trail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.errors import NotAllowed
from ivr.people.access import Identity, access, access_of
from ivr.people.actions import Action
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.records.people.model import Grant, Person
from ivr.records.store import Store

NOW = 1_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A migrated store in a file."""
    made = Store(f"sqlite:///{tmp_path / 'ivr.db'}")
    made.migrate()
    yield made
    made.close()


def add(store: Store, id: str, *roles: Role, os_user: str = "desk", since: int = 0, until: int | None = None) -> None:
    """A person with roles for a time."""
    grants = tuple(Grant(id, role.value, since, until, "admin") for role in roles)
    person = Person(id, id, 0, None, (os_user,), grants=grants)
    store.people.add(person, AuditEntry("admin", "people.manage", f"person:{id}"), 1, lambda _: None)


def refused(store: Store, identity: Identity, action: Action, reason: str | None = None, now: int = NOW) -> str:
    """What is said, once the refusal is in the trail."""
    with pytest.raises(NotAllowed) as told:
        access(store, identity, now).permit(action, "call:1", reason)
    last = store.audit.list(limit=1)[0]
    assert (last.t, last.entry.action, last.entry.target, last.entry.allowed) == (now, action.value, "call:1", False)
    return str(told.value)


def test_as_long_as_nobody_is_registered_all_is_allowed_and_the_user_is_named(store: Store) -> None:
    for action in Action:
        permit = access(store, Identity("root"), NOW).permit(action, "x")
        assert permit.entry == AuditEntry("os:root", action.value, "x", os_user="root")


def test_a_role_gives_leave_and_is_named(store: Store) -> None:
    add(store, "wang", Role.OPERATOR, Role.QUALITY)
    permit = access(store, Identity("desk"), NOW).permit(Action.RECORDS_READ, "call:1", "投诉核对")
    assert permit.entry == AuditEntry(
        "wang", "records.read", "call:1", reason="投诉核对", role="quality", os_user="desk"
    )
    entry = permit.entry_with(target="call:2", n=1)
    assert (entry.target, entry.detail, entry.reason) == ("call:2", '{"n":1}', "投诉核对")


def test_nobody_sees_personal_data_without_a_reason(store: Store) -> None:
    add(store, "wang", Role.QUALITY)
    for reason in (None, "", " "):
        assert "原因" in refused(store, Identity("desk"), Action.RECORDS_READ, reason)


def test_who_has_no_fitting_role_is_refused_and_told_whose_right_it_is(store: Store) -> None:
    add(store, "wang", Role.ANALYST)
    assert "班长" in refused(store, Identity("desk"), Action.RECORDINGS_LISTEN, "好奇")
    assert store.audit.list(limit=1)[0].entry.person == "wang"


def test_a_grant_holds_from_its_first_to_its_last_millisecond(store: Store) -> None:
    add(store, "wang", Role.QUALITY, since=NOW, until=NOW + 1000)
    for now, may in ((NOW - 1, False), (NOW, True), (NOW + 999, True), (NOW + 1000, False)):
        if may:
            assert access(store, Identity("desk"), now).permit(Action.RECORDS_LIST, "call:1").person == "wang"
        else:
            assert "质量管理" in refused(store, Identity("desk"), Action.RECORDS_LIST, now=now)


def test_an_identity_is_mapped_and_never_guessed(store: Store) -> None:
    add(store, "wang", Role.QUALITY)
    add(store, "li", Role.QUALITY, os_user="li")
    assert "没有对应的人员" in refused(store, Identity("wang"), Action.RECORDS_LIST)
    assert store.audit.list(limit=1)[0].entry.person == "os:wang"
    assert "IVR_PERSON" in refused(store, Identity("desk", "nobody"), Action.RECORDS_LIST)
    assert store.audit.list(limit=1)[0].entry.os_user == "desk"
    assert "IVR_PERSON" in refused(store, Identity("desk", "li"), Action.RECORDS_LIST)
    assert "IVR_PERSON" in refused(store, Identity("desk", "nobody"), Action.RECORDS_LIST)
    add(store, "zhao", Role.QUALITY)
    assert "wang、zhao" in refused(store, Identity("desk"), Action.RECORDS_LIST)
    assert access(store, Identity("desk", "zhao"), NOW).permit(Action.RECORDS_LIST, "calls").person == "zhao"


def test_a_person_who_has_left_may_nothing_but_what_is_open(store: Store) -> None:
    add(store, "wang", Role.QUALITY)
    store.people.end("wang", NOW, AuditEntry("admin", "people.manage", "person:wang"), NOW - 1, lambda _: None)
    access(store, Identity("desk"), NOW - 1).permit(Action.RECORDS_LIST, "calls")
    assert "有效期" in refused(store, Identity("desk"), Action.RECORDS_LIST)
    assert access_of(store, "wang", NOW).permit(Action.FLOW_READ, "flow").entry.role is None
    with pytest.raises(NotAllowed):
        access_of(store, "nobody", NOW).permit(Action.REPORTS_READ, "report")
