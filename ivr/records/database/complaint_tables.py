"""The tables of complaints that are worked on, see `ivr.records.complaints.model`. Times are UTC epoch milliseconds
(BIGINT)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, Table, Text

from ivr.records.database.tables import metadata

complaint_case = Table(
    "complaint_case",
    metadata,
    Column("id", Text, primary_key=True),
    Column("ref", Text, nullable=False, index=True, unique=True),
    Column("via", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False, index=True),
    Column("ack_due", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("call_ids", Text, nullable=False),
    Column("number", Text, index=True),
    Column("call_back_number", Text),
    Column("kind", Text),
    Column("right", Text),
    Column("amount", BigInteger),
    Column("audio", Text),
    Column("ms", BigInteger, nullable=False),
    Column("transcript", Text),
    Column("summary", Text),
    Column("waived", Text, nullable=False),
    Column("grade", Text),
    Column("owner", Text),
    Column("complex", Boolean, nullable=False),
    Column("handler", Text),
    Column("contact", Text),
    Column("accepted_at", BigInteger),
    Column("acknowledged_at", BigInteger),
    Column("decided_at", BigInteger),
    Column("notified_at", BigInteger),
    Column("called_back_at", BigInteger),
    Column("closed_at", BigInteger),
    Column("withdrawn_at", BigInteger),
    Column("callback_ok", Boolean),
    Column("satisfied", Boolean),
    Column("extension", Text),
    Column("extended_to", BigInteger),
    Column("extended_by", Text),
    Column("extension_told_at", BigInteger),
    Column("decision", Text),
    Column("cause", Text),
    Column("merged_into", Text),
    Column("work_order", Text),
    Column("passed_on_at", BigInteger),
    Column("receipt", Text),
    Column("receipt_at", BigInteger),
)

complaint_step = Table(
    "complaint_step",
    metadata,
    Column("case_id", Text, ForeignKey("complaint_case.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("why", Text),
    Column("detail", Text, nullable=False),
)
