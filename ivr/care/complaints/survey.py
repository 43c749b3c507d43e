"""The call-back after a decision was told (CBA 五十一(五), HB 10.3): whom the hotline calls by itself, and what came of
it. A complaint is closed by a person, after that."""

from __future__ import annotations

from ivr.care.complaints import steps
from ivr.care.complaints.lifecycle import By
from ivr.care.complaints.steps import CalledBack
from ivr.errors import ComplaintRefused
from ivr.people.actions import Action
from ivr.records.audit.model import SYSTEM, AuditEntry
from ivr.records.complaints.model import Case, State
from ivr.records.store import Store

_CALLBACK = "complaint:"


def to_call_back(store: Store) -> tuple[Case, ...]:
    """Who was told the decision and was not called since; who has no number that can be called is not among them.
    Raises StoreError."""
    told = store.complaints.list(states=(State.NOTIFIED,))
    return tuple(case for case in told if case.call_back_number or case.number)


def callback_ref(case: Case) -> str:
    """What names the callback of a complaint, in place of the call that others were promised on: one for each round."""
    return f"{_CALLBACK}{case.id}-{case.round}"


def missing_ref(case: Case) -> str:
    """What names the callback that asks the customer for what his complaint lacks."""
    return f"{_CALLBACK}{case.id}-missing"


def called_back_for(ref: str) -> str | None:
    """The complaint whose callback is named so, of either kind; None for a callback that was promised on a call."""
    return ref.removeprefix(_CALLBACK).rpartition("-")[0] if ref.startswith(_CALLBACK) else None


def called_back(store: Store, id_: str, how: CalledBack, now: int) -> Case | None:
    """Enter what came of the hotline's own call-back; None where somebody called meanwhile, or the complaint is not at
    that any more. Raises StoreError."""
    case = store.complaints.get(id_)
    if case is None:
        return None
    try:
        change = steps.call_back(case, By(SYSTEM, now, "热线自动回访"), how)
        store.complaints.save([change], AuditEntry(SYSTEM, Action.COMPLAINTS_HANDLE.value, f"complaint:{id_}"))
    except ComplaintRefused:
        return None
    return change[0]
