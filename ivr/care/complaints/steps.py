"""What may be done with a complaint, one step after the other (CBA 五十一, HB 10.2, 10.3). Pure: each function takes
the case and gives what becomes of it, with the step; what the state, the policy or something missing does not allow
raises ComplaintRefused, which says why. Who may do it at all is asked before (`ivr.people`)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ivr.care.complaints import clocks
from ivr.care.complaints.grading import Known, grade_of
from ivr.care.complaints.lifecycle import By, Change, may, require, said, taken
from ivr.errors import ComplaintRefused
from ivr.flow.complaint_policy import Contact, Right
from ivr.flow.model import Flow
from ivr.records.complaints.model import ELEMENTS, Case, Cause, Decision, Extension, State, StepKind


@dataclass(frozen=True, slots=True)
class Elements:
    """What is added to a complaint; None: nothing. `waived` are elements that could not be had."""

    kind: str | None = None
    right: Right | None = None
    amount: int | None = None
    summary: str | None = field(default=None, repr=False)
    call_back_number: str | None = field(default=None, repr=False)
    waived: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CalledBack:
    """How a call-back went: the customer was `reached`, and then was content or not (None: he did not say)."""

    reached: bool
    satisfied: bool | None = None
    call_id: str | None = None


def supplement(flow: Flow, case: Case, by: By, given: Elements) -> Change:
    """Add what was missing, or set right what was wrong; the clocks stay as they are."""
    require(case, StepKind.SUPPLEMENT)
    after = _with(flow, case, given, by)
    if after == case:
        raise ComplaintRefused("没有写要补充什么")
    return taken(after, StepKind.SUPPLEMENT, after.state, by)


def accept(flow: Flow, case: Case, by: By, given: Elements, repeated: int, *, complex: bool = False) -> Change:
    """Take it up: everything that a complaint needs is there, and it is graded anew. What the customer was told becomes
    shorter, never longer; only a complex one has the longer term, with a reason, and he is told when it is answered.
    `repeated` counts this customer's complaints within a year, this one included."""
    require(case, StepKind.ACCEPT)
    after = _with(flow, case, given, by)
    if after.missing:
        needed = "、".join(ELEMENTS[name] for name in after.missing)
        raise ComplaintRefused(
            f"投诉 {case.id} 还缺{needed}：补齐后再受理；确实无法取得的用 --waive 写明（CBA 五十一(一)）"
        )
    if after.right is None:
        raise ComplaintRefused("请写明涉及哪一项权益（--right，CBA 四十八）")
    if complex and not (by.why or "").strip():
        raise ComplaintRefused("情况复杂的须写明原因（--reason），答复受理时一并告知客户")
    if complex:
        _in_time(case, by)
    after = replace(graded(flow, after, repeated), accepted_at=by.at, complex=complex)
    if complex:
        after = replace(after, due=clocks.decision_due(flow, None, case.received_at, complex=True))
    return taken(after, StepKind.ACCEPT, State.ACCEPTED, by, grade=after.grade, right=after.right, complex=complex)


def assign(case: Case, by: By, handler: str) -> Change:
    """Give it to somebody of our own. Once it was answered he works on it; what was passed on is taken back."""
    require(case, StepKind.ASSIGN)
    state = State.ACCEPTED if case.state is State.ACCEPTED else State.IN_WORK
    return taken(replace(case, handler=said(handler, "处理人")), StepKind.ASSIGN, state, by, handler=handler)


def acknowledge(flow: Flow, case: Case, by: By, contact: str | None = None) -> Change:
    """The customer was told that it was taken up, until when it is decided, and whom he can reach (HB 10.2.1)."""
    require(case, StepKind.ACKNOWLEDGE)
    told = (contact or "").strip() or _contact(flow.complaints.handler)
    if not told:
        raise ComplaintRefused("答复受理须告知由谁处理、怎么联系（--contact，HB 10.2.1）")
    after = replace(case, acknowledged_at=by.at, contact=told)
    return taken(after, StepKind.ACKNOWLEDGE, State.ACKNOWLEDGED, by, contact=told)


def pass_on(case: Case, by: By, department: str, order: str) -> Change:
    """Pass it on to a department by a work order (CBA 五十一(二)), whose receipt is awaited."""
    require(case, StepKind.PASS_ON)
    after = replace(case, work_order=order, passed_on_at=by.at, receipt=None, receipt_at=None)
    return taken(after, StepKind.PASS_ON, State.PASSED_ON, by, department=department, work_order=order)


def receipt(case: Case, by: By, words: str) -> Change:
    """The department has the work order. The first yes counts."""
    require(case, StepKind.RECEIPT)
    if case.receipt is not None:
        raise ComplaintRefused(f"工单 {case.work_order} 已有回执：{case.receipt}")
    after = replace(case, receipt=said(words, "回执"), receipt_at=by.at)
    return taken(after, StepKind.RECEIPT, State.PASSED_ON, by, work_order=case.work_order, receipt=words)


