"""Complaints: CBA 附件1 and HB 附录 A 投诉处理. Each figure belongs to the days of its own clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ivr.metrics.counted import Counted, named, ratio
from ivr.metrics.day import Day, Span
from ivr.metrics.imported import imported_figure
from ivr.metrics.indicators.indicator import least, of_records
from ivr.metrics.rules import effective_due, withdrawn_by
from ivr.records.model import Complaint


@of_records(
    "cba.complaint_on_time",
    threshold=least("100", "CBA 五十一(三)、HB 10.2.2"),
    evidence=("CBA 十五", "CBA 五十", "CBA 五十一(三)(四)", "HB 10.2.2"),
)
def complaint_on_time(day: Day) -> Counted:
    """投诉按期办结率（CBA 附件1 服务体验指标）

    公式：按期办结投诉量 / 投诉总量 ×100%
    读法：统计到期日在期内的投诉，作出处理决定不晚于期限的为按期；延期须有批准人并已告知客户才作数；未到期且未决定的暂不计，期限前已撤回的不计。"""
    return _on_time(day, effective_due, lambda one: one.decided_at, lambda _one: True)


@of_records("hb.handled_on_time", evidence=("HB 10.2.2",))
def handled_on_time(day: Day) -> Counted:
    """按时处理率（HB 附录 A 投诉处理）

    公式：按时处理完毕的投诉数量/总的投诉数量；处理完毕: 对投诉进行调查, 提出解决方案,
    讲处理结果最终服务投诉人, 并得到满意认可
    读法：统计到期日在期内的投诉，不晚于期限结案并且客户表示满意；比投诉按期办结率更严。
    """
    return _on_time(day, effective_due, lambda one: one.closed_at, lambda one: one.satisfied is True)


@of_records("hb.reply_on_time", threshold=least("100", "HB 10.2.1"), evidence=("HB 10.2.1",))
def reply_on_time(day: Day) -> Counted:
    """按时回复率（HB 附录 A 投诉处理）

    公式：按时回复的投诉数量/总的投诉数量；回复: 在接到投诉后向客户做出的确认告知或答复；
    回复承诺时限: 银行对外公开承诺的最长回复时间
    读法：统计回复期限在期内的投诉，确认告知或答复（取较早者）不晚于期限；期限即对外承诺，默认五个工作日。
    """
    return _on_time(day, lambda one: one.ack_due, _replied, lambda _one: True)


def _complaint_csat(day: Day) -> Counted:
    """投诉处理满意度（CBA 附件1 服务体验指标，HB 附录 A 投诉处理）

    公式：满意的客户数量 / 成功回访的客户总量 ×100%
    读法：只计回访成功的投诉；一般不算满意；记在结案日（未记结案的，记在告知日或决定日）。
    """
    called = [one for one in day.complaints if one.callback_ok and day.holds(_finished(one))]
    return ratio(sum(one.satisfied is True for one in called), len(called))


complaint_csat = of_records("cba.complaint_csat", evidence=("CBA 十五", "CBA 五十一(五)"))(_complaint_csat)
complaint_csat_hb = of_records("hb.complaint_csat", evidence=("HB 10.3.1",))(_complaint_csat)


def _per_business(figure: Counted, span: Span) -> Counted:
    business = imported_figure("business_count", span.config.imported, span.since, span.until)
    if business.reason is not None:
        return replace(figure, reason=business.reason)
    return replace(figure, denominator=business.numerator)


@of_records("hb.complaint_rate", unit="per_10000", evidence=("HB 10.1.1",), of_period=_per_business)
def complaint_rate(day: Day) -> Counted:
    """客户投诉率（HB 附录 A 投诉处理）

    公式：投诉次数*10.000/测量期内业务总笔数
    读法：“10.000”即一万；分子为期内接到的投诉次数乘以 10 000；业务总笔数来自核心系统，须导入，否则不出数。
    """
    number = sum(day.holds(one.received_at) for one in day.complaints)
    return Counted(number * 10_000, 0, "per_10000", parts=named(complaints=number))


def _on_time(
    day: Day,
    limit: Callable[[Complaint], int],
    done: Callable[[Complaint], int | None],
    content: Callable[[Complaint], bool],
) -> Counted:
    """Of the complaints whose limit lies in the day, those done by then; one that is not done and not yet late at the
    moment of the report is provisional, and one that was withdrawn before it was done does not count."""
    all_due = [one for one in day.complaints if day.holds(limit(one))]
    due = [one for one in all_due if done(one) is not None or not withdrawn_by(one, limit(one))]
    now = day.config.as_of
    open_ = [one for one in due if now is not None and done(one) is None and now <= limit(one)]
    kept = 0
    for one in due:
        at = done(one)
        kept += at is not None and at <= limit(one) and content(one)
    excluded = named(provisional=len(open_), withdrawn=len(all_due) - len(due))
    return replace(ratio(kept, len(due) - len(open_)), provisional=len(open_), excluded=excluded)


def _replied(one: Complaint) -> int | None:
    times = [t for t in (one.acknowledged_at, one.notified_at) if t is not None]
    return min(times, default=None)


def _finished(one: Complaint) -> int | None:
    return next((t for t in (one.closed_at, one.notified_at, one.decided_at) if t is not None), None)
