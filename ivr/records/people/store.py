"""People and their grants in the database. Every change appends its audit entry in its own transaction. Every method
may be called from any thread and raises StoreError where the database cannot be used: nothing was changed then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, delete, exists, insert, select, update

from ivr.records.audit.model import AuditEntry
from ivr.records.audit.trail import append
from ivr.records.database import people_tables as tables
from ivr.records.database.engine import reading, writing
from ivr.records.people.model import Grant, Person

#: Looks at everybody as it will be after a change, in the change's transaction, and raises where it may not be so.
Rule = Callable[[tuple[Person, ...]], None]


class PeopleStore:
    """Who works at the hotline, in the database of the records."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def any(self) -> bool:
        """Whether somebody is registered; as long as nobody is, nobody is asked who he is."""
        with reading(self._engine) as connection:
            return bool(connection.execute(select(exists().select_from(tables.person))).scalar())

    def all(self) -> tuple[Person, ...]:
        """Everybody who ever was registered, by id."""
        with reading(self._engine) as connection:
            return _people(connection)

    def get(self, id_: str) -> Person | None:
        """A person by id, or None."""
        return next((person for person in self.all() if person.id == id_), None)

    def add(self, person: Person, audit: AuditEntry, now: int, rule: Rule) -> None:
        """Register a person with his grants. Raises RecordRefused where there is one of this id."""
        with writing(self._engine) as connection:
            own = ("id", "name", "agent_id", "valid_from", "valid_to", "secret")
            connection.execute(insert(tables.person), {name: getattr(person, name) for name in own})
            _map(connection, person.id, person.os_users)
            for grant in person.grants:
                _grant(connection, grant)
            _done(connection, audit, now, rule)

    def set_os_users(self, id_: str, os_users: tuple[str, ...], audit: AuditEntry, now: int, rule: Rule) -> None:
        """Which users of the operating system are this person from now on."""
        with writing(self._engine) as connection:
            connection.execute(delete(tables.os_user).where(tables.os_user.c.person == id_))
            _map(connection, id_, os_users)
            _done(connection, audit, now, rule)

    def set_secret(self, id_: str, secret: str | None, audit: AuditEntry, now: int) -> None:
        """The person's secret from now on, as `ivr.people.secret` made it; None: no secret."""
        with writing(self._engine) as connection:
            connection.execute(update(tables.person).where(tables.person.c.id == id_).values(secret=secret))
            append(connection, audit, now)

    def grant(self, grant: Grant, audit: AuditEntry, now: int, rule: Rule) -> None:
        """Give a person a role for a time."""
        with writing(self._engine) as connection:
            _grant(connection, grant)
            _done(connection, audit, now, rule)

    def revoke(self, id_: str, role: str, audit: AuditEntry, now: int, rule: Rule) -> int:
        """End every grant of the role that has not ended; those that have not begun are taken back. Returns how many
        there were; where there was none nothing is done."""
        table = tables.role_grant
        mine = (table.c.person == id_, table.c.role == role)
        with writing(self._engine) as connection:
            gone = connection.execute(delete(table).where(*mine, table.c.valid_from >= now)).rowcount
            running = table.c.valid_to.is_(None) | (table.c.valid_to > now)
            ended = connection.execute(update(table).where(*mine, running).values(valid_to=now)).rowcount
            if gone + ended:
                _done(connection, audit, now, rule)
            return gone + ended

    def end(self, id_: str, at: int, audit: AuditEntry, now: int, rule: Rule) -> None:
        """The person counts until `at`; who has left before now stays gone. No user of the operating system is mapped
        to who has left: at once, or with the next change after his last moment."""
        table = tables.person
        with writing(self._engine) as connection:
            running = table.c.valid_to.is_(None) | (table.c.valid_to > now)
            connection.execute(update(table).where(table.c.id == id_, running).values(valid_to=at))
            _done(connection, audit, now, rule)


def _done(connection: Connection, audit: AuditEntry, now: int, rule: Rule) -> None:
    gone = select(tables.person.c.id).where(tables.person.c.valid_to <= now)
    connection.execute(delete(tables.os_user).where(tables.os_user.c.person.in_(gone)))
    rule(_people(connection))
    append(connection, audit, now)


def _map(connection: Connection, id_: str, os_users: tuple[str, ...]) -> None:
    for name in dict.fromkeys(os_users):
        connection.execute(insert(tables.os_user), {"name": name, "person": id_})


def _grant(connection: Connection, grant: Grant) -> None:
    own = ("person", "role", "valid_from", "valid_to", "granted_by")
    connection.execute(insert(tables.role_grant), {name: getattr(grant, name) for name in own})


def _people(connection: Connection) -> tuple[Person, ...]:
    users: dict[str, list[str]] = {}
    for row in connection.execute(select(tables.os_user).order_by(tables.os_user.c.name)):
        users.setdefault(row.person, []).append(row.name)
    grants: dict[str, list[Grant]] = {}
    for found in connection.execute(select(tables.role_grant).order_by(tables.role_grant.c.id)).mappings():
        grants.setdefault(found["person"], []).append(Grant(**found))
    return tuple(_person(row, users, grants) for row in connection.execute(_EVERYBODY).mappings())


_EVERYBODY = select(tables.person).order_by(tables.person.c.id)


def _person(row: Any, users: dict[str, list[str]], grants: dict[str, list[Grant]]) -> Person:
    id_ = row["id"]
    return Person(**row, os_users=tuple(users.get(id_, ())), grants=tuple(grants.get(id_, ())))
