"""Complaints on the line, without a telephone: what the caller is asked and told, and what is kept of it whatever he
does (CBA 四十九, 五十一(一), HB 10.1.2, 10.2.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.call.simulated_effects import COMPLAINT, progress
from ivr.call.simulation import Simulation
from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import Await, Caller, EffectEnded, End, Enqueue, Key, NoInput, Turn
from ivr.flow.complaint_policy import ComplaintPolicy
from ivr.flow.model import Flow, Leaf, LeafKind, Level
from ivr.flow.steps.complaint_progress import STATES
from ivr.flow.steps.effects import (
    Done,
    DropMessage,
    Effect,
    FileComplaint,
    FiledComplaint,
    FindComplaint,
    NoteComplaint,
    PlayMessage,
    Recorded,
    RecordMessage,
    Refused,
    Result,
    Unavailable,
)
from ivr.records.facts import LeafCompleted
from tests.dialogue.talking import Talk
from tests.dialogue.test_instead_of_waiting import effect, ended
from tests.dialogue.test_shipped_flow import shipped
from tests.dialogue.test_shipped_speech import understanding
from tests.dialogue.test_steps import facts, press, said
from tests.flows_for_tests import CLOSED, OPEN, reason_of

NUMBER = "+8613800000001"
#: The way to the leaf from the main menu, and on to the recording.
COMPLAIN, RECORD = "51", "1"


def call(*presses: str, number: str | None = NUMBER, at: int = OPEN, flow: Flow | None = None) -> Simulation:
    made = Simulation(flow or shipped(), at, number)
    for keys in presses:
        press(made, keys)
    return made


def performed(made: Simulation, kind: type) -> list[Effect]:
    """The effects of a kind that the last move asked for."""
    return [
        turn.then.effect for turn in made.turns if isinstance(turn.then, Await) and isinstance(turn.then.effect, kind)
    ]


def test_from_the_menu_to_the_number_and_the_deadline() -> None:
    made = call(COMPLAIN)
    assert said(made)[:2] == ["complaint_intro", "complaint_choice"]
    press(made, RECORD)
    assert said(made)[:2] == ["complaint_record", "message_review"]
    press(made, "1")
    assert said(made)[0] == "callback_this_number"
    press(made, "1")
    assert said(made)[0] == "complaint_kind"
    press(made, "2")
    assert performed(made, FileComplaint) == [FileComplaint("message", "cards", NUMBER)]
    assert said(made)[:2] == ["complaint_filed", "complaint_deadline"]
    (told,) = [say for turn in made.turns for say in turn.say if say.prompt == "complaint_filed"]
    assert told.slow and told.values == {"reference": COMPLAINT.reference}
    assert [fact.leaf_id for fact in facts(made, LeafCompleted)] == ["complaint"]  # type: ignore[attr-defined]


def test_the_number_is_said_again_as_often_as_the_caller_likes() -> None:
    made = call(COMPLAIN, RECORD, "1", "1", "2")
    for _ in range(3):
        press(made, "#")
        assert said(made)[:2] == ["complaint_filed", "complaint_deadline"]
        assert performed(made, FileComplaint) == [], "and nothing is filed again"


def test_the_desk_is_a_choice_away_and_knows_why() -> None:
    made = call(COMPLAIN, "2")
    assert made.order is not None and (made.order.queue, made.order.reason) == ("complaints", "complaint")


@pytest.mark.parametrize(("key", "left"), [("1", "录音说明"), ("2", "投诉专员")])
def test_either_way_can_be_said(key: str, left: str) -> None:
    made = call(COMPLAIN)
    assert made.conversation.options[int(key) - 1] == left


def with_closed_desk() -> Flow:
    """The shipped flow with a complaint desk that keeps the hotline's hours."""
    flow = shipped()
    desk = replace(flow.queues["complaints"], hours="service")
    return replace(flow, queues={**flow.queues, "complaints": desk})


def test_while_the_desk_is_closed_the_complaint_is_taken_all_the_same() -> None:
    made = call("31", at=CLOSED, flow=with_closed_desk())
    assert "complaint_choice" not in said(made) and "complaint_record" in said(made)


def test_a_withheld_number_is_asked_for() -> None:
    made = call(COMPLAIN, RECORD, "1", number=None)
    assert said(made)[0] == "callback_number"
    press(press(made, "13912345678#"), "1")
    assert said(made)[0] == "complaint_kind"
    press(made, "5")
    assert performed(made, FileComplaint) == [FileComplaint("message", "staff", "13912345678")]


