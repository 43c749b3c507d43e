"""The record of a complaint that figures are counted from (CBA 附件1, HB 附录 A), as it follows from the case. Pure."""

from __future__ import annotations

from ivr.records.complaints.model import Case, State
from ivr.records.model import Complaint


def record_id(case: Case) -> str:
    """The record's key: a complaint that was reopened counts anew, and its first figures stay as they were."""
    return case.id if case.round == 1 else f"{case.id}-{case.round}"


def record_of(case: Case) -> Complaint | None:
    """The record; None for a complaint that went into another one, which is counted there. As long as nobody has
    accepted it, its acceptance counts from the receipt."""
    if case.state is State.MERGED:
        return None
    return Complaint(
        id=record_id(case),
        received_at=case.received_at,
        accepted_at=case.received_at if case.accepted_at is None else case.accepted_at,
        ack_due=case.ack_due,
        due=case.due,
        extended_to=case.extended_to,
        approved_by=case.extended_by,
        acknowledged_at=case.acknowledged_at,
        decided_at=case.decided_at,
        notified_at=case.notified_at,
        closed_at=case.closed_at,
        callback_ok=case.callback_ok,
        satisfied=case.satisfied,
        call_ids=case.call_ids,
        work_order=case.work_order,
        extension_told_at=case.extension_told_at,
        withdrawn_at=case.withdrawn_at,
    )
