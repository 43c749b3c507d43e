"""A thousand random edits of the audit trail, in the database and in an exported file: every one is found."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.records.audit.file import to_line, verify_lines
from ivr.records.audit.model import AuditEntry, chained, detail
from ivr.records.audit.witness import NAME, Witness
from ivr.records.store import Store

ENTRIES = 30
EDITS = 1000
Edit = Callable[[random.Random, sqlite3.Connection], None]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with a trail of many entries, and its head kept beside."""
    store = Store(f"sqlite:///{tmp_path / 'ivr.db'}")
    store.migrate()
    for number in range(ENTRIES):
        entry = AuditEntry(
            f"p{number % 7}",
            ("records.read", "people.manage", "flow.publish")[number % 3],
            f"call:{number}",
            allowed=number % 5 != 0,
            reason=None if number % 4 == 0 else f"原因{number}",
            detail=None if number % 2 else detail(n=number),
            role=None if number % 6 == 0 else "quality",
            os_user=None if number % 3 == 0 else f"u{number % 2}",
        )
        store.audit.note(entry, 1_790_000_000_000 + number)
    Witness(tmp_path).keep(store.audit)
    assert store.audit.verify(Witness(tmp_path).read()) == ()
    store.close()
    return tmp_path


@pytest.fixture
def raw(state: Path) -> Iterator[sqlite3.Connection]:
    """The database in the hands of somebody who has taken the triggers away."""
    with closing(sqlite3.connect(state / "ivr.db", isolation_level=None)) as found:
        found.execute("DROP TRIGGER audit_no_update")
        found.execute("DROP TRIGGER audit_no_delete")
        yield found


def _changed(rng: random.Random, db: sqlite3.Connection) -> None:
    column = rng.choice(
        ("t", "person", "role", "os_user", "action", "target", "allowed", "reason", "detail", "previous", "hash")
    )
    number = rng.randint(1, ENTRIES)
    (old,) = db.execute(f"SELECT {column} FROM audit WHERE number = ?", (number,)).fetchone()
    new: object = {"t": lambda: old + rng.choice((-1, 1)) * rng.randint(1, 10**9), "allowed": lambda: 1 - old}.get(
        column, lambda: "".join(rng.choice("abc王") for _ in range(rng.randint(1, 4))) + (old or "")
    )()
    if column in ("role", "os_user", "reason", "detail") and old is not None and rng.random() < 0.3:
        new = rng.choice((None, ""))
    db.execute(f"UPDATE audit SET {column} = ? WHERE number = ?", (new, number))


def _deleted(rng: random.Random, db: sqlite3.Connection) -> None:
    first = rng.randint(1, ENTRIES)
    db.execute("DELETE FROM audit WHERE number BETWEEN ? AND ?", (first, first + rng.randint(0, 3)))


def _swapped(rng: random.Random, db: sqlite3.Connection) -> None:
    one, other = rng.sample(range(1, ENTRIES + 1), 2)
    for old, new in ((one, -1), (other, one), (-1, other)):
        db.execute("UPDATE audit SET number = ? WHERE number = ?", (new, old))


def _inserted(rng: random.Random, db: sqlite3.Connection) -> None:
    at = rng.randint(1, ENTRIES)
    if rng.random() < 0.5:  # later ones make room; else it is put on at the end
        db.execute("UPDATE audit SET number = -number - 1 WHERE number >= ?", (at,))
        db.execute("UPDATE audit SET number = -number WHERE number < 0")
    else:
        at = ENTRIES + 1
    previous = db.execute("SELECT hash FROM audit WHERE number = ?", (at - 1,)).fetchone()
    forged = chained(at, 1, AuditEntry("x", "records.read", "call:1"), "0" * 64)
    link = previous[0] if previous and rng.random() < 0.5 else forged.previous
    row = (at, 1, "x", "records.read", "call:1", 1, link, forged.hash)
    db.execute(
        "INSERT INTO audit (number, t, person, action, target, allowed, previous, hash) VALUES (?,?,?,?,?,?,?,?)", row
    )


