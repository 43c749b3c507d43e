"""The audit trail: only ever added to, and every edit is found. On both engines."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import insert, text

from ivr.errors import StoreError
from ivr.records.audit.file import to_line, verify_lines
from ivr.records.audit.model import BEFORE_ALL, AuditEntry, chained, detail
from ivr.records.audit.trail import append, faults
from ivr.records.database.engine import open_engine, writing
from ivr.records.database.migrate import downgrade, upgrade
from ivr.records.database.people_tables import person
from ivr.records.store import Store

READ = AuditEntry("wang", "records.read", "call:n-1.1", reason="客户来电核对", role="quality")


def test_entries_are_numbered_and_each_carries_the_hash_of_the_one_before(store: Store) -> None:
    entries = [replace(READ, target=f"call:{n}", detail=detail(n=n, 名=["a"])) for n in range(3)]
    for at, entry in enumerate(entries):
        store.audit.note(entry, 1000 + at)
    kept = list(store.audit.all())
    assert [(one.number, one.t, one.entry) for one in kept] == [(at + 1, 1000 + at, e) for at, e in enumerate(entries)]
    assert [one.previous for one in kept] == [BEFORE_ALL, kept[0].hash, kept[1].hash]
    assert store.audit.head().hash == kept[2].hash
    assert store.audit.verify() == ()


def test_an_entry_is_kept_with_the_change_or_not_at_all(store: Store, url: str) -> None:
    engine = open_engine(url, 5000)
    row = {"id": "wang", "name": "王", "valid_from": 0}
    with writing(engine) as connection:
        connection.execute(insert(person), row)
        append(connection, READ, 1)
    with pytest.raises(StoreError), writing(engine) as connection:
        append(connection, READ, 2)
        connection.execute(insert(person), row)
    engine.dispose()
    assert [one.t for one in store.audit.all()] == [1]


@pytest.mark.parametrize("statement", ["UPDATE audit SET reason = 'x'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_the_trail(store: Store, url: str, statement: str) -> None:
    store.audit.note(READ, 1)
    engine = open_engine(url, 5000)
    with pytest.raises(StoreError, match="append-only"), writing(engine) as connection:
        connection.execute(text(statement))
    engine.dispose()
    assert [one.entry for one in store.audit.all()] == [READ]


def test_entries_are_found_by_who_what_when_and_refusal(store: Store) -> None:
    refused = replace(READ, person="li", allowed=False, target="call:2")
    for at, entry in enumerate((READ, refused, replace(READ, action="people.manage"))):
        store.audit.note(entry, at)
    trail = store.audit
    assert [one.number for one in trail.list()] == [3, 2, 1]
    assert [one.number for one in trail.list(1, 2)] == [2]
    assert [one.number for one in trail.list(person="li")] == [2]
    assert [one.number for one in trail.list(target="call:n-1.1", limit=1)] == [3]
    assert [one.number for one in trail.list(action="people.manage")] == [3]
    assert [one.number for one in trail.list(refused=True)] == [2]


def test_entries_from_before_the_user_of_the_system_was_kept_hold_as_they_are(url: str) -> None:
    """The hash is the one that was kept then."""
    old = chained(1, 1000, READ, BEFORE_ALL)
    assert old.hash == "eb2ec09243b66e6f6578ccb52915a6caf7b2dfd7784f54e54b0ef8228ed38475"
    assert "os_user" not in to_line(old) and not verify_lines([to_line(old).encode()])
    engine = open_engine(url, 5000)
    columns = "number, t, person, role, action, target, allowed, reason, previous, hash"
    row = (1, 1000, READ.person, READ.role, READ.action, READ.target, True, READ.reason, old.previous, old.hash)
    with writing(engine) as connection:
        upgrade(connection)
        downgrade(connection, "0019")
        marks = ", ".join(f":{name}" for name in columns.split(", "))
        values = dict(zip(columns.split(", "), row, strict=True))
        connection.execute(text(f"INSERT INTO audit ({columns}) VALUES ({marks})"), values)
        upgrade(connection)
    engine.dispose()
    with closing(Store(url)) as store:
        assert store.audit.verify() == ()
        store.audit.note(replace(READ, os_user="root"), 2000)
        first, second = store.audit.all()
        assert (first.entry.os_user, second.entry.os_user) == (None, "root")
        assert store.audit.verify() == ()
        lines = [to_line(kept).encode() for kept in (first, second)]
        assert not verify_lines(lines) and b'"os_user":"root"' in lines[1]
        assert verify_lines([lines[0], lines[1].replace(b'"root"', b'"wang"')])


def test_who_of_the_operating_system_acted_cannot_be_changed_unseen(store: Store, url: str) -> None:
    for at, user in enumerate(("root", None)):
        store.audit.note(replace(READ, os_user=user), at)
    kept = list(store.audit.all())
    for place, user in ((0, None), (0, "wang"), (1, "root"), (1, "")):
        forged = [
            replace(one, entry=replace(one.entry, os_user=user)) if at == place else one for at, one in enumerate(kept)
        ]
        assert [fault.number for fault in faults(iter(forged), {})] == [place + 1]
