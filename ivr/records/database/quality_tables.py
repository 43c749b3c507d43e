"""The table of what monitors answered when they scored an agent's part of a call; the score itself is a record of its
own (`tables.quality_score`)."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from ivr.records.database.tables import metadata

#: What makes a score of one monitor.
SCORE_KEY = ("call_id", "agent_id", "form_id", "monitor")

#: One row a criterion. The key lets a monitor score a call once and never again.
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