def extend(flow: Flow, case: Case, by: By, until: int) -> Change:
    """Ask for a longer term (HB 10.2.2): it ends at the end of the day `until` (epoch ms); another person approves it,
    and the customer is told."""
    require(case, StepKind.EXTEND)
    reason = said(by.why or "", "延期的理由")
    _in_time(case, by)
    if until <= case.effective_due:
        raise ComplaintRefused("延期后的期限没有晚于现在的期限")
    if until > clocks.latest(flow, case.received_at):
        most = flow.complaints.extension
        day = clocks.local_day(clocks.latest(flow, case.received_at), flow.timezone)
        allowed = "投诉处理办法没有允许再延期（complaints.yaml 的 extension）" if most is None else f"最长 {most} 天"
        raise ComplaintRefused(f"{allowed}：这件投诉最晚到 {day}（HB 10.2.2）")
    asked = Extension(until, reason, by.person)
    day = clocks.local_day(until, flow.timezone)
    return taken(replace(case, extension=asked), StepKind.EXTEND, case.state, by, until=day)


def approve(case: Case, by: By) -> Change:
    """Approve the longer term; never by who asked for it."""
    require(case, StepKind.APPROVE)
    asked = case.extension
    if asked is None or asked.approved_by is not None:
        raise ComplaintRefused(f"投诉 {case.id} 没有待批准的延期")
    if asked.asked_by == by.person:
        raise ComplaintRefused("延期须由申请人以外的人批准（HB 10.2.2）")
    _in_time(case, by)
    return taken(replace(case, extension=replace(asked, approved_by=by.person)), StepKind.APPROVE, case.state, by)


def tell_extension(case: Case, by: By) -> Change:
    """The customer was told of the longer term and its reason: from now on it counts."""
    require(case, StepKind.TELL_EXTENSION)
    asked = case.extension
    if asked is None or asked.until == case.extended_to:
        raise ComplaintRefused(f"投诉 {case.id} 没有待告知的延期")
    if asked.approved_by is None:
        raise ComplaintRefused("延期还没有批准，不能告知客户（ivr complaints extend --approve）")
    _in_time(case, by)
    after = replace(case, extended_to=asked.until, extended_by=asked.approved_by, extension_told_at=by.at)
    return taken(after, StepKind.TELL_EXTENSION, case.state, by)


def decide(flow: Flow, case: Case, by: By, decision: Decision, cause: Cause) -> Change:
    """The decision with its four parts (CBA 五十一(四)); without further remedies those of the policy are told."""
    require(case, StepKind.DECIDE)
    if case.state is State.PASSED_ON and case.receipt is None:
        raise ComplaintRefused(f"工单 {case.work_order} 还没有回执：先确认对方已收到（ivr complaints receipt）")
    made = replace(decision, remedies=decision.remedies.strip() or flow.complaints.remedies)
    parts = {"核实情况": made.facts, "依据": made.basis, "理由": made.reason, "救济途径": made.remedies}
    if missing := [name for name, text in parts.items() if not text.strip()]:
        raise ComplaintRefused(f"处理决定缺{'、'.join(missing)}：四项缺一不可（CBA 五十一(四)）")
    after = replace(case, decision=made, cause=cause, decided_at=by.at)
    return taken(after, StepKind.DECIDE, State.DECIDED, by, cause=cause.value)


def notify(case: Case, by: By) -> Change:
    """The customer was told the decision; the reason says how."""
    require(case, StepKind.NOTIFY)
    said(by.why or "", "怎样告知客户的")
    return taken(replace(case, notified_at=by.at), StepKind.NOTIFY, State.NOTIFIED, by)


def call_back(case: Case, by: By, how: CalledBack) -> Change:
    """The customer was called after the decision (CBA 五十一(五), HB 10.3); who was not reached may be called again."""
    require(case, StepKind.CALL_BACK)
    if case.callback_ok:
        raise ComplaintRefused(f"投诉 {case.id} 已经回访过")
    satisfied = how.satisfied if how.reached else None
    calls = case.call_ids if how.call_id is None else tuple(dict.fromkeys((*case.call_ids, how.call_id)))
    after = replace(case, called_back_at=by.at, callback_ok=how.reached, satisfied=satisfied, call_ids=calls)
    return taken(after, StepKind.CALL_BACK, State.CALLED_BACK, by, reached=how.reached, satisfied=satisfied)


def close(case: Case, by: By) -> Change:
    """Nothing is left to be done."""
    require(case, StepKind.CLOSE)
    return taken(replace(case, closed_at=by.at), StepKind.CLOSE, State.CLOSED, by)


