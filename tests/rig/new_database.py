"""New databases of tests: the migrations run once in a test process, and what they made is copied for every other new
SQLite database. A database that holds anything is migrated as ever, and so is every one of a program that a test
starts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Connection, create_engine, inspect

from ivr.records import store
from ivr.records.database.migrate import upgrade


@cache
def statements() -> Sequence[str]:
    """What makes a new database's tables and first rows, in SQL."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        upgrade(connection)
        made = connection.connection.driver_connection
        assert made is not None
        words = tuple(made.iterdump())
    engine.dispose()
    return tuple(word for word in words if word not in ("BEGIN TRANSACTION;", "COMMIT;"))


def migrated(connection: Connection, target: str = "head") -> None:
    """`upgrade`, by copying where the database is new."""
    if target != "head" or connection.dialect.name != "sqlite" or inspect(connection).get_table_names():
        upgrade(connection, target)
        return
    cursor = connection.connection.cursor()
    for statement in statements():
        cursor.execute(statement)
    cursor.close()


def install() -> None:
    """Have every store of this process made so."""
    setattr(store, upgrade.__name__, migrated)
