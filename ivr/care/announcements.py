"""Announcements as they stand, and the emergency lead's leave for a maintenance that cannot wait a day (HB 4.5.9)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ivr.errors import FlowError
from ivr.flow import edit
from ivr.flow.announcements import Announcement
from ivr.flow.loader import load_or_kept, require
from ivr.flow.model import Flow
from ivr.flow.reading.announcements_file import ANNOUNCEMENTS_FILE
from ivr.flow.service_codes import MAINTENANCE_LATE
from ivr.people.access import Permit
from ivr.people.late_notices import marked_by_lead, target
from ivr.records.audit.trail import AuditTrail


class State(StrEnum):
    """Whether it is heard now; the word for the operator."""

    COMING = "待播报"
    HEARD = "播报中"
    OVER = "已过期"


@dataclass(frozen=True, slots=True)
class Standing:
    """An announcement now. `marked`: the trail knows that an emergency lead gave leave for it; None where nobody needs
    to."""

    announcement: Announcement
    state: State
    marked: bool | None


def written(folder: Path) -> tuple[Flow, tuple[str, ...]]:
    """The operator's flow, also while a maintenance notice in it comes too late by its own dates (whoever may give
    leave must see it), and what `ivr check` says of those. Raises FlowRefused for any other error."""
    flow = require(folder, bearing=(MAINTENANCE_LATE.id,))
    late = [one.text for one in load_or_kept(folder).findings if one.code == MAINTENANCE_LATE.id]
    return flow, tuple(late)


def standing(flow: Flow, trail: AuditTrail, now: int) -> tuple[Standing, ...]:
    """Every announcement, in the order of the file. Raises StoreError."""
    return tuple(Standing(one, _state(one, now), _marked(one, trail)) for one in flow.announcements)


def mark_as_emergency(folder: Path, trail: AuditTrail, permit: Permit, id: str, now: int) -> None:
    """Write the lead's leave and reason into announcements.yaml, once the whole flow has been checked with it; the
    trail has it first. Raises FlowError where there is no such announcement, it is marked already, or the flow would
    not be served; StoreError, OSError: nothing is written then."""
    reason = permit.entry.reason or ""
    if not reason.strip():
        raise FlowError("要写原因（--reason）：为什么来不及提前二十四小时")
    path = folder / ANNOUNCEMENTS_FILE
    if not path.exists():
        raise FlowError(f"没有 {ANNOUNCEMENTS_FILE}")
    text = path.read_text(encoding="utf-8")
    marked = edit.mark_entry(text, "announcements", id, "emergency", {"by": permit.person, "reason": reason})
    flow = edit.checked(folder, {ANNOUNCEMENTS_FILE: marked})
    starts_at = next(one.starts_at for one in flow.announcements if one.id == id)
    trail.note(permit.entry_with(target(id), starts_at=starts_at), now)
    if path.read_text(encoding="utf-8") != text:
        raise FlowError(f"{ANNOUNCEMENTS_FILE} 刚刚被别人改过，没有写入；请再来一次")
    edit.replace(path, marked)


def _state(one: Announcement, now: int) -> State:
    if now >= one.ends_at:
        return State.OVER
    return State.HEARD if now >= one.publish_at else State.COMING


def _marked(one: Announcement, trail: AuditTrail) -> bool | None:
    return None if one.emergency is None else marked_by_lead(trail, one, by_role=False)
