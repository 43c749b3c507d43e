"""Requests and decisions in the database. Every change appends its audit entry in its own transaction. Every method may
be called from any thread and raises StoreError where the database cannot be used: nothing was changed then."""

from __future__ import annotations

from sqlalchemy import Engine, select

from ivr.records.approvals import rows
from ivr.records.approvals.model import Approval, ApprovalKind
from ivr.records.audit.model import AuditEntry
from ivr.records.audit.trail import append
from ivr.records.database.engine import reading, writing
from ivr.records.database.people_tables import approval as table


class ApprovalStore:
    """What waits for a second person, in the database of the records."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self, *, open_only: bool = True, kind: ApprovalKind | None = None) -> tuple[Approval, ...]:
        """Requests, the newest first; `open_only`: those that nobody has decided."""
        query = select(table).order_by(table.c.id.desc())
        if open_only:
            query = query.where(table.c.approved.is_(None))
        if kind is not None:
            query = query.where(table.c.kind == kind.value)
        with reading(self._engine) as connection:
            return tuple(rows.read(row) for row in connection.execute(query).mappings())

    def get(self, id_: int) -> Approval:
        """A request. Raises ApprovalRefused where there is none."""
        with reading(self._engine) as connection:
            return rows.found(connection, id_)

    def request(self, wanted: Approval, audit: AuditEntry) -> Approval:
        """Keep a request and give it its id. Raises ApprovalRefused where the same is asked for already."""
        with writing(self._engine) as connection:
            kept = rows.request(connection, wanted)
            append(connection, audit, wanted.t_requested)
            return kept

    def decide(self, id_: int, approved: bool, audit: AuditEntry, now: int) -> Approval:
        """The word of `audit.person`. Raises ApprovalRefused where it is no other person, or comes twice or late."""
        with writing(self._engine) as connection:
            decided = rows.decide(connection, id_, audit.person, approved, now)
            append(connection, audit, now)
            return decided

    def use(self, kind: ApprovalKind, digest: str, audit: AuditEntry, now: int, id_: int | None = None) -> Approval:
        """Carry out, once, what `audit.person` asked for and somebody else approved: the request `id_`, or one of this
        kind whose content has this digest. Raises ApprovalRefused where there is none."""
        with writing(self._engine) as connection:
            used = rows.use(connection, rows.fitting(connection, kind, digest, audit.person, now, id_), digest, now)
            append(connection, audit, now)
            return used
