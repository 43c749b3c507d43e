"""HB 附录 A 电话银行, and the clauses of HB 7 that are counted on calls."""

from __future__ import annotations

from fractions import Fraction

from ivr.metrics import clock, rules
from ivr.metrics.counted import IMPOSSIBLE, Count, share
from ivr.metrics.day import Case
from ivr.metrics.indicators.human import in_20s
from ivr.metrics.indicators.indicator import HOURS, HOURS_AND_QUEUES, Threshold, drills, least, per_call

_TOLD = ("goodbye", "notice")
#: Left out at the moment of the report, because the hour in which the customer may call again is not over.
_UNDECIDED = Count(excluded=(("provisional", 1),), provisional=1)


@per_call("hb.ivr_connect_rate", threshold=least("95", "HB 7.5.1"), evidence=("HB 7.5.1",), told_of=HOURS)
def ivr_connect_rate(case: Case) -> Count | None:
    """电话银行接通率（语音系统）（HB 附录 A，7.5.1）

    公式：语音系统接通次数/呼叫总数；语音接通：发起呼叫后20秒内提供语音服务
    读法：从来电到第一段语音不超过 20 000 毫秒（含）；呼叫总数包括被限流拒绝和未应答的来电。
    """
    if case.call.t_first_prompt is None:
        return share(False)
    if clock.first_prompt_impossible(case):
        return IMPOSSIBLE
    return share(rules.within_20s(case.call.t_first_prompt - case.call.t_offered))


@per_call(
    "hb.agent_connect_rate",
    threshold=least("85", "HB 7.5.2"),
    evidence=("HB 7.5.2",),
    told_of=HOURS_AND_QUEUES,
    parts=("waited_longer",),
)
def agent_connect_rate(case: Case) -> Count | None:
    """人工服务接通率（HB 附录 A，7.5.2）

    公式：人工服务接通次数/人工服务呼叫总数；人工接通：发起人工服务请求后20秒内提供人工服务
    读法：与 cba.service_level_20s 是同一个数；不剔除 5 秒内放弃的来电。
    """
    return in_20s(case)


@per_call(
    "hb.overall_response_rate",
    threshold=least("90", "HB 7.5.2"),
    evidence=("HB 7.5.2",),
    told_of=HOURS_AND_QUEUES,
    excluded=("short",),
)
def overall_response_rate(case: Case) -> Count | None:
    """总体响应率（HB 7.5.2）

    公式：总体响应率应不低于 90%（客户在 5s 内主动放弃的除外）
    读法：接通的来电除以请求人工的来电减去等待 5 000 毫秒以内（含）主动放弃的来电。
    """
    if not case.requested:
        return None
    if case.waited_impossible:
        return IMPOSSIBLE
    if case.gave_up_short:
        return Count(excluded=(("short", 1),))
    return share(case.connected)


@per_call(
    "hb.abandon_rate",
    companions=("hb.queue_abandon_rate", "cba.elderly_abandon_rate"),
    evidence=("HB 11.1",),
    told_of=HOURS,
)
def abandon_rate(case: Case) -> Count | None:
    """呼叫放弃率（HB 附录 A）

    公式：放弃呼叫次数/全部接通电话数；放弃：已经接入到电话银行系统，但在等待人工服务提供期间，被呼叫者在超过5秒钟后自动挂断的
    读法：“被呼叫者”指来电客户；从请求人工起等待超过 5 000 毫秒；分母为系统应答的全部来电。
    """
    return _gave_up(case) if case.is_answered else None


@per_call("hb.queue_abandon_rate", evidence=("HB 11.1",), told_of=HOURS_AND_QUEUES)
def queue_abandon_rate(case: Case) -> Count | None:
    """排队放弃率（HB 附录 A 呼叫放弃率之对照）

    公式：（标准未列）
    读法：放弃的来电同呼叫放弃率，分母为请求人工的来电。
    """
    return _gave_up(case) if case.requested else None


@per_call("cba.elderly_abandon_rate", evidence=("CBA 二十二",), told_of=HOURS)
def elderly_abandon_rate(case: Case) -> Count | None:
    """老年客户呼叫放弃率（CBA 二十二）

    公式：放弃呼叫次数/全部接通电话数
    读法：与呼叫放弃率相同，只计 entry=elderly_direct 的来电。
    """
    return _gave_up(case) if case.elderly and case.is_answered else None


