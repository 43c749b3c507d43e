"""What there is to go to, for whom: the first thing that a visitor may see is where he begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ivr.people.actions import Action


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation."""

    title: str
    path: str
    action: Action


@dataclass(frozen=True, slots=True)
class Link:
    """The same for one visitor; `here`: he is there."""

    title: str
    path: str
    here: bool


#: In the order in which they are shown. A page that is not built has no entry.
PLACES: tuple[Place, ...] = (
    Place("现场", "/now", Action.STATUS_READ),
    Place("座席", "/desk", Action.AGENTS_DESK),
    Place("通话", "/calls", Action.RECORDS_LIST),
    Place("菜单", "/menus", Action.FLOW_REVIEW),
    Place("知识", "/knowledge", Action.LABELS_READ),
    Place("标注", "/labels", Action.LABELS_READ),
    Place("指标", "/figures", Action.REPORTS_READ),
    Place("投诉", "/complaints", Action.COMPLAINTS_LIST),
    Place("待办", "/work", Action.WORK_LIST),
    Place("应急", "/emergencies", Action.EMERGENCY_READ),
    Place("公告", "/announcements", Action.ANNOUNCEMENTS_READ),
    Place("待批准", "/approvals", Action.APPROVALS_READ),
    Place("人员", "/people", Action.PEOPLE_READ),
    Place("审计", "/audit", Action.AUDIT_READ),
    Place("隐私", "/privacy", Action.PRIVACY_REGISTER),
    Place("试拨", "/try", Action.HOTLINE_TRY),
    Place("文字对话", "/text", Action.HOTLINE_TRY),
    Place("本人", "/account", Action.PEOPLE_SECRET),
)


def navigation(may: Callable[[Action], bool], path: str) -> list[Link]:
    """The entries for somebody who may this, at `path`."""
    return [Link(one.title, one.path, _below(path, one.path)) for one in PLACES if may(one.action)]


def _below(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")
