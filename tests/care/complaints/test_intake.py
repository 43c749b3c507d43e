"""A complaint comes in once, whatever is reported twice, with number and terms; what is missing is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.care.callbacks import Callbacks, Wish
from ivr.care.complaints.from_message import from_message
from ivr.care.complaints.handling import Handling
from ivr.care.complaints.intake import Received, find, receive, transcribed
from ivr.care.complaints.steps import Elements
from ivr.care.complaints.survey import called_back_for, missing_ref
from ivr.flow.complaint_policy import ComplaintPolicy
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records.audit.model import AuditEntry
from ivr.records.complaints.model import Case, Via
from ivr.records.store import Store
from ivr.records.work.model import CallbackState, WorkItem, WorkKind
from ivr.text.check_digits import check_digit_ok, with_check_digit
from tests.care.complaints.policies import policy_flow
from tests.flows_for_tests import flow as small_flow
from tests.flows_for_tests import local

NUMBER = "+8613800000001"
NOW = local("2026-03-02 10:00")
LEFT = Received("c-1", "n-1.1", NUMBER, NUMBER, "fee", "complaints/c-1.wav", 9000, None, Via.CALL)
PERMIT = Permit(Action.COMPLAINTS_HANDLE, AuditEntry("wang", Action.COMPLAINTS_HANDLE.value, "complaint"))


def test_the_number_is_of_the_day_and_checks_itself(store: Store) -> None:
    case = receive(store, policy_flow(), LEFT, NOW)
    assert case.id.startswith("260302001") and len(case.id) == 10 and check_digit_ok(case.id)
    assert find(store, case.id) == case == find(store, f" {case.id[:5]} {case.id[5:]}")
    assert (case.ack_due, case.due) == (local("2026-03-10 00:00") - 1, local("2026-03-18 00:00") - 1)
    assert (case.grade, case.owner, case.right, case.missing) == ("usual", "投诉处理岗", "knowing", ())
    assert store.work.items() == () and store.work.open_callbacks() == ()


def test_any_wrong_digit_finds_no_complaint(store: Store) -> None:
    case = receive(store, policy_flow(), LEFT, NOW)
    wrong = {case.id[:place] + digit + case.id[place + 1 :] for place in range(10) for digit in "0123456789"} - {
        case.id
    }
    assert len(wrong) == 90 and not [one for one in wrong if find(store, one)]
    assert find(store, "") is None and find(store, "投诉") is None


def test_numbers_of_a_day_are_never_given_twice(store: Store) -> None:
    flow = policy_flow()
    late, early = local("2026-03-02 23:59") + 59_999, local("2026-03-03 00:00")
    found = [receive(store, flow, replace(LEFT, ref=f"c-{n}"), now).id for n, now in enumerate((NOW, late, early))]
    assert found == [with_check_digit(digits) for digits in ("260302001", "260302002", "260303001")]


def test_what_is_reported_twice_is_one_complaint(store: Store) -> None:
    case = receive(store, policy_flow(), LEFT, NOW)
    assert receive(store, policy_flow(), replace(LEFT, kind=None, number=None), NOW + 5000) == case
    assert store.complaints.list() == (case,) and len(store.complaints.steps(case.id)) == 1
    assert store.work.items() == ()


def test_the_record_of_the_figures_is_there_from_the_receipt_on(store: Store) -> None:
    case = receive(store, policy_flow(), LEFT, NOW)
    (record,) = store.others()
    assert record.id == case.id and record.received_at == NOW and record.due == case.due  # type: ignore[union-attr]
    assert record.call_ids == ("n-1.1",) and record.decided_at is None  # type: ignore[union-attr]


def test_what_is_missing_is_asked_for_by_calling_back(store: Store) -> None:
    case = receive(store, policy_flow(), replace(LEFT, kind=None, audio=None, call_back_number=None), NOW)
    assert case.missing == ("number", "kind", "statement")
    (item,) = store.work.items()
    assert item.kind is WorkKind.COMPLAINT and case.id in item.about and "投诉类别" in item.about
    assert item.t_due <= case.ack_due
    (promised,) = store.work.open_callbacks()
    assert (called_back_for(promised.parent_call_id), promised.number) == (case.id, NUMBER)


def incomplete(store: Store) -> Case:
    return receive(store, policy_flow(), replace(LEFT, kind=None), NOW)


def test_once_nothing_is_missing_the_customer_is_not_called_for_it(store: Store) -> None:
    case = incomplete(store)
    Handling(store, policy_flow(), PERMIT, NOW + 1).supplement(case.id, Elements(kind="fee"))
    assert store.work.open_callbacks() == () == store.work.items()
    promised = store.work.callback(missing_ref(case))
    assert promised is not None and (promised.state, promised.t_closed) == (CallbackState.GIVEN_UP, NOW + 1)


def test_a_call_that_is_being_made_for_it_goes_on(store: Store) -> None:
    case = incomplete(store)
    (promised,) = store.work.open_callbacks()
    placed = replace(promised, call_id="n-9.1")
    store.work.save_callback(placed)
    Handling(store, policy_flow(), PERMIT, NOW).supplement(case.id, Elements(kind="fee"))
    assert store.work.open_callbacks() == (placed,)


def test_who_is_on_the_line_with_an_agent_is_not_called_back_for_it(store: Store) -> None:
    case = receive(store, policy_flow(), replace(LEFT, audio=None, via=Via.AGENT, by="agent:1001"), NOW)
    assert case.missing == ("statement",) and len(store.work.items()) == 1
    assert store.work.open_callbacks() == ()


# ---- it came in before it is filed


def test_a_number_that_a_stranger_wrote_is_not_called_for_it(store: Store) -> None:
    written = replace(LEFT, number=None, audio=None, transcript="等了两个小时", kind=None, via=Via.TEXT)
    case = receive(store, policy_flow(), written, NOW)
    assert case.missing == ("kind",) and case.call_back_number == NUMBER
    assert store.work.open_callbacks() == ()
    (item,) = store.work.items()
    assert item.number == NUMBER, "somebody looks at it, and asks"


def test_a_message_came_in_when_it_was_left(store: Store) -> None:
    left = local("2026-02-26 23:00")
    message = WorkItem("m-1", WorkKind.MESSAGE, "n-7.1", "general", NUMBER, "", left, NOW, "messages/m-1.wav", 5000)
    case = from_message(store, policy_flow(), store.work.add(message), "fee", PERMIT, NOW)
    there = receive(store, policy_flow(), replace(LEFT, ref="m-2"), left)
    assert (case.received_at, case.ack_due, case.due) == (left, there.ack_due, there.due)
    assert case.id.startswith("260226001")
    assert [one.id for one in store.complaints.received(left, left + 1)] == [case.id, there.id]
    assert {entry.t for entry in store.audit.list() if entry.entry.person == "wang"} == {NOW}, "written down today"


def test_only_what_came_before_it_makes_it_repeated(store: Store) -> None:
    flow, day = policy_flow(), 86_400_000
    receive(store, flow, LEFT, NOW)
    receive(store, flow, replace(LEFT, ref="c-2"), NOW)
    assert receive(store, flow, replace(LEFT, ref="c-3", received_at=NOW - day), NOW).grade == "usual"
    early = receive(store, flow, replace(LEFT, ref="c-4", received_at=NOW - 400 * day), NOW)
    assert receive(store, flow, replace(LEFT, ref="c-5", received_at=early.received_at), NOW).grade == "usual"
    assert receive(store, flow, replace(LEFT, ref="c-6", received_at=early.received_at), NOW).grade == "grave"


def test_nothing_comes_in_after_it_is_filed(store: Store) -> None:
    assert receive(store, policy_flow(), replace(LEFT, received_at=NOW + 5000), NOW).received_at == NOW


@pytest.mark.parametrize("number", [None, "+85221234567"])
def test_who_cannot_be_called_is_still_somebodys_work(store: Store, number: str | None) -> None:
    receive(store, policy_flow(), replace(LEFT, number=number, call_back_number=None), NOW)
    assert len(store.work.items()) == 1 and store.work.open_callbacks() == ()


def test_the_third_complaint_within_a_year_is_grave(store: Store) -> None:
    flow, year = policy_flow(), 365 * 86_400_000
    grades = [
        receive(store, flow, replace(LEFT, ref=f"c-{n}"), now).grade
        for n, now in enumerate((NOW - year - 10, NOW - 2, NOW - 1, NOW))
    ]
    assert grades == ["usual", "usual", "usual", "grave"]
    assert (
        receive(store, flow, replace(LEFT, ref="c-9", number="+8613900000002", call_back_number=None), NOW).grade
        == "usual"
    )


def test_words_make_it_grave_and_its_terms_shorter(store: Store) -> None:
    case = receive(store, policy_flow(), replace(LEFT, transcript="再不处理我就起诉你们"), NOW)
    assert case.grade == "grave"
    assert (case.ack_due, case.due) == (local("2026-03-04 00:00") - 1, local("2026-03-10 00:00") - 1)


def test_without_a_policy_every_day_is_a_working_day(store: Store) -> None:
    flow = replace(small_flow(), complaints=ComplaintPolicy())
    case = receive(store, flow, replace(LEFT, kind="fee"), NOW)
    assert case.kind is None and case.grade is None and case.missing == ("kind",)
    assert (case.ack_due, case.due) == (local("2026-03-08 00:00") - 1, local("2026-03-18 00:00") - 1)


def test_words_that_are_recognised_later_are_kept_once(store: Store) -> None:
    case = receive(store, policy_flow(), LEFT, NOW)
    transcribed(store, policy_flow(), LEFT.ref, "收费不对", NOW + 1)
    transcribed(store, policy_flow(), LEFT.ref, "别的", NOW + 2)
    transcribed(store, policy_flow(), "c-unknown", "别的", NOW + 3)
    assert store.complaints.get(case.id) == replace(case, transcript="收费不对", version=2)
    assert [step.number for step in store.complaints.steps(case.id)] == [1, 2]


def test_words_that_are_recognised_later_grade_it_at_once(store: Store) -> None:
    flow, case = policy_flow(), receive(store, policy_flow(), LEFT, NOW)
    transcribed(store, flow, LEFT.ref, "再不处理我就起诉你们", NOW + 1)
    after = store.complaints.get(case.id)
    assert after is not None and (case.grade, after.grade, after.owner) == ("usual", "grave", "消费者权益保护部")
    assert (after.ack_due, after.due) == (local("2026-03-04 00:00") - 1, local("2026-03-10 00:00") - 1)
    (record,) = store.others()
    assert record.due == after.due  # type: ignore[union-attr]


def test_words_do_not_lengthen_its_terms_or_forget_that_it_is_repeated(store: Store) -> None:
    flow = policy_flow()
    cases = [receive(store, flow, replace(LEFT, ref=f"c-{n}"), NOW + n) for n in range(3)]
    assert cases[2].grade == "grave"
    transcribed(store, flow, "c-2", "收费不对", NOW + 9)
    assert store.complaints.get(cases[2].id) == replace(cases[2], transcript="收费不对", version=2)


def test_who_has_taken_it_up_has_graded_it(store: Store) -> None:
    flow, case = policy_flow(), receive(store, policy_flow(), LEFT, NOW)
    taken = Handling(store, flow, PERMIT, NOW).accept(case.id, Elements())
    transcribed(store, flow, LEFT.ref, "再不处理我就起诉你们", NOW + 1)
    after = store.complaints.get(case.id)
    assert after is not None and (after.grade, after.due) == ("usual", taken.due)


def test_who_is_called_back_from_that_call_anyway_is_not_called_twice(store: Store) -> None:
    flow = policy_flow()
    Callbacks(store.work).promise(flow, Wish("n-1.1", "general", NUMBER, NOW, 0, 0), NOW)
    receive(store, flow, replace(LEFT, kind=None), NOW)
    assert [one.parent_call_id for one in store.work.open_callbacks()] == ["n-1.1"] and len(store.work.items()) == 1