def reopen(flow: Flow, case: Case, by: By) -> Change:
    """The customer is not content, or complains again of the same: a new round with clocks of its own. What the last
    one came to stays as it was."""
    require(case, StepKind.REOPEN)
    said(by.why or "", "重新处理的原因")
    grade = next((one for one in flow.complaints.grades if one.id == case.grade), None)
    fresh = Case(case.id, case.ref, case.via, by.at, clocks.ack_due(flow, grade, by.at), 0)
    kept = ("state", "version", "call_ids", "number", "call_back_number", "kind", "right", "amount", "audio", "ms",
            "transcript", "summary", "waived", "grade", "owner", "handler")  # fmt: skip
    after = replace(
        fresh,
        **{name: getattr(case, name) for name in kept},
        due=clocks.decision_due(flow, grade, by.at),
        round=case.round + 1,
        accepted_at=by.at,
    )
    return taken(after, StepKind.REOPEN, State.ACCEPTED, by, round=after.round)


def withdraw(case: Case, by: By) -> Change:
    """The customer takes it back."""
    require(case, StepKind.WITHDRAW)
    said(by.why or "", "撤回的原因")
    return taken(replace(case, withdrawn_at=by.at), StepKind.WITHDRAW, State.WITHDRAWN, by)


def merge(case: Case, into: Case, by: By) -> tuple[Change, Change]:
    """It is the same as another one, which goes on with the calls of both and the shorter terms of both."""
    require(case, StepKind.MERGE)
    said(by.why or "", "并案的原因")
    if case.id == into.id:
        raise ComplaintRefused("不能并入自己")
    if not may(into, StepKind.MERGE):
        raise ComplaintRefused(f"投诉 {into.id}{into.state.label}，不能再并入别的投诉")
    calls = tuple(dict.fromkeys((*into.call_ids, *case.call_ids)))
    after = replace(
        into,
        call_ids=calls,
        received_at=min(into.received_at, case.received_at),
        ack_due=min(into.ack_due, case.ack_due),
        due=min(into.due, case.due),
    )
    if into.extended_to is not None and case.effective_due < into.extended_to:
        asked, until = into.extension, case.effective_due
        if asked is not None and asked.until == into.extended_to:
            asked = replace(asked, until=until)  # it was told, and is not to be told again
        after = replace(after, extended_to=until, extension=asked)
    gone = replace(case, merged_into=into.id)
    return (
        taken(gone, StepKind.MERGE, State.MERGED, by, into=into.id),
        taken(after, StepKind.MERGE, into.state, by, merged=case.id),
    )


def _in_time(case: Case, by: By) -> None:
    if by.at > case.effective_due:
        raise ComplaintRefused("期限已过，不能再延期")


def _contact(contact: Contact | None) -> str:
    return "" if contact is None else f"{contact.name} {contact.phone}"


def _with(flow: Flow, case: Case, given: Elements, by: By) -> Case:
    kind = flow.complaints.kinds.get(given.kind) if given.kind is not None else None
    if given.kind is not None and kind is None:
        raise ComplaintRefused(f"投诉类别没有「{given.kind}」，可以是 {'、'.join(flow.complaints.kinds)}")
    if given.amount is not None and given.amount < 0:
        raise ComplaintRefused("涉及金额不能小于 0")
    if unknown := [name for name in given.waived if name not in ELEMENTS]:
        raise ComplaintRefused(f"没有「{unknown[0]}」这项要素，可以是 {'、'.join(ELEMENTS)}")
    if given.waived and not (by.why or "").strip():
        raise ComplaintRefused("无法取得的要素须写明原因（--reason）")
    right = given.right or (kind.right if kind is not None else None)
    return replace(
        case,
        kind=case.kind if kind is None else kind.id,
        right=case.right if right is None else right.value,
        amount=case.amount if given.amount is None else given.amount,
        summary=case.summary if given.summary is None else said(given.summary, "投诉内容"),
        call_back_number=given.call_back_number or case.call_back_number,
        waived=tuple(dict.fromkeys((*case.waived, *given.waived))),
    )


def graded(flow: Flow, case: Case, repeated: int) -> Case:
    """The case with the grade that it has by what is known now, and with the shorter of its terms and those of that
    grade."""
    words = "\n".join(filter(None, (case.transcript, case.summary)))
    grade = grade_of(flow.complaints, Known(case.kind, case.right, case.amount, repeated, words))
    return replace(
        case,
        grade=None if grade is None else grade.id,
        owner=None if grade is None else grade.owner,
        ack_due=min(case.ack_due, clocks.ack_due(flow, grade, case.received_at)),
        due=min(case.due, clocks.decision_due(flow, grade, case.received_at)),
    )
