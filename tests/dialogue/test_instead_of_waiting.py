"""Who waits may be called back or leave a message instead (CBA 十四): nothing traps, nothing loses the place, and what
comes to nothing leads back to the question."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.dialogue.model import Await, EffectEnded, End, Enqueue, Key, Listen, QueueOutcome
from ivr.dialogue.state import Position
from ivr.flow.model import Flow, Prompt, PromptKind
from ivr.flow.prompts.waiting import ALL
from ivr.flow.steps import callback, message
from ivr.flow.steps.effects import (
    Done,
    DropMessage,
    KeepMessage,
    PlayMessage,
    Recorded,
    RecordMessage,
    Refused,
    RequestCallback,
    Result,
    Unavailable,
)
from ivr.flow.waiting import Callbacks
from ivr.records.facts import CallbackAsked, HandoffLeft, HandoffRequested
from ivr.records.folding.fold import fold
from tests import flows_for_tests
from tests.dialogue.talking import Talk

CALLER = "+8613800000001"
SPOKEN = {*ALL, *callback.KIND.needed, *message.KIND.needed}


def served(*, callback: bool = True, message: bool = True, policy: Callbacks | None = None) -> Flow:
    """A flow whose general queue offers these."""
    base = flows_for_tests.flow()
    prompts = {name: Prompt(name, PromptKind.NOTICE, {"zh": f"这是{name}。"}) for name in SPOKEN}
    general = replace(base.queues["general"], callback=callback, message=message)
    return replace(
        base,
        prompts={**prompts, **base.prompts},
        queues={**base.queues, "general": general},
        callbacks=policy or Callbacks(("1[3-9]XXXXXXXXX",)),
    )


def waiting(
    outcome: QueueOutcome = QueueOutcome.TIMEOUT, flow: Flow | None = None, number: str | None = CALLER
) -> Talk:
    """Somebody at the queue's question."""
    return Talk(flow or served(), number=number).press("0").back(outcome)


def ended(talk: Talk, result: Result) -> Talk:
    """The effect that the caller waits for has this result."""
    then = talk.turn.then
    assert isinstance(then, Await)
    return talk._then(talk.conversation.on(EffectEnded(talk._later(), 9, then.number, result)))


def effect(talk: Talk) -> object:
    then = talk.turn.then
    assert isinstance(then, Await), then
    return then.effect


def test_the_question_says_what_else_there_is() -> None:
    assert waiting().said == ["queue_timeout", "queue_offer", "callback_option", "message_option"]
    assert waiting(flow=served(callback=False)).said[1:] == ["queue_offer", "message_option"]
    assert waiting(flow=served(message=False)).said[1:] == ["queue_offer", "callback_option"]
    assert waiting(QueueOutcome.ASKED).said == ["queue_offer", "callback_option", "message_option"]


@pytest.mark.parametrize(
    "flow",
    [
        flows_for_tests.flow(),
        served(callback=False, message=False),
        replace(served(message=False), callbacks=None),  # no trunk to call through
    ],
)
def test_a_flow_that_offers_nothing_asks_as_before(flow: Flow) -> None:
    talk = waiting(flow=flow)
    assert talk.said == ["queue_timeout", "queue_offer"]
    assert talk.press("4").said == ["no_match", "queue_offer"]


def test_nobody_is_offered_a_call_at_an_hour_at_which_nobody_is_called() -> None:
    never = replace(flows_for_tests.flow().calendars["service"], weekly=((),) * 7)
    flow = served(policy=Callbacks(("1[3-9]XXXXXXXXX",), hours="never"))
    assert "callback_option" not in waiting(flow=replace(flow, calendars={**flow.calendars, "never": never})).said


def test_a_callback_to_the_number_that_calls() -> None:
    talk = waiting()
    asked_at = next(fact.t for fact in talk.facts if isinstance(fact, HandoffRequested))
    assert talk.press("4").said[0] == "callback_this_number"
    talk.press("1")
    assert effect(talk) == RequestCallback("general", asked_at, CALLER)
    ended(talk, Done())
    assert talk.said == ["callback_accepted", "goodbye"] and isinstance(talk.turn.then, End)
    assert [fact.queue for fact in talk.facts if isinstance(fact, CallbackAsked)] == ["general"]


def test_a_callback_to_another_number_that_is_keyed_and_confirmed() -> None:
    talk = waiting().press("4").press("2")
    assert talk.said[0] == "callback_number"
    talk.key_in("13900000002")
    assert talk.said[0] == "confirm_phone"
    talk.press("1")
    asked = effect(talk)
    assert isinstance(asked, RequestCallback) and asked.number is not None and asked.number.endswith("13900000002")
    assert "1390000" not in repr(asked)


def test_who_withholds_the_number_is_asked_for_one() -> None:
    assert waiting(number=None).press("4").said[0] == "callback_number"


@pytest.mark.parametrize(
    ("result", "why"), [(Refused("not_allowed"), "callback_refused"), (Unavailable("database"), "fault")]
)
def test_what_cannot_be_promised_leads_back_to_the_question(result: Result, why: str) -> None:
    talk = ended(waiting().press("4").press("1"), result)
    assert talk.said == [why, "queue_offer", "callback_option", "message_option"]
    assert not [fact for fact in talk.facts if isinstance(fact, CallbackAsked)]
    assert talk.press("1").queued is not None


