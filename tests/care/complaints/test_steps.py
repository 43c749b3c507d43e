"""What may be done with a complaint in which state, and what each step needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.care.complaints import clocks, steps
from ivr.care.complaints.lifecycle import ALLOWED, By, Change
from ivr.care.complaints.steps import CalledBack, Elements
from ivr.errors import ComplaintRefused
from ivr.flow.complaint_policy import Right
from ivr.records.complaints.model import Case, Cause, Decision, Extension, State, StepKind, Via
from ivr.records.complaints.record import record_of
from tests.care.complaints.policies import policy_flow
from tests.flows_for_tests import local

DAY = 86_400_000
NOW = local("2026-03-02 10:00")
FLOW = policy_flow(extension=90)
STRICT = policy_flow()
WANG, LI = "wang", "li"
DECIDED = Decision("账单重复收费一笔。", "收费管理办法第三条。", "系统重复入账。", "可以申请核查或诉讼。")

#: By hand, step by step: where it may be taken.
WORKED = {State.ACCEPTED, State.ACKNOWLEDGED, State.IN_WORK, State.PASSED_ON}
WHERE = {
    StepKind.SUPPLEMENT: WORKED | {State.RECEIVED},
    StepKind.ACCEPT: {State.RECEIVED},
    StepKind.ASSIGN: WORKED,
    StepKind.ACKNOWLEDGE: {State.ACCEPTED},
    StepKind.PASS_ON: {State.ACKNOWLEDGED, State.IN_WORK, State.PASSED_ON},
    StepKind.RECEIPT: {State.PASSED_ON},
    StepKind.EXTEND: WORKED,
    StepKind.APPROVE: WORKED,
    StepKind.TELL_EXTENSION: WORKED,
    StepKind.DECIDE: {State.IN_WORK, State.PASSED_ON},
    StepKind.NOTIFY: {State.DECIDED},
    StepKind.CALL_BACK: {State.NOTIFIED, State.CALLED_BACK},
    StepKind.CLOSE: {State.CALLED_BACK},
    StepKind.REOPEN: {State.NOTIFIED, State.CALLED_BACK, State.CLOSED, State.WITHDRAWN},
    StepKind.WITHDRAW: WORKED | {State.RECEIVED, State.DECIDED},
    StepKind.MERGE: WORKED | {State.RECEIVED},
}


def received(**more: object) -> Case:
    fresh = Case(
        "2603020016", "c-1", Via.CALL, NOW, clocks.ack_due(FLOW, None, NOW), clocks.decision_due(FLOW, None, NOW),
        call_ids=("n-1.1",), number="+8613800000001", call_back_number="+8613800000001", kind="fee", right="knowing",
        audio="complaints/c-1.wav", grade="usual", owner="投诉处理岗",
    )  # fmt: skip
    return replace(fresh, **more)  # type: ignore[arg-type]


def by(person: str = WANG, at: int = NOW + 1000, why: str | None = "如此") -> By:
    return By(person, at, why)


#: Each step, as it is taken with all that it needs.
TAKEN: dict[StepKind, Callable[[Case, By], Change]] = {
    StepKind.SUPPLEMENT: lambda case, by: steps.supplement(FLOW, case, by, Elements(amount=(case.amount or 0) + 1)),
    StepKind.ACCEPT: lambda case, by: steps.accept(FLOW, case, by, Elements(), 1),
    StepKind.ASSIGN: lambda case, by: steps.assign(case, by, "zhao"),
    StepKind.ACKNOWLEDGE: lambda case, by: steps.acknowledge(FLOW, case, by),
    StepKind.PASS_ON: lambda case, by: steps.pass_on(case, by, "branch", f"{case.id}-{case.version + 1}"),
    StepKind.RECEIPT: lambda case, by: steps.receipt(case, by, "已收到"),
    StepKind.EXTEND: lambda case, by: steps.extend(FLOW, case, by, clocks.days_after(FLOW, case.received_at, 60)),
    StepKind.APPROVE: steps.approve,
    StepKind.TELL_EXTENSION: steps.tell_extension,
    StepKind.DECIDE: lambda case, by: steps.decide(FLOW, case, by, DECIDED, Cause.PROCESS),
    StepKind.NOTIFY: steps.notify,
    StepKind.CALL_BACK: lambda case, by: steps.call_back(case, by, CalledBack(True, True)),
    StepKind.CLOSE: steps.close,
    StepKind.REOPEN: lambda case, by: steps.reopen(FLOW, case, by),
    StepKind.WITHDRAW: steps.withdraw,
    StepKind.MERGE: lambda case, by: steps.merge(case, received(id="2603020024", ref="c-2"), by)[0],
}


def after(*kinds: StepKind, case: Case | None = None) -> Case:
    """The case after these steps, each a second after the other, by two people in turn."""
    found = received() if case is None else case
    for number, kind in enumerate(kinds, 1):
        found = TAKEN[kind](found, by((WANG, LI)[number % 2], NOW + number * 1000))[0]
    return found


#: State → the steps to it.
WAYS: dict[State, tuple[StepKind, ...]] = {State.RECEIVED: ()}
for _state, _from, _kind in (
    (State.ACCEPTED, State.RECEIVED, StepKind.ACCEPT),
    (State.ACKNOWLEDGED, State.ACCEPTED, StepKind.ACKNOWLEDGE),
    (State.IN_WORK, State.ACKNOWLEDGED, StepKind.ASSIGN),
    (State.PASSED_ON, State.IN_WORK, StepKind.PASS_ON),
    (State.DECIDED, State.IN_WORK, StepKind.DECIDE),
    (State.NOTIFIED, State.DECIDED, StepKind.NOTIFY),
    (State.CALLED_BACK, State.NOTIFIED, StepKind.CALL_BACK),
    (State.CLOSED, State.CALLED_BACK, StepKind.CLOSE),
    (State.WITHDRAWN, State.IN_WORK, StepKind.WITHDRAW),
    (State.MERGED, State.ACKNOWLEDGED, StepKind.MERGE),
):
    WAYS[_state] = (*WAYS[_from], _kind)


def ready(state: State, kind: StepKind) -> Case:
    """A case in the state, with all else that the step needs."""
    case = after(*WAYS[state])
    assert case.state is state
    if kind in (StepKind.APPROVE, StepKind.TELL_EXTENSION) and state in ALLOWED[kind]:
        case = steps.extend(FLOW, case, by(WANG), clocks.days_after(FLOW, NOW, 60))[0]
    if kind is StepKind.TELL_EXTENSION and state in ALLOWED[kind]:
        case = steps.approve(case, by(LI))[0]
    if kind is StepKind.CALL_BACK and state is State.CALLED_BACK:
        case = replace(case, callback_ok=False)
    if kind is StepKind.DECIDE and state is State.PASSED_ON:
        case = steps.receipt(case, by(), "已收到")[0]
    return case


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", [kind for kind in StepKind if kind is not StepKind.RECEIVE])
def test_each_step_is_taken_where_it_may_be_and_refused_with_the_reason_elsewhere(kind: StepKind, state: State) -> None:
    case = ready(state, kind)
    assert (state in ALLOWED[kind]) == (state in WHERE[kind])
    if state in WHERE[kind]:
        done, step = TAKEN[kind](case, by(LI, NOW + 60_000))
        assert (done.version, step.number, step.case_id) == (case.version + 1, case.version + 1, case.id)
        assert (step.kind, step.state, step.person, step.at) == (kind, done.state, LI, NOW + 60_000)
    else:
        with pytest.raises(ComplaintRefused) as refused:
            TAKEN[kind](case, by(LI, NOW + 60_000))
        assert case.id in str(refused.value) and state.label in str(refused.value) and kind.label in str(refused.value)


def test_the_way_from_the_receipt_to_the_end() -> None:
    done = after(*WAYS[State.CLOSED])
    assert (done.state, done.round, done.satisfied, done.cause) == (State.CLOSED, 1, True, Cause.PROCESS)
    assert (done.accepted_at, done.acknowledged_at) == (NOW + 1000, NOW + 2000)
    assert (done.decided_at, done.notified_at, done.called_back_at, done.closed_at) == tuple(
        NOW + n * 1000 for n in (4, 5, 6, 7)
    )
    record = record_of(done)
    assert record is not None and record.id == done.id
    assert (record.accepted_at, record.decided_at, record.satisfied) == (NOW + 1000, NOW + 4000, True)


# ---- what is needed


def test_nothing_incomplete_is_taken_up() -> None:
    case = received(call_back_number=None, kind=None, right=None, audio=None)
    with pytest.raises(ComplaintRefused, match="回复电话、投诉类别、投诉内容"):
        steps.accept(FLOW, case, by(), Elements(), 1)
    given = Elements("staff", None, None, "柜员态度不好", "+8613900000009")
    done, _ = steps.accept(FLOW, case, by(), given, 1)
    assert (done.kind, done.right, done.call_back_number) == ("staff", "respect", "+8613900000009")


def test_what_cannot_be_had_is_waived_with_a_reason() -> None:
    case = received(call_back_number=None)
    with pytest.raises(ComplaintRefused, match="须写明原因"):
        steps.accept(FLOW, case, by(why=None), Elements(waived=("number",)), 1)
    done, step = steps.accept(FLOW, case, by(why="客户不肯留号码"), Elements(waived=("number",)), 1)
    assert done.missing == () and step.why == "客户不肯留号码"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (Elements(kind="fees"), "没有「fees」.*fee、staff"),
        (Elements(amount=-1), "不能小于 0"),
        (Elements(waived=("phone",)), "没有「phone」"),
        (Elements(summary="  "), "请写明投诉内容"),
    ],
)
def test_what_cannot_be_is_not_written_down(given: Elements, words: str) -> None:
    with pytest.raises(ComplaintRefused, match=words):
        steps.supplement(FLOW, received(), by(), given)


def test_a_right_is_named() -> None:
    with pytest.raises(ComplaintRefused, match="CBA 四十八"):
        steps.accept(FLOW, received(right=None), by(), Elements(), 1)
    assert steps.accept(FLOW, received(right=None), by(), Elements(right=Right.CHOICE), 1)[0].right == "choice"


def test_its_grade_may_shorten_what_the_customer_was_told_never_lengthen_it() -> None:
    grave, _ = steps.accept(FLOW, received(), by(), Elements(amount=50_000), 1)
    assert (grave.grade, grave.owner) == ("grave", "消费者权益保护部")
    assert (grave.ack_due, grave.due) == (local("2026-03-04 00:00") - 1, local("2026-03-10 00:00") - 1)
    told = received(ack_due=NOW + 5, due=NOW + 6)
    usual, _ = steps.accept(FLOW, told, by(), Elements(), 1)
    assert (usual.grade, usual.ack_due, usual.due) == ("usual", NOW + 5, NOW + 6)
    assert steps.accept(FLOW, received(), by(), Elements(), 3)[0].grade == "grave"


def test_a_complex_one_has_thirty_days_and_a_reason() -> None:
    with pytest.raises(ComplaintRefused, match="情况复杂"):
        steps.accept(FLOW, received(), by(why=" "), Elements(), 1, complex=True)
    done, _ = steps.accept(FLOW, received(), by(why="涉及三家机构"), Elements(), 1, complex=True)
    assert done.complex and done.due == local("2026-04-02 00:00") - 1


def test_a_term_that_is_over_is_not_made_longer_by_calling_it_complex() -> None:
    case, reason = received(), "涉及三家机构"
    steps.accept(FLOW, case, by(at=case.due, why=reason), Elements(), 1, complex=True)
    with pytest.raises(ComplaintRefused, match="期限已过"):
        steps.accept(FLOW, case, by(at=case.due + 1, why=reason), Elements(), 1, complex=True)
    assert steps.accept(FLOW, case, by(at=case.due + 1), Elements(), 1)[0].due == case.due, "taken up late it may be"


def test_who_answers_names_the_contact() -> None:
    case = after(StepKind.ACCEPT)
    assert steps.acknowledge(FLOW, case, by())[0].contact == "投诉处理岗 010-88886666"
    assert steps.acknowledge(FLOW, case, by(), "赵敏 010-1")[0].contact == "赵敏 010-1"
    with pytest.raises(ComplaintRefused, match=r"HB 10\.2\.1"):
        steps.acknowledge(policy_flow(handler=None), case, by())


@pytest.mark.parametrize(
    ("part", "words"), [("facts", "核实情况"), ("basis", "依据"), ("reason", "理由"), ("remedies", "救济途径")]
)
@pytest.mark.parametrize("blank", ["", " \n\u3000"])
def test_a_decision_has_four_parts_or_is_refused(part: str, words: str, blank: str) -> None:
    case = after(*WAYS[State.IN_WORK])
    flow = policy_flow(remedies="")
    with pytest.raises(ComplaintRefused, match=f"缺{words}："):
        steps.decide(flow, case, by(), replace(DECIDED, **{part: blank}), Cause.NONE)


def test_further_remedies_are_those_of_the_policy_where_none_are_given() -> None:
    done, _ = steps.decide(FLOW, after(*WAYS[State.IN_WORK]), by(), replace(DECIDED, remedies=""), Cause.NONE)
    assert done.decision is not None and done.decision.remedies == FLOW.complaints.remedies


def test_nothing_is_decided_before_the_department_has_its_order() -> None:
    case = after(*WAYS[State.PASSED_ON])
    with pytest.raises(ComplaintRefused, match="没有回执"):
        steps.decide(FLOW, case, by(), DECIDED, Cause.PROCESS)


def test_the_first_receipt_counts_and_a_second_order_waits_for_its_own() -> None:
    case = steps.receipt(after(*WAYS[State.PASSED_ON]), by(at=NOW + 9000), "webhook 200 R-1")[0]
    with pytest.raises(ComplaintRefused, match="已有回执：webhook 200 R-1"):
        steps.receipt(case, by(at=NOW + 9500), "webhook 200 R-2")
    again = steps.pass_on(case, by(), "cards", "2603020016-9")[0]
    assert (again.work_order, again.receipt, again.receipt_at) == ("2603020016-9", None, None)


@pytest.mark.parametrize("kind", [StepKind.NOTIFY, StepKind.REOPEN, StepKind.WITHDRAW, StepKind.MERGE, StepKind.EXTEND])
def test_some_steps_need_words(kind: StepKind) -> None:
    state = next(state for state in State if state in WHERE[kind])
    with pytest.raises(ComplaintRefused, match="请写明"):
        TAKEN[kind](after(*WAYS[state]), by(why="  "))


def test_who_was_not_reached_is_called_again_and_counts_as_called() -> None:
    case = after(*WAYS[State.NOTIFIED])
    missed, _ = steps.call_back(case, by(), CalledBack(False, True, "n-2.1"))
    assert (missed.state, missed.callback_ok, missed.satisfied) == (State.CALLED_BACK, False, None)
    assert missed.call_ids == ("n-1.1", "n-2.1")
    reached, _ = steps.call_back(missed, by(), CalledBack(True, False))
    assert (reached.callback_ok, reached.satisfied) == (True, False)
    with pytest.raises(ComplaintRefused, match="已经回访过"):
        steps.call_back(reached, by(), CalledBack(True, True))
    assert steps.close(missed, by())[0].state is State.CLOSED


# ---- a longer term


def extension(flow: object = FLOW, days: int = 60, case: Case | None = None) -> Case:
    case = case or after(*WAYS[State.IN_WORK])
    return steps.extend(FLOW, case, by(WANG), clocks.days_after(FLOW, NOW, days))[0]


def test_a_longer_term_counts_when_another_approved_it_and_the_customer_was_told() -> None:
    asked = extension()
    assert asked.effective_due == asked.due and record_of(asked) == record_of(replace(asked, extension=None))
    with pytest.raises(ComplaintRefused, match="申请人以外的人"):
        steps.approve(asked, by(WANG))
    with pytest.raises(ComplaintRefused, match="还没有批准"):
        steps.tell_extension(asked, by(WANG))
    approved, _ = steps.approve(asked, by(LI))
    assert approved.effective_due == approved.due
    told, _ = steps.tell_extension(approved, by(WANG, NOW + 5000))
    assert told.effective_due == told.extended_to == local("2026-05-02 00:00") - 1
    record = record_of(told)
    assert record is not None and record.extended_to == told.extended_to and record.due == asked.due
    assert (record.approved_by, record.extension_told_at) == (LI, NOW + 5000)
    with pytest.raises(ComplaintRefused, match="没有待告知"):
        steps.tell_extension(told, by(WANG))
    with pytest.raises(ComplaintRefused, match="没有待批准"):
        steps.approve(told, by(LI))


def test_without_the_policy_nothing_goes_beyond_thirty_days() -> None:
    case = after(*WAYS[State.IN_WORK])
    with pytest.raises(ComplaintRefused, match=r"没有允许再延期.*2026-04-01.*HB 10.2.2"):
        steps.extend(STRICT, case, by(), clocks.days_after(STRICT, NOW, 31))
    assert steps.extend(STRICT, case, by(), clocks.days_after(STRICT, NOW, 30))[0].extension is not None


def test_with_the_policy_nothing_goes_beyond_ninety_days() -> None:
    case = after(*WAYS[State.IN_WORK])
    with pytest.raises(ComplaintRefused, match=r"最长 90 天.*2026-05-31"):
        steps.extend(FLOW, case, by(), clocks.days_after(FLOW, NOW, 91))
    assert steps.extend(FLOW, case, by(), clocks.days_after(FLOW, NOW, 90))[0].extension is not None


def test_a_term_that_is_over_is_not_extended_to_the_last_millisecond() -> None:
    case = after(*WAYS[State.IN_WORK])
    until = clocks.days_after(FLOW, NOW, 60)
    assert steps.extend(FLOW, case, by(at=case.due), until)[0].extension is not None
    with pytest.raises(ComplaintRefused, match="期限已过"):
        steps.extend(FLOW, case, by(at=case.due + 1), until)
    asked = steps.extend(FLOW, case, by(WANG, case.due), until)[0]
    with pytest.raises(ComplaintRefused, match="期限已过"):
        steps.approve(asked, by(LI, case.due + 1))
    approved = steps.approve(asked, by(LI, case.due))[0]
    with pytest.raises(ComplaintRefused, match="期限已过"):
        steps.tell_extension(approved, by(WANG, case.due + 1))


def test_a_term_is_not_extended_to_what_it_is() -> None:
    case = after(*WAYS[State.IN_WORK])
    with pytest.raises(ComplaintRefused, match="没有晚于"):
        steps.extend(FLOW, case, by(), case.due)


# ---- reopened, withdrawn, merged


def test_a_reopened_complaint_begins_a_round_with_clocks_of_its_own() -> None:
    closed, later = after(*WAYS[State.CLOSED]), NOW + 40 * DAY
    again, _ = steps.reopen(FLOW, closed, by(at=later))
    assert (again.state, again.round, again.version) == (State.ACCEPTED, 2, closed.version + 1)
    assert (again.received_at, again.accepted_at) == (later, later)
    assert (again.ack_due, again.due) == (clocks.ack_due(FLOW, None, later), clocks.decision_due(FLOW, None, later))
    assert (again.decided_at, again.decision, again.satisfied, again.closed_at) == (None, None, None, None)
    assert (again.audio, again.kind, again.call_ids) == (closed.audio, closed.kind, closed.call_ids)
    first, second = record_of(closed), record_of(again)
    assert first is not None and second is not None and (first.id, second.id) == ("2603020016", "2603020016-2")


def test_the_one_that_goes_on_has_the_shorter_terms_and_all_calls() -> None:
    early = received(ack_due=NOW + 5, due=NOW + 6, received_at=NOW - DAY)
    late = received(id="2603020024", ref="c-2", call_ids=("n-1.1", "n-3.1"))
    (gone, _), (stays, step) = steps.merge(early, late, by())
    assert (gone.state, gone.merged_into, record_of(gone)) == (State.MERGED, "2603020024", None)
    assert (stays.state, stays.call_ids) == (State.RECEIVED, ("n-1.1", "n-3.1"))
    assert (stays.received_at, stays.ack_due, stays.due) == (NOW - DAY, NOW + 5, NOW + 6)
    assert step.detail["merged"] == "2603020016"


@pytest.mark.parametrize(("others", "to"), [(None, 15), (40, 40), (80, 60)])
def test_the_one_that_goes_on_has_no_longer_extension_than_the_other_has_time(others: int | None, to: int) -> None:
    def days(number: int) -> int:
        return clocks.days_after(FLOW, NOW, number)

    asked = Extension(days(60), "须核实", WANG, LI)
    into = received(id="2603020024", ref="c-2", extension=asked, extended_to=days(60), extended_by=LI)
    stays = steps.merge(received(extended_to=None if others is None else days(others)), into, by())[1][0]
    assert stays.effective_due == days(to)
    with pytest.raises(ComplaintRefused, match="没有待告知"):
        steps.tell_extension(replace(stays, state=State.IN_WORK), by())


def test_nothing_goes_into_itself_or_into_what_is_decided() -> None:
    with pytest.raises(ComplaintRefused, match="自己"):
        steps.merge(received(), received(), by())
    decided = replace(after(*WAYS[State.DECIDED]), id="2603020024")
    with pytest.raises(ComplaintRefused, match="已作出决定"):
        steps.merge(received(), decided, by())


def test_what_was_withdrawn_says_when() -> None:
    record = record_of(after(*WAYS[State.WITHDRAWN]))
    assert record is not None and record.withdrawn_at == NOW + 4000 and record.decided_at is None


# ---- whatever is tried in whatever order

#: Which of the steps that are allowed (None: any step at all), by whom, and so long after the one before.
ATTEMPTS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(0, 99), st.integers(0, 99)),
        st.sampled_from(sorted(TAKEN)),
        st.sampled_from((WANG, LI)),
        st.integers(0, 3 * DAY),
    ),
    max_size=60,
)


@given(ATTEMPTS)
def test_whatever_is_tried_the_rules_hold(attempts: list[tuple[int | None, StepKind, str, int]]) -> None:
    case, now = received(), NOW
    for choice, kind, person, pause in attempts:
        now += pause
        allowed = sorted(one for one, states in WHERE.items() if case.state in states)
        wanted = allowed[choice % len(allowed)] if choice is not None and allowed else kind
        try:
            done, step = TAKEN[wanted](case, By(person, now, "如此"))
        except ComplaintRefused as refused:
            assert str(refused)
            continue
        assert wanted in allowed and done.version == case.version + 1 == step.number and step.state is done.state
        _rules_hold(case, done, wanted, person, now)
        case = done


def _rules_hold(before: Case, case: Case, kind: StepKind, person: str, now: int) -> None:
    assert case.id == before.id and set(before.call_ids) <= set(case.call_ids)
    times = (case.received_at, case.accepted_at, case.acknowledged_at, case.decided_at, case.notified_at)
    known = [t for t in times if t is not None]
    assert known == sorted(known), "each comes after the one before"
    if kind is not StepKind.REOPEN:
        assert case.round == before.round and case.received_at <= before.received_at
        assert case.ack_due <= before.ack_due and case.due <= before.due, "no clock is ever paused or set back"
        for name in ("accepted_at", "acknowledged_at", "decided_at", "notified_at"):
            assert getattr(before, name) in (None, getattr(case, name)), "what happened stays"
    else:
        assert case.round == before.round + 1 and case.decided_at is None
    if case.extended_to is not None:
        assert case.extended_by is not None and case.extension_told_at is not None
        assert case.extension_told_at <= max(case.due, before.effective_due)
        assert case.extended_to <= clocks.latest(FLOW, case.received_at)
    if kind is StepKind.APPROVE:
        assert before.extension is not None and before.extension.asked_by != person
    if case.state in (State.DECIDED, State.NOTIFIED, State.CALLED_BACK, State.CLOSED):
        assert case.decision is not None and case.cause is not None and case.acknowledged_at is not None
        parts = (case.decision.facts, case.decision.basis, case.decision.reason, case.decision.remedies)
        assert all(part.strip() for part in parts)
    if case.state is State.CLOSED:
        assert case.called_back_at is not None and case.closed_at == now
    record = record_of(case)
    assert (record is None) == (case.state is State.MERGED)
