"""Human service: CBA 附件1 人工服务, and the clauses on agents. Each function takes a `Day` and gives that day's
counted value; the first line of a docstring names the indicator and its clause, 公式 quotes the standard, 读法 is the
reading taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from ivr.metrics import rules
from ivr.metrics.counted import Counted, count, mean_ms, named, ratio
from ivr.metrics.day import Case, Day
from ivr.records.model import AgentState

_PRODUCTIVE = ("ready", "ring", "talk", "acw")


def agent_answer_rate(day: Day) -> Counted:
    """人工接通率（CBA 附件1 服务效率指标）

    公式：人工接通（回复）量 / 人工呼入（进线）量 ×100%
    读法：按通计；5 秒内放弃的仍计入分母；因非服务时间等被拒绝的请求不是进线，另列 cba.refused_handoffs。
    """
    return ratio(len(day.connected), len(day.requests))


def refused_handoffs(day: Day) -> Counted:
    """被拒绝的人工请求（CBA 附件1 人工接通率之旁注）

    公式：（标准未列）
    读法：请求过人工但每次都被拒绝（如非服务时间）的来电数，不在接通率的分母中，故单列。
    """
    return count(sum(case.requested_at_all and not case.requested for case in day.cases))


def service_level_20s(day: Day) -> Counted:
    """服务水平（CBA 附件1 服务效率指标）

    公式：20 秒内客服人工接通（回复）量 / 人工呼入（进线）量 ×100%
    读法：以每通来电的第一次人工请求为准，从客户按键或意图确定时起算，20 000 毫秒整算在内；我方播报计入等待。
    """
    waits = [case.first.t_left - case.first.t_requested for case in day.cases if case.first is not None]
    return replace(_service_level(day.cases), parts=named(waited_longer=sum(not rules.within_20s(ms) for ms in waits)))


def service_level_20s_from_queue(day: Day) -> Counted:
    """服务水平（自进入队列起算）（CBA 附件1 服务效率指标之对照）

    公式：20 秒内客服人工接通（回复）量 / 人工呼入（进线）量 ×100%
    读法：同上，但从进入队列时起算；仅供对照。
    """
    return _service_level(day.cases, from_queue=True)


def elderly_service_level_20s(day: Day) -> Counted:
    """老年客户服务水平（CBA 二十二）

    公式：20 秒内客服人工接通（回复）量 / 人工呼入（进线）量 ×100%
    读法：与服务水平相同，只计 entry=elderly_direct 的来电。
    """
    return _service_level([case for case in day.cases if case.elderly])


def avg_talk_time(day: Day) -> Counted:
    """平均通话时长（CBA 附件1 服务运营指标）

    公式：语音客服累计通话时长 / 语音客服累计人工接通量
    读法：各段座席通话之和，保持时间计入；转接的来电只算一通接通。
    """
    legs = [leg for case in day.cases for leg in case.call.agent_legs]
    return mean_ms(sum(leg.t_released - leg.t_connected for leg in legs), len(day.connected), legs=len(legs))


def agent_utilisation(day: Day) -> Counted:
    """座席利用率（CBA 附件1 服务运营指标）

    公式：(就绪等待时长 + 振铃时长 + 通话时长 + 事后处理时长) / 在岗时长 ×100%
    读法：在岗时长为签入至签出，小休计入分母；状态在零点处按日切开。
    """
    spent = {name: _spent(day.states, (name,)) for name in _PRODUCTIVE}
    return replace(
        ratio(sum(spent.values()), _signed_in(day.states)),
        parts=named(**{f"{name}_ms": ms for name, ms in spent.items()}),
    )


def calls_per_fte_day(day: Day) -> Counted:
    """日人均话务处理量（CBA 附件1 服务运营指标）

    公式：语音客服日累计人工接通量 / (座席日累计工作时长 / 单个座席日标准工作时长)
    读法：一通来电只计一次，转接不重复；工作时长为签入时长；标准工作时长由配置给出，默认 8 小时。
    """
    signed_in = _signed_in(day.states)
    staff = Fraction(signed_in) / (Fraction(day.config.standard_day_hours) * 3_600_000)
    return Counted(len(day.connected), staff, "count", parts=named(signed_in_ms=signed_in))


def asa(day: Day) -> Counted:
    """平均应答速度（CBA 附件1 服务运营指标）

    公式：(人工接通总排队时长 + 人工接通总振铃时长) / 人工接起总量
    读法：接通的那次请求从进入队列到接起，已含振铃，不重复相加；振铃只计接起座席的。缺少时间的接通不计，另列。
    """
    timed, ring, total = 0, 0, 0
    for case in day.connected:
        one = case.answered
        if one is None or one.t_queued is None or one.t_connected is None:
            continue
        timed += 1
        total += one.t_connected - one.t_queued
        ring += one.ring_ms_answering or 0
    figure = mean_ms(total, timed, queue_ms=total - ring, ring_ms=ring)
    return replace(figure, excluded=named(untimed=len(day.connected) - timed))


def avg_acw(day: Day) -> Counted:
    """平均事后处理时长（CBA 附件1 服务运营指标）

    公式：总事后处理时长 / 人工接通总量
    读法：各段座席事后处理之和除以接通的来电数。
    """
    return mean_ms(sum(leg.acw_ms for case in day.cases for leg in case.call.agent_legs), len(day.connected))


def fcr_day(day: Day) -> Counted:
    """一次问题解决率（CBA 附件1 服务体验指标）

    公式：单日仅来电一次客户量 / 单日客户量 ×100%
    读法：当日请求过人工的客户中，只有一通此类来电的客户；客户按已核实的客户号、否则按主叫号码识别；隐藏号码不计，另列；
    多日为各日之和。
    """
    return _once(day.requests)


def fcr_day_all_calls(day: Day) -> Counted:
    """一次问题解决率（全部来电）（CBA 附件1 服务体验指标之对照）

    公式：单日仅来电一次客户量 / 单日客户量 ×100%
    读法：同上，但计当日全部来电，不论是否请求人工。
    """
    return _once(day.cases)


def quality_score(day: Day) -> Counted:
    """通话质量监控评分（CBA 附件1 服务质量指标）

    公式：对客服人员电话、文本、视频等人工服务方式的监控评分
    读法：监控评分的平均值，记在来电当日；来电不在库中的，记在评分当日。
    """
    marks = sum((Fraction(score.score) for score in day.scores), Fraction(0))
    return Counted(_plain(marks), len(day.scores), "score")


def agent_announced(day: Day) -> Counted:
    """座席主动报工号（HB 7.1.3）

    公式：（标准未列；7.1.3 主动提供人员识别信息）
    读法：接通的请求中，工号在接通后 3 000 毫秒以内（含）播报给客户的。
    """
    answered = [
        one for case in day.cases for one in case.call.handoffs if one.outcome == "answered" and not one.refused
    ]
    told = 0
    for one in answered:
        if one.t_connected is not None and one.agent_id_announced_at is not None:
            told += 0 <= one.agent_id_announced_at - one.t_connected <= rules.ANNOUNCE_MS
    return ratio(told, len(answered))


def holds_over_30s(day: Day) -> Counted:
    """超过 30 秒的保持（HB 7.4.5）

    公式：（标准未列；7.4.5 一次持续中断时间不宜超过 30s）
    读法：30 000 毫秒整不算超过。
    """
    holds = [hold for case in day.cases for leg in case.call.agent_legs for hold in leg.hold]
    over = sum(rules.hold_too_long(hold.t_end - hold.t_start) for hold in holds)
    return ratio(over, len(holds), unexplained=sum(not hold.explained for hold in holds))


def _service_level(cases: Iterable[Case], *, from_queue: bool = False) -> Counted:
    inside, all_ = 0, 0
    for case in cases:
        if case.first is None:
            continue
        all_ += 1
        start = case.first.t_queued if from_queue else case.first.t_requested
        if case.first.outcome == "answered" and case.first.t_connected is not None and start is not None:
            inside += rules.within_20s(case.first.t_connected - start)
    return ratio(inside, all_)


def _once(cases: Iterable[Case]) -> Counted:
    keys = [case.key for case in cases]
    calls = Counter(key for key in keys if key is not None)
    figure = ratio(sum(number == 1 for number in calls.values()), len(calls))
    return replace(figure, excluded=named(withheld=keys.count(None)))


def _spent(states: Iterable[AgentState], names: Iterable[str]) -> int:
    return sum(state.t_to - state.t_from for state in states if state.state in names)


def _signed_in(states: Iterable[AgentState]) -> int:
    return _spent(states, (*_PRODUCTIVE, "pause"))


def _plain(number: Fraction) -> int | Fraction:
    return number.numerator if number.denominator == 1 else number
