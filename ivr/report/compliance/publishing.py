"""What drafts and publications show of reviews before anything goes live (CBA 四十三), and of maintenance that is
announced a day ahead (HB 4.5.9)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ivr.flow.announcements import AnnouncementKind
from ivr.flow.loader import Loaded, load_or_kept
from ivr.flow.model import Flow
from ivr.flow.stored_files import load_texts_or_kept
from ivr.people.late_notices import late_notices
from ivr.records.audit.model import SYSTEM
from ivr.records.days import day_end, day_start
from ivr.records.publishing.model import Publication
from ivr.records.store import Store
from ivr.report.build import Report
from ivr.report.compliance.judge import ClauseVerdict, Evidence

_CLAUSE, _WHAT = "CBA 四十三", "双人复核发布"


def publishing_evidence(store: Store, report: Report, four_eyes: bool) -> Mapping[str, tuple[Evidence, ...]]:
    """Clause → what there is to show: whether two people are needed, and what was published in the report's days."""
    if not store.people.any():
        return _none("尚未登记人员，菜单改动保存即生效")
    if not four_eyes:
        return _none("设置 [publishing] four_eyes 为 false：菜单改动不经另一个人，保存即生效")
    now = _as_of(report)
    until = day_end(report.whole.until)
    since = day_start(report.whole.since)
    made = [one for one in store.publishing.history() if since <= one.t < until and one.published_by != SYSTEM]
    emergencies = [one for one in made if one.emergency]
    late = sum(_late(one, now) for one in emergencies)
    told = f"本期发布 {len(made)} 次，都经检查和试走；{len(made) - len(emergencies)} 次由另一个人复核后发布"
    if emergencies:
        pending = sum(one.confirmed is None for one in emergencies)
        told += f"；紧急 {len(emergencies)} 次，{pending} 次还没有补审，{late} 次没有在一天之内补审通过"
    verdict: ClauseVerdict = "未达标" if late else "达标"
    return {_CLAUSE: (Evidence("R", _WHAT, told, verdict),)}


def notice_evidence(
    store: Store, report: Report, flow: Flow | None, flows: Path, four_eyes: bool
) -> Mapping[str, tuple[Evidence, ...]]:
    """Clause → whether the maintenance notices that callers hear came in time, by when they were published and by what
    the trail knows of the emergency lead; where no two people are needed only their file says so."""
    notices = [one for one in flow.announcements if one.kind is AnnouncementKind.MAINTENANCE] if flow else []
    if flow is None or not notices:
        return {}
    verdict: ClauseVerdict
    if not (four_eyes and store.people.any()):
        told, verdict = f"{len(notices)} 条维护公告只按文件里写的时间和标注判断：没有双人复核发布", "仅列示"
    else:
        late = late_notices(store, flow, flows, _as_of(report))
        told = f"{len(notices)} 条维护公告，{len(late)} 条按发布时间不足二十四小时又没有应急负责人在审计里的同意"
        verdict = "未达标" if late else "达标"
    return {"HB 4.5.9": (Evidence("R", "维护公告的发布时间", told, verdict),)}


def served(store: Store, flows: Path, four_eyes: bool) -> Loaded:
    """The flow that callers hear: what was published where two people are needed, else the operator's folder."""
    current = store.publishing.current() if four_eyes and store.people.any() else None
    if current is None:
        return load_or_kept(flows)
    found = store.publishing.published(current.number)
    return load_texts_or_kept(found.files, found.personal, flows)


def _as_of(report: Report) -> int:
    last = day_end(report.whole.until) - 1
    return last if report.as_of is None else min(report.as_of, last)


def _late(one: Publication, now: int) -> bool:
    """Whether the second person did not say yes in time."""
    if one.confirmed:
        assert one.t_confirm is not None and one.t_confirmed is not None
        return one.t_confirmed >= one.t_confirm
    return one.late(now)


def _none(why: str) -> Mapping[str, tuple[Evidence, ...]]:
    return {_CLAUSE: (Evidence("R", _WHAT, why, "无证据"),)}
