"""The tables of what privacy asks for: legal holds, consents, files that are still to be deleted, and what purged
records counted for. Times are UTC epoch milliseconds (BIGINT)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, Table, Text

from ivr.records.database.tables import metadata

#: See `ivr.records.privacy.holds.Hold`; `released_at` NULL while it stands.
legal_hold = Table(
    "legal_hold",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_by", Text, nullable=False),
    Column("placed_at", BigInteger, nullable=False),
    Column("released_by", Text),
    Column("released_at", BigInteger),
)
Index("ix_legal_hold_target", legal_hold.c.kind, legal_hold.c.target)

#: What a customer has agreed to, or no longer: only ever added to. See `ivr.records.privacy.consents.Consent`.
consent = Table(
    "consent",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("customer", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("given", Boolean, nullable=False),
    Column("t", BigInteger, nullable=False),
    Column("how", Text, nullable=False),
    Column("call_id", Text),
    Column("noted_by", Text, nullable=False),
)
Index("ix_consent_customer", consent.c.customer, consent.c.purpose, consent.c.t)

#: Files whose record is gone: to be deleted, paths below the state folder.
purge_file = Table("purge_file", metadata, Column("path", Text, primary_key=True))

#: What records that are gone counted for, a part of `daily_count`: the sums of a day outlive its records.
purged_count = Table(
    "purged_count",
    metadata,
    Column("day", Date, primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    Column("requested", Boolean, primary_key=True),
    Column("queue", Text, primary_key=True),
    Column("indicator", Text, primary_key=True),
    Column("term", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

#: The same for figures that are made from a day's few records (complaints, scores, annotated turns): JSON, see
#: `ivr.records.counting.purged`.
purged_figure = Table(
    "purged_figure", metadata, Column("day", Date, primary_key=True), Column("figures", Text, nullable=False)
)

#: One row a class of data: its records from before this day are gone, and are not taken in again.
purge_mark = Table(
    "purge_mark",
    metadata,
    Column("retention", Text, primary_key=True),
    Column("before", Date, nullable=False),
)
