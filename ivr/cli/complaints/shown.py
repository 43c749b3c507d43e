"""Complaints as people read them: the list with numbers masked, one complaint whole, every step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from rich.table import Table

from ivr.care.complaints.terms import term_of
from ivr.care.complaints.words import facts_of, grade_words, kind_words, next_step, step_words
from ivr.flow.complaint_policy import Right
from ivr.flow.model import Flow
from ivr.records.complaints.model import Case, Cause, Step
from ivr.records.days import moment
from ivr.records.numbers import masked, plain
from ivr.report.complaint_causes import UNKNOWN, Causes


def table(cases: Iterable[Case], flow: Flow, now: int) -> Table:
    """One line each; the last column says what is next, and whether it is late."""
    made = Table(box=None)
    for column in ("编号", "收到", "类别", "等级", "客户", "状态", "处理人", "期限", "下一步"):
        made.add_column(column, no_wrap=column != "下一步")
    for case in cases:
        term = term_of(case)
        made.add_row(
            case.id,
            f"{moment(case.received_at):%m-%d %H:%M}",
            plain(kind_words(flow, case)),
            plain(grade_words(flow, case)),
            masked(case.call_back_number or case.number),
            case.state.label,
            plain(case.handler or case.owner),
            "—" if term is None or term.due is None else f"{moment(term.due):%m-%d}",
            "—" if term is None else next_step(term, flow, now),
        )
    return made


def line(case: Case, now: int) -> str:
    """The complaint for a program: a JSON object in a line, with nothing that the customer said."""
    term = term_of(case)
    shown = {
        "id": case.id,
        "version": case.version,
        "round": case.round,
        "state": case.state.value,
        "via": case.via.value,
        "kind": case.kind,
        "right": case.right,
        "grade": case.grade,
        "number": masked(case.call_back_number or case.number),
        "handler": case.handler or case.owner,
        "received_at": case.received_at,
        "ack_due": case.ack_due,
        "due": case.effective_due,
        "overdue": term is not None and term.overdue(now),
        "missing": list(case.missing),
        "work_order": case.work_order,
        "receipt": case.receipt,
    }
    return json.dumps(shown, ensure_ascii=False)


def whole(case: Case, flow: Flow) -> str:
    """Everything about it."""
    return "".join(f"{name}：{plain(text)}\n" for name, text in facts_of(case, flow).items())


def steps(done: Iterable[Step], flow: Flow) -> Table:
    """Who did what, when and why."""
    made = Table(box=None, title="经过", title_justify="left")
    for column in ("版", "时间", "步骤", "状态", "谁", "原因或方式", "内容"):
        made.add_column(column, no_wrap=column not in ("原因或方式", "内容"))
    for step in done:
        when = f"{moment(step.at):%Y-%m-%d %H:%M:%S}"
        made.add_row(
            str(step.number),
            when,
            step.kind.label,
            step.state.label,
            plain(step.person),
            plain(step.why),
            plain(step_words(flow, step)),
        )
    return made


def causes(counted: Causes, flow: Flow, month: str) -> str:
    """The monthly report as text."""
    grades = {one.id: one.label for one in flow.complaints.grades}
    kinds = {id: one.label for id, one in flow.complaints.kinds.items()}
    names = {one.value: one.label for one in Cause}
    lines = [
        f"{month} 投诉原因分析",
        f"收到 {counted.received} 件（另有 {counted.merged} 件并案），已作出决定 {counted.decided} 件，撤回 "
        f"{counted.withdrawn} 件，重新处理 {counted.reopened} 件，回访不满意或一般 {counted.dissatisfied} 件",
        f"重复投诉：{counted.repeated.customers} 位客户共 {counted.repeated.complaints} 件"
        + (f"（{_counts(counted.repeated.kinds, kinds)}）" if counted.repeated.kinds else ""),
        f"按类别：{_counts(counted.kinds, kinds)}",
        f"按权益：{_counts(counted.rights, {one.value: one.label for one in Right})}",
        f"按等级：{_counts(counted.grades, grades)}",
        f"按原因：{_counts(counted.causes, names)}",
        *(f"　{_named(kind, kinds)}：{_counts(found, names)}" for kind, found in counted.by_kind.items()),
    ]
    return "\n".join(lines) + "\n"


def _counts(found: Mapping[str, int], names: Mapping[str, str]) -> str:
    return "、".join(f"{_named(id, names)} {count}" for id, count in found.items()) or "无"


def _named(id: str, names: Mapping[str, str]) -> str:
    return plain(names.get(id, "未写明" if id == UNKNOWN else id))
