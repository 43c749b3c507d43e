"""The tables of samples that people label (CBA 二十一)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text

from ivr.records.database.tables import metadata

sampling_plan = Table(
    "sampling_plan",
    metadata,
    Column("id", Text, primary_key=True),
    Column("t", BigInteger, nullable=False),
    Column("since", Text, nullable=False),
    Column("until", Text, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("method", Text, nullable=False),
)


def _of_plan(name: str, *columns: Column[object]) -> Table:
    owner: Column[str] = Column("plan", Text, ForeignKey("sampling_plan.id", ondelete="CASCADE"), primary_key=True)
    return Table(name, metadata, owner, Column("position", Integer, primary_key=True), *columns)


stratum = _of_plan(
    "stratum",
    Column("name", Text, nullable=False),
    Column("turns", BigInteger, nullable=False),
    Column("drawn", BigInteger, nullable=False),
)

drawn = _of_plan("drawn", Column("turn_id", Text, nullable=False), Column("stratum", Text, nullable=False))
