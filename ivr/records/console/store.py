"""Sessions of the console in the database: they outlive its process. Every method may be called from any thread and
raises StoreError where the database cannot be used."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine, delete, insert, or_, select, update

from ivr.records.audit.model import AuditEntry
from ivr.records.audit.trail import append
from ivr.records.console.model import IDLE_MS, REASON_MS, SEEN_MS, Session, SignInLink
from ivr.records.database import console_tables as tables
from ivr.records.database.engine import reading, writing

_session = tables.console_session
_reason = tables.console_reason
_link = tables.console_link


class ConsoleStore:
    """Who is signed in, in the database of the records."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, session: Session, audit: AuditEntry, now: int) -> None:
        """Somebody has signed in; sessions that are over are forgotten."""
        with writing(self._engine) as connection:
            over = or_(_session.c.t_ends <= now, _session.c.t_seen <= now - IDLE_MS)
            connection.execute(delete(_session).where(over))
            connection.execute(
                insert(_session),
                {
                    "id": session.id,
                    "person": session.person,
                    "t_began": session.t_began,
                    "t_seen": session.t_seen,
                    "t_ends": session.t_ends,
                    "browser": session.browser,
                },
            )
            append(connection, audit, now)

    def session(self, id_: str, now: int, *, seen: bool = True) -> Session | None:
        """The session in force of this id, or None; that somebody was there, where he was `seen`, is noted about once
        a minute."""
        with reading(self._engine) as connection:
            row = connection.execute(select(_session).where(_session.c.id == id_)).mappings().first()
        if row is None or not (found := Session(**row)).in_force(now):
            return None
        if seen and now - found.t_seen >= SEEN_MS:
            with writing(self._engine) as connection:
                connection.execute(update(_session).where(_session.c.id == id_).values(t_seen=now))
        return found

    def in_force(self, ids: Iterable[str], now: int) -> frozenset[str]:
        """Those of these sessions that are in force; that is no sign of anybody being there."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(_session).where(_session.c.id.in_(list(ids)))).mappings()
            return frozenset(row["id"] for row in rows if Session(**row).in_force(now))

    def of(self, person: str, now: int) -> tuple[Session, ...]:
        """The person's sessions in force, the newest first."""
        query = select(_session).where(_session.c.person == person).order_by(_session.c.t_began.desc())
        with reading(self._engine) as connection:
            found = [Session(**row) for row in connection.execute(query).mappings()]
        return tuple(one for one in found if one.in_force(now))

    def end(self, id_: str, audit: AuditEntry, now: int) -> None:
        """One session is over."""
        with writing(self._engine) as connection:
            connection.execute(delete(_session).where(_session.c.id == id_))
            append(connection, audit, now)

    def end_all(self, person: str, audit: AuditEntry, now: int, *, but: str = "") -> None:
        """All sessions of a person are over, but one."""
        with writing(self._engine) as connection:
            connection.execute(delete(_session).where(_session.c.person == person, _session.c.id != but))
            append(connection, audit, now)

    # ---- reasons

    def give_reason(self, session: str, action: str, target: str, reason: str, now: int) -> None:
        """Why somebody does this; it counts for a while."""
        row = {"session": session, "action": action, "target": target, "reason": reason, "t_ends": now + REASON_MS}
        same = (_reason.c.session == session, _reason.c.action == action, _reason.c.target == target)
        with writing(self._engine) as connection:
            connection.execute(delete(_reason).where(*same))
            connection.execute(insert(_reason), row)

    def reason(self, session: str, action: str, target: str, now: int) -> str | None:
        """The reason that counts for this, or None."""
        same = (_reason.c.session == session, _reason.c.action == action, _reason.c.target == target)
        with reading(self._engine) as connection:
            found = connection.execute(select(_reason.c.reason).where(*same, _reason.c.t_ends > now)).scalar()
        return None if found is None else str(found)

    # ---- links that sign in once

    def add_link(self, link: SignInLink, audit: AuditEntry, now: int) -> None:
        """A link that signs in once; those that have expired are forgotten."""
        with writing(self._engine) as connection:
            connection.execute(delete(_link).where(_link.c.t_ends <= now))
            connection.execute(insert(_link), {"id": link.id, "person": link.person, "t_ends": link.t_ends})
            append(connection, audit, now)

    def link(self, id_: str, now: int) -> SignInLink | None:
        """A link that may still be used, or None."""
        with reading(self._engine) as connection:
            row = connection.execute(select(_link).where(_link.c.id == id_, _link.c.t_ends > now)).mappings().first()
        return None if row is None else SignInLink(**row)

    def use_link(self, id_: str, now: int) -> SignInLink | None:
        """The same, and nobody can use it again: of two who try at once one gets it."""
        with writing(self._engine) as connection:
            row = connection.execute(select(_link).where(_link.c.id == id_, _link.c.t_ends > now)).mappings().first()
            gone = connection.execute(delete(_link).where(_link.c.id == id_)).rowcount
        return SignInLink(**row) if row is not None and gone else None
