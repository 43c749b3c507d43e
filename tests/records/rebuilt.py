"""What a whole file of Asterisk's own log tells."""

from __future__ import annotations

from collections.abc import Iterable

from ivr.records.cel.facts import is_call, rebuild_one
from ivr.records.model import Call
from ivr.telephony.events.cel import CelRow, by_call


def rebuild(rows: Iterable[CelRow]) -> list[Call]:
    """The record of every call from outside that the rows tell of, as if nobody else had written one."""
    return [rebuild_one(call_id, story) for call_id, story in by_call(rows).items() if is_call(story)]
