"""The tables of what monitors answered when they scored an agent's part of a call, and of the forms they filled in; the
score itself is a record of its own (`tables.quality_score`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from ivr.records.database.tables import metadata

#: What makes a score of one monitor.
SCORE_KEY = ("call_id", "agent_id", "form_id", "monitor")

#: One row an item of the form (`criterion`): its points; of one that is answered with yes or no, 1 or 0.
quality_answer = Table(
    "quality_answer",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("agent_id", Text, primary_key=True),
    Column("form_id", Text, primary_key=True),
    Column("monitor", Text, primary_key=True),
    Column("criterion", Text, primary_key=True),
    Column("points", Integer, nullable=False),
)

#: A form as it was when the first score with it was given (`t`); it is never changed, and outlives its scores.
quality_form = Table(
    "quality_form",
    metadata,
    Column("form_id", Text, primary_key=True),
    Column("t", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
)