@per_call(
    "hb.one_time_success",
    companions=("hb.one_time_success_of_connected",),
    evidence=("HB 11.1",),
    told_of=HOURS,
    parts=("unidentified",),
    excluded=("provisional",),
)
def one_time_success(case: Case) -> Count | None:
    """服务（解答）一次成功率（HB 附录 A）

    公式：一次成功解答问题的电话数/呼叫总量；人工服务受理人员不转接；成功解答:同一个客户一小时内无重复呼叫
    读法：接通人工、座席之间没有转接、挂机后 [0, 3 600 000) 毫秒内同一客户没有再来电（自助来电也算）；分母为全部来电。
    报表时结束未满一小时的来电尚无定论，不计，另列；无法识别客户的来电没有可查的重复呼叫。
    """
    return _one_time(case)


@per_call(
    "hb.one_time_success_of_connected",
    evidence=("HB 11.1",),
    told_of=HOURS_AND_QUEUES,
    parts=("unidentified",),
    excluded=("provisional",),
)
def one_time_success_of_connected(case: Case) -> Count | None:
    """服务（解答）一次成功率（占人工接通）（HB 附录 A 之对照）

    公式：一次成功解答问题的电话数/呼叫总量
    读法：分子同上，分母为接通人工的来电。
    """
    return _one_time(case) if case.connected else None


@per_call("hb.first_prompt_10s", threshold=least("99.9", "HB 7.4.1"), evidence=("HB 7.4.1",), told_of=HOURS)
def first_prompt_10s(case: Case) -> Count | None:
    """接通后 10 秒内提供服务（HB 7.4.1）

    公式：（标准未列；7.4.1 接通后 10s 内提供所需服务）
    读法：从系统应答到第一段语音不超过 10 000 毫秒（含），占系统应答的来电。
    """
    call = case.call
    if call.t_answered is None:
        return None
    if clock.greeting_impossible(case):
        return IMPOSSIBLE
    return share(call.t_first_prompt is not None and rules.within_10s(call.t_first_prompt - call.t_answered))


@per_call(
    "hb.unannounced_hangups",
    threshold=Threshold(Fraction(0), "HB 7.2.2", at_most=True),
    evidence=("HB 7.2.2",),
    told_of=HOURS,
    parts=("never_answered",),
)
def unannounced_hangups(case: Case) -> Count | None:
    """未告知的系统挂断（HB 7.2.2）

    公式：（标准未列；7.2.2 未告知和说明，不应中断）
    读法：系统挂断的来电中，最后一段语音既不是结束语也不是告知的；什么也没有听到的也算未告知。
    """
    call = case.call
    if call.hangup_by != "system":
        return None
    if call.last_prompt_kind in _TOLD:
        return share(False)
    return Count(1, 1, parts=(("never_answered", int(call.t_answered is None)),))


@per_call("ours.rebuilt_share", evidence=("HB 4.3.2",), told_of=HOURS)
def rebuilt_share(case: Case) -> Count | None:
    """事后重建的来电占比（本系统，规则 D11）

    公式：（标准未列）
    读法：应用停机时由 Asterisk 独自接待、事后由 CEL 重建的来电，占全部来电。
    """
    return share(rules.is_rebuilt(case.call))


@drills("ours.drill_calls", unit="count", bare=True, evidence=("CBA 三十九",))
def drill_calls() -> Count:
    """演练与测试来电（本系统，规则 D10）

    公式：（标准未列）
    读法：演练或拨打测试号码的来电数；不进入任何其他指标。
    """
    return Count(1)


@per_call("ours.clock_faults", unit="count", bare=True, told_of=HOURS)
def clock_faults(case: Case) -> Count | None:
    """时间自相矛盾的来电（本系统，规则 D5）

    公式：（标准未列）
    读法：记录中有不可能的时长（为负，或超过一天）的来电数，多因时钟被拨动；记录保持原样，不可能的时长不进入任何平均值和比率，
    各指标另列剔除数。
    """
    return Count(1) if clock.impossible(case) else None


def _gave_up(case: Case) -> Count:
    return IMPOSSIBLE if case.waited_impossible else share(case.gave_up)


def _one_time(case: Case) -> Count:
    if not case.lasted:
        return IMPOSSIBLE
    if case.undecided:
        return _UNDECIDED
    if not case.connected or case.repeated or rules.transferred(case.call):
        return share(False)
    return share(True) if case.key is not None else Count(1, 1, parts=(("unidentified", 1),))
