"""The tables of the console's sessions, see `ivr.records.console`. Times are UTC epoch milliseconds (BIGINT). Of what a
browser holds only a hash is kept: who reads the database cannot sign in with it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text

from ivr.records.database.tables import metadata

#: A browser that is signed in.
console_session = Table(
    "console_session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False, index=True),
    Column("t_began", BigInteger, nullable=False),
    Column("t_seen", BigInteger, nullable=False),
    Column("t_ends", BigInteger, nullable=False),
    Column("browser", Text, nullable=False),
)

#: Why somebody looks at what needs a reason, for as long as he need not say it again.
console_reason = Table(
    "console_reason",
    metadata,
    Column("session", Text, ForeignKey("console_session.id", ondelete="CASCADE"), primary_key=True),
    Column("action", Text, primary_key=True),
    Column("target", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("t_ends", BigInteger, nullable=False),
)

#: A link that signs in once; without a person it lets the first one be registered.
console_link = Table(
    "console_link",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text),
    Column("t_ends", BigInteger, nullable=False),
)
