"""The tables of emergencies, see `ivr.records.emergencies.model`. Times are UTC epoch milliseconds (BIGINT)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, Table, Text

from ivr.records.database.tables import metadata

emergency = Table(
    "emergency",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("t_started", BigInteger, nullable=False),
    Column("t_changed", BigInteger, nullable=False),
    Column("t_ended", BigInteger),
    Column("version", Integer, nullable=False),
)

decision = Table(
    "emergency_decision",
    metadata,
    Column("emergency_id", Integer, ForeignKey("emergency.id", name="fk_emergency_decision"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("step", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("role", Text),
    Column("reason", Text, nullable=False),
    Column("t", BigInteger, nullable=False),
)

warning = Table(
    "emergency_warning",
    metadata,
    Column("node", Text, primary_key=True),
    Column("detector", Text, primary_key=True),
    Column("t_raised", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("value", Integer, nullable=False),
    Column("usual", Integer),
    Column("t_over", BigInteger),
)
