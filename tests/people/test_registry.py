"""Registering people, granting and ending roles; an administrator who can come in is never lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.errors import NotAllowed, PeopleRefused
from ivr.people import registry, secret
from ivr.people.access import Identity, Permit, access
from ivr.people.actions import Action
from ivr.people.roles import Role
from ivr.records.days import zone
from ivr.records.people.model import Grant, Person, without_gap
from ivr.records.store import Store
from tests.rig.passwords import REAL_COST

NOW = 1_790_000_000_000
ROOT = Identity("root")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A migrated store in a file."""
    made = Store(f"sqlite:///{tmp_path / 'ivr.db'}")
    made.migrate()
    yield made
    made.close()


def manage(store: Store, who: Identity = ROOT, now: int = NOW) -> Permit:
    """Leave to manage people."""
    return access(store, who, now).permit(Action.PEOPLE_MANAGE, "people")


def add(
    store: Store,
    id: str,
    *roles: Role,
    os_user: str | None = None,
    valid_to: int | None = None,
    until: int | None = None,
) -> None:
    """Register somebody at NOW."""
    person = Person(id, id, NOW, valid_to, (os_user,) if os_user else ())
    registry.register(store, manage(store), person, roles, NOW, os_user="root", until=until)


@pytest.fixture
def boss(store: Store) -> Store:
    """The store with a first administrator, who is root."""
    add(store, "boss", Role.ADMINISTRATOR, os_user="root")
    return store


def ms(text: str) -> int:
    """A local time."""
    return round(datetime.fromisoformat(text).replace(tzinfo=zone()).timestamp() * 1000)


@pytest.mark.parametrize(
    ("roles", "os_user", "valid_to", "until"),
    [
        ((), "root", None, None),
        ((Role.OPERATOR,), "root", None, None),
        ((Role.ADMINISTRATOR,), None, None, None),
        ((Role.ADMINISTRATOR,), "someone", None, None),
        ((Role.ADMINISTRATOR,), "root", NOW + 1000, None),
        ((Role.ADMINISTRATOR,), "root", None, NOW + 1000),
    ],
)
def test_the_first_person_is_an_administrator_for_good_who_can_come_in(
    store: Store, roles: tuple[Role, ...], os_user: str | None, valid_to: int | None, until: int | None
) -> None:
    with pytest.raises(PeopleRefused):
        add(store, "boss", *roles, os_user=os_user, valid_to=valid_to, until=until)
    assert not store.people.any()
    add(store, "boss", Role.ADMINISTRATOR, os_user="root")
    assert store.people.any()
    with pytest.raises(NotAllowed):  # from now on the matrix holds
        manage(store, Identity("someone"))


@pytest.mark.parametrize("id", ["", "x", "X1", "os", "system", "agent", "王", "a b", "os:root", "a" * 33])
def test_ids_are_plain_and_nobody_is_called_like_the_hotline_itself(boss: Store, id: str) -> None:
    with pytest.raises(PeopleRefused):
        add(boss, id)


def test_who_was_registered_once_is_never_somebody_else(boss: Store) -> None:
    add(boss, "li", Role.QA)
    registry.end(boss, manage(boss), "li", NOW, NOW)
    with pytest.raises(PeopleRefused, match="已有"):
        add(boss, "li", Role.QUALITY)


LOSSES: dict[str, Callable[[Store], None]] = {
    "revoked": lambda store: registry.revoke(store, manage(store), "boss", Role.ADMINISTRATOR, NOW + 5),
    "ended": lambda store: registry.end(store, manage(store), "boss", NOW + 5, NOW),
    "ended later": lambda store: registry.end(store, manage(store), "boss", NOW + 10**12, NOW),
    "no user": lambda store: registry.map_users(store, manage(store), "boss", (), NOW),
}


