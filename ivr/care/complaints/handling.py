"""People at work on complaints: each step is taken on the case as it is now, kept with its audit entry, or refused. Who
may take it was asked before: `permit` is the leave. Of two people on one complaint at once the second is told what the
first did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ivr.care.complaints import clocks, steps
from ivr.care.complaints.intake import ask_for_missing, asked_for_all, repeated
from ivr.care.complaints.lifecycle import By, Change
from ivr.care.complaints.steps import CalledBack, Elements
from ivr.care.complaints.work_orders import Sent, order_of
from ivr.errors import ComplaintChanged, ComplaintRefused
from ivr.flow.model import Flow
from ivr.people.access import Permit
from ivr.records.complaints.model import Case, Cause, Decision, StepKind
from ivr.records.store import Store


@dataclass(frozen=True, slots=True)
class Handling:
    """One person's steps at one moment (epoch ms). `seen`: the version of the case that he looked at, None: as it is
    now. Every method raises ComplaintRefused (ComplaintChanged where somebody was faster) and StoreError; nothing was
    changed then."""

    store: Store
    flow: Flow
    permit: Permit
    now: int
    seen: int | None = None

    def supplement(self, id_: str, given: Elements, why: str | None = None) -> Case:
        """Add what was missing."""
        return self._complete(self._take(id_, lambda case: steps.supplement(self.flow, case, self._by(why), given)))

    def accept(self, id_: str, given: Elements, *, complex: bool = False, why: str | None = None) -> Case:
        """Take it up."""

        def step(case: Case) -> Change:
            count = repeated(self.store, case, given.call_back_number)
            return steps.accept(self.flow, case, self._by(why), given, count, complex=complex)

        return self._complete(self._take(id_, step))

    def assign(self, id_: str, handler: str, why: str | None = None) -> Case:
        """Give it to somebody of our own."""
        return self._take(id_, lambda case: steps.assign(case, self._by(why), handler))

    def acknowledge(self, id_: str, contact: str | None, why: str | None = None) -> Case:
        """The customer was told that it was taken up."""
        return self._take(id_, lambda case: steps.acknowledge(self.flow, case, self._by(why), contact))

    def pass_on(self, id_: str, department: str, why: str | None = None) -> tuple[Case, Sent]:
        """Pass it on by a work order; what is to be sent is kept with the step, and sent by the notifier."""
        case = self._case(id_)
        sent = order_of(self.flow, case, department, self.permit.person, self.now, why)
        change = steps.pass_on(case, self._by(why), department, sent.order)
        self.store.complaints.save([change], self.permit.entry, sent.deliveries)
        return change[0], sent

    def receipt(self, id_: str, words: str) -> Case:
        """The department has the work order."""
        return self._take(id_, lambda case: steps.receipt(case, self._by(None), words))

    def extend(self, id_: str, days: int, why: str | None) -> Case:
        """Ask for a longer term: so many days after the receipt."""

        def step(case: Case) -> Change:
            return steps.extend(self.flow, case, self._by(why), clocks.days_after(self.flow, case.received_at, days))

        return self._take(id_, step)

    def approve(self, id_: str, why: str | None = None) -> Case:
        """Approve the longer term that another person asked for."""
        return self._take(id_, lambda case: steps.approve(case, self._by(why)))

    def tell_extension(self, id_: str, how: str | None) -> Case:
        """The customer was told of the longer term."""
        return self._take(id_, lambda case: steps.tell_extension(case, self._by(how)))

    def decide(self, id_: str, decision: Decision, cause: Cause) -> Case:
        """Decide it."""
        return self._take(id_, lambda case: steps.decide(self.flow, case, self._by(None), decision, cause))

    def notify(self, id_: str, how: str | None) -> Case:
        """The customer was told the decision."""
        return self._take(id_, lambda case: steps.notify(case, self._by(how)))

    def call_back(self, id_: str, how: CalledBack, why: str | None = None) -> Case:
        """The customer was called after it."""
        return self._take(id_, lambda case: steps.call_back(case, self._by(why), how))

    def close(self, id_: str, why: str | None = None) -> Case:
        """Nothing is left to be done."""
        return self._take(id_, lambda case: steps.close(case, self._by(why)))

    def reopen(self, id_: str, why: str | None) -> Case:
        """Begin a new round."""
        return self._take(id_, lambda case: steps.reopen(self.flow, case, self._by(why)))

    def withdraw(self, id_: str, why: str | None) -> Case:
        """The customer takes it back."""
        return self._complete(self._take(id_, lambda case: steps.withdraw(case, self._by(why))))

    def merge(self, id_: str, into: str, why: str | None) -> Case:
        """It is the same as another one; gives that one."""
        changes = steps.merge(self._case(id_), self._case(into, seen=False), self._by(why))
        self.store.complaints.save(changes, self.permit.entry)
        self._complete(changes[0][0])
        return changes[1][0]

    def _by(self, why: str | None) -> By:
        return By(self.permit.person, self.now, why)

    def _take(self, id_: str, step: Callable[[Case], Change]) -> Case:
        change = step(self._case(id_))
        self.store.complaints.save([change], self.permit.entry)
        return change[0]

    def _case(self, id_: str, *, seen: bool = True) -> Case:
        case = found(self.store, id_)
        if seen and self.seen is not None and case.version != self.seen:
            raise ComplaintChanged(self.store.complaints.meanwhile(case.id))
        return case

    def _complete(self, case: Case) -> Case:
        """Where nothing is missing any more nobody has to ask for it."""
        if case.state.over or not case.missing:
            asked_for_all(self.store, case, self.permit.person, self.now)
        else:
            ask_for_missing(self.store, self.flow, case, "", self.now)
        return case


def complex_reason(store: Store, case: Case) -> str | None:
    """Why a complex complaint has the longer term; None for any other. Raises StoreError."""
    if not case.complex:
        return None
    accepted = [step for step in store.complaints.steps(case.id) if step.kind is StepKind.ACCEPT]
    return accepted[-1].why if accepted else None


def found(store: Store, id_: str) -> Case:
    """The complaint of this reference number. Raises ComplaintRefused where there is none."""
    case = store.complaints.get(id_)
    if case is None:
        raise ComplaintRefused(f"没有编号为 {id_} 的投诉")
    return case
