"""Callbacks and work items in the database. Every method may be called from any thread and raises StoreError where the
database cannot be used: nothing was changed then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Engine, and_, insert, or_, select, update

from ivr.records.audit.model import AuditEntry
from ivr.records.audit.trail import append
from ivr.records.database import work_tables as tables
from ivr.records.database.engine import reading, writing
from ivr.records.work.model import Callback, CallbackState, WorkItem, WorkKind


class WorkStore:
    """What outlives calls, in the database of the records."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # ---- callbacks

    def promise(self, callback: Callback, *, once_a_number: bool = False) -> Callback:
        """Keep a new callback. A call has one: where there is one already it stays, and comes back; `once_a_number`:
        also where one to the same number is open."""
        table = tables.callback
        same = table.c.parent_call_id == callback.parent_call_id
        if once_a_number:
            open_ = and_(table.c.number == callback.number, table.c.state == CallbackState.OPEN.value)
            same = or_(same, open_)
        with writing(self._engine) as connection:
            query = select(table).where(same)
            if (row := connection.execute(query).mappings().first()) is not None:
                return _callback(row)
            connection.execute(insert(table), asdict(callback))
            return callback

    def save_callback(self, callback: Callback) -> None:
        """Replace a callback that is kept already."""
        table = tables.callback
        with writing(self._engine) as connection:
            query = update(table).where(table.c.parent_call_id == callback.parent_call_id)
            connection.execute(query.values(**asdict(callback)))

    def withdraw_callback(self, parent_call_id: str, now: int) -> None:
        """Nobody has to call any more; a call that stands for the customer already goes on."""
        table = tables.callback
        with writing(self._engine) as connection:
            query = update(table).where(
                table.c.parent_call_id == parent_call_id,
                table.c.state == CallbackState.OPEN.value,
                table.c.call_id.is_(None),
            )
            connection.execute(query.values(state=CallbackState.GIVEN_UP.value, t_closed=now))

    def callback(self, parent_call_id: str) -> Callback | None:
        """The callback that was promised on a call, or None."""
        table = tables.callback
        with reading(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.parent_call_id == parent_call_id)).mappings().first()
        return None if row is None else _callback(row)

    def open_callbacks(self) -> tuple[Callback, ...]:
        """Every callback that is still to be made, the longest wait first."""
        table = tables.callback
        query = select(table).where(table.c.state == CallbackState.OPEN.value)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(table.c.t_requested, table.c.parent_call_id)).mappings()
            return tuple(_callback(row) for row in rows)

    # ---- work items

    def add(self, item: WorkItem) -> WorkItem:
        """Keep a new work item and give it its id. Where one of its `ref` is there already, that one stays and comes
        back."""
        table = tables.work_item
        with writing(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.ref == item.ref)).mappings().first()
            if row is not None:
                return _item(row)
            values = {name: value for name, value in asdict(item).items() if name != "id"}
            key = connection.execute(insert(table).values(**values)).inserted_primary_key
            assert key is not None
            return replace(item, id=int(key[0]))

    def item(self, id_: int) -> WorkItem | None:
        """A work item, or None."""
        table = tables.work_item
        with reading(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.id == id_)).mappings().first()
        return None if row is None else _item(row)

    def items(self, *, open_only: bool = True, limit: int | None = None) -> tuple[WorkItem, ...]:
        """Work items, the first due first; `open_only`: those that nobody has closed."""
        table = tables.work_item
        query = select(table).order_by(table.c.t_due, table.c.id).limit(limit)
        if open_only:
            query = query.where(table.c.t_done.is_(None))
        with reading(self._engine) as connection:
            return tuple(_item(row) for row in connection.execute(query).mappings())

    def close_item(self, id_: int, done_by: str, note: str | None, audit: AuditEntry, now: int) -> WorkItem | None:
        """Close an item that is open; one that is closed already stays as it is, and None comes back, as where there is
        no such item."""
        table = tables.work_item
        with writing(self._engine) as connection:
            query = update(table).where(table.c.id == id_, table.c.t_done.is_(None))
            done = connection.execute(query.values(t_done=now, done_by=done_by, note=note))
            if done.rowcount == 0:
                return None
            append(connection, audit, now)
            return _item(connection.execute(select(table).where(table.c.id == id_)).mappings().one())

    def close_ref(self, ref: str, done_by: str, note: str, now: int) -> None:
        """Close the item of this `ref` where there is one that is open."""
        table = tables.work_item
        with writing(self._engine) as connection:
            query = update(table).where(table.c.ref == ref, table.c.t_done.is_(None))
            connection.execute(query.values(t_done=now, done_by=done_by, note=note))


def _callback(row: Mapping[Any, Any]) -> Callback:
    return Callback(**{**row, "state": CallbackState(row["state"])})


def _item(row: Mapping[Any, Any]) -> WorkItem:
    return WorkItem(**{**row, "kind": WorkKind(row["kind"])})