def recorded(ms: int = 4000) -> Talk:
    """A message has been recorded."""
    talk = waiting().press("5")
    assert talk.said[0] == "message_intro" and effect(talk) == RecordMessage("general", 120_000)
    return ended(talk, Done(Recorded("m-1" if ms else "", ms)))


def test_a_message_is_heard_again_recorded_anew_and_confirmed() -> None:
    talk = recorded()
    assert talk.said[0] == "message_review"
    assert effect(talk.press("2")) == PlayMessage("m-1")
    ended(talk, Done())
    again = effect(talk.press("3"))
    assert isinstance(again, RecordMessage) and again.instead_of == "m-1"
    ended(talk, Done(Recorded("m-2", 3000)))
    kept = effect(talk.press("1"))
    assert isinstance(kept, KeepMessage) and (kept.ref, kept.number) == ("m-2", CALLER)
    ended(talk, Done("7"))
    assert talk.said == ["message_kept", "goodbye"] and isinstance(talk.turn.then, End)


def test_nothing_said_is_asked_for_once_more() -> None:
    talk = recorded(ms=0)
    assert talk.said == ["message_empty"] and isinstance(effect(talk), RecordMessage)


def test_who_keeps_no_message_is_asked_again() -> None:
    talk = recorded().press("4")
    assert effect(talk) == DropMessage("m-1")
    ended(talk, Done())
    assert talk.said == ["message_dropped", "queue_offer", "callback_option", "message_option"]


@pytest.mark.parametrize("keys", ["4*", "5*", "42*"])
def test_back_is_back_to_the_question(keys: str) -> None:
    talk = waiting()
    talk.press(keys[:-1])
    if isinstance(talk.turn.then, Await):
        ended(talk, Unavailable())
    else:
        talk.press("*")
    assert talk.said[-3:] == ["queue_offer", "callback_option", "message_option"]


# ---- a key out of the queue


def test_who_was_led_out_by_a_key_goes_on_with_the_same_request() -> None:
    """His wait is one, whatever he looks at meanwhile: no figure is made better by it (D9)."""
    talk = waiting(QueueOutcome.ASKED)
    assert not [fact for fact in talk.facts if isinstance(fact, HandoffLeft)]
    for key in ("1", "0"):
        talk.press(key)
        assert talk.said == [] and talk.queued == ("general", 0, "key")
        talk.back(QueueOutcome.ASKED)
    assert len([fact for fact in talk.facts if isinstance(fact, HandoffRequested)]) == 1


@pytest.mark.parametrize(("key", "outcome"), [("2", "abandoned"), ("3", "abandoned"), ("*", "abandoned")])
def test_who_goes_elsewhere_has_left_the_queue(key: str, outcome: str) -> None:
    talk = waiting(QueueOutcome.ASKED).press(key)
    assert [fact.outcome for fact in talk.facts if isinstance(fact, HandoffLeft)] == [outcome]


def test_the_record_of_a_promise_has_one_request() -> None:
    talk = ended(waiting(QueueOutcome.ASKED).press("4").press("1"), Done())
    (one,) = fold("n-1.1", talk.facts).handoffs
    assert (one.outcome, one.refused) == ("callback", False)


def test_the_line_is_told_that_the_caller_comes_back() -> None:
    first = Talk(served(), number=CALLER).press("0").turn.then
    assert isinstance(first, Enqueue) and not first.again
    back = waiting().press("1").turn.then
    assert isinstance(back, Enqueue) and back.again and back.bonus == 1
    key = waiting(QueueOutcome.ASKED).press("1").turn.then
    assert isinstance(key, Enqueue) and key.again and key.bonus == 0


@given(st.integers(0, 2**32), st.sampled_from(QueueOutcome))
def test_no_keys_trap_anybody(seed: int, outcome: QueueOutcome) -> None:
    """Whatever is pressed and however effects end: there is always a next turn, and key 1 at the question waits on."""
    drawn = random.Random(seed)
    talk = waiting(QueueOutcome.TIMEOUT if outcome is QueueOutcome.ANSWERED else outcome)
    results: list[Result] = [Done(), Done(Recorded("m", 900)), Done(Recorded("", 0)), Refused("hours"), Unavailable()]
    for _ in range(40):
        then = talk.turn.then
        if isinstance(then, End):
            return
        if isinstance(then, Enqueue):
            talk.back(drawn.choice([QueueOutcome.TIMEOUT, QueueOutcome.ASKED, QueueOutcome.FULL]))
        elif isinstance(then, Await):
            ended(talk, drawn.choice(results))
        elif isinstance(then, Listen) and then.keys > 1:
            talk.key_in(drawn.choice(["13900000002", "1", "12345678901"]))
        else:
            talk._then(talk.conversation.on(Key(talk._later(), drawn.choice("0123456789*#"), 0)))
    if talk.conversation.place is Position.OFFER:
        assert isinstance(talk.press("1").turn.then, Enqueue)
