"""Customer satisfaction: what the customers said after the call (1 满意, 2 一般, 3 不满意)."""

from __future__ import annotations

from dataclasses import replace

from ivr.metrics.counted import Counted, named, ratio
from ivr.metrics.day import Day
from ivr.records.model import Subject

_DISSATISFIED = 3


def agent_csat(day: Day) -> Counted:
    """客户满意度（人工）（CBA 附件1 服务体验指标）

    公式：(1 − 人工服务不满意量 / 人工服务参评总量) ×100%
    读法：参评指作了评价，未作答的邀请不算；一般不算不满意；一通来电取最后一次评价；分子为没有表示不满意的来电。
    """
    return _satisfied(day, ("agent",))


def agent_csat_response_rate(day: Day) -> Counted:
    """参评率（人工）（CBA 附件1 客户满意度之对照）

    公式：（标准未列）
    读法：作了评价的来电，占受邀评价的来电。
    """
    asked = [[survey for survey in case.call.surveys if survey.subject == "agent"] for case in day.cases]
    invited = [surveys for surveys in asked if any(survey.invited or survey.answered for survey in surveys)]
    return ratio(sum(any(survey.answered for survey in surveys) for surveys in invited), len(invited))


def bot_csat(day: Day) -> Counted:
    """客户满意度（智能）（CBA 附件1 服务体验指标）

    公式：(1 − 智能服务不满意量 / 智能服务参评总量) ×100%
    读法：同人工的客户满意度，评价对象为智能服务。
    """
    return _satisfied(day, ("bot",))


def phone_csat(day: Day) -> Counted:
    """电话银行客户满意度（HB 附录 A）

    公式：通过系统的客户满意度调查和测评方法获得
    读法：人工、智能、投诉三类评价合计，按 CBA 客户满意度的公式。
    """
    return _satisfied(day, ("agent", "bot", "complaint"))


def _satisfied(day: Day, subjects: tuple[Subject, ...]) -> Counted:
    """The last answer of each call on each subject; an answer whose score was lost is left out and counted."""
    answered, content, lost = 0, 0, 0
    for case in day.cases:
        for subject in subjects:
            given = [one for one in case.call.surveys if one.subject == subject and one.answered]
            if not given:
                continue
            if given[-1].score is None:
                lost += 1
                continue
            answered += 1
            content += given[-1].score != _DISSATISFIED
    return replace(ratio(content, answered), excluded=named(without_score=lost))
