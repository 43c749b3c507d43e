"""The table of the audit trail, see `ivr.records.audit`. It is only ever added to: triggers refuse everything else."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Table, Text

from ivr.records.database.tables import metadata

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("t", BigInteger, nullable=False, index=True),
    Column("person", Text, nullable=False, index=True),
    Column("role", Text),
    Column("os_user", Text),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False, index=True),
    Column("allowed", Boolean, nullable=False),
    Column("reason", Text),
    Column("detail", Text),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
