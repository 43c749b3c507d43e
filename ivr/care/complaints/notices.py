"""What the customer is told in writing: that his complaint was taken up, that its term is longer, and the decision with
its four parts (HB 10.2, CBA 五十一(四)). Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.errors import ComplaintRefused
from ivr.flow.model import Flow
from ivr.records.complaints.model import Case


def acknowledgement(flow: Flow, case: Case, reason: str | None = None) -> str:
    """Taken up; until when it is decided, for what `reason` that is longer (a complex one), and whom he can reach."""
    because = "" if reason is None else f"因情况复杂（{reason}），"
    contact = case.contact or _contact(flow)
    return (
        f"{flow.bank}：您的投诉已受理，受理编号 {case.id}。{because}我们将在 {_day(flow, case.effective_due)} 前"
        f"作出处理决定，"
        f"并告知您。由{contact}负责处理，您可随时联系。"
    )


def extension(flow: Flow, case: Case) -> str:
    """The term is longer, and why. Raises ComplaintRefused where no longer term was approved."""
    if case.extension is None or case.extension.approved_by is None:
        raise ComplaintRefused(f"投诉 {case.id} 没有批准的延期")
    return (
        f"{flow.bank}：您的投诉（受理编号 {case.id}）因{case.extension.reason}，处理期限延长至 "
        f"{_day(flow, case.extension.until)}。由{case.contact or _contact(flow)}负责处理，您可随时联系。"
    )


def decision(flow: Flow, case: Case) -> str:
    """The decision: facts, basis, reason, what else the customer may do, and whom he may turn to next. Raises
    ComplaintRefused where it is not decided."""
    made = case.decision
    if made is None:
        raise ComplaintRefused(f"投诉 {case.id} 还没有处理决定")
    parts = {"一、核实情况": made.facts, "二、依据": made.basis, "三、理由": made.reason, "四、救济途径": made.remedies}
    above = flow.complaints.next_level
    further = [] if above is None else [f"如对处理结果不满意，可以联系{above.name}，电话 {above.phone}。"]
    title = f"{flow.bank}投诉处理决定告知书（受理编号 {case.id}）"
    return "\n".join([title, *(f"{name}\n{text}" for name, text in parts.items()), *further]) + "\n"


def _contact(flow: Flow) -> str:
    handler = flow.complaints.handler
    return "投诉处理部门" if handler is None else f"{handler.name}（电话 {handler.phone}）"


def _day(flow: Flow, at: int) -> str:
    day = datetime.fromtimestamp(at / 1000, ZoneInfo(flow.timezone))
    return f"{day.year}年{day.month}月{day.day}日"
