"""When the trail was verified last: entered in the trail, told by pages, and never a word more than was verified."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ivr.records.audit import checks
from ivr.records.audit.counts import number_of
from ivr.records.audit.model import SYSTEM, AuditEntry
from ivr.records.days import DAY_MS
from ivr.records.store import Store
from ivr.report.definitions import open_store

T = 1_790_000_000_000
BY = AuditEntry(SYSTEM, checks.ACTION, checks.TARGET)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = open_store(f"sqlite:///{tmp_path / 'r.sqlite'}")
    found.migrate()
    return found


def entered(store: Store, number: int, t: int = T) -> None:
    for at in range(number):
        store.audit.note(AuditEntry("zhao", "records.read", f"call:{at}", reason="查询"), t + at)


def verified(store: Store, now: int) -> None:
    head = store.audit.head()
    checks.enter(store.audit, head, store.audit.verify(), BY, now)


def changed(tmp_path: Path, number: int) -> None:
    """Somebody with the database alone changes an entry; the triggers hold nobody up who may drop them."""
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as own:
        for (name,) in own.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            own.execute(f"DROP TRIGGER {name}")
        own.execute("UPDATE audit SET target = 'call:other' WHERE number = ?", (number,))
        own.commit()


def test_few_entries_are_verified_as_one_looks(store: Store, tmp_path: Path) -> None:
    entered(store, 3)
    assert checks.look(store.audit) == checks.TrailCheck(3, 3, 0)
    changed(tmp_path, 2)
    assert checks.look(store.audit).faults == 1


def test_many_entries_are_told_of_by_their_last_verification(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "SHORT", 4)
    entered(store, 6)
    never = checks.look(store.audit)
    assert (never.number, never.newer, never.t) == (0, 6, None) and not never.holds(T)
    verified(store, T + 10)
    entered(store, 6, T + 20)
    found = checks.look(store.audit)
    assert found == checks.TrailCheck(13, 6, 0, T + 10) and found.newer == 7
    assert found.holds(T + DAY_MS) and not found.holds(T + 3 * DAY_MS)


def test_what_came_since_is_verified_from_there_on(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "SHORT", 4)
    entered(store, 6)
    verified(store, T + 10)
    entered(store, 2, T + 20)
    assert checks.look(store.audit) == checks.TrailCheck(9, 9, 0)
    changed(tmp_path, 8)
    assert checks.look(store.audit).faults == 1


def test_faults_that_were_found_are_told_until_it_is_verified_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "SHORT", 4)
    entered(store, 6)
    changed(tmp_path, 2)
    verified(store, T + 10)
    assert checks.look(store.audit).faults == 1


def test_a_trail_that_was_written_anew_after_it_was_verified_is_found(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "SHORT", 4)
    entered(store, 6)
    verified(store, T + 10)
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as own:
        for (name,) in own.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            own.execute(f"DROP TRIGGER {name}")
        own.execute("UPDATE audit SET hash = 'f' WHERE number = 6")
        own.commit()
    assert checks.look(store.audit).faults >= 1
    assert checks.look(store.audit, {6: "0" * 64}).faults >= 2  # nor is it what was seen elsewhere


def test_entries_are_counted_by_kind_whatever_day_they_are_of(store: Store) -> None:
    for day in range(4):
        entered(store, 2 + day, T + day * DAY_MS)
    store.audit.note(AuditEntry("li", "records.read", "call:9", allowed=False), T + 2 * DAY_MS)
    counts = store.audit.counts.between(T, T + 4 * DAY_MS)
    assert number_of(counts) == 2 + 3 + 4 + 5 + 1
    assert number_of(counts, lambda kind: not kind.allowed) == 1
    assert max(one.last for one in counts.values()) == T + 3 * DAY_MS + 4
    assert number_of(store.audit.counts.between(T + DAY_MS, T + 2 * DAY_MS)) == 3
    assert store.audit.counts.between(T, T) == {}


def test_an_entry_that_comes_late_is_counted_in_its_day(store: Store) -> None:
    entered(store, 2, T)
    entered(store, 2, T + 5 * DAY_MS)
    assert number_of(store.audit.counts.between(T, T + 9 * DAY_MS)) == 4
    entered(store, 1, T + 10)  # a clock was set back
    assert number_of(store.audit.counts.between(T, T + 9 * DAY_MS)) == 5
