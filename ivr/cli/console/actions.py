"""Every command names its action (`acts`) and asks for leave (`allowed`, `asks`) before it does anything."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import click

from ivr.errors import NotAllowed
from ivr.people.actions import Action
from ivr.settings import Settings

if TYPE_CHECKING:
    # What needs the database is imported where it is used: who checks a menu does not wait for it.
    from ivr.people.access import Access, Identity, Permit
    from ivr.records.store import Store

_Command = TypeVar("_Command", bound=Callable[..., Any])
#: An action, or which one it is for whoever asks.
Choice: TypeAlias = "Action | Callable[[Access], Action]"
_MARK = "__ivr_action__"
#: Characters of a reason, a name or a note.
_MOST = 200


def one_line(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    """What is kept of a person's words: one line, and no longer than it is read."""
    if text is not None and (len(text) > _MOST or not text.isprintable()):
        raise click.BadParameter(f"应为一行文字，最多 {_MOST} 个字")
    return text


#: `--reason 原因`
REASON = click.option(
    "--reason", metavar="原因", callback=one_line, help="为什么，记入审计；登记人员之后查看客户资料必须写。"
)


def acts(action: Action) -> Callable[[_Command], _Command]:
    """The action that a command is; written directly above its function."""

    def mark(function: _Command) -> _Command:
        setattr(function, _MARK, action)
        return function

    return mark


def asks(action: Action, target: str) -> Callable[[_Command], _Command]:
    """The same for a command that needs no database: leave is asked for before it begins. The first argument of its
    function is the settings; `reason` counts where the command has that option."""

    def mark(function: _Command) -> _Command:
        @wraps(function)
        def run(settings: Settings, /, *args: Any, **options: Any) -> Any:
            ask(settings, target, options.get("reason"))
            return function(settings, *args, **options)

        setattr(run, _MARK, action)
        return run  # type: ignore[return-value]

    return mark


def action_of(command: click.Command) -> Action | None:
    """The action that a command names, or None."""
    found = getattr(command.callback, _MARK, None)
    return found if isinstance(found, Action) else None


@contextmanager
def allowed(
    settings: Settings,
    target: str,
    reason: str | None = None,
    *,
    action: Choice | None = None,
    read_only: bool = False,
) -> Iterator[tuple[Store, Permit]]:
    """The node's store, and leave for the running command's action (or `action`, which may depend on who asks). What is
    to be entered before anything is done (`WhenEntered.BEFORE`) is entered here; changes of the database enter their
    own `permit.entry`. `read_only`: the store cannot be written. Raises NotAllowed, which is entered, StoreError."""
    from ivr.cli.console.store import opened, opened_to_read
    from ivr.people.access import enters_itself

    chosen = action or _running()
    if read_only:
        with opened_to_read(settings) as store:
            asked = _access(store)
            yield store, _decided(settings, asked, _wanted(chosen, asked), target, reason)
        return
    with opened(settings) as store:
        asked = _access(store)
        wanted = _wanted(chosen, asked)
        permit = asked.permit(wanted, target, reason)
        if enters_itself(wanted):
            store.audit.note(permit.entry, asked.now)
        yield store, permit


def ask(settings: Settings, target: str, reason: str | None = None, *, action: Choice | None = None) -> None:
    """Leave for the running command's action, where the command itself needs no store. As long as there is no database
    nobody is registered, and none is made for this. Raises NotAllowed and StoreError."""
    from ivr.records.database.engine import is_there

    chosen = action or _running()
    if not (isinstance(chosen, Action) and chosen.open) and is_there(settings.url):
        with allowed(settings, target, reason, action=chosen):
            pass


def registered(settings: Settings) -> bool:
    """Whether somebody is registered. Raises StoreError."""
    from ivr.cli.console.store import opened
    from ivr.records.database.engine import is_there

    if not is_there(settings.url):
        return False
    with opened(settings) as store:
        return store.people.any()


def identity() -> Identity:
    """Who runs this program: the kernel knows; the environment only says which of his persons is meant."""
    from ivr.people.access import Identity

    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"uid:{uid}"
    return Identity(name, os.environ.get("IVR_PERSON") or None)


def now_ms() -> int:
    """Now, UTC epoch milliseconds."""
    return time.time_ns() // 1_000_000


def _access(store: Store) -> Access:
    from ivr.people.access import access

    return access(store, identity(), now_ms())


def _wanted(chosen: Choice, asked: Access) -> Action:
    return chosen if isinstance(chosen, Action) else chosen(asked)


def _running() -> Action:
    found = action_of(click.get_current_context().command)
    if found is None:
        raise NotAllowed("这条命令没有写明它的操作")
    return found


def _decided(settings: Settings, asked: Access, action: Action, target: str, reason: str | None) -> Permit:
    """Leave by a store that cannot be written; what is to be entered is, through another one."""
    from ivr.cli.console.store import opened
    from ivr.people.access import enters_itself

    try:
        permit = asked.decide(action, target, reason)
    except NotAllowed:
        with opened(settings) as store:
            store.audit.note(asked.refusal(action, target, reason), asked.now)
        raise
    if enters_itself(action):
        with opened(settings) as store:
            store.audit.note(permit.entry, asked.now)
    return permit
