"""Customer satisfaction: what the customers said after the call (1 满意, 2 一般, 3 不满意)."""

from __future__ import annotations

from ivr.metrics.counted import Count, share
from ivr.metrics.day import Case
from ivr.metrics.indicators.indicator import HOURS, HOURS_AND_QUEUES, per_call
from ivr.records.model import Subject

_DISSATISFIED = 3


@per_call(
    "cba.agent_csat",
    companions=("cba.agent_csat_response_rate",),
    evidence=("CBA 十五",),
    told_of=HOURS_AND_QUEUES,
    excluded=("without_score",),
)
def agent_csat(case: Case) -> Count | None:
    """客户满意度（人工）（CBA 附件1 服务体验指标）

    公式：(1 − 人工服务不满意量 / 人工服务参评总量) ×100%
    读法：参评指作了评价，未作答的邀请不算；一般不算不满意；一通来电取最后一次评价；分子为没有表示不满意的来电。
    """
    return satisfied(case, ("agent",))


@per_call("cba.agent_csat_response_rate", evidence=("HB 11.2",), told_of=HOURS_AND_QUEUES)
def agent_csat_response_rate(case: Case) -> Count | None:
    """参评率（人工）（CBA 附件1 客户满意度之对照）

    公式：（标准未列）
    读法：作了评价的来电，占受邀评价的来电。
    """
    return _responded(case, "agent")


@per_call("cba.bot_csat_response_rate", evidence=("HB 11.2",), told_of=HOURS)
def bot_csat_response_rate(case: Case) -> Count | None:
    """参评率（智能）（CBA 附件1 客户满意度之对照）

    公式：（标准未列）
    读法：自助服务之后作了评价的来电，占自助服务之后受邀评价的来电。
    """
    return _responded(case, "bot")


@per_call(
    "cba.bot_csat",
    companions=("cba.bot_csat_response_rate",),
    evidence=("CBA 二十四",),
    told_of=HOURS,
    excluded=("without_score",),
)
def bot_csat(case: Case) -> Count | None:
    """客户满意度（智能）（CBA 附件1 服务体验指标）

    公式：(1 − 智能服务不满意量 / 智能服务参评总量) ×100%
    读法：同人工的客户满意度，评价对象为智能服务。
    """
    return satisfied(case, ("bot",))


@per_call("hb.phone_csat", evidence=("HB 11.1", "HB 11.2"), told_of=HOURS, excluded=("without_score",))
def phone_csat(case: Case) -> Count | None:
    """电话银行客户满意度（HB 附录 A）

    公式：通过系统的客户满意度调查和测评方法获得
    读法：人工、智能、投诉三类评价合计，按 CBA 客户满意度的公式。
    """
    return satisfied(case, ("agent", "bot", "complaint"))


def _responded(case: Case, subject: Subject) -> Count | None:
    asked = [survey for survey in case.call.surveys if survey.subject == subject]
    if not any(survey.invited or survey.answered for survey in asked):
        return None
    return share(any(survey.answered for survey in asked))


def satisfied(case: Case, subjects: tuple[Subject, ...]) -> Count | None:
    """The last answer on each subject; an answer whose score was lost is left out and counted."""
    if not case.call.surveys:
        return None
    answered, content, lost = 0, 0, 0
    for subject in subjects:
        given = [one for one in case.call.surveys if one.subject == subject and one.answered]
        if given and given[-1].score is None:
            lost += 1
        elif given:
            answered += 1
            content += given[-1].score != _DISSATISFIED
    return Count(content, answered, excluded=(("without_score", lost),))
