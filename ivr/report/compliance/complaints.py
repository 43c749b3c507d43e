"""What complaints show of their clauses (CBA 四十七 to 五十二, HB 10): those that came in the report's days, as they
stand now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ivr.flow.complaint_policy import Right
from ivr.records.complaints.model import Case, Cause, State
from ivr.records.days import day_end, day_start
from ivr.records.store import Store
from ivr.report.build import Report
from ivr.report.compliance.judge import ClauseVerdict, Evidence

#: A work order without a receipt is late after so long.
_RECEIPT_MS = 24 * 3_600_000


def complaint_evidence(store: Store, report: Report) -> Mapping[str, tuple[Evidence, ...]]:
    """Clause → what there is to show. Raises StoreError."""
    until = day_end(report.whole.until)
    now = until if report.as_of is None else report.as_of
    came = store.complaints.received(day_start(report.whole.since), until)
    cases = [one for one in came if one.state is not State.MERGED]
    decided = [one for one in cases if one.decision is not None]
    return {
        "CBA 四十七、四十八": (_rights(cases),),
        "CBA 五十一(一)": (_complete(cases, now),),
        "CBA 五十一(二)": (_orders(cases, now),),
        "CBA 五十一(三)(四)": (_parts(decided),),
        "CBA 五十一(五)": (_called(cases),),
        "CBA 五十二": (_causes(decided),),
        "HB 10.1.1": (_analysed(came),),
        "HB 10.2.1": (_contacts(cases),),
        "HB 10.2.2": (_extensions(cases),),
        "HB 10.2.3": (_parts(decided),),
        "HB 10.3.1": (_called(cases),),
    }


def _rights(cases: Collection[Case]) -> Evidence:
    taken = [one for one in cases if one.accepted_at is not None]
    named = _count(one.right for one in taken)
    told = f"八大权益 {len(Right)} 项，不写明不能受理；本期受理 {len(taken)} 件，写明 {named} 件"
    return Evidence("S", "投诉分类 ivr complaints accept", told, "达标")


def _complete(cases: Collection[Case], now: int) -> Evidence:
    late = [one for one in cases if one.missing and not one.state.over and now > one.ack_due]
    recorded = _count(one.audio for one in cases)
    told = f"本期 {len(cases)} 件，录音 {recorded} 件，要素不全且过了答复期限 {len(late)} 件"
    return Evidence("R", "投诉要素与录音", told, _verdict(cases, late))


def _orders(cases: Collection[Case], now: int) -> Evidence:
    passed = [one for one in cases if one.passed_on_at is not None]
    waiting = [one for one in passed if one.receipt is None]
    late = [one for one in waiting if now > (one.passed_on_at or 0) + _RECEIPT_MS]
    told = f"工单 {len(passed)} 张，有回执 {len(passed) - len(waiting)} 张，超过 24 小时没有回执 {len(late)} 张"
    return Evidence("R", "投诉工单与回执", told, _verdict(passed, late))


def _parts(decided: Collection[Case]) -> Evidence:
    lacking = [one for one in decided if one.decision is None or not all(_four(one))]
    told = f"处理决定 {len(decided)} 份，四项不全 {len(lacking)} 份；告知书写明上一级投诉渠道"
    return Evidence("R", "处理决定告知书", told, _verdict(decided, lacking))


def _four(case: Case) -> tuple[str, ...]:
    made = case.decision
    return () if made is None else (made.facts, made.basis, made.reason, made.remedies)


def _called(cases: Collection[Case]) -> Evidence:
    closed = [one for one in cases if one.state is State.CLOSED]
    silent = [one for one in closed if one.called_back_at is None]
    reached = sum(one.callback_ok is True for one in closed)
    told = f"结案 {len(closed)} 件，其中没有回访 {len(silent)} 件，接通 {reached} 件"
    return Evidence("R", "投诉回访", told, _verdict(closed, silent))


def _causes(decided: Collection[Case]) -> Evidence:
    without = [one for one in decided if one.cause is None]
    ours = sum(one.cause not in (None, Cause.NONE) for one in decided)
    told = f"已作出决定 {len(decided)} 件，归类原因 {len(decided) - len(without)} 件，其中银行原因 {ours} 件"
    return Evidence("R", "投诉原因分析 ivr complaints causes", told, _verdict(decided, without))


def _analysed(came: Collection[Case]) -> Evidence:
    told = f"按月分析原因和重复投诉，本期 {len(came)} 件"
    return Evidence("P", "投诉原因月报 ivr complaints causes", told, "达标" if came else "无数据")


def _contacts(cases: Collection[Case]) -> Evidence:
    answered = [one for one in cases if one.acknowledged_at is not None]
    without = [one for one in answered if not one.contact]
    told = f"答复受理 {len(answered)} 件，没有告知联系方式 {len(without)} 件"
    return Evidence("R", "答复受理", told, _verdict(answered, without))


def _extensions(cases: Collection[Case]) -> Evidence:
    longer = [one for one in cases if one.extended_to is not None]
    wrong = [one for one in longer if one.extended_by is None or one.extension_told_at is None]
    told = f"延期 {len(longer)} 件，没有批准人或没有告知客户 {len(wrong)} 件"
    return Evidence("R", "投诉延期", told, "未达标" if wrong else "达标")


def _verdict(looked_at: Collection[Case], wrong: Collection[Case]) -> ClauseVerdict:
    if wrong:
        return "未达标"
    return "达标" if looked_at else "无数据"


def _count(values: Iterable[object | None]) -> int:
    return sum(value is not None for value in values)
