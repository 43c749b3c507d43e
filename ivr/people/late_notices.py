"""Maintenance notices that come too late (HB 4.5.9: a day ahead), by what nobody writes by hand: when a notice was
published, and what the emergency lead did for it, as the audit trail has it. Where two people are needed for an edit
this decides; the files alone say neither."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ivr.errors import PublishingRefused
from ivr.flow.announcements import Announcement, AnnouncementKind
from ivr.flow.checks.announcements import AHEAD
from ivr.flow.model import Flow
from ivr.flow.reading.announcements_file import ANNOUNCEMENTS_FILE
from ivr.flow.stored_files import load_texts_or_kept
from ivr.people.actions import Action
from ivr.records.audit.model import SYSTEM
from ivr.records.audit.trail import AuditTrail
from ivr.records.days import moment
from ivr.records.publishing.model import Publication
from ivr.records.store import Store

_AHEAD_MS = AHEAD.total_seconds() * 1000


@dataclass(frozen=True, slots=True)
class LateNotice:
    """A maintenance that begins less than a day after callers could first hear of it, at `heard_from`. `marked`: the
    file holds a mark of an emergency lead who never gave it."""

    announcement: Announcement
    heard_from: int
    marked: bool

    def __str__(self) -> str:
        one = self.announcement
        mark = "；文件里写的应急标注在审计里没有，不算数" if self.marked else ""
        return (
            f"维护公告「{one.id}」{_at(self.heard_from)} 起才能听到，{_at(one.starts_at)} 就开始维护，"
            f"不足二十四小时{mark}；"
            f"来不及的由应急负责人标注：ivr announcements emergency {one.id}"
        )


def target(id: str) -> str:
    """What the trail calls an announcement."""
    return f"announcement:{id}"


def marked_by_lead(trail: AuditTrail, one: Announcement, *, by_role: bool) -> bool:
    """Whether an emergency lead gave leave for this maintenance, with the reason that stands there and for when it
    begins now. `by_role`: somebody who had that role; else it may have been before anybody was registered."""
    if (mark := one.emergency) is None:
        return False
    found = trail.list(target=target(one.id), action=Action.ANNOUNCEMENTS_EMERGENCY.value, person=mark.by)
    entries = [kept.entry for kept in found if kept.entry.allowed and kept.entry.reason == mark.reason]
    return any(
        json.loads(entry.detail or "{}").get("starts_at") == one.starts_at and (entry.role is not None or not by_role)
        for entry in entries
    )


def late_notices(store: Store, flow: Flow, working: Path, now: int) -> tuple[LateNotice, ...]:
    """Those of a flow that is served, or would be from `now` on, that are not over. A notice counts from the
    publication since which it stands there, as it is now, without a break; what was served when people were first
    registered counts as its file says. `working`: the operator's folder, for lists of customers. Raises StoreError."""
    wanted = [one for one in flow.announcements if one.kind is AnnouncementKind.MAINTENANCE and now < one.ends_at]
    history, found = _History(store, working), []
    for one in wanted:
        heard_from = _heard_from(history, one, now)
        if one.starts_at - heard_from < _AHEAD_MS and not marked_by_lead(store.audit, one, by_role=True):
            found.append(LateNotice(one, heard_from, one.emergency is not None))
    return tuple(found)


def refuse_late(store: Store, flow: Flow, working: Path, now: int) -> None:
    """Raises PublishingRefused where a maintenance notice would come too late."""
    if found := late_notices(store, flow, working, now):
        raise PublishingRefused("不能发布：" + "\n".join(str(one) for one in found))


class _History:
    """Publications, the newest first, each with its announcements; read as far as somebody asks."""

    def __init__(self, store: Store, working: Path) -> None:
        self._store, self._working = store, working
        self._read: list[tuple[Publication, frozenset[tuple[object, ...]]]] = []
        self._text: str | None = None

    def __iter__(self) -> Iterator[tuple[Publication, frozenset[tuple[object, ...]]]]:
        for place, publication in enumerate(self._publications):
            if place == len(self._read):
                self._read.append((publication, self._announced(publication)))
            yield self._read[place]

    @cached_property
    def _publications(self) -> tuple[Publication, ...]:
        return self._store.publishing.history()

    def _announced(self, publication: Publication) -> frozenset[tuple[object, ...]]:
        """What was announced; nothing where nobody can say any more."""
        try:
            kept = self._store.publishing.published(publication.number)
        except PublishingRefused:
            return frozenset()
        text = kept.files.get(ANNOUNCEMENTS_FILE)
        if text is not None and text == self._text and self._read:
            return self._read[-1][1]
        loaded = load_texts_or_kept(kept.files, kept.personal, self._working) if kept.whole else None
        self._text = text
        flow = None if loaded is None else loaded.flow
        return frozenset(_what(one) for one in flow.announcements) if flow is not None else frozenset()


def _heard_from(history: _History, one: Announcement, now: int) -> int:
    since = now
    for publication, announced in history:
        if _what(one) not in announced:
            break
        since = one.publish_at if publication.published_by == SYSTEM else publication.t
    return max(since, one.publish_at)


def _what(one: Announcement) -> tuple[object, ...]:
    """What must not have changed for it to be the same notice."""
    return one.id, one.kind, one.systems, one.publish_at, one.starts_at


def _at(t: int) -> str:
    return f"{moment(t):%Y-%m-%d %H:%M}"
