"""Keeps the sums of what calls and states count for, in the transaction that writes the records: what a record counted
for is taken away, what it counts for now is added."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Table, and_, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ivr.errors import StoreError
from ivr.records import days
from ivr.records.counting.neighbourhood import Neighbours, pages
from ivr.records.counting.sums import CustomerOfDay, Definitions, Slot, Sums, Term, called
from ivr.records.database import tables
from ivr.records.database.engine import writing
from ivr.records.database.privacy_tables import purged_count
from ivr.records.model import AgentState, Call, customer_key

log = logging.getLogger(__name__)

#: Calls or states counted in one transaction, so that the records of live calls need not wait for long.
_BATCH = 500
_ROWS = 1000


class Counting:
    """Counts what is saved by these definitions. Without them, or where the sums were made by others, nothing can be
    taken away or added: the sums are then marked as unknown, until `count_some` has made them anew."""

    def __init__(self, definitions: Definitions | None) -> None:
        self._definitions = definitions

    @property
    def scope(self) -> str | None:
        """What sums depend on: the definitions, and the zone whose days they are of."""
        return None if self._definitions is None else f"{self._definitions.version},{days.zone().key}"

    def known(self, connection: Connection) -> bool:
        """The sums were made by these definitions."""
        scope = self.scope
        return scope is not None and connection.execute(select(tables.counting.c.definitions)).scalar() == scope

    def uncounted(self, connection: Connection) -> int:
        """How many calls and states wait to be counted; all, where the sums are not known."""
        waiting = (tables.uncounted_call, tables.uncounted_state)
        every = (tables.call, tables.agent_state)
        counted = waiting if self.known(connection) else every
        return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in counted)

    @contextmanager
    def calls(self, connection: Connection, gone: Collection[str], new: Sequence[Call] | None = None) -> Iterator[None]:
        """While the body replaces the calls `gone` (those of them that there are) by `new`, of the same ids or others;
        by what they are then, where it changes something about them (`new` None)."""
        if not self._ready(connection):
            yield
            return
        neighbours = Neighbours(connection)
        old = neighbours.calls(gone)
        involved = [*old, *(new or ())]
        none_waits = connection.execute(select(tables.uncounted_call.c.call_id).limit(1)).first() is None
        waiting = set() if none_waits else _waiting(connection, {call.call_id for call in involved})
        earlier = neighbours.earlier(involved)
        earlier -= {call.call_id for call in involved}
        if not none_waits:
            earlier -= _waiting(connection, earlier)
        customers = _customers(involved)
        before = [call for call in [*old, *neighbours.calls(earlier)] if call.call_id not in waiting]
        taken = self._counted(neighbours, before, customers, none_waits)
        yield
        if waiting:
            _delete(connection, tables.uncounted_call, waiting)
        there = neighbours.calls(gone) if new is None else new
        added = self._counted(neighbours, [*there, *neighbours.calls(earlier)], customers, none_waits)
        self._replace(connection, taken, added, {call.call_id for call in before})

    @contextmanager
    def purged(self, connection: Connection, gone: Collection[str]) -> Iterator[None]:
        """While the body deletes the calls `gone` for good: what they counted for stays in the sums. Raises StoreError
        where that is not known: everything must be counted first."""
        self._require_counted(connection)
        neighbours = Neighbours(connection)
        old = neighbours.calls(gone)
        earlier = neighbours.earlier(old) - {call.call_id for call in old}
        customers = _customers(old)
        before = [*old, *neighbours.calls(earlier)]
        taken = self._counted(neighbours, before, customers, True)
        yield
        left = self._counted(neighbours, neighbours.calls(earlier), customers, True)
        # what the calls that stay count for from now on is theirs; the rest is kept
        _add(connection, purged_count, _changes(left, taken))
        _list_again(connection, left, {call.call_id for call in before})

    def purge_states(self, connection: Connection, states: Sequence[AgentState]) -> None:
        """These states are to be deleted for good: what they counted for stays in the sums. Raises as `purged`."""
        self._require_counted(connection)
        _add(connection, purged_count, _changes(Sums(), self._of_states(states)))

    @contextmanager
    def states(self, connection: Connection, states: Sequence[AgentState]) -> Iterator[None]:
        """While the body writes agents' states in place of those of the same keys."""
        if not states or not self._ready(connection):
            yield
            return
        table, waits = tables.agent_state, tables.uncounted_state
        old: list[AgentState] = []
        for state in states:
            mine = and_(table.c.agent_id == state.agent_id, table.c.t_from == state.t_from)
            here = and_(waits.c.agent_id == state.agent_id, waits.c.t_from == state.t_from)
            if connection.execute(select(waits.c.agent_id).where(here)).first() is not None:
                connection.execute(delete(waits).where(here))
                continue
            old += (AgentState(**row) for row in connection.execute(select(table).where(mine)).mappings())
        yield
        self._replace(connection, self._of_states(old), self._of_states(states), ())

    def count_some(self, engine: Engine) -> int:
        """Count one more batch of what is not counted. How many calls or states these were: 0 where nothing is left.
        Raises StoreError; then nothing was counted."""
        assert self._definitions is not None
        with writing(engine) as connection:
            if not self.known(connection):
                self._begin(connection)
            return self._count_calls(connection) or self._count_states(connection)

    def _begin(self, connection: Connection) -> None:
        """Forget every sum: everything is uncounted."""
        for table in (tables.daily_count, tables.follow_up, tables.uncounted_call, tables.uncounted_state):
            connection.execute(delete(table))
        for waiting, every in (
            (tables.uncounted_call, tables.call),
            (tables.uncounted_state, tables.agent_state),
        ):
            names = [column.name for column in waiting.columns]
            connection.execute(insert(waiting).from_select(names, select(*(every.c[name] for name in names))))
        # of what is gone nothing can be counted anew
        names = [column.name for column in purged_count.columns]
        connection.execute(insert(tables.daily_count).from_select(names, select(purged_count)))
        connection.execute(delete(tables.counting))
        connection.execute(insert(tables.counting), {"id": 1, "definitions": self.scope})

    def _count_calls(self, connection: Connection) -> int:
        waits = tables.uncounted_call.c.call_id
        ids = connection.execute(select(waits).order_by(waits).limit(_BATCH)).scalars().all()
        if not ids:
            return 0
        neighbours = Neighbours(connection)
        calls = neighbours.calls(ids)
        customers = _customers(calls)
        taken = self._counted(neighbours, [], customers, False)
        _delete(connection, tables.uncounted_call, ids)
        self._replace(connection, taken, self._counted(neighbours, calls, customers, False), ())
        return len(ids)

    def _count_states(self, connection: Connection) -> int:
        waits, table = tables.uncounted_state, tables.agent_state
        keys = connection.execute(select(waits).order_by(waits.c.agent_id, waits.c.t_from).limit(_BATCH)).all()
        if not keys:
            return 0
        last = keys[-1]
        upto = or_(
            table.c.agent_id < last.agent_id, and_(table.c.agent_id == last.agent_id, table.c.t_from <= last.t_from)
        )
        both = table.join(waits, and_(waits.c.agent_id == table.c.agent_id, waits.c.t_from == table.c.t_from))
        query = select(table).select_from(both).where(upto)
        states = [AgentState(**row) for row in connection.execute(query).mappings()]
        self._replace(connection, Sums(), self._of_states(states), ())
        before = or_(
            waits.c.agent_id < last.agent_id, and_(waits.c.agent_id == last.agent_id, waits.c.t_from <= last.t_from)
        )
        connection.execute(delete(waits).where(before))
        return len(keys)

    def _require_counted(self, connection: Connection) -> None:
        if not self.known(connection) or _any_waits(connection):
            raise StoreError("有记录还没有计数，计数完成之后才能清除：请稍后再试，或先运行 ivr records count")

    def _ready(self, connection: Connection) -> bool:
        """The sums can be changed. Those of others are forgotten; an empty store begins to be counted."""
        if self.known(connection):
            return True
        known = connection.execute(select(tables.counting.c.definitions)).scalar()
        if self._definitions is not None and known is None and _empty(connection):
            self._begin(connection)
            return True
        if known is not None:
            log.warning("records are written that are not counted: all must be counted anew")
            connection.execute(update(tables.counting).values(definitions=None))
        return False

    def _counted(
        self, neighbours: Neighbours, calls: Sequence[Call], customers: Collection[CustomerOfDay], none_waits: bool
    ) -> Sums:
        assert self._definitions is not None
        around = neighbours.neighbourhood(calls, customers, none_uncounted=none_waits)
        return self._definitions.of_calls(around)

    def _of_states(self, states: Sequence[AgentState]) -> Sums:
        assert self._definitions is not None
        return self._definitions.of_states(states)

    def _replace(self, connection: Connection, taken: Sums, added: Sums, before: Collection[str]) -> None:
        _add(connection, tables.daily_count, _changes(taken, added))
        _list_again(connection, added, before)