def test_another_number_than_the_one_that_calls() -> None:
    made = call(COMPLAIN, RECORD, "1", "2")
    press(press(made, "01088886666#"), "1")
    assert performed(made, NoteComplaint) == [NoteComplaint("message", "01088886666")]


def test_who_does_not_say_what_it_is_about_has_complained_all_the_same() -> None:
    made = call(COMPLAIN, RECORD, "1", "1")
    made.silence()
    assert performed(made, FileComplaint) == [FileComplaint("message", None, NUMBER)]
    assert said(made)[0] == "complaint_filed"


def test_it_is_heard_again_and_recorded_anew_in_its_place() -> None:
    made = call(COMPLAIN, RECORD)
    press(made, "2")
    assert performed(made, PlayMessage) == [PlayMessage("message")]
    press(made, "3")
    (again,) = performed(made, RecordMessage)
    assert isinstance(again, RecordMessage) and again.complaint and again.instead_of == "message"
    assert performed(made, DropMessage) == [], "the first one goes only when there is another"


def test_only_who_says_so_drops_it() -> None:
    made = call(COMPLAIN, RECORD, "4")
    assert performed(made, DropMessage) == [DropMessage("message")]
    assert said(made)[0] == "message_dropped" and facts(made, LeafCompleted) == []


def test_where_the_number_cannot_be_given_now_it_is_promised() -> None:
    talk = Line(lambda effect: Unavailable() if isinstance(effect, FileComplaint) else None)
    talk.press("51", "1", "1", "1", "2")
    assert talk.said[0] == "complaint_later"
    notes = [effect for effect, *_ in talk.done if isinstance(effect, NoteComplaint)]
    assert notes[-1] == NoteComplaint(notes[0].ref, notes[0].number, later=True), "and somebody is to call him"


def test_who_says_nothing_goes_to_the_desk() -> None:
    talk = Line(lambda effect: Done(Recorded("", 0)) if isinstance(effect, RecordMessage) else None)
    talk.press("51", "1")
    assert isinstance(talk.turn.then, Enqueue)
    assert (talk.turn.then.queue, talk.turn.then.reason) == ("complaints", "complaint")


def test_without_a_recorder_an_agent_takes_it() -> None:
    talk = Line(lambda effect: Unavailable() if isinstance(effect, RecordMessage) else None)
    talk.press("51", "1")
    assert isinstance(talk.turn.then, Enqueue) and talk.turn.then.queue == "complaints"
    assert talk.said[0] == "fault"


# ---- how far it has come


@pytest.mark.parametrize("state", STATES)
def test_the_state_is_told_to_who_knows_the_number(state: str) -> None:
    made = call("55")
    made.effects.find_next(progress(state))
    press(press(made, f"{COMPLAINT.reference}#"), "1")
    assert said(made)[0] == STATES[state][0]
    assert [fact.leaf_id for fact in facts(made, LeafCompleted)] == ["complaint_progress"]  # type: ignore[attr-defined]


def test_another_telephone_must_know_the_number_that_was_left() -> None:
    made = call("55")
    made.effects.find_next(Refused("prove"))
    press(press(made, f"{COMPLAINT.reference}#"), "1")
    assert said(made)[0] == "complaint_last4"
    press(press(made, "0001"), "1")
    assert performed(made, FindComplaint) == [FindComplaint(COMPLAINT.reference, "0001")]
    assert said(made)[0] == "complaint_received"


def test_after_three_tries_an_agent_looks_it_up() -> None:
    made = call("55")
    for _ in range(3):
        assert made.order is None
        made.effects.find_next(Refused("unknown"))
        press(press(made, "123456#"), "1")
    assert made.order is not None and made.order.queue == "complaints"


def test_nothing_of_the_number_is_in_the_record() -> None:
    made = call("55")
    press(press(made, f"{COMPLAINT.reference}#"), "1")
    assert not [fact for fact in made.facts if COMPLAINT.reference in repr(fact)]


# ---- whatever happens


