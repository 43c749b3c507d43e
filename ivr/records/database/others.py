"""Complaints, agent states and quality scores as they are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, select

from ivr.records import model
from ivr.records.database import tables
from ivr.records.model import Other

#: Rows that are fetched at once.
_PAGE = 500

_OTHERS: tuple[tuple[Table, type[Any]], ...] = (
    (tables.agent_state, model.AgentState),
    (tables.quality_score, model.QualityScore),
)


def read(connection: Connection) -> Iterator[Other]:
    """Every one of them, each kind in the order of its key."""
    yield from _complaints(connection)
    for table, cls in _OTHERS:
        query = select(table).order_by(*table.primary_key.columns)
        for row in connection.execute(query.execution_options(yield_per=_PAGE)).mappings():
            yield cls(**row)


def _complaints(connection: Connection) -> Iterator[model.Complaint]:
    ties: dict[str, list[str]] = {}
    tie = tables.complaint_call
    for row in connection.execute(select(tie).order_by(tie.c.id, tie.c.position)):
        ties.setdefault(row.id, []).append(row.call_id)
    for found in connection.execute(select(tables.complaint).order_by(tables.complaint.c.id)).mappings():
        yield model.Complaint(**found, call_ids=tuple(ties.get(found["id"], ())))