def _cut(rng: random.Random, db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM audit WHERE number > ?", (rng.randint(0, ENTRIES - 1),))


def _written_anew(rng: random.Random, db: sqlite3.Connection) -> None:
    """One entry is changed, and every hash from there on is made to fit: a chain without a fault."""
    columns = "number, t, person, action, target, allowed, reason, detail, role, os_user, previous, hash"
    rows = db.execute(f"SELECT {columns} FROM audit ORDER BY number").fetchall()
    at, previous = rng.randint(0, ENTRIES - 1), "0" * 64
    for place, row in enumerate(rows):
        number, t, person, action, target, allowed, reason, told, role, os_user, _, _ = row
        entry = AuditEntry(person, action, target, bool(allowed), reason, told, role, os_user)
        kept = chained(number, t, replace(entry, person="forged") if place == at else entry, previous)
        db.execute(
            "UPDATE audit SET person = ?, previous = ?, hash = ? WHERE number = ?",
            (kept.entry.person, kept.previous, kept.hash, number),
        )
        previous = kept.hash


DATABASE_EDITS: tuple[Edit, ...] = (_changed, _changed, _changed, _deleted, _swapped, _inserted, _cut, _written_anew)


def test_each_of_a_thousand_edits_of_the_database_is_found(state: Path, raw: sqlite3.Connection) -> None:
    store = Store(f"sqlite:///{state / 'ivr.db'}", read_only=True)
    seen, rng = Witness(state).read(), random.Random(11)
    pristine = raw.execute("SELECT * FROM audit ORDER BY number").fetchall()
    holes = ",".join("?" * len(pristine[0]))
    for edit in range(EDITS):
        raw.execute("BEGIN")
        how = rng.choice(DATABASE_EDITS)
        how(rng, raw)
        raw.execute("COMMIT")
        changed = raw.execute("SELECT * FROM audit ORDER BY number").fetchall()
        # an entry too many at the very end is found by its own hash or link, everything else by the witness at least
        assert changed != pristine and store.audit.verify(seen), f"edit {edit}: {how.__name__}"
        raw.execute("BEGIN")
        raw.execute("DELETE FROM audit")
        raw.executemany(f"INSERT INTO audit VALUES ({holes})", pristine)
        raw.execute("COMMIT")
    assert store.audit.verify(seen) == ()
    store.close()


@pytest.fixture
def lines(state: Path) -> list[bytes]:
    """The exported file, line by line."""
    store = Store(f"sqlite:///{state / 'ivr.db'}", read_only=True)
    found = [to_line(kept).encode() for kept in store.audit.all()]
    store.close()
    return found


def _edited(rng: random.Random, lines: list[bytes]) -> list[bytes]:
    """The file with one byte changed, put in or taken out, or lines moved, doubled, taken out or cut off."""
    how, at = rng.randrange(7), rng.randrange(len(lines))
    line = bytearray(lines[at])
    place = rng.randrange(len(line))
    match how:
        case 0:
            line[place] = (line[place] + rng.randint(1, 255)) % 256
        case 1:
            line.insert(place, rng.choice(b' \t0a"'))
        case 2:
            del line[place]
        case 3:
            other = rng.choice([place for place in range(len(lines)) if place != at])
            moved = list(lines)
            moved[at], moved[other] = moved[other], moved[at]
            return moved
        case 4:
            return [*lines[:at], lines[at], *lines[at:]]
        case 5:
            return [*lines[:at], *lines[at + 1 :]]
        case 6:
            return lines[:at]
    return b"".join([*lines[:at], bytes(line), *lines[at + 1 :]]).splitlines(keepends=True)


def test_each_of_a_thousand_edits_of_an_exported_file_is_found(state: Path, lines: list[bytes]) -> None:
    seen, rng = Witness(state).read(), random.Random(12)
    assert verify_lines(lines, seen) == ()
    for edit in range(EDITS):
        changed = _edited(rng, lines)
        assert changed != lines and verify_lines(changed, seen), f"edit {edit}"


@pytest.mark.parametrize(
    "line", [b"\n", b"null\n", b"[]\n", b"{}\n", b"\xff\n", b'{"number":"1"}\n', b"[" * 5000 + b"\n"]
)
def test_what_is_no_entry_is_told(lines: list[bytes], line: bytes) -> None:
    assert verify_lines([*lines[:3], line, *lines[3:]])


def test_a_witness_is_not_led_on_by_a_trail_that_was_cut(state: Path, raw: sqlite3.Connection) -> None:
    before = Witness(state).read()
    _cut(random.Random(1), raw)
    store = Store(f"sqlite:///{state / 'ivr.db'}")
    for number in range(ENTRIES + 5):  # the trail grows past where it was
        store.audit.note(AuditEntry("x", "records.read", f"call:{number}"), 1)
    Witness(state).keep(store.audit)
    assert Witness(state).read() == before
    assert any("校验值" in str(fault) for fault in store.audit.verify(before))
    store.close()


def test_a_witness_follows_an_honest_trail_and_is_private(state: Path) -> None:
    store = Store(f"sqlite:///{state / 'ivr.db'}")
    store.audit.note(AuditEntry("x", "records.read", "call:1"), 1)
    Witness(state).keep(store.audit)
    head = store.audit.head()
    assert Witness(state).read() == {head.number: head.hash} and head.number == ENTRIES + 1
    assert (state / NAME).stat().st_mode & 0o777 == 0o600
    (state / NAME).write_text("{", encoding="utf-8")
    assert Witness(state).read() == {}
    store.close()


def test_what_root_keeps_belongs_to_whom_the_state_folder_belongs(state: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(state, 1234, 2345)
    with closing(Store(f"sqlite:///{state / 'ivr.db'}")) as store:
        store.audit.note(AuditEntry("x", "records.read", "call:1"), 1)
        assert Witness(state).keep(store.audit)
    found = (state / NAME).stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (1234, 2345, 0o600)
