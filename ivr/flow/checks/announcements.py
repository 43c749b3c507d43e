"""Announcements: in time (HB 4.5.9), heard by those whom they concern, none that is over (HB 4.5.7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from ivr.flow import service_codes
from ivr.flow.announcements import AnnouncementKind
from ivr.flow.prompts.prompt_text import is_chinese, seconds
from ivr.flow.reading.announcements_file import ANNOUNCEMENTS_FILE, starts_at
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.document import Document

#: A maintenance begins so long after its notice (HB 4.5.9: 提前二十四小时).
AHEAD = timedelta(hours=24)
#: Announcements that are heard before a menu at one time take so long together, seconds.
MOST_SECONDS = 20.0


def check(document: Document, now: datetime) -> None:
    """All checks of this module, as of the local moment `now`, without its zone."""
    if not document.has(ANNOUNCEMENTS_FILE):
        return
    announcements = document.rec(ANNOUNCEMENTS_FILE).table("announcements")
    for id, at in announcements.items():
        _one(document, id, at, now)
    _together(document, announcements)


def _one(document: Document, id: str, at: At, now: datetime) -> None:
    rec: Rec = at.value
    publish, ends, starts = rec.value("publish_at"), rec.value("ends_at"), starts_at(rec)
    if publish is None or ends is None or starts is None or "starts_at" in rec.broken:
        return
    if starts < publish or ends <= starts:
        place = rec.where("ends_at" if ends <= starts else "starts_at")
        document.report.add(service_codes.ANNOUNCEMENT_ORDER, place, announcement=id)
        return
    if ends <= now:
        document.report.add(service_codes.ANNOUNCEMENT_OVER, at.key, announcement=id, moment=f"{ends:%Y-%m-%d %H:%M}")
    if rec.value("kind") == AnnouncementKind.MAINTENANCE:
        _maintenance(document, id, at, starts - publish)
    if not rec.value("menu", True) and not rec.items("leaves") and not rec.value("queues", False):
        document.report.add(service_codes.ANNOUNCEMENT_SILENT, at.key, announcement=id)


def _maintenance(document: Document, id: str, at: At, ahead: timedelta) -> None:
    rec: Rec = at.value
    if ahead < AHEAD and rec.get("emergency") is None and "emergency" not in rec.broken:
        words = {"announcement": id, "hours": f"{ahead / timedelta(hours=1):g}"}
        document.report.add(service_codes.MAINTENANCE_LATE, rec.where("starts_at"), **words)
    if rec.get("systems") is None and "systems" not in rec.broken:
        document.report.add(service_codes.MAINTENANCE_OF_WHAT, at.key, announcement=id)
    if not rec.value("menu", not rec.items("leaves") and not rec.value("queues", False)):
        document.report.add(service_codes.MAINTENANCE_HIDDEN, at.key, announcement=id)


def _together(document: Document, announcements: dict[str, At]) -> None:
    """Those that are heard before a menu at one time: reported at the last of them."""
    language = document.languages[0]
    if not is_chinese(language):
        return
    heard: list[tuple[datetime, datetime, float]] = []
    for id, at in announcements.items():
        rec: Rec = at.value
        publish, ends, prompt = (rec.value(name) for name in ("publish_at", "ends_at", "prompt"))
        spoken = document.prompts.get(prompt) if prompt is not None else None
        text = spoken.texts.get(language) if spoken is not None else None
        if publish is None or ends is None or text is None:
            continue
        if not rec.value("menu", not rec.items("leaves") and not rec.value("queues", False)):
            continue
        length = seconds(document.said(text.value))
        before = sum(one for begin, end, one in heard if begin < ends and publish < end)
        heard.append((publish, ends, length))
        if before and before + length > MOST_SECONDS:
            words = {"announcement": id, "seconds": f"{before + length:.0f}", "most": f"{MOST_SECONDS:g}"}
            document.report.add(service_codes.ANNOUNCEMENTS_LONG, at.key, **words)
