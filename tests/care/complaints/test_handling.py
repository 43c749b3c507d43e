"""People at work on complaints: kept with its audit, two at once, work orders with every kind of bad receiver."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from ivr.care.complaints import survey
from ivr.care.complaints.handling import Handling
from ivr.care.complaints.intake import Received, receive
from ivr.care.complaints.steps import CalledBack, Elements
from ivr.care.complaints.terms import RECEIPT_MS, standing
from ivr.care.complaints.work_orders import collect_receipts, of_order
from ivr.care.notify.channel import MailServer, WebhookSigning
from ivr.care.notify.notifier import MOST_MS, Notifier
from ivr.errors import ApprovalRefused, ComplaintChanged, ComplaintRefused
from ivr.flow.complaint_policy import Department
from ivr.flow.model import Flow
from ivr.people import approvals
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records.approvals.model import ApprovalKind, ApprovalState
from ivr.records.audit.model import AuditEntry
from ivr.records.complaints.model import Case, Cause, Decision, State, StepKind, Via
from ivr.records.deliveries.model import DeliveryState
from ivr.records.deliveries.store import WITHDRAWN
from ivr.records.store import Store
from tests.care.complaints.policies import POLICY, policy_flow
from tests.care.notify import receivers
from tests.flows_for_tests import local

NUMBER = "+8613800000001"
NOW = local("2026-03-02 10:00")
HOUR = 3_600_000
LEFT = Received("c-1", "n-1.1", NUMBER, NUMBER, "fee", "complaints/c-1.wav", 9000, "多收了一笔费", Via.CALL)
DECIDED = Decision("核实。", "依据。", "理由。", "")


def leave(person: str = "wang", action: Action = Action.COMPLAINTS_HANDLE) -> Permit:
    return Permit(action, AuditEntry(person, action.value, "complaint", role="complaints"))


def by(store: Store, person: str = "wang", now: int = NOW, flow: Flow | None = None, **more: int) -> Handling:
    return Handling(store, flow or policy_flow(), leave(person), now, **more)


@pytest.fixture
def case(store: Store) -> Case:
    return receive(store, policy_flow(), LEFT, NOW)


def in_work(store: Store, case: Case, flow: Flow | None = None) -> Case:
    work = by(store, flow=flow)
    work.accept(case.id, Elements())
    work.acknowledge(case.id, None)
    return work.assign(case.id, "zhao")


# ---- kept


def test_every_step_is_in_the_database_with_its_audit_entry(store: Store, case: Case) -> None:
    in_work(store, case)
    work = by(store, now=NOW + HOUR)
    work.decide(case.id, DECIDED, Cause.PROCESS)
    work.notify(case.id, "电话")
    work.call_back(case.id, CalledBack(True, True))
    done = work.close(case.id)
    assert store.complaints.get(case.id) == done and done.state is State.CLOSED
    kinds = [step.kind for step in store.complaints.steps(case.id)]
    assert kinds == [
        StepKind.RECEIVE, StepKind.ACCEPT, StepKind.ACKNOWLEDGE, StepKind.ASSIGN, StepKind.DECIDE, StepKind.NOTIFY,
        StepKind.CALL_BACK, StepKind.CLOSE,
    ]  # fmt: skip
    entries = [kept.entry for kept in reversed(store.audit.list())]
    assert [(one.person, one.target) for one in entries] == [
        ("system", f"complaint:{case.id}"), *[("wang", f"complaint:{case.id}")] * 7
    ]  # fmt: skip
    assert [json.loads(one.detail or "")["step"] for one in entries] == kinds
    assert store.audit.verify() == ()
    text = "".join(f"{one.detail}{one.reason}" for one in entries)
    assert NUMBER not in text and "多收" not in text
    (record,) = store.others()
    assert record.decided_at == NOW + HOUR and record.satisfied is True  # type: ignore[union-attr]


def test_what_is_refused_changes_nothing(store: Store, case: Case) -> None:
    with pytest.raises(ComplaintRefused):
        by(store).close(case.id)
    assert store.complaints.get(case.id) == case and len(store.audit.list()) == 1
    with pytest.raises(ComplaintRefused, match="没有编号为 2603029999"):
        by(store).close("2603029999")


def test_of_two_people_at_once_one_is_told_what_the_other_did(store: Store, case: Case) -> None:
    by(store, "wang", seen=1).accept(case.id, Elements())
    with pytest.raises(ComplaintChanged, match=r"wang.*受理"):
        by(store, "li", seen=1).withdraw(case.id, "客户来电撤回")
    assert [step.person for step in store.complaints.steps(case.id)] == ["system", "wang"]


def test_of_eight_people_in_the_same_instant_one_wins(store: Store, case: Case) -> None:
    gate, won, told = threading.Barrier(8), [], []

    def take(person: str) -> None:
        gate.wait()
        try:
            won.append(by(store, person).accept(case.id, Elements()).version)
        except ComplaintRefused as refused:
            told.append(str(refused))

    threads = [threading.Thread(target=take, args=(f"p{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [2] and len(told) == 7 and all("受理" in one for one in told)
    (first, second) = store.complaints.steps(case.id)
    assert (first.number, second.number, second.kind) == (1, 2, StepKind.ACCEPT)


def test_what_was_missing_is_asked_for_until_it_is_there(store: Store) -> None:
    case = receive(store, policy_flow(), replace(LEFT, kind=None, call_back_number=None), NOW)
    (item,) = store.work.items()
    by(store).supplement(case.id, Elements(kind="fee"))
    assert store.work.items() == (item,)
    by(store).accept(case.id, Elements(call_back_number="+8613900000002"))
    assert store.work.items() == ()


def test_the_third_of_a_customer_is_found_when_it_is_accepted(store: Store) -> None:
    flow = policy_flow()
    later = [receive(store, flow, replace(LEFT, ref=f"c-{n}"), NOW + n) for n in (2, 3, 4)]
    assert by(store).accept(later[0].id, Elements()).grade == "usual"
    assert by(store).accept(later[2].id, Elements()).grade == "grave"


def test_a_merged_complaint_is_counted_once_and_both_know_it(store: Store, case: Case) -> None:
    other = receive(store, policy_flow(), replace(LEFT, ref="c-2", call_id="n-2.1"), NOW + HOUR)
    stays = by(store, now=NOW + 2 * HOUR).merge(other.id, case.id, "同一件事")
    assert stays.call_ids == ("n-1.1", "n-2.1") and stays.id == case.id
    gone = store.complaints.get(other.id)
    assert gone is not None and gone.merged_into == case.id
    (record,) = store.others()
    assert record.id == case.id and record.call_ids == ("n-1.1", "n-2.1")  # type: ignore[union-attr]
    assert [store.complaints.steps(one)[-1].kind for one in (case.id, other.id)] == [StepKind.MERGE] * 2


def test_a_race_for_a_merge_changes_neither(store: Store, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    other = receive(store, policy_flow(), replace(LEFT, ref="c-2"), NOW)
    work = by(store, "li")
    saving = store.complaints.save

    def after_wang(*args: object, **named: object) -> None:
        monkeypatch.undo()
        by(store, "wang").withdraw(case.id, "撤回")
        saving(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(type(store.complaints), "save", lambda _self, *args, **named: after_wang(*args, **named))
    with pytest.raises(ComplaintChanged, match=r"wang.*撤回"):
        work.merge(other.id, case.id, "同一件事")
    assert store.complaints.get(other.id) == other


def test_the_figures_of_a_first_round_stay_when_it_is_reopened(store: Store, case: Case) -> None:
    in_work(store, case)
    work = by(store)
    work.decide(case.id, DECIDED, Cause.SERVICE)
    work.notify(case.id, "电话")
    (before,) = store.others()
    by(store, now=NOW + 20 * 24 * HOUR).reopen(case.id, "客户不满意")
    records = {one.id: one for one in store.others()}  # type: ignore[union-attr]
    assert records[case.id] == before and set(records) == {case.id, f"{case.id}-2"}
    in_work_again = by(store, now=NOW + 20 * 24 * HOUR + 1).acknowledge(case.id, None)
    assert in_work_again.state is State.ACKNOWLEDGED


# ---- work orders


@dataclass
class Clock:
    now: int = NOW

    def __call__(self) -> int:
        return self.now


def notifier(store: Store, clock: Callable[[], int], port: int = 0, seconds: float = 20.0) -> Notifier:
    server = MailServer("127.0.0.1", port, "hotline@bank.example", tls="none")
    return Notifier(
        store.deliveries, server, WebhookSigning("secret-of-the-tests"), clock, seconds, lambda _seconds: None
    )


def with_department(mail: str | None, webhook: str | None) -> Flow:
    return policy_flow(departments={"cards": Department("cards", "信用卡部", mail, webhook)})


def test_a_work_order_is_whole_and_its_receipt_is_entered_once(store: Store, case: Case) -> None:
    with receivers.mail_server() as box, receivers.webhook() as hook:
        flow = with_department("cards@bank.example", hook.url + "/orders")
        in_work(store, case)
        passed, sent = by(store, flow=flow).pass_on(case.id, "cards", "请三日内回复")
        clock = Clock()
        for _ in range(2):
            notifier(store, clock, box.port).work()
        (done,) = collect_receipts(store, NOW + HOUR)
        assert collect_receipts(store, NOW + 2 * HOUR) == ()
    assert len(box.mails) == len(hook.posts) == 1
    order = json.loads(hook.posts[0].body)
    assert order == json.loads(json.dumps(sent.content)) and order["work_order"] == passed.work_order
    for name, value in (
        ("complaint", case.id), ("call_back_number", NUMBER), ("transcript", "多收了一笔费"), ("right", "knowing"),
        ("grade", "一般"), ("instructions", "请三日内回复"), ("due", "2026-03-17T23:59:59.999+08:00"),
        ("recording", "complaints/c-1.wav"), ("calls", ["n-1.1"]),
    ):  # fmt: skip
        assert order[name] == value
    assert done.receipt is not None and done.receipt_at == NOW + HOUR
    assert [step.kind for step in store.complaints.steps(case.id)].count(StepKind.RECEIPT) == 1


def test_a_receiver_that_says_yes_twice_has_said_it_once(store: Store, case: Case) -> None:
    """It takes the order, hangs up before its answer is there, and says yes to the repetition too."""
    with receivers.webhook() as hook:
        hook.hangs_up = 1
        in_work(store, case)
        by(store, flow=with_department(None, hook.url + "/orders")).pass_on(case.id, "cards")
        notifier(store, Clock()).work()
    assert len(hook.posts) == 2 and len({post.headers["Idempotency-Key"] for post in hook.posts}) == 1
    (done,) = collect_receipts(store, NOW + HOUR)
    assert done.receipt == "webhook 200 W-2" and collect_receipts(store, NOW + HOUR) == ()


@pytest.mark.parametrize("way", ["mail", "webhook"])
def test_while_the_receiver_is_down_the_order_waits_and_then_arrives(store: Store, case: Case, way: str) -> None:
    in_work(store, case)
    clock, port = Clock(), receivers.closed_port()
    address = (None, f"http://127.0.0.1:{port}/orders") if way == "webhook" else ("cards@bank.example", None)
    by(store, flow=with_department(*address)).pass_on(case.id, "cards")
    notifier(store, clock, port).work()
    found = store.complaints.get(case.id)
    assert found is not None and found.state is State.PASSED_ON and collect_receipts(store, NOW) == ()
    (waits,) = of_order(store, found)
    assert waits.state is DeliveryState.WAITING and waits.trouble
    with pytest.raises(ComplaintRefused, match="没有回执"):
        by(store).decide(case.id, DECIDED, Cause.PROCESS)
    clock.now += RECEIPT_MS + 1
    assert standing(store, policy_flow(), clock.now).stuck == (found,)
    if way == "mail":
        with receivers.mail_server() as box:
            notifier(store, clock, box.port).work()
        assert len(box.mails) == 1 and collect_receipts(store, clock.now) == (), "a mail server is no department"
        assert standing(store, policy_flow(), clock.now).stuck == (found,)
        by(store).receipt(case.id, "信用卡部张三来电确认")
        assert standing(store, policy_flow(), clock.now).stuck == ()


LEAVING: dict[str, Callable[[Store, str], object]] = {
    "taken back": lambda store, id_: by(store).assign(id_, "zhao"),
    "passed on to others": lambda store, id_: by(store).pass_on(id_, "branch"),
    "withdrawn": lambda store, id_: by(store).withdraw(id_, "客户撤回"),
    "merged": lambda store, id_: by(store).merge(
        id_, receive(store, policy_flow(), replace(LEFT, ref="c-9"), NOW).id, "同一件事"
    ),
}


@pytest.mark.parametrize("way", LEAVING)
def test_a_work_order_that_was_taken_back_is_not_sent(store: Store, case: Case, way: str) -> None:
    in_work(store, case)
    with receivers.webhook() as hook, receivers.mail_server() as box:
        passed, _ = by(store, flow=with_department("cards@bank.example", hook.url)).pass_on(case.id, "cards")
        LEAVING[way](store, case.id)
        notifier(store, Clock(), box.port).work()
        assert hook.posts == [] and box.mails == []
        found = of_order(store, passed)
        assert {(one.state, one.body, one.trouble, one.t_done) for one in found} == {
            (DeliveryState.GIVEN_UP, None, WITHDRAWN, NOW)
        }
        assert store.deliveries.failed() == 0, "nobody has to see to it"
        assert store.deliveries.again(found[0].key, NOW, leave().entry) is None, "nothing is left to be sent"


def test_an_order_that_the_case_is_still_on_is_sent_and_so_is_the_next(store: Store, case: Case) -> None:
    in_work(store, case)
    with receivers.webhook() as hook:
        flow = with_department(None, hook.url)
        by(store, flow=flow).pass_on(case.id, "cards")
        _, second = by(store, flow=flow).pass_on(case.id, "cards")
        by(store).supplement(case.id, Elements(amount=5))
        notifier(store, Clock()).work()
    assert [json.loads(post.body)["work_order"] for post in hook.posts] == [second.order]


def test_an_order_that_nobody_took_for_a_day_is_given_up_and_stuck_until_somebody_enters_it(
    store: Store, case: Case
) -> None:
    in_work(store, case)
    clock, port = Clock(), receivers.closed_port()
    by(store, flow=with_department(None, f"http://127.0.0.1:{port}/orders")).pass_on(case.id, "cards")
    clock.now += MOST_MS
    notifier(store, clock).work()
    found = store.complaints.get(case.id)
    assert found is not None and [one.state for one in of_order(store, found)] == [DeliveryState.GIVEN_UP]
    done = by(store, now=clock.now).receipt(case.id, "电话确认，信用卡部张三已收到")
    assert done.receipt == "电话确认，信用卡部张三已收到"
    assert by(store, now=clock.now).decide(case.id, DECIDED, Cause.PRODUCT).state is State.DECIDED


def test_a_slow_receiver_holds_up_no_step(store: Store, case: Case) -> None:
    in_work(store, case)
    with receivers.dripping(b"HTTP/1.1 200 OK\r\n", b"X", 0.05) as port:
        flow = with_department(None, f"http://127.0.0.1:{port}/orders")
        seconds = receivers.took(lambda: by(store, flow=flow).pass_on(case.id, "cards"))
        notifier(store, Clock(), seconds=0.5).work()
    assert seconds < 1.0
    found = store.complaints.get(case.id)
    assert found is not None and [one.state for one in of_order(store, found)] == [DeliveryState.WAITING]


def test_a_department_without_an_address_gets_the_file(store: Store, case: Case) -> None:
    in_work(store, case)
    passed, sent = by(store).pass_on(case.id, "branch")
    assert sent.by_hand and sent.order == passed.work_order and of_order(store, passed) == ()
    assert by(store).receipt(case.id, "网点王五签收").receipt == "网点王五签收"


def test_there_is_no_such_department(store: Store, case: Case) -> None:
    in_work(store, case)
    with pytest.raises(ComplaintRefused, match="没有部门「loans」，可以是 cards、branch"):
        by(store).pass_on(case.id, "loans")
    assert POLICY.departments.keys() == {"cards", "branch"}


# ---- terms


def test_overdue_and_soon_to_the_millisecond(store: Store, case: Case) -> None:
    flow = policy_flow()
    begins = local("2026-03-05 00:00")  # two working days before Monday the 9th
    assert case.ack_due == local("2026-03-10 00:00") - 1
    for now, soon, late in ((begins - 1, 0, 0), (begins, 1, 0), (case.ack_due, 1, 0), (case.ack_due + 1, 0, 1)):
        found = standing(store, flow, now)
        assert (len(found.soon), len(found.overdue), len(found.terms)) == (soon, late, 1), now


def test_the_decision_has_to_be_told_within_the_term_too(store: Store, case: Case) -> None:
    in_work(store, case)
    by(store).decide(case.id, DECIDED, Cause.PROCESS)
    (late,) = standing(store, policy_flow(), case.due + 1).overdue
    assert late.what == "告知处理决定"
    by(store).notify(case.id, "电话")
    found = standing(store, policy_flow(), case.due + 1)
    assert found.overdue == () and [one.what for one in found.terms] == ["回访"]


# ---- the hotline's own call-back


def test_the_hotline_calls_who_was_told_and_enters_it_once(store: Store, case: Case) -> None:
    in_work(store, case)
    assert survey.to_call_back(store) == ()
    by(store).decide(case.id, DECIDED, Cause.PROCESS)
    told = by(store).notify(case.id, "电话")
    assert survey.to_call_back(store) == (told,)
    done = survey.called_back(store, case.id, CalledBack(True, False, "n-9.1"), NOW + HOUR)
    assert done is not None and (done.state, done.satisfied) == (State.CALLED_BACK, False)
    assert done.call_ids == ("n-1.1", "n-9.1") and store.complaints.steps(case.id)[-1].person == "system"
    assert survey.called_back(store, case.id, CalledBack(True, True), NOW + HOUR) is None
    assert survey.to_call_back(store) == () and survey.called_back(store, "1", CalledBack(False), NOW) is None


def test_a_call_back_that_somebody_made_meanwhile_stays(store: Store, case: Case) -> None:
    in_work(store, case)
    by(store).decide(case.id, DECIDED, Cause.PROCESS)
    by(store).notify(case.id, "电话")
    mine = by(store).call_back(case.id, CalledBack(True, True))
    assert survey.called_back(store, case.id, CalledBack(False), NOW) is None
    assert store.complaints.get(case.id) == mine


# ---- a longer term is a request among all others


def test_an_extension_is_asked_for_approved_by_another_and_carried_out_once(store: Store, case: Case) -> None:
    flow = policy_flow(extension=90)
    in_work(store, case, flow)
    by(store, flow=flow).extend(case.id, 40, "须向外地机构核实")
    by(store, flow=flow).extend(case.id, 60, "须向外地机构核实")
    (asked,) = [one for one in store.approvals.list() if one.state(NOW) is ApprovalState.OPEN]
    assert (asked.kind, asked.target, asked.requested_by) == (ApprovalKind.EXTENSION, f"complaint:{case.id}", "wang")
    with pytest.raises(ApprovalRefused, match="ivr complaints approve"):
        approvals.approve(store, leave("li", Action.COMPLAINTS_EXTEND_APPROVE), asked.id, NOW)
    by(store, "li", flow=flow).approve(case.id, "情况属实")
    assert store.approvals.get(asked.id).state(NOW) is ApprovalState.APPROVED
    told = by(store, "zhao", flow=flow).tell_extension(case.id, "电话")
    assert told.extended_by == "li" and store.approvals.get(asked.id).state(NOW) is ApprovalState.USED
    with pytest.raises(ComplaintRefused, match="没有待告知"):
        by(store, flow=flow).tell_extension(case.id, "电话")


def test_what_was_refused_among_the_approvals_is_not_approved_on_the_complaint(store: Store, case: Case) -> None:
    flow = policy_flow(extension=90)
    in_work(store, case, flow)
    asked = by(store, flow=flow).extend(case.id, 60, "须核实")
    (request,) = store.approvals.list()
    permit = leave("li", Action.COMPLAINTS_EXTEND_APPROVE)
    approvals.refuse(store, replace(permit, entry=replace(permit.entry, reason="不必")), request.id, NOW)
    with pytest.raises(ApprovalRefused, match=r"已由 li.*否决"):
        by(store, "qian", flow=flow).approve(case.id)
    assert store.complaints.get(case.id) == asked
    by(store, flow=flow).extend(case.id, 60, "须核实，附材料")
    assert by(store, "qian", flow=flow).approve(case.id).extension is not None
