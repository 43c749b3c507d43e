"""Human service: CBA 附件1 人工服务, and the clauses on agents. The first line of a docstring names the indicator and
its clause, 公式 quotes the standard, 读法 is the reading taken."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import get_args

from ivr.metrics import clock, rules
from ivr.metrics.counted import IMPOSSIBLE, Count, Counted, Number, share
from ivr.metrics.day import Case, Config, CustomerDay, Day
from ivr.metrics.indicators.indicator import HOURS_AND_QUEUES, least, of_records, per_call, per_customer, per_state
from ivr.records.model import How, StateName

_PRODUCTIVE: tuple[StateName, ...] = ("ready", "ring", "talk", "acw")


@per_call(
    "cba.agent_answer_rate",
    companions=("cba.refused_handoffs",),
    evidence=("CBA 十五",),
    told_of=HOURS_AND_QUEUES,
)
def agent_answer_rate(case: Case) -> Count | None:
    """人工接通率（CBA 附件1 服务效率指标）

    公式：人工接通（回复）量 / 人工呼入（进线）量 ×100%
    读法：按通计；5 秒内放弃的仍计入分母；因非服务时间等被拒绝的请求不是进线，另列 cba.refused_handoffs。
    """
    return share(case.connected) if case.requested else None


@per_call("cba.refused_handoffs", unit="count", bare=True, told_of=HOURS_AND_QUEUES)
def refused_handoffs(case: Case) -> Count | None:
    """被拒绝的人工请求（CBA 附件1 人工接通率之旁注）

    公式：（标准未列）
    读法：请求过人工但每次都被拒绝（如非服务时间）的来电数，不在接通率的分母中，故单列。
    """
    return Count(1) if case.requested_at_all and not case.requested else None


@per_call(
    "cba.service_level_20s",
    threshold=least("85", "HB 7.5.2（CBA 未定数值）"),
    companions=("cba.service_level_20s_from_queue", "cba.elderly_service_level_20s"),
    evidence=("CBA 十五",),
    told_of=HOURS_AND_QUEUES,
    parts=("waited_longer",),
)
def service_level_20s(case: Case) -> Count | None:
    """服务水平（CBA 附件1 服务效率指标）

    公式：20 秒内客服人工接通（回复）量 / 人工呼入（进线）量 ×100%
    读法：以每通来电的第一次人工请求为准，从客户按键或意图确定时起算，20 000 毫秒整算在内；我方播报计入等待。
    """
    return in_20s(case)


@per_call("cba.service_level_20s_from_queue", told_of=HOURS_AND_QUEUES)
def service_level_20s_from_queue(case: Case) -> Count | None:
    """服务水平（自进入队列起算）（CBA 附件1 服务效率指标之对照）

    公式：20 秒内客服人工接通（回复）量 / 人工呼入（进线）量 ×100%
    读法：同上，但从进入队列时起算；仅供对照。
    """
    return _in_20s(case, from_queue=True)


@per_call("cba.elderly_service_level_20s", evidence=("CBA 二十二",), told_of=HOURS_AND_QUEUES)
def elderly_service_level_20s(case: Case) -> Count | None:
    """老年客户服务水平（CBA 二十二）

    公式：20 秒内客服人工接通（回复）量 / 人工呼入（进线）量 ×100%
    读法：与服务水平相同，只计 entry=elderly_direct 的来电。
    """
    return _in_20s(case) if case.elderly else None


@per_call("cba.avg_talk_time", unit="ms", evidence=("CBA 十五",), told_of=HOURS_AND_QUEUES, parts=("legs",))
def avg_talk_time(case: Case) -> Count | None:
    """平均通话时长（CBA 附件1 服务运营指标）

    公式：语音客服累计通话时长 / 语音客服累计人工接通量
    读法：各段座席通话之和，保持时间计入；转接的来电只算一通接通。
    """
    legs = case.call.agent_legs
    if not legs and not case.connected:
        return None
    if clock.talk_impossible(case):
        return IMPOSSIBLE
    talked = sum(leg.t_released - leg.t_connected for leg in legs)
    return Count(talked, int(case.connected), parts=(("legs", len(legs)),))


@per_state("cba.agent_utilisation", evidence=("CBA 十五",), parts=("acw_ms", "ready_ms", "ring_ms", "talk_ms"))
def agent_utilisation(state: StateName, ms: int | None) -> Count | None:
    """座席利用率（CBA 附件1 服务运营指标）

    公式：(就绪等待时长 + 振铃时长 + 通话时长 + 事后处理时长) / 在岗时长 ×100%
    读法：在岗时长为签入至签出，小休计入分母；状态在零点处按日切开。
    """
    if ms is None:
        return IMPOSSIBLE
    if state in _PRODUCTIVE:
        return Count(ms, ms, parts=((f"{state}_ms", ms),))
    return Count(0, ms) if state == "pause" else None


def _signed_in(state: StateName, ms: int | None) -> Count | None:
    return None if ms is None or state == "offline" else Count(parts=(("signed_in_ms", ms),))


def _per_standard_day(figure: Counted, config: Config) -> Counted:
    hours = Fraction(config.standard_day_hours) * rules.HOUR_MS
    return replace(figure, denominator=Fraction(dict(figure.parts)["signed_in_ms"]) / hours)


@per_call(
    "cba.calls_per_fte_day",
    unit="count",
    evidence=("CBA 十五",),
    parts=("signed_in_ms",),
    state=_signed_in,
    scaled=_per_standard_day,
)
def calls_per_fte_day(case: Case) -> Count | None:
    """日人均话务处理量（CBA 附件1 服务运营指标）

    公式：语音客服日累计人工接通量 / (座席日累计工作时长 / 单个座席日标准工作时长)
    读法：一通来电只计一次，转接不重复；工作时长为签入时长；标准工作时长由配置给出，默认 8 小时。
    """
    return Count(1) if case.connected else None


@per_call(
    "cba.asa",
    unit="ms",
    evidence=("CBA 十五",),
    told_of=HOURS_AND_QUEUES,
    parts=("queue_ms", "ring_ms"),
    excluded=("untimed",),
)
def asa(case: Case) -> Count | None:
    """平均应答速度（CBA 附件1 服务运营指标）

    公式：(人工接通总排队时长 + 人工接通总振铃时长) / 人工接起总量
    读法：接通的那次请求从进入队列到接起，已含振铃，不重复相加；振铃只计接起座席的。缺少时间的接通不计，另列。
    """
    one = case.answered
    if one is None:
        return None
    if one.t_queued is None or one.t_connected is None:
        return Count(excluded=(("untimed", 1),))
    if clock.speed_impossible(case):
        return IMPOSSIBLE
    speed, ring = one.t_connected - one.t_queued, one.ring_ms_answering or 0
    return Count(speed, 1, parts=(("queue_ms", speed - ring), ("ring_ms", ring)))


@per_call("ours.callbacks_reached", evidence=("CBA 十四",), told_of=HOURS_AND_QUEUES)
def callbacks_reached(case: Case) -> Count | None:
    """预约回电完成率（CBA 十四）

    公式：（标准未列；十四 对暂时无法直接处理的问题，应主动寻求其他解决方案）
    读法：按通计；排队中预约回电的来电里，座席回电并与客户通上话的占比（规则 D9）；还没有回电的也在分母里。
    """
    asked = case.promised is not None or any(one.outcome == "callback" for one in case.call.handoffs if not one.refused)
    return share(case.promised is not None) if asked else None


@per_call(
    "ours.supervised_calls",
    unit="count",
    bare=True,
    evidence=("HB 7.3.3",),
    told_of=HOURS_AND_QUEUES,
    parts=tuple(get_args(How)),
)
def supervised_calls(case: Case) -> Count | None:
    """班长参与的通话（HB 7.3.3）

    公式：（标准未列；7.3.3 对人工坐席的监听管理）
    读法：有班长监听、密语或强插的来电数，各方式分列次数；每次都记在通话记录里，写明何人、何时。
    """
    taken = Counter(one.how for one in case.call.supervisions)
    return Count(1, parts=tuple(sorted(taken.items()))) if taken else None


@per_call("cba.avg_acw", unit="ms", evidence=("CBA 十五",), told_of=HOURS_AND_QUEUES)
def avg_acw(case: Case) -> Count | None:
    """平均事后处理时长（CBA 附件1 服务运营指标）

    公式：总事后处理时长 / 人工接通总量
    读法：各段座席事后处理之和除以接通的来电数。
    """
    legs = case.call.agent_legs
    if not legs and not case.connected:
        return None
    if clock.acw_impossible(case):
        return IMPOSSIBLE
    return Count(sum(leg.acw_ms for leg in legs), int(case.connected))


@per_customer("cba.fcr_day", companions=("cba.fcr_day_all_calls",), evidence=("CBA 十五",), excluded=("withheld",))
def fcr_day(customer: CustomerDay) -> Count | None:
    """一次问题解决率（CBA 附件1 服务体验指标）

    公式：单日仅来电一次客户量 / 单日客户量 ×100%
    读法：当日请求过人工的客户中，只有一通此类来电的客户；客户按已核实的客户号、否则按主叫号码识别；隐藏号码不计，另列；
    多日为各日之和。
    """
    return _once(customer.known, customer.requests)


@per_customer("cba.fcr_day_all_calls", excluded=("withheld",))
def fcr_day_all_calls(customer: CustomerDay) -> Count | None:
    """一次问题解决率（全部来电）（CBA 附件1 服务体验指标之对照）

    公式：单日仅来电一次客户量 / 单日客户量 ×100%
    读法：同上，但计当日全部来电，不论是否请求人工。
    """
    return _once(customer.known, customer.calls)


@of_records("cba.quality_score", unit="score", evidence=("CBA 十五",))
def quality_score(day: Day) -> Counted:
    """通话质量监控评分（CBA 附件1 服务质量指标）

    公式：对客服人员电话、文本、视频等人工服务方式的监控评分
    读法：监控评分的平均值，记在来电当日；来电不在库中的，记在评分当日。
    """
    marks = sum((Fraction(score.score) for score in day.scores), Fraction(0))
    return Counted(_plain(marks), len(day.scores), "score")


@per_call(
    "hb.agent_announced",
    threshold=least("100", "HB 7.1.3"),
    evidence=("HB 7.1.3",),
    told_of=HOURS_AND_QUEUES,
)
def agent_announced(case: Case) -> Count | None:
    """座席主动报工号（HB 7.1.3）

    公式：（标准未列；7.1.3 主动提供人员识别信息）
    读法：接通的请求中，工号在接通后 3 000 毫秒以内（含）播报给客户的。
    """
    answered = [one for one in case.call.handoffs if one.outcome == "answered" and not one.refused]
    told = 0
    for one in answered:
        if one.t_connected is not None and one.agent_id_announced_at is not None:
            told += 0 <= one.agent_id_announced_at - one.t_connected <= rules.ANNOUNCE_MS
    return Count(told, len(answered)) if answered else None


@per_call("hb.holds_over_30s", evidence=("HB 7.4.5",), told_of=HOURS_AND_QUEUES, parts=("unexplained",))
def holds_over_30s(case: Case) -> Count | None:
    """超过 30 秒的保持（HB 7.4.5）

    公式：（标准未列；7.4.5 一次持续中断时间不宜超过 30s）
    读法：30 000 毫秒整不算超过。
    """
    every = [hold for leg in case.call.agent_legs for hold in leg.hold]
    if not every:
        return None
    holds = [hold for hold in every if rules.possible(hold.t_end - hold.t_start)]
    over = sum(rules.hold_too_long(hold.t_end - hold.t_start) for hold in holds)
    unexplained, impossible = sum(not hold.explained for hold in holds), len(every) - len(holds)
    return Count(over, len(holds), (("unexplained", unexplained),), (("impossible", impossible),))


def in_20s(case: Case) -> Count | None:
    """服务水平 of one call, with those who waited longer beside it."""
    count = _in_20s(case)
    if count is None or clock.late_by(case) is None:
        return count
    return count._replace(parts=(("waited_longer", 1),))


def _in_20s(case: Case, *, from_queue: bool = False) -> Count | None:
    if case.first is None:
        return None
    wait = clock.wait_of_first(case, from_queue=from_queue)
    if wait is not None and not case.possible(case.first, wait):
        return IMPOSSIBLE
    return share(wait is not None and rules.within_20s(wait))


def _once(known: bool, calls: int) -> Count | None:
    if not calls:
        return None
    return share(calls == 1) if known else Count(excluded=(("withheld", 1),))


def _plain(number: Fraction) -> Number:
    return number.numerator if number.denominator == 1 else number
