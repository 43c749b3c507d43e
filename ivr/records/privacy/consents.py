"""Consents in the database (CBA 二十九): what is noted stays as it was noted, the latest word of a customer counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from ivr.records.audit.model import AuditEntry
from ivr.records.audit.trail import append
from ivr.records.database.engine import reading, writing
from ivr.records.database.privacy_tables import consent
from ivr.records.privacy.model import Consent, Purpose


class Consents:
    """What customers have agreed to. Every method may be called from any thread and raises StoreError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, one: Consent, audit: AuditEntry, now: int) -> None:
        """Keep what a customer said about a purpose."""
        with writing(self._engine) as connection:
            connection.execute(insert(consent).values(**asdict(one)))
            append(connection, audit, now)

    def allowed(self, customer: str, purpose: Purpose, t: int) -> bool:
        """Whether the customer's latest word about the purpose, up to `t` (UTC epoch ms), is yes. Without a word: no.
        Every use for marketing asks this first (CBA 二十九)."""
        with reading(self._engine) as connection:
            return allowed(connection, customer, purpose, t)

    def of(self, customer: str) -> tuple[Consent, ...]:
        """Everything that the customer said, the latest first."""
        query = select(consent).where(consent.c.customer == customer)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(consent.c.t.desc(), consent.c.id.desc())).mappings()
            return tuple(_consent(row) for row in rows)


def allowed(connection: Connection, customer: str, purpose: Purpose, t: int) -> bool:
    """See `Consents.allowed`."""
    here = (consent.c.customer == customer, consent.c.purpose == purpose.value, consent.c.t <= t)
    last = select(consent.c.given).where(*here).order_by(consent.c.t.desc(), consent.c.id.desc()).limit(1)
    return bool(connection.execute(last).scalar())


def _consent(row: Mapping[Any, Any]) -> Consent:
    return Consent(**{**{name: row[name] for name in row if name != "id"}, "purpose": Purpose(row["purpose"])})
