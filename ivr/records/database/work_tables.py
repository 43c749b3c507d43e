"""The tables of work that outlives a call, see `ivr.records.work.model`. Times are UTC epoch milliseconds (BIGINT)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text

from ivr.records.database.tables import metadata

callback = Table(
    "callback",
    metadata,
    Column("parent_call_id", Text, primary_key=True),
    Column("queue", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("t_requested", BigInteger, nullable=False),
    Column("t_asked", BigInteger, nullable=False),
    Column("t_next", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("call_id", Text),
    Column("t_closed", BigInteger),
)

work_item = Table(
    "work_item",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ref", Text, nullable=False, index=True, unique=True),
    Column("kind", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("number", Text),
    Column("about", Text, nullable=False),
    Column("t_received", BigInteger, nullable=False),
    Column("t_due", BigInteger, nullable=False, index=True),
    Column("audio", Text),
    Column("ms", BigInteger, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("t_done", BigInteger),
    Column("done_by", Text),
    Column("note", Text),
)
