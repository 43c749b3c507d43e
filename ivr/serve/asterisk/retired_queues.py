"""Queues that the operator has removed or renamed while callers stand in them: Asterisk serves them as they were, with
their agents, until nobody can come to them any more. What they were stands in Asterisk's own files."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from ivr.telephony.channels import asterisk_queue, flow_queue

_SECTION = re.compile(rf"(?ms)^\[({re.escape(asterisk_queue(''))}[^\]]+)\]$.*?(?=^\[|\Z)")
_RING = re.compile(rf"(?m)^RING_({re.escape(asterisk_queue(''))}\S+) = .*$")

#: Whether callers stand in a queue (by its id in the flow), or may still come to it.
InUse = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Retired:
    """What is kept of the files: sections of queues.conf and ring times of extensions.conf, by the queue's id."""

    sections: dict[str, str]
    rings: dict[str, str]


def retired(etc: Path, flow_queues: Collection[str], in_use: InUse) -> Retired:
    """The queues that the files in `etc` have, the flow has no longer, and callers still need."""

    def needed(queue: str) -> bool:
        return queue not in flow_queues and in_use(queue)

    sections = {flow_queue(found[1]): found[0].strip() for found in _SECTION.finditer(_read(etc / "queues.conf"))}
    rings = {flow_queue(found[1]): found[0] for found in _RING.finditer(_read(etc / "extensions.conf"))}
    return Retired(
        {queue: text for queue, text in sections.items() if needed(queue)},
        {queue: text for queue, text in rings.items() if needed(queue) and queue in sections},
    )


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""
