"""A folder of YAML → findings and, where none is an error, a Flow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from ivr.flow import (
    build,
    checks_hours,
    checks_knowledge,
    checks_leaves,
    checks_menus,
    checks_prompts,
    checks_queues,
    checks_refs,
    checks_speech,
    checks_tree,
    document,
    parse_hours,
)
from ivr.flow.findings import Finding, FlowRefused, Report
from ivr.flow.model import Flow


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder gave: the flow (None where any finding is an error), the findings in the order of the files,
    and whether the flow is new is for the caller to see in `flow.revision`."""

    flow: Flow | None
    findings: tuple[Finding, ...]


def load(directory: Path, today: date | None = None) -> Loaded:
    """Read and check everything under the folder, as of `today` (default: the day it is in the flow's timezone).
    Never raises for what is in the files, or for missing ones."""
    report = Report()
    read = document.read(Path(directory), report)
    parse_hours.parse(read)
    checks_refs.check(read)
    checks_menus.check(read)
    checks_tree.check(read)
    checks_leaves.check(read)
    checks_queues.check(read)
    checks_prompts.check(read)
    checks_hours.check(read)
    checks_knowledge.check(read, today or _today(read))
    checks_speech.check(read)
    flow = None if report.errors else build.flow(read)
    return Loaded(flow, report.findings(read.order))


def _today(read: document.Document) -> date:
    """D7; by UTC where there is no such timezone, which is reported already."""
    known = parse_hours.zone(read)
    return datetime.now(known or UTC).date()


def require(directory: Path) -> Flow:
    """The flow of the folder. Raises FlowRefused (a FlowError) with the findings where one is an error."""
    loaded = load(directory)
    if loaded.flow is None:
        raise FlowRefused(loaded.findings)
    return loaded.flow
