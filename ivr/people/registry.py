"""Who is registered, and with which roles: adding, granting, ending. From the first person on there is always a system
administrator who can get at the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime

from ivr.errors import PeopleRefused
from ivr.people import secret
from ivr.people.access import Permit
from ivr.people.roles import Role
from ivr.records import days
from ivr.records.audit.model import AuditEntry
from ivr.records.people.model import Grant, Person, without_gap
from ivr.records.people.store import Rule
from ivr.records.store import Store

_ID = re.compile(r"[a-z][a-z0-9_-]{1,31}")
#: Who acts without being a person, see `ivr.records.audit.model`.
_RESERVED = {"system", "agent", "os"}
_FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")


#: What is said as long as nobody is registered.
NOBODY = "尚未登记人员，任何人都可以做任何事：ivr people add 登记第一位系统管理员"


def starts(text: str) -> int:
    """The first moment (UTC epoch ms) of a local day or minute, `2026-10-01` or `2026-10-01 08:30`. Raises
    PeopleRefused for anything else."""
    day = _day(text)
    return _minute(text) if day is None else days.day_start(day)


def ends(text: str) -> int:
    """The first moment after a local day; of a minute, its beginning: until 18:00 is until 17:59:59.999."""
    day = _day(text)
    return _minute(text) if day is None else days.day_end(day)


def register(
    store: Store,
    permit: Permit,
    person: Person,
    roles: tuple[Role, ...],
    now: int,
    *,
    os_user: str,
    until: int | None = None,
) -> None:
    """Add a person with roles (until `until`). The first one is a system administrator without an end, and is the user
    of the operating system who registers him, `os_user`. Raises PeopleRefused."""
    if not _ID.fullmatch(person.id) or person.id in _RESERVED:
        raise PeopleRefused("人员编号应为 2 到 32 个小写字母、数字、_ 或 -，以字母开头，不能是 system、agent、os")
    if not person.name.strip() or len(person.name) > 60 or not person.name.isprintable():
        raise PeopleRefused("姓名应为一行文字，最多 60 个字")
    _in_order(person.valid_from, person.valid_to)
    _in_order(person.valid_from, until)
    if store.people.get(person.id) is not None:
        raise PeopleRefused(f"已有人员 {person.id}；离开的人不再复用编号")
    if not store.people.any() and not (Role.ADMINISTRATOR in roles and os_user in person.os_users):
        raise PeopleRefused(
            f"第一位人员应是系统管理员，并对应正在操作的系统用户：--role administrator --os-user {os_user}"
        )
    grants = tuple(Grant(person.id, role.value, person.valid_from, until, permit.person) for role in roles)
    whole = Person(
        person.id,
        person.name.strip(),
        person.valid_from,
        person.valid_to,
        person.os_users,
        person.agent_id,
        None,
        grants,
    )
    entry = permit.entry_with(
        f"person:{person.id}", roles=list(roles), valid_from=person.valid_from, valid_to=person.valid_to, until=until,
        os_users=list(person.os_users), agent_id=person.agent_id,
    )  # fmt: skip
    with _told(store, entry, now):
        store.people.add(whole, entry, now, _administrator(now))


def grant(store: Store, permit: Permit, id_: str, role: Role, since: int, until: int | None, now: int) -> None:
    """Give a role from `since` on, before `until`. Raises PeopleRefused."""
    _found(store, id_, now)
    _in_order(since, until)
    entry = permit.entry_with(f"person:{id_}", grant=role, valid_from=since, valid_to=until)
    with _told(store, entry, now):
        store.people.grant(Grant(id_, role.value, since, until, permit.person), entry, now, _administrator(now))


def revoke(store: Store, permit: Permit, id_: str, role: Role, now: int) -> None:
    """Take a role away, at once. Raises PeopleRefused, for the last system administrator's too."""
    _found(store, id_, now)
    entry = permit.entry_with(f"person:{id_}", revoke=role)
    with _told(store, entry, now):
        found = store.people.revoke(id_, role.value, entry, now, _administrator(now))
    if not found:
        raise PeopleRefused(f"人员 {id_} 没有角色{role.label}")


def end(store: Store, permit: Permit, id_: str, at: int, now: int) -> None:
    """The person leaves at `at`, and is no user of the operating system any more then. Raises PeopleRefused, for the
    last system administrator too."""
    person = _found(store, id_, now)
    entry = permit.entry_with(f"person:{id_}", valid_to=max(at, now), os_users=list(person.os_users))
    with _told(store, entry, now):
        store.people.end(id_, max(at, now), entry, now, _administrator(now))


def map_users(store: Store, permit: Permit, id_: str, os_users: tuple[str, ...], now: int) -> None:
    """Which users of the operating system are this person. Raises PeopleRefused."""
    _found(store, id_, now)
    entry = permit.entry_with(f"person:{id_}", os_users=list(os_users))
    with _told(store, entry, now):
        store.people.set_os_users(id_, os_users, entry, now, _administrator(now))


def set_secret(store: Store, permit: Permit, id_: str, password: str | None, now: int) -> None:
    """A new password for the pages; None takes it away. Raises PeopleRefused."""
    _found(store, id_, now)
    kept = None if password is None else secret.made(password)
    store.people.set_secret(id_, kept, permit.entry_with(f"person:{id_}", secret=kept is not None), now)


def _administrator(now: int) -> Rule:
    def rule(people: tuple[Person, ...]) -> None:
        can_come = tuple(person for person in people if person.os_users)
        if not without_gap(can_come, Role.ADMINISTRATOR, now):
            raise PeopleRefused("任何时候都要有一位能登录命令行的系统管理员：先让另一位担任，不设期限")

    return rule


@contextmanager
def _told(store: Store, entry: AuditEntry, now: int) -> Iterator[None]:
    """A change that would leave nobody to administer is in the trail as refused."""
    try:
        yield
    except PeopleRefused:
        store.audit.note(replace(entry, allowed=False), now)
        raise


def _found(store: Store, id_: str, now: int) -> Person:
    person = store.people.get(id_)
    if person is None:
        raise PeopleRefused(f"没有人员 {id_}")
    if person.ended(now):
        raise PeopleRefused(f"人员 {id_} 已经离开")
    return person


def _in_order(since: int, until: int | None) -> None:
    if until is not None and until <= since:
        raise PeopleRefused("截止时间应晚于开始时间")


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        return None


def _minute(text: str) -> int:
    for form in _FORMS:
        try:
            local = datetime.strptime(text, form).replace(tzinfo=days.zone())
        except ValueError:
            continue
        return round(local.timestamp()) * 1000
    raise PeopleRefused(f"{text} 不是时间，应写成 2026-10-01 或 2026-10-01 08:30")
