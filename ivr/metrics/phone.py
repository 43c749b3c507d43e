"""HB 附录 A 电话银行, and the clauses of HB 7 that are counted on calls."""

from __future__ import annotations

from dataclasses import replace

from ivr.metrics import human, rules
from ivr.metrics.counted import Counted, count, named, ratio
from ivr.metrics.day import Case, Day

_TOLD = ("goodbye", "notice")


def ivr_connect_rate(day: Day) -> Counted:
    """电话银行接通率（语音系统）（HB 附录 A，7.5.1）

    公式：语音系统接通次数/呼叫总数；语音接通：发起呼叫后20秒内提供语音服务
    读法：从来电到第一段语音不超过 20 000 毫秒（含）；呼叫总数包括被限流拒绝和未应答的来电。
    """
    heard = 0
    for case in day.cases:
        if case.call.t_first_prompt is not None:
            heard += rules.within_20s(case.call.t_first_prompt - case.call.t_offered)
    return ratio(heard, len(day.cases))


def agent_connect_rate(day: Day) -> Counted:
    """人工服务接通率（HB 附录 A，7.5.2）

    公式：人工服务接通次数/人工服务呼叫总数；人工接通：发起人工服务请求后20秒内提供人工服务
    读法：与 cba.service_level_20s 是同一个数；不剔除 5 秒内放弃的来电。
    """
    return human.service_level_20s(day)


def overall_response_rate(day: Day) -> Counted:
    """总体响应率（HB 7.5.2）

    公式：总体响应率应不低于 90%（客户在 5s 内主动放弃的除外）
    读法：接通的来电除以请求人工的来电减去等待 5 000 毫秒以内（含）主动放弃的来电。
    """
    short = sum(case.gave_up_short for case in day.cases)
    return replace(ratio(len(day.connected), len(day.requests) - short), excluded=named(short=short))


def abandon_rate(day: Day) -> Counted:
    """呼叫放弃率（HB 附录 A）

    公式：放弃呼叫次数/全部接通电话数；放弃：已经接入到电话银行系统，但在等待人工服务提供期间，被呼叫者在超过5秒钟后自动挂断的
    读法：“被呼叫者”指来电客户；从请求人工起等待超过 5 000 毫秒；分母为系统应答的全部来电。
    """
    return ratio(_gave_up(day.cases), sum(case.is_answered for case in day.cases))


def queue_abandon_rate(day: Day) -> Counted:
    """排队放弃率（HB 附录 A 呼叫放弃率之对照）

    公式：（标准未列）
    读法：放弃的来电同呼叫放弃率，分母为请求人工的来电。
    """
    return ratio(_gave_up(day.cases), len(day.requests))


def elderly_abandon_rate(day: Day) -> Counted:
    """老年客户呼叫放弃率（CBA 二十二）

    公式：放弃呼叫次数/全部接通电话数
    读法：与呼叫放弃率相同，只计 entry=elderly_direct 的来电。
    """
    elderly = [case for case in day.cases if case.elderly]
    return ratio(_gave_up(elderly), sum(case.is_answered for case in elderly))


def one_time_success(day: Day) -> Counted:
    """服务（解答）一次成功率（HB 附录 A）

    公式：一次成功解答问题的电话数/呼叫总量；人工服务受理人员不转接；成功解答:同一个客户一小时内无重复呼叫
    读法：接通人工、座席之间没有转接、挂机后 [0, 3 600 000) 毫秒内同一客户没有再来电（自助来电也算）；分母为全部来电。
    报表时结束未满一小时的来电尚无定论，不计，另列；无法识别客户的来电没有可查的重复呼叫。
    """
    return _one_time(day, list(day.cases))


def one_time_success_of_connected(day: Day) -> Counted:
    """服务（解答）一次成功率（占人工接通）（HB 附录 A 之对照）

    公式：一次成功解答问题的电话数/呼叫总量
    读法：分子同上，分母为接通人工的来电。
    """
    return _one_time(day, day.connected)


def first_prompt_10s(day: Day) -> Counted:
    """接通后 10 秒内提供服务（HB 7.4.1）

    公式：（标准未列；7.4.1 接通后 10s 内提供所需服务）
    读法：从系统应答到第一段语音不超过 10 000 毫秒（含），占系统应答的来电。
    """
    answered, prompt = 0, 0
    for case in day.cases:
        if case.call.t_answered is not None:
            answered += 1
            if case.call.t_first_prompt is not None:
                prompt += rules.within_10s(case.call.t_first_prompt - case.call.t_answered)
    return ratio(prompt, answered)


def unannounced_hangups(day: Day) -> Counted:
    """未告知的系统挂断（HB 7.2.2）

    公式：（标准未列；7.2.2 未告知和说明，不应中断）
    读法：系统挂断的来电中，最后一段语音既不是结束语也不是告知的；什么也没有听到的也算未告知。
    """
    cut = [case.call for case in day.cases if case.call.hangup_by == "system"]
    silent = [call for call in cut if call.last_prompt_kind not in _TOLD]
    return ratio(len(silent), len(cut), never_answered=sum(call.t_answered is None for call in silent))


def rebuilt_share(day: Day) -> Counted:
    """事后重建的来电占比（本系统，规则 D11）

    公式：（标准未列）
    读法：应用停机时由 Asterisk 独自接待、事后由 CEL 重建的来电，占全部来电。
    """
    return ratio(sum(rules.is_rebuilt(case.call) for case in day.cases), len(day.cases))


def drill_calls(day: Day) -> Counted:
    """演练与测试来电（本系统，规则 D10）

    公式：（标准未列）
    读法：演练或拨打测试号码的来电数；不进入任何其他指标。
    """
    return count(day.drills)


def _gave_up(cases: list[Case] | tuple[Case, ...]) -> int:
    return sum(case.gave_up for case in cases)


def _one_time(day: Day, cases: list[Case]) -> Counted:
    now = day.config.as_of
    decided = [case for case in cases if now is None or now - case.call.t_ended >= rules.REPEAT_MS]
    open_ = len(cases) - len(decided)
    success = [case for case in decided if case.answered and not case.repeated and not rules.transferred(case.call)]
    figure = ratio(len(success), len(decided), unidentified=sum(case.key is None for case in success))
    return replace(figure, provisional=open_, excluded=named(provisional=open_))
