"""How far a complaint has come, as its customer may hear it (HB 10.2.1). Pure but for the look-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ivr.care.complaints import clocks, intake
from ivr.records.complaints.model import Case, State
from ivr.records.store import Store

#: State of a case → what its customer is told (`ivr.flow.steps.complaint_progress.STATES`).
_TOLD: Mapping[State, str] = {
    State.RECEIVED: "received",
    State.ACCEPTED: "received",
    State.ACKNOWLEDGED: "in_work",
    State.IN_WORK: "in_work",
    State.PASSED_ON: "in_work",
    State.DECIDED: "decided",
    State.NOTIFIED: "decided",
    State.CALLED_BACK: "decided",
    State.CLOSED: "closed",
    State.WITHDRAWN: "withdrawn",
    State.MERGED: "in_work",
}
#: A complaint may have been merged into one that was merged itself.
_MOST_MERGED = 10


def told(case: Case, now: int) -> str:
    """The word for it: `…_late` where the term that would be told is over already."""
    word = _TOLD[case.state]
    due = {"received": case.ack_due, "in_work": case.effective_due}.get(word, now)
    return f"{word}_late" if due < now else word


def find(store: Store, reference: str) -> tuple[Case, ...]:
    """The complaint of a reference number, then each one that it was merged into: the last is the one that goes on.
    Empty where there is none. Raises StoreError."""
    case, found = intake.find(store, reference), list[Case]()
    while case is not None and len(found) <= _MOST_MERGED:
        found.append(case)
        case = None if case.merged_into is None else intake.find(store, case.merged_into)
    return tuple(found)


def may_hear(cases: Sequence[Case], caller: str | None, last4: str | None = None) -> bool:
    """Whether who calls from `caller` (E.164), or knows the last four digits of a number that was left, is who
    complained; `cases` as from `find`: who left any of them is told of the last."""
    numbers = {one for case in cases for one in (case.number, case.call_back_number) if one is not None}
    return caller in numbers or (last4 is not None and any(one.endswith(last4) for one in numbers))


def day(at: int, timezone: str) -> str:
    """The local day of a moment, ISO."""
    return clocks.local_day(at, timezone).isoformat()
