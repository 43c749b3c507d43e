"""The audit trail as a file: one entry a line, JSON in one exact form, so that every edit of a byte is found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from ivr.records.audit.model import AuditEntry, Kept
from ivr.records.audit.trail import TrailFault, faults

_OWN = ("number", "t", "previous", "hash")


def to_line(kept: Kept) -> str:
    """The entry's line, its end included."""
    row = {**{name: getattr(kept, name) for name in _OWN}, **kept.entry.as_kept()}
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def verify_lines(lines: Iterable[bytes], witnesses: Mapping[int, str] | None = None) -> tuple[TrailFault, ...]:
    """What is wrong with a file of such lines, which begins with the first entry; see `AuditTrail.verify`."""
    broken: list[TrailFault] = []
    found = tuple(faults(_entries(lines, broken), witnesses or {}))
    return (*broken, *found)


def _entries(lines: Iterable[bytes], broken: list[TrailFault]) -> Iterator[Kept]:
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            own = [row.pop(name) for name in _OWN]
            kept = Kept(own[0], own[1], AuditEntry(**row), own[2], own[3])
            exact = to_line(kept).encode() == line
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            broken.append(TrailFault(number, "这一行不是审计记录"))
            continue
        if not exact:
            broken.append(TrailFault(number, "这一行被改写过"))
        if isinstance(kept.number, int):
            yield kept