def _customers(calls: Iterable[Call]) -> set[CustomerOfDay]:
    return {
        CustomerOfDay(days.local_day(call.t_offered), key)
        for call in calls
        if called(call) and (key := customer_key(call)) is not None
    }


def _changes(taken: Sums, added: Sums) -> dict[tuple[Slot, Term], int]:
    changes: dict[tuple[Slot, Term], int] = {}
    for sums, sign in ((taken, -1), (added, 1)):
        for slot, counts in sums.counts.items():
            for term, number in counts.items():
                changes[slot, term] = changes.get((slot, term), 0) + sign * number
    return changes


def _add(connection: Connection, table: Table, changes: Mapping[tuple[Slot, Term], int]) -> None:
    rows = [
        {
            "day": slot.day, "hour": slot.hour, "requested": slot.requested, "queue": slot.queue,
            "indicator": indicator, "term": term, "value": number,
        }
        for (slot, (indicator, term)), number in changes.items()
        if number
    ]  # fmt: skip
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    given = make(table)
    more = given.on_conflict_do_update(
        index_elements=list(table.primary_key.columns), set_={"value": table.c.value + given.excluded.value}
    )
    for page in _chunks(rows):
        connection.execute(more, page)


def _list_again(connection: Connection, sums: Sums, before: Collection[str]) -> None:
    """The rows of the lists: those of the calls `before` go, those of `sums` come."""
    if before:
        _delete(connection, tables.follow_up, before)
    places: Counter[tuple[str, str]] = Counter()
    items = []
    for kind, day, item in sums.items:
        place = places[item.call_id, kind]
        places[item.call_id, kind] += 1
        row = {"call_id": item.call_id, "kind": kind, "position": place, "day": day, "at": item.at, "ms": item.ms}
        items.append(row | {"rank": item.ms or 0})
    for page in _chunks(items):
        connection.execute(insert(tables.follow_up), page)


def _empty(connection: Connection) -> bool:
    first = (select(tables.call.c.call_id).limit(1), select(tables.agent_state.c.agent_id).limit(1))
    return all(connection.execute(query).first() is None for query in first)


def _any_waits(connection: Connection) -> bool:
    waits = (tables.uncounted_call.c.call_id, tables.uncounted_state.c.agent_id)
    return any(connection.execute(select(column).limit(1)).first() is not None for column in waits)


def _waiting(connection: Connection, ids: Collection[str]) -> set[str]:
    table, found = tables.uncounted_call, set[str]()
    for page in pages(sorted(ids)):
        found.update(connection.execute(select(table.c.call_id).where(table.c.call_id.in_(page))).scalars())
    return found


def _delete(connection: Connection, table: Any, ids: Iterable[str]) -> None:
    for page in pages(sorted(ids)):
        connection.execute(delete(table).where(table.c.call_id.in_(page)))


def _chunks(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    return (rows[at : at + _ROWS] for at in range(0, len(rows), _ROWS))
