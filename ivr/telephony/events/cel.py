"""Asterisk's own account of every call (CEL) as rows of CSV, read patiently: a torn or hostile line is reported and
passed over. Columns as in asterisk-conf/etc/cel_custom.conf; a user event has its own name as event type."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.telephony.channels import agent_of, is_listener, whispered_call
from ivr.telephony.dialplan import CelEvent

_COLUMNS = 12
#: What happens on a channel of its own and names the call that it concerns.
_OF_ANOTHER = (CelEvent.ANNOUNCED, CelEvent.SUPERVISION, CelEvent.SUPERVISION_OVER)
_TIME = re.compile(r"([0-9]{1,11})\.([0-9]{6})\Z")


@dataclass(frozen=True, slots=True)
class CelRow:
    """One event; `t` in epoch milliseconds, `extra` its JSON object (empty where there is none)."""

    event: str
    t: int
    uniqueid: str
    linkedid: str
    channel: str
    context: str
    exten: str
    number: str
    app: str
    data: str
    extra: Mapping[str, Any]
    peer: str

    @property
    def agent_id(self) -> str | None:
        """Whose telephone this channel is, if it is one."""
        return agent_of(self.channel)

    @property
    def call(self) -> str:
        """The call this row belongs to: whispers to a caller run under ids of their own but name the caller."""
        if self.event in _OF_ANOTHER and isinstance(named := self.extra.get("extra"), str) and named:
            return named.partition("|")[0]
        return whispered_call(self.channel) or self.linkedid


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a CEL file holds; `faults` name the lines that could not be read."""

    rows: tuple[CelRow, ...]
    faults: tuple[str, ...]


def parse(lines: Iterable[str]) -> Parsed:
    """Read lines. Blank ones are nothing, nor are those of the audio streams on callers; of a call with a torn line the
    other lines still count."""
    rows, faults = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = _row(line)
        if row is None:
            faults.append(f"CEL 第 {number} 行无法读取")
        elif not is_listener(row.channel):
            rows.append(row)
    return Parsed(tuple(rows), tuple(faults))


def by_call(rows: Iterable[CelRow]) -> dict[str, list[CelRow]]:
    """Rows by the call they belong to, each call's by time."""
    calls: dict[str, list[CelRow]] = {}
    for row in rows:
        calls.setdefault(row.call, []).append(row)
    for story in calls.values():
        story.sort(key=lambda row: row.t)
    return calls


def _row(line: str) -> CelRow | None:
    try:
        (fields,) = csv.reader([line], strict=True)
    except (csv.Error, ValueError):
        return None
    if len(fields) != _COLUMNS or not (at := _TIME.match(fields[1])) or not fields[2] or not fields[3]:
        return None
    t = int(at[1]) * 1000 + int(at[2]) // 1000
    event, _, uniqueid, linkedid, channel, context, exten, number, app, data, extra, peer = fields
    return CelRow(event, t, uniqueid, linkedid, channel, context, exten, number, app, data, _object(extra), peer)


def _object(text: str) -> Mapping[str, Any]:
    try:
        given = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}
