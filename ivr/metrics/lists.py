"""What stands behind the figures, one by one, so that somebody can act: calls to call back, agents to talk to,
complaints to decide. Each list has the count that its indicator has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ivr.metrics import rules
from ivr.metrics.day import Case, Day
from ivr.records.daycount import Item
from ivr.records.model import Complaint


@dataclass(frozen=True, slots=True)
class Kind:
    """One list: its title, its clause, and what its milliseconds measure."""

    title: str
    clause: str
    measure: str


#: In the order of a report.
KINDS: Mapping[str, Kind] = {
    "abandoned": Kind("客户放弃的来电（等待超过 5 秒）", "HB 附录 A 呼叫放弃率", "等待"),
    "late": Kind("等待人工超过 20 秒的来电", "HB 7.5.2、CBA 附件1 服务水平", "等待"),
    "holds": Kind("超过 30 秒的保持", "HB 7.4.5", "保持"),
    "silent": Kind("未告知的系统挂断", "HB 7.2.2", "通话全长"),
    "overdue": Kind("逾期的投诉", "HB 10.2.2、CBA 五十一", "逾期"),
}


def listed(days: Iterable[Day]) -> dict[str, list[Item]]:
    """Every list of calls over the days, the worst first."""
    cases = [case for day in days for case in day.cases]
    found = {kind: [item for case in cases for item in of(case)] for kind, of in _OF_CASES.items()}
    return {kind: worst_first(items) for kind, items in found.items()}


def worst_first(items: Iterable[Item]) -> list[Item]:
    """By the time it took, then by when it was."""
    return sorted(items, key=lambda item: (-(item.ms or 0), item.at, item.call_id))


def overdue(complaints: Iterable[Complaint], as_of: int | None) -> list[Item]:
    """Complaints that were decided after their term, or are not decided though it is over: `call_id` is the complaint's
    id, `at` when it was due, `ms` by how much it was or is late."""
    found = []
    for one in complaints:
        due = rules.effective_due(one)
        until = one.decided_at if one.decided_at is not None else as_of
        if until is not None and until > due:
            found.append(Item(one.id, due, until - due))
    return worst_first(found)


def _abandoned(case: Case) -> list[Item]:
    return [Item(case.call.call_id, case.call.t_offered, case.waited)] if case.gave_up else []


def _late(case: Case) -> list[Item]:
    if case.first is None:
        return []
    waited = case.first.t_left - case.first.t_requested
    return [] if rules.within_20s(waited) else [Item(case.call.call_id, case.call.t_offered, waited)]


def _holds(case: Case) -> list[Item]:
    holds = [hold for leg in case.call.agent_legs for hold in leg.hold]
    times = [(hold.t_start, hold.t_end - hold.t_start) for hold in holds]
    return [Item(case.call.call_id, start, held) for start, held in times if rules.hold_too_long(held)]


def _silent(case: Case) -> list[Item]:
    call = case.call
    told = call.last_prompt_kind in ("goodbye", "notice")
    if call.hangup_by != "system" or told:
        return []
    return [Item(call.call_id, call.t_offered, call.t_ended - call.t_offered)]


_OF_CASES: Mapping[str, Callable[[Case], list[Item]]] = {
    "abandoned": _abandoned,
    "late": _late,
    "holds": _holds,
    "silent": _silent,
}
