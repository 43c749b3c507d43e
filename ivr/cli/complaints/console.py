"""What the commands of complaints share: the store, the flow that is served, leave for the command, and options."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from ivr.care.complaints.handling import Handling
from ivr.cli.console.actions import allowed, now_ms
from ivr.encryption.files import write
from ivr.flow.model import Flow
from ivr.people.access import Permit
from ivr.records.numbers import e164
from ivr.records.store import Store
from ivr.serve.upkeep.flow_in_service import flow_in_service
from ivr.settings import Settings

_Command = TypeVar("_Command", bound=Callable[..., Any])

ID = click.argument("case_id", metavar="受理编号")
SEEN = click.option(
    "--seen", metavar="版", type=click.IntRange(min=1), help="看到的是第几版；别人先改过就不做，提示重新查看。"
)


@dataclass(frozen=True, slots=True)
class Work:
    """Where a command works, with leave."""

    store: Store
    flow: Flow
    permit: Permit
    now: int

    def handling(self, seen: int | None = None) -> Handling:
        """Steps on behalf of who runs the command."""
        return Handling(self.store, self.flow, self.permit, self.now, seen)


@contextmanager
def work(settings: Settings, target: str, reason: str | None = None) -> Iterator[Work]:
    """The store, the flow that is served, and leave for the running command. Raises NotAllowed, FlowRefused and
    StoreError."""
    with allowed(settings, target, reason) as (store, permit):
        yield Work(store, flow_in_service(settings, store), permit, now_ms())


def about(case_id: str) -> str:
    """What the audit trail calls a complaint."""
    return f"complaint:{case_id}"


def phone(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    """A telephone number as E.164."""
    found = None if text is None else e164(text)
    if text is not None and found is None:
        raise click.BadParameter("不是电话号码，例如 13800000001 或 010-88886666")
    return found


def write_private(path: Path, text: str) -> None:
    """A file with a customer's data: readable by its owner alone. Raises OSError."""
    write(path, text.encode(), None)
