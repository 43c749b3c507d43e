"""The tables of people, their roles and their approvals, see `ivr.records.people`. Times are UTC epoch milliseconds
(BIGINT); `valid_to` is the first moment that is no longer part of it, NULL where no end is set."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, Table, Text

from ivr.records.database.tables import metadata

person = Table(
    "person",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("agent_id", Text, index=True),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger),
    Column("secret", Text),
)

#: Users of the operating system who are a person; one user may be several, who then says which (IVR_PERSON).
os_user = Table(
    "os_user",
    metadata,
    Column("name", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
)

role_grant = Table(
    "role_grant",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", Text, ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger),
    Column("granted_by", Text, nullable=False),
)

#: One request, one decision by another person, used at most once.
approval = Table(
    "approval",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False, index=True),
    Column("digest", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("t_requested", BigInteger, nullable=False),
    Column("t_expires", BigInteger, nullable=False),
    Column("decided_by", Text),
    Column("t_decided", BigInteger),
    Column("approved", Boolean),
    Column("t_used", BigInteger),
)