@pytest.mark.parametrize("how", LOSSES)
@pytest.mark.parametrize("other", ["nobody", "for a time", "who cannot come in", "from tomorrow on"])
def test_the_last_administrator_cannot_be_lost(boss: Store, how: str, other: str) -> None:
    if other != "nobody":
        add(boss, "li", Role.QA, os_user=None if other == "who cannot come in" else "li")
        since = NOW + 86_400_000 if other == "from tomorrow on" else NOW
        until = NOW + 10**11 if other == "for a time" else None
        registry.grant(boss, manage(boss), "li", Role.ADMINISTRATOR, since, until, NOW)
    if (how, other) == ("ended later", "from tomorrow on"):
        LOSSES[how](boss)  # at no moment is there nobody
        return
    before = boss.people.all()
    with pytest.raises(PeopleRefused, match="系统管理员"):
        LOSSES[how](boss)
    assert boss.people.all() == before
    last = boss.audit.list(limit=1)[0].entry
    assert (last.person, last.target, last.allowed) == ("boss", "person:boss", False)


@pytest.mark.parametrize("how", LOSSES)
def test_with_another_administrator_it_is_possible(boss: Store, how: str) -> None:
    add(boss, "li", Role.ADMINISTRATOR, os_user="li")
    LOSSES[how](boss)
    assert manage(boss, Identity("li"), NOW + 2 * 10**12).person == "li"


@given(
    st.lists(st.tuples(st.integers(0, 20), st.none() | st.integers(0, 20), st.none() | st.integers(0, 20)), max_size=4)
)
@settings(deadline=None, max_examples=300)
def test_a_gap_is_a_moment_without_anybody(spans: list[tuple[int, int | None, int | None]]) -> None:
    people = tuple(
        Person(f"p{at}", "x", 3, end, ("x",), grants=(Grant(f"p{at}", "administrator", since, until),))
        for at, (since, until, end) in enumerate(spans)
    )
    everywhere = all(any("administrator" in one.roles(now) for one in people) for now in range(5, 40))
    assert without_gap(people, "administrator", 5) == everywhere


def test_what_was_granted_is_revoked_at_once_and_so_is_what_would_begin_later(boss: Store) -> None:
    add(boss, "li", Role.QA, os_user="li")
    registry.grant(boss, manage(boss), "li", Role.QUALITY, NOW, None, NOW)
    registry.grant(boss, manage(boss), "li", Role.QUALITY, NOW + 10_000, NOW + 20_000, NOW)
    registry.revoke(boss, manage(boss), "li", Role.QUALITY, NOW + 5)
    found = boss.people.get("li")
    assert found is not None
    assert [found.roles(now) for now in (NOW + 4, NOW + 5, NOW + 15_000)] == [("qa", "quality"), ("qa",), ("qa",)]
    with pytest.raises(PeopleRefused, match="没有角色"):
        registry.revoke(boss, manage(boss), "li", Role.QUALITY, NOW + 6)


def test_changes_are_in_the_trail_with_who_and_why(boss: Store) -> None:
    add(boss, "li", Role.QA, os_user="li")
    permit = access(boss, ROOT, NOW).permit(Action.PEOPLE_MANAGE, "people", "接替王五")
    registry.grant(boss, permit, "li", Role.QUALITY, NOW, NOW + 1000, NOW + 1)
    last = boss.audit.list(limit=1)[0]
    assert (last.t, last.entry.person, last.entry.role) == (NOW + 1, "boss", "administrator")
    assert (last.entry.target, last.entry.reason) == ("person:li", "接替王五")
    assert last.entry.detail == f'{{"grant":"quality","valid_from":{NOW},"valid_to":{NOW + 1000}}}'


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2026-12-31", "2026-12-31T00:00", "2027-01-01T00:00"),
        ("2026-10-01 08:30", "2026-10-01T08:30", "2026-10-01T08:30"),
        ("2028-02-29", "2028-02-29T00:00", "2028-03-01T00:00"),
    ],
)
def test_days_are_local_and_hold_to_their_last_millisecond(text: str, begin: str, end: str) -> None:
    assert (registry.starts(text), registry.ends(text)) == (ms(begin), ms(end))
    grant = Grant("li", "qa", registry.starts("2026-10-01"), registry.ends("2026-12-31"))
    assert [grant.in_force(ms("2027-01-01T00:00") + by) for by in (-1, 0)] == [True, False]


