"""Smart service: CBA 附件1 智能服务, over calls (the recognition figures live in `recognition`)."""

from __future__ import annotations

from collections.abc import Iterable

from ivr.metrics import rules
from ivr.metrics.counted import Counted, ratio
from ivr.metrics.day import Case, Day


def voice_diversion(day: Day) -> Counted:
    """语音自助分流率（CBA 附件1 服务效率指标）

    公式：(1 − 语音服务转人工进线量 / 语音服务进线总量) ×100%
    读法：按通计，以进入人工为准（排队中放弃也算转人工），老年客户直转也计入；分子为没有转人工的来电。必与其四项对照值同列，
    不得为提高本指标而停用老年客户的快捷入口。
    """
    return _diverted(_voice(day))


def voice_diversion_strict(day: Day) -> Counted:
    """语音自助分流率（严格）（CBA 附件1 服务效率指标之对照）

    公式：(1 − 语音服务转人工进线量 / 语音服务进线总量) ×100%
    读法：被拒绝的人工请求也算转人工，关闭人工不能提高本值。
    """
    voice = _voice(day)
    return ratio(sum(not case.requested_at_all for case in voice), len(voice))


def voice_diversion_excl_elderly(day: Day) -> Counted:
    """语音自助分流率（不含老年客户直转）（CBA 附件1 服务效率指标之对照）

    公式：(1 − 语音服务转人工进线量 / 语音服务进线总量) ×100%
    读法：不计 entry=elderly_direct 的来电。
    """
    return _diverted([case for case in _voice(day) if not case.elderly])


def voice_diversion_resolved_share(day: Day) -> Counted:
    """自助办结占比（CBA 附件1 语音自助分流率之对照）

    公式：（标准未列）
    读法：从未请求人工、且至少听完或办成一项业务的来电，占全部语音来电。
    """
    voice = _voice(day)
    return ratio(sum(not case.requested_at_all and bool(case.call.completed_leaf) for case in voice), len(voice))


def voice_diversion_early_hangup_share(day: Day) -> Counted:
    """过早挂机占比（CBA 附件1 语音自助分流率之对照）

    公式：（标准未列）
    读法：接通后 5 000 毫秒以内（含）结束、没有按键也没有说话的来电，占全部语音来电；它们会虚增分流率。
    """
    voice = _voice(day)
    return ratio(sum(_early(case) for case in voice), len(voice))


def smart_diversion(day: Day) -> Counted:
    """智能分流率（CBA 附件1 服务效率指标）

    公式：(1 − 所有服务渠道转人工会话数 / 所有服务渠道进线会话总量) ×100%
    读法：本热线只有语音渠道；按通话记录中的全部渠道计算。
    """
    return _diverted(day.voice)


def _voice(day: Day) -> list[Case]:
    return [case for case in day.voice if case.call.channel == "voice"]


def _diverted(cases: Iterable[Case]) -> Counted:
    asked = [case.requested for case in cases]
    return ratio(asked.count(False), len(asked))


def _early(case: Case) -> bool:
    call = case.call
    if call.t_answered is None or not rules.short_abandon(call.t_ended - call.t_answered):
        return False
    # a handoff by key is a key as well, wherever the menu's visit was lost
    pressed = any(visit.key for visit in call.menu_visits) or any("key" in one.reason for one in call.handoffs)
    return not pressed and not call.turns
