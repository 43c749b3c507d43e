"""Supervisors by telephone: agents.yaml, the people who are registered, and the audit trail agree (HB 7.3.3)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.errors import AgentRefused, NotAllowed, RecordsError
from ivr.people.roles import Role
from ivr.people.supervision import take_part
from ivr.records.audit.model import AuditEntry
from ivr.records.audit.witness import Witness
from ivr.records.people.model import Grant, Person
from ivr.records.store import Store
from ivr.serve.agents.supervisors import Supervisors
from ivr.serve.upkeep.audit_witness import AuditWitness
from ivr.settings import Settings

NOW = 1_790_000_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A migrated store in a file."""
    made = Store(f"sqlite:///{tmp_path / 'ivr.db'}")
    made.migrate()
    yield made
    made.close()


def add(store: Store, id: str, agent_id: str | None, *roles: Role, until: int | None = None) -> None:
    """A person with a number of an agent."""
    grants = tuple(Grant(id, role.value, 0, until) for role in roles)
    person = Person(id, id, 0, None, (id,), agent_id, grants=grants)
    store.people.add(person, AuditEntry("boss", "people.manage", f"person:{id}"), 1, lambda _: None)


def asked(store: Store, supervisor: str, *, flagged: bool = True, now: int = NOW) -> AuditEntry:
    """What the trail has after the supervisor has asked for agent 1001's call."""
    try:
        take_part(store, supervisor, "1001", "listen", "n-1.1", flagged=flagged, now=now)
        allowed = True
    except NotAllowed:
        allowed = False
    last = store.audit.list(limit=1)[0]
    assert (last.t, last.entry.action, last.entry.allowed) == (now, "calls.supervise", allowed)
    return last.entry


def test_agents_yaml_alone_says_so_where_nobody_has_a_number(store: Store) -> None:
    assert asked(store, "1006") == AuditEntry(
        "agent:1006", "calls.supervise", "call:n-1.1", detail='{"agent":"1001","how":"listen","person":null}'
    )
    add(store, "boss", None, Role.ADMINISTRATOR)
    assert asked(store, "1006").allowed
    assert not asked(store, "1006", flagged=False).allowed


def test_where_people_have_numbers_a_supervisor_is_one_of_them_with_the_role(store: Store) -> None:
    add(store, "li", "1006", Role.SUPERVISOR, until=NOW + 1000)
    add(store, "wang", "1001", Role.AGENT)
    add(store, "zhao", "1007", Role.QUALITY)
    allowed = asked(store, "1006")
    assert (allowed.allowed, allowed.role, json.loads(allowed.detail or "")["person"]) == (True, "supervisor", "li")
    assert asked(store, "1007").role == "quality"
    assert asked(store, "1006", now=NOW + 999).allowed
    assert not asked(store, "1006", now=NOW + 1000).allowed  # the grant has ended
    assert not asked(store, "1001").allowed
    assert not asked(store, "1008").allowed  # nobody
    assert not asked(store, "1006", flagged=False).allowed


def test_nobody_listens_where_it_cannot_be_entered(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'ivr.db'}")  # without tables
    with pytest.raises(AgentRefused, match="审计"):
        asyncio.run(Supervisors(store).leave("1006", "1001", "listen", "n-1.1", flagged=True))
    store.migrate()
    asyncio.run(Supervisors(store).leave("1006", "1001", "listen", "n-1.1", flagged=True))
    with pytest.raises(AgentRefused, match="不是班长"):
        asyncio.run(Supervisors(store).leave("1002", "1001", "listen", None, flagged=False))
    assert [kept.entry.target for kept in store.audit.list()] == ["agent:1001", "call:n-1.1"]
    store.close()


def test_a_node_enters_its_start_and_keeps_the_head_as_soon_as_there_are_tables(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, node="n1")
    store = Store(f"sqlite:///{tmp_path / 'ivr.db'}")  # without tables at first

    async def whole() -> None:
        keeping = asyncio.create_task(AuditWitness(settings, store, "r1").keep(look_seconds=0.01))
        await asyncio.sleep(0)
        await asyncio.to_thread(store.migrate)
        async with asyncio.timeout(20):
            while not Witness(tmp_path).read():  # noqa: ASYNC110 - a file
                await asyncio.sleep(0.01)
            await asyncio.to_thread(store.audit.note, AuditEntry("x", "audit.read", "audit"), NOW)
            while 2 not in Witness(tmp_path).read():  # noqa: ASYNC110 - a file
                await asyncio.sleep(0.01)
        keeping.cancel()
        await asyncio.wait([keeping])

    asyncio.run(whole())
    assert next(store.audit.all()).entry == AuditEntry("system", "node.serve", "node:n1", detail='{"revision":"r1"}')
    store.close()


def test_a_trail_that_was_cut_is_a_failing_task_and_the_start_is_entered_once(tmp_path: Path) -> None:
    settings, store = Settings(state=tmp_path), Store(f"sqlite:///{tmp_path / 'ivr.db'}")
    store.migrate()
    (tmp_path / "audit-head.json").write_text('{"number": 9, "hash": "x"}', encoding="utf-8")
    watching = AuditWitness(settings, store, "r1")
    for _ in range(2):
        with pytest.raises(RecordsError, match="ivr audit verify"):
            asyncio.run(watching.keep(look_seconds=0.01))
    assert store.audit.head().number == 1
    assert Witness(tmp_path).read() == {9: "x"}
    store.close()
