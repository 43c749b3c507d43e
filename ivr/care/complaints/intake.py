"""How a complaint comes in (CBA 四十九, 五十一(一)): from a call, an agent or a message, once, with its reference
number and its clocks; what is missing is asked for by calling back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ivr.care import rules
from ivr.care.callbacks import Callbacks, Wish
from ivr.care.complaints import clocks, steps, survey
from ivr.care.complaints.grading import Known, grade_of
from ivr.errors import ComplaintChanged
from ivr.flow.model import Flow
from ivr.people.actions import Action
from ivr.records.audit.model import SYSTEM, AuditEntry
from ivr.records.complaints.model import ELEMENTS, Case, State, Step, StepKind, Via
from ivr.records.store import Store
from ivr.records.work.model import WorkItem, WorkKind
from ivr.text.check_digits import check_digit_ok, with_check_digit

#: Complaints of one customer within so long before count as repeated.
REPEATED_MS = 365 * 86_400_000


@dataclass(frozen=True, slots=True)
class Received:
    """What came in. `ref` names it once and for all (of a recording its name, of a call its id); numbers are E.164,
    None where unknown; `kind` is an id of the policy's kinds; `audio` is the recording's path below the state folder
    and `ms` its length. `by`: who took it down, "system" for what the hotline did by itself, "agent:1001" by
    telephone. `received_at`: when it came in (epoch ms), which may be long before it is filed; None: now."""

    ref: str
    call_id: str
    number: str | None = field(repr=False)
    call_back_number: str | None = field(repr=False)
    kind: str | None
    audio: str | None
    ms: int
    transcript: str | None = field(repr=False)
    via: Via
    by: str = SYSTEM
    received_at: int | None = None


def receive(store: Store, flow: Flow, received: Received, now: int) -> Case:
    """Keep it as a complaint, once: what is reported twice is one. Its `id` is the reference number that is spoken,
    `ack_due` and `due` are its terms, from the day on which it came in. Where something is missing (`Case.missing`) it
    is asked for. Raises StoreError: nothing is kept then."""
    at = _came_in(received, now)
    numbers = {one for one in (received.number, received.call_back_number) if one is not None}

    def make(id_: str, before: int) -> tuple[Case, Step]:
        return _made(flow, received, id_, before, at)

    case = store.complaints.add(
        _day(flow, at), received.ref, make, numbers, (at - REPEATED_MS, at), _entry(received.by), now
    )
    if case.missing:
        called = received.via not in (Via.AGENT, Via.TEXT)
        ask_for_missing(store, flow, case, received.call_id if called else "", now)
    return case


def tried(flow: Flow, received: Received, now: int) -> Case:
    """The case that a drill's complaint would be, with its terms and a number that no case has (D10); it is not
    kept."""
    at = _came_in(received, now)
    return _made(flow, received, with_check_digit(f"{_day(flow, at)}000"), 0, at)[0]


def _came_in(received: Received, now: int) -> int:
    return now if received.received_at is None else min(received.received_at, now)


def _day(flow: Flow, at: int) -> str:
    return clocks.local_day(at, flow.timezone).strftime("%y%m%d")


def find(store: Store, reference: str) -> Case | None:
    """The complaint of a reference number as it was keyed or said; None where there is none, or a digit is wrong."""
    digits = "".join(reference.split())
    return store.complaints.get(digits) if check_digit_ok(digits) else None


def ask_for_missing(store: Store, flow: Flow, case: Case, call_id: str, now: int) -> None:
    """Somebody asks the customer for what is missing: it is work that is closed when nothing is missing any more, and
    where a callback may be promised the hotline calls him, unless `call_id` is "" (an agent who takes a complaint down
    has him on the line, or asks later; whose number it is that was written, nobody knows) or a callback was promised in
    that call already. Asked twice for one complaint, it is asked for once."""
    about = f"投诉 {case.id} 缺{'、'.join(ELEMENTS[name] for name in case.missing)}"
    number, queue = case.call_back_number or case.number, flow.complaints.queue
    due = min(rules.work_due(flow, now), case.ack_due)
    store.work.add(WorkItem(missing_ref(case), WorkKind.COMPLAINT, call_id, queue or "", number, about, now, due))
    if queue is not None and call_id and store.work.callback(call_id) is None:
        Callbacks(store.work).promise(flow, Wish(survey.missing_ref(case), queue, number, now, 0, 0), now)


def tell_reference(store: Store, flow: Flow, case: Case, now: int) -> None:
    """Somebody calls the customer to tell him his reference number, as he was promised: work, once for each complaint.
    Where something is missing he is called for that already, and whoever does so has the number. Raises StoreError."""
    if case.missing:
        return
    number, queue = case.call_back_number or case.number, flow.complaints.queue or ""
    due, about = min(rules.work_due(flow, now), case.ack_due), f"把投诉编号 {case.id} 告知客户"
    call_id = case.call_ids[0] if case.call_ids else ""
    store.work.add(WorkItem(f"{missing_ref(case)}-number", WorkKind.COMPLAINT, call_id, queue, number, about, now, due))


def asked_for_all(store: Store, case: Case, person: str, now: int) -> None:
    """Nobody has to ask the customer for what was missing any more. Raises StoreError."""
    store.work.close_ref(missing_ref(case), person, f"投诉{case.state.label}", now)
    store.work.withdraw_callback(survey.missing_ref(case), now)


def missing_ref(case: Case) -> str:
    """What names the work of asking for what is missing."""
    return f"complaint-{case.id}"


def _entry(person: str) -> AuditEntry:
    return AuditEntry(person, Action.COMPLAINTS_HANDLE.value, "complaint")


def _made(flow: Flow, received: Received, id_: str, before: int, at: int) -> tuple[Case, Step]:
    kind = flow.complaints.kinds.get(received.kind) if received.kind is not None else None
    right = None if kind is None or kind.right is None else kind.right.value
    known = Known(None if kind is None else kind.id, right, None, before + 1, received.transcript or "")
    grade = grade_of(flow.complaints, known)
    case = Case(
        id=id_,
        ref=received.ref,
        via=received.via,
        received_at=at,
        ack_due=clocks.ack_due(flow, grade, at),
        due=clocks.decision_due(flow, grade, at),
        call_ids=(received.call_id,) if received.call_id else (),
        number=received.number,
        call_back_number=received.call_back_number,
        kind=known.kind,
        right=right,
        audio=received.audio,
        ms=received.ms,
        transcript=received.transcript,
        grade=None if grade is None else grade.id,
        owner=None if grade is None else grade.owner,
    )
    return case, Step(id_, case.version, StepKind.RECEIVE, case.state, received.by, at)


def repeated(store: Store, case: Case, *more: str | None) -> int:
    """How many complaints of this customer came within a year before, this one included; `more`: other numbers of his
    (E.164). Raises StoreError."""
    numbers = {one for one in (case.number, case.call_back_number, *more) if one is not None}
    theirs = store.complaints.of_numbers(numbers, case.received_at - REPEATED_MS)
    return len({one.id for one in theirs if one.received_at <= case.received_at} | {case.id})


def transcribed(store: Store, flow: Flow, ref: str, transcript: str, now: int) -> None:
    """What was recognised in the recording, where that came after the call; a complaint that has words already keeps
    them. One that nobody has taken up yet is graded anew by them, and its terms become shorter, never longer. Raises
    StoreError, or ComplaintChanged where others go on working on it all the time."""
    for last in (False, False, True):
        case = store.complaints.by_ref(ref)
        if case is None or case.transcript is not None:
            return
        after = replace(case, transcript=transcript, version=case.version + 1)
        if case.state is State.RECEIVED:
            after = steps.graded(flow, after, repeated(store, case))
        step = Step(case.id, after.version, StepKind.SUPPLEMENT, case.state, SYSTEM, now, "录音转写")
        try:
            store.complaints.save([(after, step)], _entry(SYSTEM))
        except ComplaintChanged:
            if last:
                raise
        else:
            return
