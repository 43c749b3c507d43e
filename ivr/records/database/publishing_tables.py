"""The tables of drafts and publications, see `ivr.records.publishing.model`. Times are UTC epoch milliseconds
(BIGINT)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, Table, Text

from ivr.records.database.tables import metadata

flow_draft = Table(
    "flow_draft",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", Text, nullable=False, index=True),
    Column("base", Integer, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("t_proposed", BigInteger, nullable=False),
    Column("personal", Text, nullable=False),
    Column("findings", Text, nullable=False),
    Column("trials", Text, nullable=False),
    Column("again", Integer),
    Column("state", Text, nullable=False, index=True),
    Column("decided_by", Text),
    Column("t_decided", BigInteger),
    Column("note", Text),
    Column("files", LargeBinary, nullable=False),
)

#: The number is the primary key: of two that are published on the same base, one is refused by the database itself.
flow_publication = Table(
    "flow_publication",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("draft", Integer, ForeignKey("flow_draft.id"), nullable=False, index=True, unique=True),
    Column("digest", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("t", BigInteger, nullable=False),
    Column("again", Integer),
    Column("emergency", Boolean, nullable=False),
    Column("t_confirm", BigInteger),
    Column("confirmed_by", Text),
    Column("t_confirmed", BigInteger),
    Column("confirmed", Boolean),
    Column("note", Text),
)
