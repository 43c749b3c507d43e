"""Queues and agents: somebody in each, recordings announced, hours told truly."""

from __future__ import annotations

from ivr.flow import codes, spoken
from ivr.flow.document import Document
from ivr.flow.tables import AGENTS_FILE, ALWAYS, HOTLINE_FILE, PROMPTS_FILE

MOST_TRANSFER_SECONDS = 3.0
_RECORDED = "录音"


def check(document: Document) -> None:
    """All checks of this module."""
    if document.has(AGENTS_FILE):
        _people(document)
    if document.has(AGENTS_FILE, HOTLINE_FILE):
        _used(document)
    if document.has(AGENTS_FILE, PROMPTS_FILE):
        _recorded(document)
        _hours(document)


def _people(document: Document) -> None:
    staffed: set[str] = set()
    agents = document.agents_file.table("agents")
    for id, at in agents.items():
        queues = at.value.table("queues")
        if not queues and "queues" not in at.value.broken:
            document.report.add(codes.IDLE_AGENT, at.key, agent=id)
        staffed.update(document.meant.get(("queue", queue), queue) for queue in queues)
    if "agents" in document.agents_file.broken:
        return
    for id, at in document.queues.items():
        if id not in staffed:
            document.report.add(codes.EMPTY_QUEUE, at.key, queue=id)


def _used(document: Document) -> None:
    hotline = str(document.hotline.pos.file)
    used = {
        document.meant.get(("queue", ref.id), ref.id)
        for ref in document.reading.refs
        if ref.kind == "queue" and ref.pos.file == hotline
    }
    for id, at in document.queues.items():
        if id not in used:
            document.report.add(codes.IDLE, at.key, queue=id)


def _recorded(document: Document) -> None:
    """Recorded conversations are announced first, and only those; and the announcement is short."""
    report = document.report
    default = document.languages[0]
    recorded = [id for id, at in document.queues.items() if at.value.value("record", False)]
    for id in ("transferring", "transferring_unrecorded"):
        prompt = document.prompts.get(id)
        at = prompt.texts.get(default) if prompt else None
        if at is None or not at.value or not spoken.is_chinese(default):
            continue
        if id == "transferring" and recorded and _RECORDED not in at.value:
            report.add(codes.NO_RECORDING_NOTICE, at.pos, queue=recorded[0])
        if id != "transferring" and _RECORDED in at.value:
            report.add(codes.FALSE_RECORDING_NOTICE, at.pos)
        seconds = spoken.seconds(document.said(at.value))
        if seconds > MOST_TRANSFER_SECONDS:
            report.add(codes.SLOW_TRANSFER, at.pos, prompt=id, seconds=f"{seconds:.1f}")


def _hours(document: Document) -> None:
    """`agents_closed` names the hours of every queue that has some (CBA 七)."""
    prompt = document.prompts.get("agents_closed")
    limited = {id: at.value.get("hours") for id, at in document.queues.items()}
    limited = {id: at for id, at in limited.items() if at and at.value != ALWAYS}
    for language, at in (prompt.texts if prompt else {}).items():
        if not at.value or not limited or not spoken.is_chinese(language):
            continue
        named = {document.meant.get(("calendar", id), id) for id in spoken.hours_named(at.value)}
        if not named:
            document.report.add(codes.HOURS_UNNAMED, at.pos, where="提示语「agents_closed」")
            continue
        for id, hours in limited.items():
            if hours and document.meant.get(("calendar", hours.value), hours.value) not in named:
                document.report.add(codes.OTHER_HOURS, hours.pos, queue=id, hours=hours.value)
