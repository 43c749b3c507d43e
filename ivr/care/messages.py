"""Messages that callers left: each is work that somebody does in time."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.care import rules
from ivr.flow.model import Flow
from ivr.records.work.model import WorkItem, WorkKind
from ivr.records.work.store import WorkStore


@dataclass(frozen=True, slots=True)
class Left:
    """A message: `ref` names the recording, `audio` is its path below the state folder, `ms` its length. `number` is
    E.164, None where it is not known; `queue` is "" where the caller stood in none. `confirmed`: the caller heard it
    and agreed."""

    ref: str
    audio: str
    ms: int
    call_id: str
    queue: str
    number: str | None
    about: str
    confirmed: bool


def keep(store: WorkStore, flow: Flow, left: Left, now: int) -> WorkItem:
    """It becomes a work item, once. Raises StoreError: nothing is kept then."""
    return store.add(
        WorkItem(
            ref=left.ref,
            kind=WorkKind.MESSAGE,
            call_id=left.call_id,
            queue=left.queue,
            number=left.number,
            about=left.about,
            t_received=now,
            t_due=rules.work_due(flow, now),
            audio=left.audio,
            ms=left.ms,
            confirmed=left.confirmed,
        )
    )


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits: promised callbacks, work items that nobody has closed, and how many of these are late."""

    callbacks: int = 0
    items: int = 0
    overdue: int = 0


def backlog(store: WorkStore, now: int) -> Backlog:
    """Count it. Raises StoreError."""
    items = store.items()
    return Backlog(len(store.open_callbacks()), len(items), sum(one.overdue(now) for one in items))
