"""What emergencies, drills and warnings show of the clauses on emergency management (CBA 三十三 to 三十九)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ivr.people.roles import Role
from ivr.records.days import day_end, day_start, local_day
from ivr.records.deliveries.model import DeliveryState
from ivr.records.emergencies.model import Decision, Emergency, Step
from ivr.records.store import Store
from ivr.report.build import Report
from ivr.report.compliance.judge import ClauseVerdict, Evidence


def emergency_evidence(store: Store, report: Report) -> Mapping[str, tuple[Evidence, ...]]:
    """Clause → what there is to show of the report's days."""
    since, until = day_start(report.whole.since), day_end(report.whole.until)
    held = [one for one in store.emergencies.list() if one.t_started < until and (one.t_ended or until) >= since]
    warnings = [one for one in store.emergencies.warnings(since, until) if one.t_raised >= since]
    decisions = {one.id: store.emergencies.decisions(one.id) for one in held}
    led = [each for one in held for each in decisions[one.id]]
    told = f"本期预警 {len(warnings)} 次，应急 {sum(not one.drill for one in held)} 次"
    return {
        "CBA 三十三、三十四": (Evidence("R", "监测预警与应急记录", told, "仅列示"),),
        "CBA 三十六、三十七": (_told(store, held),),
        "CBA 三十八": (_led(led), _ended(held, decisions)),
        "CBA 三十九": _drilled(held),
    }


def _led(led: Iterable[Decision]) -> Evidence:
    """Who decided: the emergency lead, or the hotline where the plan says so; always with a reason. As long as nobody
    is registered there are no roles."""
    all_ = list(led)
    strange = [one for one in all_ if one.role != Role.EMERGENCY_LEAD and one.person != "system"]
    silent = sum(not one.reason for one in all_)
    words = f"{len(all_)} 次决定，其中不是应急负责人的 {len(strange)} 次，没有写明原因的 {silent} 次"
    verdict: ClauseVerdict = "仅列示" if not all_ else "达标" if not strange and not silent else "未达标"
    return Evidence("R", "启动、变更、结束的记录", words, verdict)


def _ended(held: list[Emergency], decisions: Mapping[int, tuple[Decision, ...]]) -> Evidence:
    """Every one that is over was ended by an order, and its evidence can be had."""
    over = [one for one in held if one.t_ended is not None]
    ordered = sum(any(each.step is Step.END for each in decisions[one.id]) for one in over)
    verdict: ClauseVerdict = "仅列示" if not over else "达标" if ordered == len(over) else "未达标"
    return Evidence(
        "R", "应急结束指令（证据：ivr emergency evidence）", f"结束 {len(over)} 次，有指令 {ordered} 次", verdict
    )


def _told(store: Store, held: list[Emergency]) -> Evidence:
    sent = [delivery for one in held for delivery in store.deliveries.about(one.target)]
    delivered = sum(one.state is DeliveryState.DELIVERED for one in sent)
    return Evidence("R", "应急工作组的通知与回执", f"发出 {len(sent)} 条，已送达 {delivered} 条", "仅列示")


def _drilled(held: list[Emergency]) -> tuple[Evidence, ...]:
    """Nothing where there was none: that is what the report has to say."""
    days = sorted({local_day(one.t_started) for one in held if one.drill})
    if not days:
        return ()
    return (Evidence("P", "应急演练记录", f"{len(days)} 天，最近 {days[-1]}", "达标"),)
