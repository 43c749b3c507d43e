"""What stands behind the figures, one by one, so that somebody can act: calls to call back, agents to talk to,
complaints to decide. Each list has the count that its indicator has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ivr.metrics import clock, rules
from ivr.metrics.day import Case, Day
from ivr.metrics.patterns import Flag, Pattern
from ivr.records.counting.sums import Item
from ivr.records.model import Complaint
from ivr.records.vocabulary import VOICE, TransactionOutcome


@dataclass(frozen=True, slots=True)
class ListKind:
    """One list: its title, its clause, what its milliseconds measure, and the indicator that counts it: in its
    numerator, or in one of its parts. Complaints are counted from themselves."""

    title: str
    clause: str
    measure: str
    indicator: str = ""
    part: str | None = None


#: What a person should look at, in words.
PATTERN_WORDS: Mapping[Pattern, str] = {
    Pattern.IDENTITY_OF_NUMBER: "同一号码一天内多次答错身份",
    Pattern.IDENTITY_OF_CUSTOMER: "同一客户一天内多次答错身份",
    Pattern.MANY_TRANSACTIONS: "同一客户一小时内交易多笔",
    Pattern.LOSS_THEN_TRANSFER: "挂失之后转账",
}


def _flagged(pattern: Pattern, title: str) -> ListKind:
    return ListKind(title, "CBA 十(5)", "历时", "ours.flagged_calls", str(pattern))


#: Lists that are made from a period's flags and complaints when they are asked for; the others are kept by call.
MADE = frozenset({"overdue", *map(str, Pattern)})

#: In the order of a report.
KINDS: Mapping[str, ListKind] = {
    "abandoned": ListKind("客户放弃的来电（等待超过 5 秒）", "HB 附录 A 呼叫放弃率", "等待", "hb.abandon_rate"),
    "late": ListKind(
        "等待人工超过 20 秒的来电", "HB 7.5.2、CBA 附件1 服务水平", "等待", "cba.service_level_20s", "waited_longer"
    ),
    "holds": ListKind("超过 30 秒的保持", "HB 7.4.5", "保持", "hb.holds_over_30s"),
    "silent": ListKind("未告知的系统挂断", "HB 7.2.2", "通话全长", "hb.unannounced_hangups"),
    "clock": ListKind("时间自相矛盾的来电（相应时长不计入指标）", "本系统，规则 D5", "通话全长", "ours.clock_faults"),
    "unrecorded": ListKind("没有录音的交易", "HB 7.3.3", "通话全长", "ours.transaction_calls_recorded", "unrecorded"),
    "in_doubt": ListKind("结果未知的交易（须向银行系统核对）", "HB 7.3.3", "来电后", "ours.transactions", "in_doubt"),
    **{str(pattern): _flagged(pattern, title) for pattern, title in PATTERN_WORDS.items()},
    "overdue": ListKind("逾期的投诉", "HB 10.2.2、CBA 五十一", "逾期"),
}


def items_of(case: Case) -> Iterator[tuple[str, Item]]:
    """The call's rows, each with its list; a conversation in writing has none."""
    if case.call.channel != VOICE:
        return
    for kind, of in _OF_CASES.items():
        for item in of(case):
            yield kind, item


def listed(days: Iterable[Day]) -> dict[str, list[Item]]:
    """Every list of calls over the days, the worst first."""
    days = list(days)
    cases = [case for day in days for case in day.cases]
    found: dict[str, list[Item]] = {kind: [] for kind in _OF_CASES}
    for case in cases:
        for kind, item in items_of(case):
            found[kind].append(item)
    found |= flagged(flag for day in days for flag in day.flagged)
    return {kind: worst_first(items) for kind, items in found.items()}


def flagged(flags: Iterable[Flag]) -> dict[str, list[Item]]:
    """The list of each pattern: `at` is when the call came in, `ms` how long the pattern took."""
    found: dict[str, list[Item]] = {str(pattern): [] for pattern in Pattern}
    for flag in flags:
        found[flag.pattern].append(Item(flag.call_id, flag.t_offered, flag.span))
    return {kind: worst_first(items) for kind, items in found.items()}


def worst_first(items: Iterable[Item]) -> list[Item]:
    """By the time it took, then by when it was."""
    return sorted(items, key=lambda item: (-(item.ms or 0), item.at, item.call_id))


def overdue(complaints: Iterable[Complaint], as_of: int | None) -> list[Item]:
    """Complaints that were decided after their term, or are not decided though it is over (nor withdrawn before):
    `call_id` is the complaint's id, `at` when it was due, `ms` by how much it was or is late."""
    found = []
    for one in complaints:
        due = rules.effective_due(one)
        until = next((t for t in (one.decided_at, one.withdrawn_at) if t is not None), as_of)
        if until is not None and until > due:
            found.append(Item(one.id, due, until - due))
    return worst_first(found)


def _abandoned(case: Case) -> list[Item]:
    return [Item(case.call.call_id, case.call.t_offered, case.waited)] if case.gave_up else []


def _late(case: Case) -> list[Item]:
    waited = clock.late_by(case)
    return [] if waited is None else [Item(case.call.call_id, case.call.t_offered, waited)]


def _holds(case: Case) -> list[Item]:
    holds = [hold for leg in case.call.agent_legs for hold in leg.hold]
    times = [(hold.t_start, hold.t_end - hold.t_start) for hold in holds]
    long = [(start, held) for start, held in times if rules.hold_too_long(held) and rules.possible(held)]
    return [Item(case.call.call_id, start, held) for start, held in long]


def _silent(case: Case) -> list[Item]:
    call = case.call
    told = call.last_prompt_kind in ("goodbye", "notice")
    if call.hangup_by != "system" or told:
        return []
    return [Item(call.call_id, call.t_offered, _lasted(case))]


def _clock(case: Case) -> list[Item]:
    return [Item(case.call.call_id, case.call.t_offered, _lasted(case))] if clock.impossible(case) else []


def _unrecorded(case: Case) -> list[Item]:
    return [Item(case.call.call_id, case.call.t_offered, _lasted(case)) for _ in rules.unrecorded(case.call)]


def _in_doubt(case: Case) -> list[Item]:
    call = case.call
    doubted = [one.t for one in call.transactions if one.outcome == TransactionOutcome.IN_DOUBT]
    return [Item(call.call_id, t, t - call.t_offered if rules.possible(t - call.t_offered) else None) for t in doubted]


def _lasted(case: Case) -> int | None:
    """From the call to its end, that of its callback where there was one; None where the clock ran backwards."""
    ms = case.call.t_ended - case.call.t_offered
    return ms if rules.possible(ms, rules.MOST_WAIT_MS) else None


_OF_CASES: Mapping[str, Callable[[Case], list[Item]]] = {
    "abandoned": _abandoned,
    "late": _late,
    "holds": _holds,
    "silent": _silent,
    "clock": _clock,
    "unrecorded": _unrecorded,
    "in_doubt": _in_doubt,
}
