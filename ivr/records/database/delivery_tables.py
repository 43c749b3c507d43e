"""The table of what is sent outside, see `ivr.records.deliveries.model`. Times are UTC epoch milliseconds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from ivr.records.database.tables import metadata

delivery = Table(
    "delivery",
    metadata,
    Column("key", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("about", Text, nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("body", Text),
    Column("digest", Text, nullable=False),
    Column("t_asked", BigInteger, nullable=False),
    Column("t_next", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("t_done", BigInteger),
    Column("receipt", Text),
    Column("trouble", Text),
    Column("t_held", BigInteger, nullable=False),
)
