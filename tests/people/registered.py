"""People at a hotline, and leave for what they do: what several tests begin with."""

from __future__ import annotations

from ivr.people.access import Permit, access_of
from ivr.people.actions import Action
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.records.people.model import Grant, Person
from ivr.records.store import Store


def register(store: Store, id_: str, *roles: Role, os_user: str = "") -> None:
    """A person with roles for ever; the user of the operating system has the same name, or is `os_user`."""
    grants = tuple(Grant(id_, role.value, 0, None, "admin") for role in roles)
    person = Person(id_, id_, 0, None, (os_user or id_,), grants=grants)
    store.people.add(person, AuditEntry("admin", "people.manage", f"person:{id_}"), 1, lambda _: None)


def leave(store: Store, id_: str, action: Action, now: int, target: str = "x", reason: str | None = None) -> Permit:
    """The person's leave. Raises NotAllowed."""
    return access_of(store, id_, now).permit(action, target, reason)
