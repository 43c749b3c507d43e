"""A complaint in the words that those who work on it read: on the command line and on pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ivr.care.complaints.terms import Term
from ivr.flow.complaint_policy import Right
from ivr.flow.model import Flow
from ivr.records.complaints.model import ELEMENTS, Case, Cause, Step, Via
from ivr.records.days import moment

VIA_WORDS: Mapping[Via, str] = {Via.CALL: "来电", Via.AGENT: "座席", Via.MESSAGE: "留言", Via.TEXT: "文字"}


def next_step(term: Term, flow: Flow, now: int) -> str:
    """What is next, and whether it is late or due soon."""
    late = "（逾期）" if term.overdue(now) else "（即将到期）" if term.soon(flow, now) else ""
    missing = f"，缺{'、'.join(ELEMENTS[name] for name in term.case.missing)}" if term.case.missing else ""
    return f"{term.what}{late}{missing}"


def facts_of(case: Case, flow: Flow) -> dict[str, str]:
    """Everything about it that is known, by what it is called."""
    rows: dict[str, str | None] = {
        "受理编号": f"{case.id}（第 {case.version} 版）",
        "状态": case.state.label + (f"，已并入 {case.merged_into}" if case.merged_into else ""),
        "轮次": None if case.round == 1 else f"第 {case.round} 轮",
        "收到": f"{_when(case.received_at)}（{VIA_WORDS[case.via]}）",
        "来电": "、".join(case.call_ids) or None,
        "客户号码": case.number or "隐藏号码",
        "回复电话": case.call_back_number,
        "投诉类别": kind_words(flow, case),
        "涉及权益": None if case.right is None else Right(case.right).label,
        "涉及金额": None if case.amount is None else f"{case.amount} 元",
        "等级": grade_words(flow, case),
        "话术": next((one.script for one in flow.complaints.grades if one.id == case.grade), None),
        "录音": None if case.audio is None else f"{case.ms / 1000:.0f} 秒",
        "客户原话": case.transcript,
        "摘要": case.summary,
        "缺少": "、".join(ELEMENTS[name] for name in case.missing) or None,
        "无法取得": "、".join(ELEMENTS[name] for name in case.waived) or None,
        "处理人": case.handler or case.owner,
        "联系方式": case.contact,
        "答复期限": _when(case.ack_due),
        "处理期限": _when(case.effective_due) + ("（情况复杂）" if case.complex else ""),
        **_later(case),
    }
    return {name: text for name, text in rows.items() if text is not None}


def _later(case: Case) -> dict[str, str | None]:
    """What came of it so far."""
    asked, made = case.extension, case.decision
    return {
        "申请延期": None if asked is None else f"到 {_when(asked.until)}，{asked.asked_by}：{asked.reason}",
        "延期": None if case.extended_to is None else f"{case.extended_by} 批准，已告知客户",
        "工单": case.work_order,
        "工单回执": case.receipt if case.receipt or case.work_order is None else "还没有",
        "核实情况": None if made is None else made.facts,
        "依据": None if made is None else made.basis,
        "理由": None if made is None else made.reason,
        "救济途径": None if made is None else made.remedies,
        "原因归类": None if case.cause is None else case.cause.label,
        "回访": None if case.callback_ok is None else "已接通" if case.callback_ok else "没有接通",
        "客户评价": None if case.satisfied is None else "满意" if case.satisfied else "不满意或一般",
    }


def kind_words(flow: Flow, case: Case) -> str:
    """What it is about."""
    kind = flow.complaints.kinds.get(case.kind or "")
    return kind.label if kind is not None else case.kind or "—"


def grade_words(flow: Flow, case: Case) -> str:
    """How grave it is."""
    grade = next((one for one in flow.complaints.grades if one.id == case.grade), None)
    return grade.label if grade is not None else case.grade or "—"


def step_words(flow: Flow, step: Step) -> str:
    """What a step changed."""
    found = (_DETAIL[name](flow, value) for name, value in step.detail.items() if name in _DETAIL)
    return "，".join(words for words in found if words)


def _grade(flow: Flow, id_: str) -> str:
    return f"等级 {next((one.label for one in flow.complaints.grades if one.id == id_), id_)}"


def _department(flow: Flow, id_: str) -> str:
    found = flow.complaints.departments.get(id_)
    return f"转给 {id_ if found is None else found.label}"


#: What a step's detail is called (`ivr.care.complaints.lifecycle.taken`).
_DETAIL: Mapping[str, Callable[[Flow, str], str]] = {
    "grade": _grade,
    "right": lambda _, value: f"涉及权益 {Right(value).label}",
    "complex": lambda _, value: "情况复杂" if value == "True" else "",
    "handler": lambda _, value: f"处理人 {value}",
    "contact": lambda _, value: f"联系方式 {value}",
    "department": _department,
    "work_order": lambda _, value: f"工单 {value}",
    "receipt": lambda _, value: f"回执 {value}",
    "until": lambda _, value: f"延到 {value}",
    "cause": lambda _, value: f"原因归类 {Cause(value).label}",
    "reached": lambda _, value: "已接通" if value == "True" else "没有接通",
    "satisfied": lambda _, value: "客户满意" if value == "True" else "客户不满意或一般",
    "round": lambda _, value: f"第 {value} 轮",
    "into": lambda _, value: f"并入 {value}",
    "merged": lambda _, value: f"并入了 {value}",
}


def _when(at: int) -> str:
    return f"{moment(at):%Y-%m-%d %H:%M:%S}"
