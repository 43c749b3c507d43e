"""Deliveries in the database: kept in the transaction of what they tell of, sent later. Every method may be called from
any thread and raises StoreError where the database cannot be used: nothing was changed then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from ivr.records.audit.model import AuditEntry
from ivr.records.audit.trail import append
from ivr.records.database.delivery_tables import delivery as table
from ivr.records.database.engine import reading, writing
from ivr.records.deliveries.model import Channel, Delivery, DeliveryState

#: Why something is not sent any more, in the operators' words.
WITHDRAWN = "已收回，不再发送"


def keep(connection: Connection, delivery: Delivery) -> Delivery:
    """Keep a new delivery inside the caller's transaction. Where there is one of its key already that one stays, and
    comes back."""
    query = select(table).where(table.c.key == delivery.key)
    if (row := connection.execute(query).mappings().first()) is not None:
        return _delivery(row)
    connection.execute(insert(table), asdict(delivery))
    return delivery


def withdraw(connection: Connection, about: str, but: str | None, now: int) -> None:
    """Inside the caller's transaction: send nothing more of what is told about something, and keep nothing of what it
    said, but for those whose key begins with `but`. What is being sent at this moment goes out."""
    query = update(table).where(table.c.about == about, table.c.state == DeliveryState.WAITING.value)
    if but is not None:
        query = query.where(~table.c.key.startswith(but, autoescape=True))
    values = {"state": DeliveryState.GIVEN_UP.value, "body": None, "t_done": now, "trouble": WITHDRAWN}
    connection.execute(query.values(**values))


class DeliveryStore:
    """What is sent, in the database of the records."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, delivery: Delivery) -> Delivery:
        """As the function, in a transaction of its own."""
        with writing(self._engine) as connection:
            return keep(connection, delivery)

    def get(self, key: str) -> Delivery | None:
        """The delivery, or None."""
        with reading(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.key == key)).mappings().first()
        return None if row is None else _delivery(row)

    def due(self, now: int, limit: int = 20) -> tuple[str, ...]:
        """Keys of those that are to be sent now and that nobody is sending, the longest due first."""
        query = select(table.c.key).where(
            table.c.state == DeliveryState.WAITING.value, table.c.t_next <= now, table.c.t_held <= now
        )
        with reading(self._engine) as connection:
            return tuple(connection.scalars(query.order_by(table.c.t_next, table.c.key).limit(limit)))

    def hold(self, key: str, now: int, until: int) -> Delivery | None:
        """Take it to be sent; None where it is sent already, or where somebody else is sending it. Who holds it and
        dies lets go `until`."""
        with writing(self._engine) as connection:
            query = update(table).where(
                table.c.key == key, table.c.state == DeliveryState.WAITING.value, table.c.t_held <= now
            )
            if connection.execute(query.values(t_held=until)).rowcount == 0:
                return None
            return _delivery(connection.execute(select(table).where(table.c.key == key)).mappings().one())

    def settle(self, held: Delivery, then: Delivery) -> bool:
        """What came of a try. False where it was settled meanwhile by another who took it up after `held.t_held`: the
        first yes stays."""
        values = {name: value for name, value in asdict(then).items() if name != "key"}
        with writing(self._engine) as connection:
            query = update(table).where(
                table.c.key == held.key,
                table.c.state == DeliveryState.WAITING.value,
                # a yes counts whoever brings it; a failure only from the one who holds it
                *(() if then.state is DeliveryState.DELIVERED else (table.c.t_held == held.t_held,)),
            )
            return connection.execute(query.values(**values)).rowcount == 1

    def again(self, key: str, now: int, audit: AuditEntry) -> Delivery | None:
        """Send once more what was refused or given up, from the beginning; None where it is neither, or was
        withdrawn."""
        ended = (DeliveryState.REFUSED.value, DeliveryState.GIVEN_UP.value)
        with writing(self._engine) as connection:
            query = update(table).where(table.c.key == key, table.c.state.in_(ended), table.c.body.is_not(None))
            values = {"state": DeliveryState.WAITING.value, "t_next": now, "t_asked": now, "tries": 0, "t_done": None}
            if connection.execute(query.values(**values)).rowcount == 0:
                return None
            append(connection, audit, now)
            return _delivery(connection.execute(select(table).where(table.c.key == key)).mappings().one())

    def recent(self, *, undelivered: bool, limit: int = 200) -> tuple[Delivery, ...]:
        """What was asked for last, the newest first; `undelivered`: only what nobody has said yes to."""
        query = select(table).order_by(table.c.t_asked.desc(), table.c.key).limit(limit)
        if undelivered:
            query = query.where(table.c.state != DeliveryState.DELIVERED.value)
        with reading(self._engine) as connection:
            return tuple(_delivery(row) for row in connection.execute(query).mappings())

    def about(self, what: str) -> tuple[Delivery, ...]:
        """Everything that was sent about something, the first first."""
        query = select(table).where(table.c.about == what).order_by(table.c.t_asked, table.c.key)
        with reading(self._engine) as connection:
            return tuple(_delivery(row) for row in connection.execute(query).mappings())

    def failed(self) -> int:
        """How many were refused or given up; not what was withdrawn."""
        ended = (DeliveryState.REFUSED.value, DeliveryState.GIVEN_UP.value)
        query = select(func.count()).select_from(table).where(table.c.state.in_(ended), table.c.body.is_not(None))
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())


def _delivery(row: Mapping[Any, Any]) -> Delivery:
    return Delivery(**{**row, "channel": Channel(row["channel"]), "state": DeliveryState(row["state"])})
