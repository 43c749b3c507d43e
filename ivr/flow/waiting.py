"""What waiting callers may have instead, as typed values: a callback, or a message of theirs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Callbacks:
    """How waiting callers are called back: only at numbers that match one of the patterns `numbers` (digits, X any
    digit, [3-9] one of these) as they are dialled, within `hours` (None: always). After so many `tries` in vain,
    `pause_ms` apart, somebody is told. The customer's telephone rings for `ring_ms`."""

    numbers: tuple[str, ...]
    hours: str | None = None
    tries: int = 3
    pause_ms: int = 600_000
    ring_ms: int = 30_000


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages that callers leave: due at the end of so many `working_days`, by the calendar `hours` (None: every day
    is one)."""

    hours: str | None = None
    working_days: int = 1
