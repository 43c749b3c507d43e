"""Queue names on both sides: Asterisk takes a queue named `general` for a section of its own, so each name is
prefixed there."""

from __future__ import annotations

_PREFIX = "q-"


def asterisk_queue(queue: str) -> str:
    """A flow's queue as Asterisk knows it."""
    return _PREFIX + queue


def flow_queue(name: str) -> str:
    """Asterisk's queue as the flow knows it."""
    return name.removeprefix(_PREFIX)
