"""Smart service: CBA 附件1 智能服务, over calls (the recognition figures live in `recognition`)."""

from __future__ import annotations

from ivr.metrics import rules
from ivr.metrics.counted import Count, share
from ivr.metrics.day import Case
from ivr.metrics.indicators.indicator import HOURS, least, per_call

_COMPANIONS = tuple(
    f"cba.voice_diversion_{name}" for name in ("strict", "excl_elderly", "resolved_share", "early_hangup_share")
)


@per_call("cba.voice_diversion", companions=_COMPANIONS, evidence=("CBA 二十四",), told_of=HOURS)
def voice_diversion(case: Case) -> Count | None:
    """语音自助分流率（CBA 附件1 服务效率指标）

    公式：(1 − 语音服务转人工进线量 / 语音服务进线总量) ×100%
    读法：按通计，以进入人工为准（排队中放弃也算转人工），老年客户直转也计入；分子为没有转人工的来电。必与其四项对照值同列，
    不得为提高本指标而停用老年客户的快捷入口。
    """
    return share(not case.requested) if case.is_served else None


@per_call("cba.voice_diversion_strict", evidence=("CBA 二十四",), told_of=HOURS)
def voice_diversion_strict(case: Case) -> Count | None:
    """语音自助分流率（严格）（CBA 附件1 服务效率指标之对照）

    公式：(1 − 语音服务转人工进线量 / 语音服务进线总量) ×100%
    读法：被拒绝的人工请求也算转人工，关闭人工不能提高本值。
    """
    return share(not case.requested_at_all) if case.is_served else None


@per_call("cba.voice_diversion_excl_elderly", evidence=("CBA 二十四",), told_of=HOURS)
def voice_diversion_excl_elderly(case: Case) -> Count | None:
    """语音自助分流率（不含老年客户直转）（CBA 附件1 服务效率指标之对照）

    公式：(1 − 语音服务转人工进线量 / 语音服务进线总量) ×100%
    读法：不计 entry=elderly_direct 的来电。
    """
    return share(not case.requested) if case.is_served and not case.elderly else None


@per_call("cba.voice_diversion_resolved_share", evidence=("CBA 二十四",), told_of=HOURS)
def voice_diversion_resolved_share(case: Case) -> Count | None:
    """自助办结占比（CBA 附件1 语音自助分流率之对照）

    公式：（标准未列）
    读法：从未请求人工、且至少听完或办成一项业务的来电，占全部语音来电。
    """
    return share(not case.requested_at_all and bool(case.call.completed_leaf)) if case.is_served else None


@per_call("cba.voice_diversion_early_hangup_share", evidence=("CBA 二十四",), told_of=HOURS)
def voice_diversion_early_hangup_share(case: Case) -> Count | None:
    """过早挂机占比（CBA 附件1 语音自助分流率之对照）

    公式：（标准未列）
    读法：接通后 5 000 毫秒以内（含）结束、没有按键也没有说话的来电，占全部语音来电；它们会虚增分流率。
    """
    return share(_early(case)) if case.is_served else None


@per_call("cba.smart_diversion", evidence=("CBA 二十四",), told_of=HOURS, channel=None)
def smart_diversion(case: Case) -> Count | None:
    """智能分流率（CBA 附件1 服务效率指标）

    公式：(1 − 所有服务渠道转人工会话数 / 所有服务渠道进线会话总量) ×100%
    读法：按记录中的全部渠道计算：电话与文字对话；导入的文本渠道数不在其中。
    """
    return share(not case.requested) if case.is_served else None


@per_call(
    "ours.personal_turns_silent",
    threshold=least("100", "CBA 三十"),
    evidence=("CBA 二十九", "CBA 三十"),
    told_of=HOURS,
)
def personal_turns_silent(case: Case) -> Count | None:
    """个人信息话轮不留声音的比例（CBA 三十）

    公式：（标准未列；三十 不得非法留存能够识别客户身份的输入信息）
    读法：按话轮计；说到个人信息（号码、身份）的话轮中，没有保存声音的占比，应为全部。
    """
    personal = [turn for turn in case.call.turns if turn.pii]
    return Count(sum(turn.audio_ref is None for turn in personal), len(personal)) if personal else None


def _early(case: Case) -> bool:
    call = case.call
    lasted = None if call.t_answered is None else call.t_ended - call.t_answered
    if lasted is None or not rules.possible(lasted) or not rules.short_abandon(lasted):
        return False
    # a handoff by key is a key as well, wherever the menu's visit was lost
    pressed = any(visit.key for visit in call.menu_visits) or any("key" in one.reason for one in call.handoffs)
    return not pressed and not call.turns
