"""What is due, soon or overdue (CBA 五十, HB 10.2), and what is stuck: for the staff, the status and the alerts. Pure
but for `standing`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ivr.care.complaints import clocks
from ivr.flow.model import Flow
from ivr.flow.working_days import known_until
from ivr.records.complaints.model import Case, State
from ivr.records.days import local_day
from ivr.records.store import Store

#: A work order that nobody has acknowledged for so long is stuck.
RECEIPT_MS = 24 * 3_600_000
_TO_ANSWER = (State.RECEIVED, State.ACCEPTED)
_TO_DECIDE = (State.ACKNOWLEDGED, State.IN_WORK, State.PASSED_ON, State.DECIDED)


@dataclass(frozen=True, slots=True)
class Term:
    """What has to be done with a case next, and until when; `due` None: no clock runs, it is only still to be done."""

    case: Case
    what: str
    due: int | None

    def overdue(self, now: int) -> bool:
        """Whether it is late."""
        return self.due is not None and now > self.due

    def soon(self, flow: Flow, now: int) -> bool:
        """Whether it is due soon, and not yet late."""
        return self.due is not None and clocks.soon_from(flow, self.due) <= now <= self.due


def term_of(case: Case) -> Term | None:
    """What is next; None where nothing is left to be done. The answer comes first, yet no later than the decision."""
    if case.state in _TO_ANSWER:
        return Term(case, "答复受理", min(case.ack_due, case.effective_due))
    if case.state in _TO_DECIDE:
        return Term(case, "告知处理决定" if case.state is State.DECIDED else "作出处理决定", case.effective_due)
    if case.state is State.NOTIFIED:
        return Term(case, "回访", None)
    return Term(case, "结案", None) if case.state is State.CALLED_BACK else None


@dataclass(frozen=True, slots=True)
class Standing:
    """How the open complaints stand at a moment: every term, the first due first; `stuck` have a work order without a
    receipt for too long."""

    terms: tuple[Term, ...] = ()
    overdue: tuple[Term, ...] = ()
    soon: tuple[Term, ...] = ()
    stuck: tuple[Case, ...] = ()


def standing(store: Store, flow: Flow, now: int) -> Standing:
    """Look. Raises StoreError."""
    return standing_of(store.complaints.list(), flow, now)


def standing_of(cases: Iterable[Case], flow: Flow, now: int) -> Standing:
    """The same of these cases."""
    terms = [term for case in cases if (term := term_of(case)) is not None]
    terms.sort(key=lambda one: (one.due is None, one.due or 0, one.case.id))
    return Standing(
        tuple(terms),
        tuple(one for one in terms if one.overdue(now)),
        tuple(one for one in terms if one.soon(flow, now)),
        tuple(one.case for one in terms if _stuck(one.case, now)),
    )


def calendar_ends(flow: Flow, now: Standing) -> date | None:
    """The last day that the calendar of working days knows, where a term ends beyond it; else None."""
    calendar = flow.calendars.get(flow.complaints.calendar or "")
    until = None if calendar is None else known_until(calendar)
    if until is not None and any(one.due is not None and local_day(one.due) > until for one in now.terms):
        return until
    return None


def _stuck(case: Case, now: int) -> bool:
    waits = case.state is State.PASSED_ON and case.receipt is None and case.passed_on_at is not None
    return waits and now > (case.passed_on_at or 0) + RECEIPT_MS
