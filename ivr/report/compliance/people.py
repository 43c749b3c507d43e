"""What people, their roles and the audit trail show of the clauses on rights and confidentiality (CBA 十三, 四十二,
五十九, HB 7.3.3)."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.people.actions import Action
from ivr.people.roles import LABELS, Role
from ivr.records.audit import checks
from ivr.records.audit.checks import TrailCheck
from ivr.records.audit.counts import TrailCounts, number_of
from ivr.records.days import day_end, day_start, local_day
from ivr.records.people.model import Person
from ivr.records.store import Store
from ivr.report.build import Report
from ivr.report.compliance.judge import ClauseVerdict, Evidence

#: What shows somebody's data.
_READS = frozenset(action.value for action in Action if action.needs_reason)


def people_evidence(store: Store, report: Report) -> Mapping[str, tuple[Evidence, ...]]:
    """Clause → what there is to show: roles in force at the end of the report's days (now, where they have not ended),
    and what the trail has of these days."""
    until = day_end(report.whole.until)
    now = until - 1 if report.as_of is None else min(report.as_of, until - 1)
    people = store.people.all()
    trail = store.audit.counts.between(day_start(report.whole.since), until)
    whole = _whole(checks.look(store.audit), report.as_of)
    return {
        "CBA 十三": (_reads(trail), whole),
        "CBA 四十二": (_roles(people, now), _refusals(trail), whole),
        "CBA 五十九": (_posts(people, now),),
        "HB 7.3.3": (_supervisions(trail),),
    }


def _whole(check: TrailCheck, as_of: int | None) -> Evidence:
    """By the last verification, and what is verified now of what came since."""
    told = f"{check.number} 条，{check.faults} 处问题"
    if check.newer:
        day = "还没有核验过（ivr audit verify）" if check.t is None else f"{local_day(check.t)} 核验"
        told = f"{told}（{day}），之后又有 {check.newer} 条"
    known = check.holds(check.t or 0 if as_of is None else as_of)
    verdict: ClauseVerdict = "未达标" if check.faults else "达标" if known else "无证据"
    return Evidence("R", "审计记录核验", told, verdict)


def _roles(people: tuple[Person, ...], now: int) -> Evidence:
    here = [person for person in people if person.in_force(now)]
    if not here:
        return Evidence("R", "人员与角色", "尚未登记人员，任何人都可以做任何事", "无证据")
    grants = [grant for person in here for grant in person.grants if grant.in_force(now)]
    ending = sum(grant.valid_to is not None for grant in grants)
    return Evidence("R", "人员与角色", f"{len(here)} 人，{len(grants)} 项授权有效，其中 {ending} 项有期限", "达标")


def _refusals(trail: TrailCounts) -> Evidence:
    refused = number_of(trail, lambda kind: not kind.allowed)
    return Evidence("R", "审计记录", f"本期 {number_of(trail)} 条，其中拒绝 {refused} 条", "仅列示")


def _reads(trail: TrailCounts) -> Evidence:
    reads = number_of(trail, lambda kind: kind.action in _READS and kind.allowed)
    silent = number_of(trail, lambda kind: kind.action in _READS and kind.allowed and kind.silent)
    told = f"本期查看客户资料 {reads} 次，其中没有写明原因 {silent} 次"
    # as long as nobody is registered nobody is asked for a reason
    verdict: ClauseVerdict = "达标" if reads and not silent else "仅列示"
    return Evidence("R", "查看客户资料的审计记录", told, verdict)


def _posts(people: tuple[Person, ...], now: int) -> Evidence:
    """附件2: the posts, and how many agents there are for each supervisor and each person of quality."""
    held = {role: sum(role in person.roles(now) for person in people) for role in Role}
    agents = held[Role.AGENT]
    each = "，".join(f"{LABELS[role]} {held[role]}" for role in (Role.SUPERVISOR, Role.QUALITY, Role.TRAINER))
    told = f"{len(Role)} 种岗位；座席 {agents}，{each}（班长 1/8–1/15，质量管理 1/20–1/30）"
    return Evidence("S", "岗位角色 docs/roles.md", told, "达标")


def _supervisions(trail: TrailCounts) -> Evidence:
    listened = number_of(trail, lambda kind: kind.action == Action.CALLS_SUPERVISE.value)
    refused = number_of(trail, lambda kind: kind.action == Action.CALLS_SUPERVISE.value and not kind.allowed)
    return Evidence("R", "监听、密语、强插的审计记录", f"本期 {listened} 次，其中拒绝 {refused} 次", "仅列示")
