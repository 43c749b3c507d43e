"""Work orders (CBA 五十一(二)): all that a department needs to see to a complaint that was passed on to it, as JSON, by
mail and by signed webhook, with a receipt. A mail server that takes a mail is no department that has it: only the
answer of a webhook is a receipt, else somebody enters it. Pure but for `collect_receipts`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.care.complaints import steps
from ivr.care.complaints.lifecycle import By, may
from ivr.care.notify.notifier import delivery_of_mail, delivery_of_webhook
from ivr.errors import ComplaintChanged, ComplaintRefused
from ivr.flow.complaint_policy import Department
from ivr.flow.model import Flow
from ivr.people.actions import Action
from ivr.records.audit.model import SYSTEM, AuditEntry
from ivr.records.complaints.model import Case, State, StepKind
from ivr.records.deliveries.model import Channel, Delivery, DeliveryState
from ivr.records.store import Store


@dataclass(frozen=True, slots=True)
class Sent:
    """A work order: its number, its content, and what is sent of it. `by_hand`: the department has no address, so that
    the file is brought to it and somebody enters its receipt."""

    order: str
    content: Mapping[str, object]
    deliveries: tuple[Delivery, ...]

    @property
    def by_hand(self) -> bool:
        """Nothing of it is sent by the hotline."""
        return not self.deliveries


def order_of(flow: Flow, case: Case, department: str, person: str, now: int, why: str | None) -> Sent:
    """The work order that passes a case on. Raises ComplaintRefused where the policy has no such department, and
    NotificationError where its address cannot be used."""
    found = flow.complaints.departments.get(department)
    if found is None:
        known = "、".join(flow.complaints.departments) or "complaints.yaml 里一个也没有写（departments）"
        raise ComplaintRefused(f"没有部门「{department}」，可以是 {known}")
    order = f"{case.id}-{case.version + 1}"
    content = content_of(flow, case, order, found, person, now, why)
    return Sent(order, content, _deliveries(found, case, order, content, now))


def content_of(
    flow: Flow, case: Case, order: str, department: Department, person: str, now: int, why: str | None
) -> dict[str, object]:
    """Everything that is needed, complete (信息完整); absent is what nobody knows."""
    grade = next((one for one in flow.complaints.grades if one.id == case.grade), None)
    kind = flow.complaints.kinds.get(case.kind or "")
    told: dict[str, object | None] = {
        "work_order": order,
        "complaint": case.id,
        "department": department.label,
        "passed_on_by": person,
        "passed_on_at": _when(now, flow.timezone),
        "instructions": why,
        "received_at": _when(case.received_at, flow.timezone),
        "due": _when(case.effective_due, flow.timezone),
        "grade": None if grade is None else grade.label,
        "script": None if grade is None else grade.script,
        "kind": None if kind is None else kind.label,
        "right": case.right,
        "amount": case.amount,
        "caller_number": case.number,
        "call_back_number": case.call_back_number,
        "summary": case.summary,
        "transcript": case.transcript,
        "recording": case.audio,
        "calls": list(case.call_ids),
        "contact": case.contact,
    }
    return {name: value for name, value in told.items() if value is not None}


def last_order(store: Store, flow: Flow, case: Case) -> dict[str, object]:
    """The content of the case's last work order, with what is known of the complaint now. Raises ComplaintRefused where
    it was not passed on."""
    passed = [step for step in store.complaints.steps(case.id) if step.kind is StepKind.PASS_ON]
    if case.work_order is None or not passed:
        raise ComplaintRefused(f"投诉 {case.id} 没有工单")
    step = passed[-1]
    id_ = step.detail["department"]
    department = flow.complaints.departments.get(id_, Department(id_, id_))
    return content_of(flow, case, case.work_order, department, step.person, step.at, step.why)


def as_text(content: Mapping[str, object]) -> str:
    """The order as the text of its file."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def collect_receipts(store: Store, now: int) -> tuple[Case, ...]:
    """Enter the receipts of work orders that webhooks have given since, each once. Raises StoreError."""
    found = []
    for case in store.complaints.list(states=(State.PASSED_ON,)):
        answered = [one for one in of_order(store, case) if _answered(one)]
        if not answered or case.receipt is not None or not may(case, StepKind.RECEIPT):
            continue
        first = min(answered, key=lambda one: one.t_done or 0)
        words = f"{first.channel.value} {first.receipt or ''}".strip()
        change = steps.receipt(case, By(SYSTEM, now), words)
        try:
            store.complaints.save([change], AuditEntry(SYSTEM, Action.COMPLAINTS_HANDLE.value, "complaint"))
        except ComplaintChanged:
            continue  # somebody is at work on it: the receipt is still there the next time
        found.append(change[0])
    return tuple(found)


def _answered(one: Delivery) -> bool:
    return one.channel is Channel.WEBHOOK and one.state is DeliveryState.DELIVERED


def of_order(store: Store, case: Case) -> tuple[Delivery, ...]:
    """What was sent of the case's last work order."""
    if case.work_order is None:
        return ()
    return tuple(one for one in store.deliveries.about(_about(case)) if one.key.startswith(f"order-{case.work_order}-"))


def _deliveries(
    department: Department, case: Case, order: str, content: Mapping[str, object], now: int
) -> tuple[Delivery, ...]:
    about, found = _about(case), []
    if department.mail is not None:
        subject = f"投诉工单 {order}"
        found.append(
            delivery_of_mail(f"order-{order}-mail", department.mail, subject, as_text(content), about=about, now=now)
        )
    if department.webhook is not None:
        found.append(delivery_of_webhook(f"order-{order}-webhook", department.webhook, content, about=about, now=now))
    return tuple(found)


def _about(case: Case) -> str:
    return f"complaint:{case.id}"


def _when(at: int, timezone: str) -> str:
    return datetime.fromtimestamp(at / 1000, ZoneInfo(timezone)).isoformat(timespec="milliseconds")