class Line:
    """A caller on a line whose effects end as `answer` says; None: as in the simulator."""

    def __init__(self, answer: Callable[[Effect], Result | None], number: str | None = NUMBER) -> None:
        self._answer = answer
        self.done: list[tuple[Effect, Result, object]] = []
        self.at = OPEN
        self.talk = Conversation(shipped(), Caller(number), OPEN)
        self.turn: Turn = self.talk.start(OPEN)

    @property
    def said(self) -> list[str]:
        return [say.prompt for say in self.turn.say]

    @property
    def over(self) -> bool:
        return isinstance(self.turn.then, End | Enqueue)

    def press(self, *groups: str) -> None:
        for key in "".join(groups):
            if self.over:
                return
            self.on(Key(self._later(), key, len(self.turn.say)))

    def silent(self) -> None:
        if not self.over:
            self.on(NoInput(self._later()))

    def on(self, event: object) -> None:
        turn = self.talk.on(event)  # type: ignore[arg-type]
        while turn is not None and isinstance(turn.then, Await):
            effect = turn.then.effect
            result = self._answer(effect) or usual(effect)
            self.done.append((effect, result, event))
            turn = self.talk.on(EffectEnded(self._later(), len(turn.say), turn.then.number, result))
        assert turn is not None
        self.turn = turn

    def _later(self) -> int:
        self.at += 1000
        return self.at


def usual(effect: Effect) -> Result:
    match effect:
        case RecordMessage():
            return Done(Recorded("r-1", 5000))
        case FileComplaint():
            return Done(COMPLAINT)
        case _:
            return Done()


OUTCOMES = st.sampled_from(["said", "nothing", "broken"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text("0123456789*#", max_size=3), max_size=20), st.lists(OUTCOMES, min_size=30, max_size=30))
def test_no_keys_lose_what_was_said(moves: list[str], outcomes: list[str]) -> None:
    """What was recorded is filed, or left to be filed when the call ends, unless the caller chose to drop it or said
    something else in its place; and nothing is filed or dropped that was not recorded."""
    serial = iter(range(1, 100))
    fates = iter(outcomes)

    def answer(effect: Effect) -> Result | None:
        if not isinstance(effect, RecordMessage):
            return None
        match next(fates, "said"):
            case "said":
                return Done(Recorded(f"r-{next(serial)}", 5000))
            case "nothing":
                return Done(Recorded("", 0))
            case _:
                return Unavailable()

    line = Line(answer)
    line.press(COMPLAIN, RECORD)
    for keys in moves:
        line.press(keys) if keys else line.silent()
    kept: set[str] = set()
    for asked, result, after in line.done:
        match asked:
            case RecordMessage(instead_of=before) if isinstance(result, Done):
                assert isinstance(result.value, Recorded)
                if result.value.ref:
                    kept = (kept - {before}) | {result.value.ref}
            case DropMessage(ref=ref) | NoteComplaint(ref=ref) | PlayMessage(ref=ref):
                assert ref in kept
                if isinstance(asked, DropMessage):
                    assert isinstance(after, Key) and after.key == "4", "the caller chose it"
                    kept -= {ref}
            case FileComplaint(ref=ref, kind=kind, number=number):
                assert ref in kept and number and (kind is None or kind in shipped().complaints.kinds)
                assert isinstance(result, Done) and isinstance(result.value, FiledComplaint)
            case _:
                continue


def test_without_kinds_in_the_policy_nobody_is_asked_for_one() -> None:
    flow = replace(shipped(), complaints=ComplaintPolicy())
    made = call(COMPLAIN, RECORD, "1", "1", flow=flow)
    assert said(made)[0] == "complaint_filed"
    assert FileComplaint("message", None, NUMBER) in performed(made, FileComplaint)


def test_the_kinds_are_offered_in_the_policys_words_and_order() -> None:
    made = call(COMPLAIN, RECORD, "1", "1")
    assert list(made.conversation.options) == [kind.label for kind in shipped().complaints.kinds.values()]


@pytest.mark.parametrize(
    ("words", "kind"), [("收费", "fees"), ("收费和利息", "fees"), ("服务态度", "staff"), ("贷款", "loans")]
)
def test_a_kind_is_said_in_part_or_whole(words: str, kind: str) -> None:
    made = Talk(shipped(), number=NUMBER, understanding=understanding()).press(COMPLAIN + RECORD)
    ended(made, usual(RecordMessage("")))
    ended(made.press("11"), Done())
    assert effect(made.say(words)) == FileComplaint("r-1", kind, NUMBER)


def test_the_shipped_complaint_needs_no_agent_but_knows_whom_agents_must_know() -> None:
    leaf: Leaf = shipped().leaves["complaint"]
    assert leaf.kind is LeafKind.COMPLAINT and not leaf.for_agents and leaf.known is Level.IDENTIFIED
    assert reason_of(leaf) is None
