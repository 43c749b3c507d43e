"""What a statement is in SQL is worked out once in a test process: every test has a database of its own, and a running
hotline has one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from ivr.records.database import engine

#: The words of so many statements.
_MOST = 4000


def install() -> None:
    """Have every engine of this process share them."""
    words: LRUCache[Any, Any] = LRUCache(_MOST)

    def sharing(*args: Any, **more: Any) -> Engine:
        return create_engine(*args, execution_options={"compiled_cache": words}, **more)

    setattr(engine, create_engine.__name__, sharing)
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        # words are kept by the dialect that they are in, and each engine has an object of its own for it
        kind.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
        kind.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
