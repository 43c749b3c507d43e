"""What a console of the tests has in its database: two days of calls, counted as they were saved."""

from __future__ import annotations

from datetime import timedelta

from ivr.console.context import now_ms
from ivr.people.roles import Role
from ivr.records import days as local_days
from ivr.records.audit.model import AuditEntry
from ivr.records.people.model import Grant, Person
from ivr.records.store import Store
from tests.bench.days import calls_of, days

CALLS = 200


def calls(store: Store, number: int = CALLS) -> None:
    """Calls of yesterday and of today that have ended by now."""
    now = now_ms()
    yesterday = local_days.local_day(now) - timedelta(days=1)
    for _, rows in days(20261130, number, yesterday, 2):
        store.save([one for one in calls_of(rows) if (one.t_ended or now) < now])


def keeper(store: Store) -> None:
    """An administrator who can get at the command line: the rules about people ask for one."""
    now = now_ms()
    grant = Grant("keeper", Role.ADMINISTRATOR.value, now - 1, None, "system")
    person = Person("keeper", "值守", now - 1, None, ("keeper",), None, None, (grant,))
    store.people.add(person, AuditEntry("system", "people.manage", "person:keeper"), now, lambda _people: None)
