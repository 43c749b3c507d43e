"""Elderly callers' figures of their own (CBA 二十二): those who came in by the elderly key or the list. Their service
level and how often they gave up stand beside everybody's, in `human` and `phone`."""

from __future__ import annotations

from ivr.metrics import clock
from ivr.metrics.counted import IMPOSSIBLE, Count, share
from ivr.metrics.day import Case
from ivr.metrics.indicators.indicator import HOURS, HOURS_AND_QUEUES, per_call
from ivr.metrics.indicators.surveys import satisfied


@per_call("cba.elderly_share", evidence=("CBA 二十二",), told_of=HOURS)
def elderly_share(case: Case) -> Count | None:
    """老年客户来电占比（CBA 二十二）

    公式：（标准未列）
    读法：entry=elderly_direct（首键为老年服务键，或名单、银行系统认出）的来电，占系统应答的全部来电。
    """
    return share(case.elderly) if case.is_answered else None


@per_call("cba.elderly_agent_answer_rate", evidence=("CBA 二十二",), told_of=HOURS_AND_QUEUES)
def elderly_agent_answer_rate(case: Case) -> Count | None:
    """老年客户人工接通率（CBA 二十二）

    公式：人工接通（回复）量 / 人工呼入（进线）量 ×100%
    读法：与人工接通率相同，只计 entry=elderly_direct 的来电。
    """
    return share(case.connected) if case.elderly and case.requested else None


@per_call("cba.elderly_asa", unit="ms", evidence=("CBA 二十二",), told_of=HOURS_AND_QUEUES)
def elderly_asa(case: Case) -> Count | None:
    """老年客户平均应答速度（CBA 二十二）

    公式：(人工接通总排队时长 + 人工接通总振铃时长) / 人工接起总量
    读法：与平均应答速度相同，只计 entry=elderly_direct 的来电；缺少时间的接通不计。
    """
    one = case.answered
    if not case.elderly or one is None or one.t_queued is None or one.t_connected is None:
        return None
    return IMPOSSIBLE if clock.speed_impossible(case) else Count(one.t_connected - one.t_queued, 1)


@per_call("cba.elderly_resolved_share", evidence=("CBA 二十二",), told_of=HOURS)
def elderly_resolved_share(case: Case) -> Count | None:
    """老年客户自助办结占比（CBA 二十二）

    公式：（标准未列）
    读法：老年客户来电中没有请求人工、且至少听完或办成一项业务的占比；只供了解，不是越高越好：老年客户的来电以直达人工为先。
    """
    if not case.elderly or not case.is_served:
        return None
    return share(not case.requested_at_all and bool(case.call.completed_leaf))


@per_call("cba.elderly_csat", evidence=("CBA 二十二",), told_of=HOURS, excluded=("without_score",))
def elderly_csat(case: Case) -> Count | None:
    """老年客户满意度（CBA 二十二）

    公式：(1 − 不满意量 / 参评总量) ×100%
    读法：与客户满意度相同，人工与智能评价合计，只计 entry=elderly_direct 的来电。
    """
    return satisfied(case, ("agent", "bot")) if case.elderly else None
