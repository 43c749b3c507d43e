"""What is searched for, and what was found. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ivr.records.model import Call


class Cursor(NamedTuple):
    """The place in a list of calls, newest first: what follows it is older, or of the same moment and lesser by id."""

    t_offered: int
    call_id: str

    def __str__(self) -> str:
        return f"{self.t_offered}~{self.call_id}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """The cursor that was written so; None for anything else."""
        t, mark, call_id = text.partition("~")
        return cls(int(t), call_id) if mark and t.isascii() and t.isdecimal() and len(t) < 19 else None


class WorstCursor(NamedTuple):
    """The place in a list of calls, the worst first."""

    rank: int
    at: int
    call_id: str

    def __str__(self) -> str:
        return f"{self.rank}~{self.at}~{self.call_id}"

    @classmethod
    def parse(cls, text: str) -> WorstCursor | None:
        """The cursor that was written so; None for anything else."""
        rank, _, rest = text.partition("~")
        behind = Cursor.parse(rest)
        right = behind is not None and rank.isascii() and rank.isdecimal() and len(rank) < 19
        return cls(int(rank), *behind) if behind is not None and right else None


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls: those to which every field given applies. `since` and `until`: offered at or after, before (UTC
    epoch ms). `caller_number` as in the record (E.164). `outcome`: of a handoff that was not refused, or "refused".
    `menu`, `leaf`, `intent`, `queue`, `agent`, `action` (the first word of a turn's): the call has one such part.
    `dissatisfied`: a customer said 不满意; `transactions`, `recorded`: there is one; `drill` False: no tests (D10)."""

    since: int | None = None
    until: int | None = None
    call_id: str | None = None
    caller_number: str | None = None
    customer_id: str | None = None
    did: str | None = None
    channel: str | None = None
    entry: str | None = None
    hangup_by: str | None = None
    flow_revision: str | None = None
    menu: str | None = None
    leaf: str | None = None
    intent: str | None = None
    action: str | None = None
    queue: str | None = None
    outcome: str | None = None
    agent: str | None = None
    least_ms: int | None = None
    dissatisfied: bool = False
    transactions: bool = False
    recorded: bool = False
    drill: bool | None = None


@dataclass(frozen=True, slots=True)
class FoundCalls:
    """A page: `calls` in the list's order. `next` is where the following page begins, None at the end of the list.
    `whole`: the page is full, or the list is at its end; otherwise the time ran out while calls were looked through,
    as far as `next`."""

    calls: tuple[Call, ...]
    next: Cursor | None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class WorstCalls:
    """A page of the worst calls, each with its rank; `next` is where the following page begins."""

    calls: tuple[tuple[Call, int], ...]
    next: WorstCursor | None