@pytest.mark.parametrize("text", ["", "2026-02-30", "01.10.2026", "2026-10-01 25:00", "morgen"])
def test_what_is_no_time_is_told(text: str) -> None:
    for read in (registry.starts, registry.ends):
        with pytest.raises(PeopleRefused, match="不是时间"):
            read(text)


def test_a_secret_is_kept_as_scrypt_and_nowhere_else(boss: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "COST", REAL_COST)
    registry.set_secret(boss, manage(boss), "boss", "correct horse battery", NOW)
    found = boss.people.get("boss")
    assert found is not None and found.secret is not None and found.secret.startswith("scrypt$32768$8$1$")
    assert secret.fits(found.secret, "correct horse battery") and not secret.fits(found.secret, "correct horse batterz")
    assert secret.made("correct horse battery") != found.secret  # salted
    assert "horse" not in repr(found) + str(boss.audit.list(limit=1)) and found.secret not in repr(found)
    with pytest.raises(PeopleRefused, match="12"):
        registry.set_secret(boss, manage(boss), "boss", "short", NOW)
    registry.set_secret(boss, manage(boss), "boss", None, NOW)
    assert not secret.fits(None, "correct horse battery")


def test_of_two_administrators_who_dismiss_each_other_at_once_one_stays(boss: Store) -> None:
    add(boss, "li", Role.ADMINISTRATOR, os_user="li")
    for turn in range(5):
        rights = {who: manage(boss, who) for who in (ROOT, Identity("li"))}
        start = Barrier(2)

        def dismiss(permit: Permit, other: str, start: Barrier = start) -> bool:
            start.wait()
            try:
                registry.revoke(boss, permit, other, Role.ADMINISTRATOR, NOW + 1)
            except PeopleRefused:
                return False
            return True

        with ThreadPoolExecutor(2) as both:
            done = [both.submit(dismiss, rights[ROOT], "li"), both.submit(dismiss, rights[Identity("li")], "boss")]
            assert sorted(one.result(30) for one in done) == [False, True], turn
        (left,) = [one.id for one in boss.people.all() if "administrator" in one.roles(NOW + 2)]
        gone = "li" if left == "boss" else "boss"
        rightful = access(boss, ROOT if left == "boss" else Identity("li"), NOW + 2).permit(
            Action.PEOPLE_MANAGE, "people"
        )
        registry.grant(boss, rightful, gone, Role.ADMINISTRATOR, NOW, None, NOW + 2)
    assert boss.audit.verify() == ()


# ---- who leaves, and his user of the operating system


def test_who_has_left_keeps_no_user_of_the_system(boss: Store) -> None:
    add(boss, "wang", Role.QUALITY, os_user="desk")
    registry.end(boss, manage(boss), "wang", NOW, NOW)
    gone = boss.people.get("wang")
    assert gone is not None and gone.os_users == ()
    assert '"os_users":["desk"]' in (boss.audit.list(limit=1)[0].entry.detail or "")


def test_who_leaves_later_loses_his_user_at_that_moment_and_the_mapping_with_the_next_change(boss: Store) -> None:
    add(boss, "wang", Role.QUALITY, os_user="desk")
    leaves = NOW + 1000
    registry.end(boss, manage(boss), "wang", leaves, NOW)
    assert access(boss, Identity("desk"), leaves - 1).permit(Action.RECORDS_LIST, "calls").person == "wang"
    with pytest.raises(NotAllowed, match="有效期"):
        access(boss, Identity("desk"), leaves).permit(Action.RECORDS_LIST, "calls")
    # his user is somebody else's now: nobody has to say which of the two he is
    person = Person("li", "li", NOW, None, ("desk",))
    registry.register(boss, manage(boss), person, (Role.QUALITY,), leaves - 1, os_user="root")
    assert access(boss, Identity("desk"), leaves).permit(Action.RECORDS_LIST, "calls").person == "li"
    registry.grant(boss, manage(boss), "li", Role.ANALYST, leaves, None, leaves)
    gone = boss.people.get("wang")
    assert gone is not None and gone.os_users == ()
