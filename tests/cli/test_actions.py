"""Every command names its action and asks for leave before it does anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from ivr.cli.console.actions import action_of, acts, identity
from ivr.cli.main import main
from ivr.people.actions import Action, WhenEntered
from ivr.records.audit.model import AuditEntry
from ivr.records.people.model import Grant, Person
from ivr.records.store import Store
from tests.cli.conftest import Desk

#: What some options have to be, beside days, numbers and names.
VALUES = {"until": "2026-10-02", "n": "1", "annotator": "zhang"}


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that can be typed, hidden and nested ones too, by its words."""
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        found = group.get_command(ctx, name)
        assert found is not None
        if isinstance(found, click.Group):
            if found.invoke_without_command:
                yield (*path, name), found
            yield from commands(found, (*path, name))
        else:
            yield (*path, name), found


COMMANDS = dict(commands())
NAMES = [" ".join(words) for words in COMMANDS]


def typed(words: tuple[str, ...], command: click.Command, folder: Path) -> list[str]:
    """The command with something for every argument that must be there, and for options that name days and people."""
    (folder / "file").write_text("", encoding="utf-8")
    found = list(words)
    for param in command.params:
        value = VALUES.get(param.name or "") or _value(param.type)
        if isinstance(param, click.Argument):
            found += [value] if param.required else []
        elif param.required or param.name in VALUES or isinstance(param.type, click.DateTime):
            found += [max(param.opts, key=len), value]
    return found


def _value(kind: Any) -> str:
    if isinstance(kind, click.Choice):
        return str(kind.choices[0])
    if isinstance(kind, click.DateTime):
        return "2026-10-01"
    if isinstance(kind, click.File | click.Path):
        return "file"
    return "1"


def registered(desk: Desk, *people: Person) -> Store:
    """The desk's database with an administrator whom no user is, and these."""
    (desk.folder / "run").mkdir(exist_ok=True)
    store = Store(f"sqlite:///{desk.folder / 'run' / 'ivr.sqlite'}")
    store.migrate()
    for person in (Person("boss", "主管", 0, None, ("somebody-else",)), *people):
        store.people.add(person, AuditEntry("boss", "people.manage", f"person:{person.id}"), 0, lambda _: None)
    return store


def test_every_command_is_found() -> None:
    assert len(COMMANDS) > 45
    assert {("records", "show"), ("report",), ("report", "compliance"), ("agents", "whisper")} <= COMMANDS.keys()


@pytest.mark.parametrize("name", NAMES)
def test_every_command_names_its_action(name: str) -> None:
    assert action_of(COMMANDS[tuple(name.split())]) is not None


def test_a_command_without_an_action_is_found() -> None:
    assert action_of(click.Command("x", callback=lambda: None)) is None
    assert action_of(click.Command("x", callback=acts(Action.HELP)(lambda: None))) is Action.HELP


@pytest.mark.parametrize("name", [name for name in NAMES if not action_of(COMMANDS[tuple(name.split())]).open])  # type: ignore[union-attr]
def test_a_stranger_is_refused_by_every_command_and_that_is_in_the_trail(desk: Desk, name: str) -> None:
    words = tuple(name.split())
    store = registered(desk)
    done = desk.ivr(*typed(words, COMMANDS[words], desk.folder), typed="")
    assert done.exit_code == 1 and "没有对应的人员" in done.stderr, done.output
    assert done.stdout == "" or done.stdout.isspace()
    last = store.audit.list(limit=1)[0].entry
    store.close()
    assert (last.allowed, last.person) == (False, f"os:{identity().os_user}")
    action = action_of(COMMANDS[words])
    # whether it was a drill decides which right is asked for, and to see that is one too
    first = {Action.EMERGENCY_READ} if name == "emergency evidence" else set()
    assert last.action in {action, Action.AGENTS_MANAGE, Action.PEOPLE_MANAGE, *first}


def test_somebody_with_the_role_reads_and_it_is_in_the_trail_before(desk: Desk) -> None:
    quality = Person("wang", "王", 0, None, (identity().os_user,), grants=(Grant("wang", "quality", 0),))
    store = registered(desk, quality)
    assert "--reason" in desk.refused("records", "show", "n-1.1")
    done = desk.ivr("records", "show", "n-1.1", "--reason", "客户 13800000001 来电核对")
    assert done.exit_code == 1 and "没有通话" in done.stderr
    entries = [kept.entry for kept in store.audit.list(limit=2)]
    store.close()
    assert entries[0] == AuditEntry(
        "wang",
        "records.read",
        "call:n-1.1",
        reason="客户 *******0001 来电核对",
        role="quality",
        os_user=identity().os_user,
    )
    assert (entries[1].allowed, entries[1].os_user) == (False, identity().os_user)
    assert Action.RECORDS_READ.entered is WhenEntered.BEFORE


def test_ivr_person_says_which_of_his_persons_somebody_is(desk: Desk) -> None:
    me = (identity().os_user,)
    people = [
        Person(id_, id_, 0, None, me, grants=(Grant(id_, role, 0),))
        for id_, role in (("wang", "analyst"), ("li", "qa"))
    ]
    registered(desk, *people).close()
    assert "IVR_PERSON" in desk.refused("records", "list")
    assert desk.ivr("records", "list", IVR_PERSON="li").exit_code == 0
    assert "没有对应到人员 boss" in desk.refused("records", "list", IVR_PERSON="boss")


def test_as_long_as_nobody_is_registered_nobody_is_asked(desk: Desk) -> None:
    assert desk.ivr("elderly", "list").exit_code == 0
    assert not (desk.folder / "run" / "ivr.sqlite").exists()  # nothing to ask, and none is made for it
    assert desk.ivr("records", "list").exit_code == 0
    assert "没有通话" in desk.ivr("records", "show", "x").stderr
    store = Store(f"sqlite:///{desk.folder / 'run' / 'ivr.sqlite'}")
    (kept,) = store.audit.list()
    store.close()
    assert kept.entry == AuditEntry(f"os:{identity().os_user}", "records.read", "call:x", os_user=identity().os_user)


def test_where_rights_cannot_be_looked_up_only_figures_are_shown(desk: Desk) -> None:
    gone = "postgresql://nobody@127.0.0.1:1/none"
    assert "数据库" in desk.refused("elderly", "list", IVR_DATABASE_URL=gone)
    done = desk.ivr("status", "--once", IVR_DATABASE_URL=gone)
    assert "无法核对权限" in done.stderr and "数据库" not in done.stderr.splitlines()[-1]
