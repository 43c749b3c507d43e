"""A folder of YAML → findings and, where none is an error, a Flow."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from ivr.flow.checks import (
    announcements,
    complaints,
    elderly,
    emergency,
    hours,
    knowledge,
    leaves,
    menus,
    plausible,
    prompts,
    quality,
    queues,
    references,
    speech,
    tree,
    ways,
)
from ivr.flow.codes import Severity
from ivr.flow.findings import Finding, FindingsReport, FlowRefused
from ivr.flow.model import Flow
from ivr.flow.reading import build, document, hours_file, old_leaf
from ivr.flow.reading.source import signature
from ivr.kept import Kept


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder gave: the flow (None where any finding is an error), the findings in the order of the files,
    and whether the flow is new is for the caller to see in `flow.revision`."""

    flow: Flow | None
    findings: tuple[Finding, ...]


def load(directory: Path, today: date | None = None, bearing: Collection[str] = ()) -> Loaded:
    """Read and check everything under the folder, as of `today` (default: the day it is in the flow's timezone).
    Errors with the codes in `bearing` do not keep its flow from being there. Never raises for what is in the files, or
    for missing ones."""
    report = FindingsReport()
    read = document.read(Path(directory), report)
    hours_file.parse(read)
    old_leaf.rewrite(read)
    references.check(read)
    menus.check(read)
    tree.check(read)
    elderly.check(read)
    leaves.check(read)
    queues.check(read)
    prompts.check(read)
    hours.check(read)
    knowledge.check(read, today or _today(read))
    complaints.check(read, today or _today(read))
    plausible.check(read, today or _today(read))
    speech.check(read)
    announcements.check(read, _now(read, today))
    emergency.check(read)
    quality.check(read)
    findings = report.findings(read.order)
    if any(one.severity is Severity.ERROR and one.code not in bearing for one in findings):
        return Loaded(None, findings)
    flow = build.flow(read)
    ways.check(read, flow)
    return Loaded(flow, report.findings(read.order))


def _today(read: document.Document) -> date:
    """D7; by UTC where there is no such timezone, which is reported already."""
    known = hours_file.zone(read)
    return datetime.now(known or UTC).date()


def _now(read: document.Document, today: date | None) -> datetime:
    """The local moment, without its zone; the beginning of `today` where that is given."""
    if today is not None:
        return datetime.combine(today, time())
    return datetime.now(hours_file.zone(read) or UTC).replace(tzinfo=None)


#: Of folders asked for again and again what they gave is kept until a file changes. Hours and announcements are checked
#: by the minute: after that it is checked anew, beside whoever asks (for some minutes nobody waits for it).
_kept: Kept[Loaded] = Kept(4, fresh=60, stale=240)


def load_or_kept(directory: Path) -> Loaded:
    """As `load`, for who asks again and again: read anew only where a file was written, or in another minute. Findings
    that depend on the time may be as of five minutes ago."""
    seen = signature(directory)
    place = Path(directory).resolve()
    # not kept where the folder cannot be read, or somebody wrote meanwhile
    return _kept.get((place, seen), lambda: load(directory), lambda _found: bool(seen) and seen == signature(directory))


def require(directory: Path, bearing: Collection[str] = ()) -> Flow:
    """The flow of the folder. Raises FlowRefused (a FlowError) with the findings where one is an error with a code that
    is not in `bearing`."""
    loaded = load_or_kept(directory)
    if loaded.flow is None and bearing:
        loaded = load(directory, bearing=bearing)
    if loaded.flow is None:
        raise FlowRefused(loaded.findings)
    return loaded.flow
