"""Who complained is called back once he was told the decision, within the rules of callbacks, and what came of it is
entered once (HB 10.3, CBA 五十一(五))."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ivr.care.complaints import survey
from ivr.care.complaints.intake import Received, receive
from ivr.flow.model import Flow
from ivr.records.audit.model import AuditEntry
from ivr.records.complaints.model import Case, State, Step, StepKind, Via
from ivr.records.facts import Ended, Offered, SurveyAnswered, SurveyInvited
from ivr.records.folding.fold import fold
from ivr.records.store import Store
from ivr.records.work.model import Callback, CallbackState
from ivr.serve.care.complaint_callbacks import ANSWER_MS, ComplaintCallbacks
from tests.care.complaints.policies import policy_flow
from tests.flows_for_tests import CLOSED, OPEN
from tests.serve.test_complaint_intake import empty as empty  # a database with its tables

NUMBER = "+8613800000001"


@dataclass
class Desk:
    store: Store
    flow: Flow
    attended: list[bool] = field(default_factory=list)

    def look(self, now: int = OPEN) -> None:
        ComplaintCallbacks(self.store, lambda: self.flow, lambda: self.attended.append(True)).look(now)

    def case(self, id_: str) -> Case:
        found = self.store.complaints.get(id_)
        assert found is not None
        return found

    def told(self, number: str | None = NUMBER, ref: str = "r-1") -> Case:
        """A complaint whose customer was told the decision."""
        received = Received(ref, "n-1.1", number, number, "fee", None, 0, "多扣了钱", Via.CALL)
        case = receive(self.store, self.flow, received, OPEN)
        after = replace(case, state=State.NOTIFIED, version=case.version + 1, notified_at=OPEN)
        step = Step(case.id, after.version, StepKind.NOTIFY, State.NOTIFIED, "test", OPEN)
        self.store.complaints.save([(after, step)], AuditEntry("test", "complaints.handle", f"complaint:{case.id}"))
        return after

    def callback(self, case: Case) -> Callback:
        found = self.store.work.callback(survey.callback_ref(case))
        assert found is not None
        return found

    def ended(self, case: Case, state: CallbackState, call_id: str | None = "n-2.1", at: int = OPEN) -> None:
        self.store.work.save_callback(replace(self.callback(case), state=state, call_id=call_id, t_closed=at))

    def talked(self, *answer: SurveyInvited | SurveyAnswered) -> None:
        """The record of the call, with what the agent entered."""
        facts = (Offered(OPEN, "n-2.1", "out", "95000", NUMBER, "normal"), *answer, Ended(OPEN + 9, "agent", "16"))
        self.store.save([fold("n-2.1", facts)])


@pytest.fixture
def desk(tmp_path: Path, empty: Path) -> Iterator[Desk]:
    flow = policy_flow()
    one = Desk(Store(f"sqlite:///{shutil.copy(empty, tmp_path)}"), flow)
    yield one
    one.store.close()


def test_who_was_told_the_decision_is_called_back_by_the_desks_queue_once(desk: Desk) -> None:
    case = desk.told()
    desk.look()
    desk.look()
    (callback,) = desk.store.work.open_callbacks()
    assert (callback.queue, callback.number) == (desk.flow.complaints.queue, NUMBER)
    assert survey.called_back_for(callback.parent_call_id) == case.id
    assert desk.attended == [True]


def test_nobody_is_called_at_night_or_where_callbacks_are_not_made(desk: Desk) -> None:
    desk.told()
    anytime = desk.flow
    assert anytime.callbacks is not None
    desk.flow = replace(anytime, callbacks=replace(anytime.callbacks, hours="office"))
    desk.look(CLOSED)
    assert desk.store.work.open_callbacks() == ()
    desk.flow = replace(anytime, callbacks=None)
    desk.look()
    assert desk.store.work.open_callbacks() == ()


def test_a_complaint_that_is_still_worked_on_is_left_alone(desk: Desk) -> None:
    receive(desk.store, desk.flow, Received("r-9", "", NUMBER, NUMBER, "fee", None, 0, "慢", Via.AGENT), OPEN)
    desk.look()
    assert desk.store.work.open_callbacks() == ()


@pytest.mark.parametrize(("score", "satisfied"), [(1, True), (2, False), (3, False)])
def test_how_content_he_is_is_what_the_agent_entered(desk: Desk, score: int, satisfied: bool) -> None:
    case = desk.told()
    desk.look()
    desk.ended(case, CallbackState.DONE)
    desk.talked(SurveyInvited(OPEN, "complaint"), SurveyAnswered(OPEN, "complaint", score))
    desk.look()
    after = desk.case(case.id)
    assert (after.state, after.callback_ok, after.satisfied) == (State.CALLED_BACK, True, satisfied)
    assert "n-2.1" in after.call_ids, "the call is the complaint's, and held with it"


def test_who_did_not_say_was_reached_all_the_same(desk: Desk) -> None:
    case = desk.told()
    desk.look()
    desk.ended(case, CallbackState.DONE)
    desk.talked()
    desk.look(OPEN + ANSWER_MS - 1)
    assert desk.case(case.id).state is State.NOTIFIED, "the agent may still say so"
    desk.look(OPEN + ANSWER_MS)
    assert (desk.case(case.id).callback_ok, desk.case(case.id).satisfied) == (True, None)


def test_who_was_called_in_vain_is_somebodys_work(desk: Desk) -> None:
    case = desk.told()
    desk.look()
    desk.ended(case, CallbackState.GIVEN_UP)
    desk.look()
    assert (desk.case(case.id).state, desk.case(case.id).callback_ok) == (State.CALLED_BACK, False)


def test_a_new_round_is_called_back_again(desk: Desk) -> None:
    case = desk.told()
    assert survey.callback_ref(case) != survey.callback_ref(replace(case, round=2))
    assert survey.called_back_for("node-1.1") is None
