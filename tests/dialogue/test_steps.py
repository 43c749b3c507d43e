"""The steps of the shipped leaves, without a telephone: keys and the bank's answers in, sentences and facts out."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.bank.operations import OPERATIONS, Operation
from ivr.bank.results import Booking, Holdings, Outcome, Transactions, Verified
from ivr.bank.secret import Secret
from ivr.bank.vocabulary import BookingKind, Direction, Level, OutcomeStatus
from ivr.call.simulated_effects import SimulatedEffects
from ivr.call.simulation import Simulation
from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import (
    Await,
    Caller,
    EffectEnded,
    End,
    Enqueue,
    Event,
    HungUp,
    Key,
    Listen,
    NoInput,
    QueueOutcome,
    SecretKeys,
    Turn,
)
from ivr.flow.steps.effects import BankRequest, Done, Effect, InDoubt, Refused, Result, Unavailable
from ivr.records.facts import CustomerKnown, IdentityChecked, LeafCompleted, SurveyAnswered, TransactionEnded
from tests.dialogue.test_shipped_flow import shipped
from tests.flows_for_tests import OPEN

CARD, PIN = "6222021234567890128", "135790"


def call(*presses: str, caller: Caller | None = None) -> Simulation:
    """A call in which these keys were pressed, each group as one answer or as single keys."""
    made = Simulation(shipped(), OPEN, None, caller=caller)
    for keys in presses:
        press(made, keys)
    return made


def press(made: Simulation, keys: str) -> Simulation:
    """Press on, as `ivr try` does."""
    rest = keys
    while rest:
        rest = made.press_on(rest)
    return made


def said(made: Simulation) -> list[str]:
    """The prompts since the last key."""
    return [prompt for prompt, _ in made.texts()]


def facts(made: Simulation, kind: type) -> list[object]:
    """The facts of a kind."""
    return [fact for fact in made.facts if isinstance(fact, kind)]


def verified(*presses: str) -> Simulation:
    """A call to a leaf whose caller was verified by card and PIN."""
    return press(press(call(*presses), f"{CARD}#"), PIN)


def test_a_balance_is_told_after_card_and_pin_and_not_before() -> None:
    made = call("11")
    assert said(made) == ["verify_intro", "verify_number"]
    press(made, f"{CARD}#")
    assert said(made) == ["verify_pin"]
    press(made, PIN)
    assert made.conversation.identity.level is Level.VERIFIED
    assert said(made)[0] == "choose_account", "two accounts: one is chosen"
    press(made, "1")
    assert said(made)[0] == "account_balance_result"
    assert "一千二百三十四元五角六分" in made.texts()[0][1]
    assert [fact.outcome for fact in facts(made, IdentityChecked)] == ["verified"]  # type: ignore[attr-defined]
    assert len(facts(made, CustomerKnown)) == 1


def test_who_was_verified_is_not_asked_again_for_another_business() -> None:
    made = verified("11")
    press(made, "1")
    press(made, "2")
    assert said(made)[0] == "as_you_wish"
    press(made, "**")
    press(made, "31"[:1])
    assert made.conversation.identity.level is Level.VERIFIED
    press(made, "3")
    assert said(made)[0] == "loan_result", "the one loan is taken unasked"


def test_three_wrong_pins_lead_to_an_agent_and_to_no_further_try() -> None:
    made = call("11")
    for _ in range(3):
        made.effects.answer_next(Operation.VERIFY, Refused("wrong"))
        press(press(made, f"{CARD}#"), PIN)
    assert said(made)[0] == "verify_exhausted" and made.order is not None and made.order.queue == "general"
    assert [fact.attempts for fact in facts(made, IdentityChecked)] == [1, 2, 3]  # type: ignore[attr-defined]
    assert made.conversation.identity.level is Level.NONE


def test_a_balance_that_was_heard_is_served_whatever_the_caller_says_to_the_offer() -> None:
    made = press(verified("11"), "1")
    made.hang_up()
    assert [fact.leaf_id for fact in facts(made, LeafCompleted)] == ["account_balance"]  # type: ignore[attr-defined]
    early = press(verified("11"), "1")
    early.hang_up(early=True)
    assert facts(early, LeafCompleted) == []


def test_the_banks_own_lock_is_told() -> None:
    made = call("11")
    made.effects.answer_next(Operation.VERIFY, Refused("locked"))
    press(press(made, f"{CARD}#"), PIN)
    assert said(made)[0] == "verify_locked" and made.order is not None
    assert [(fact.attempts, fact.outcome) for fact in facts(made, IdentityChecked)] == [(1, "locked")]  # type: ignore[attr-defined]


@pytest.mark.parametrize("number", ["6222021234567890123", "110105194912310021", "1234567"])
def test_a_number_that_cannot_be_one_is_no_try(number: str) -> None:
    made = press(call("11"), f"{number}#")
    assert said(made)[0] in ("verify_wrong_number", "answer_again") and said(made)[-1] == "verify_number"
    assert made.conversation.identity.tries == 0


def test_without_a_pin_the_last_of_the_id_number_proves_it() -> None:
    made = press(press(call("11"), "11010519491231002*"), "#")
    assert said(made) == ["verify_id_digits"]
    press(made, "31002*")
    assert made.conversation.identity.level is Level.VERIFIED


def test_the_registered_number_and_four_digits_identify_for_a_loss() -> None:
    made = call("41", caller=Caller("+8613800000001", customer="c1"))
    assert said(made) == ["recording_notice", "verify_intro", "verify_id4"]
    press(made, "002*")
    assert made.conversation.identity.level is Level.IDENTIFIED


def test_a_loss_is_read_back_carried_out_once_and_its_reference_said_twice() -> None:
    made = verified("41")
    press(made, "1")
    assert said(made)[0] == "loss_confirm" and facts(made, TransactionEnded) == []
    press(made, "1")
    assert said(made)[:2] == ["loss_done", "reference_again"]
    (ended,) = facts(made, TransactionEnded)
    assert (ended.operation, ended.outcome) == ("report_loss", "done")  # type: ignore[attr-defined]
    assert [fact.leaf_id for fact in facts(made, LeafCompleted)] == ["debit_loss"]  # type: ignore[attr-defined]


def test_nothing_is_done_without_a_yes() -> None:
    made = verified("41")
    press(made, "12")
    assert said(made)[0] == "not_done" and facts(made, TransactionEnded) == []
    made.silence()
    assert facts(made, LeafCompleted) == []


DOUBT = (Operation.REPORT_LOSS, InDoubt())


def outcome(status: OutcomeStatus, reference: str | None = None) -> tuple[Operation, Result]:
    """What the bank says of a write when it is looked up."""
    return Operation.OUTCOME, Done(Outcome(status, reference))


@pytest.mark.parametrize(
    ("answers", "prompt", "told"),
    [
        ([DOUBT, outcome(OutcomeStatus.DONE, "20261")], "loss_done", "done"),
        ([DOUBT, outcome(OutcomeStatus.FAILED)], "bank_down", "failed"),
        ([DOUBT, outcome(OutcomeStatus.UNKNOWN)], "bank_in_doubt", "in_doubt"),
        ([DOUBT, (Operation.OUTCOME, Unavailable())], "bank_in_doubt", "in_doubt"),
        ([(Operation.REPORT_LOSS, Refused("already"))], "loss_already", "refused"),
        ([(Operation.REPORT_LOSS, Refused("other"))], "bank_refused", "refused"),
        ([(Operation.REPORT_LOSS, Unavailable())], "bank_down", "failed"),
    ],
)
def test_what_became_of_a_write_is_told_as_it_is(
    answers: list[tuple[Operation, Result]], prompt: str, told: str
) -> None:
    made = verified("41")
    press(made, "1")
    for operation, result in answers:
        made.effects.answer_next(operation, result)
    press(made, "1")
    assert said(made)[0] == prompt
    (ended,) = facts(made, TransactionEnded)
    assert ended.outcome == told  # type: ignore[attr-defined]
    assert (made.order is not None) == (prompt in ("bank_down", "bank_in_doubt", "bank_refused"))


def test_an_empty_list_is_an_answer() -> None:
    made = call("142")
    made.effects.answer_next(Operation.HOLDINGS, Done(Holdings(0, ())))
    press(press(made, f"{CARD}#"), PIN)
    assert said(made)[0] == "no_holdings"
    made.silence()
    assert [fact.leaf_id for fact in facts(made, LeafCompleted)] == ["wealth_holdings"]  # type: ignore[attr-defined]


def bookings(number: int, more: str | None) -> Result:
    """A part of the list of bookings."""
    one = Booking("2026-11-02", Direction.OUT, 1250, BookingKind.PURCHASE)
    return Done(Transactions((one,) * number, more))


def test_the_last_bookings_are_told_five_at_a_time_as_far_back_as_the_bank_has_them() -> None:
    made = press(verified("11"), "1")
    for part in (bookings(7, "s-20"), bookings(5, "s-10"), bookings(1, None)):
        made.effects.answer_next(Operation.TRANSACTIONS, part)
    lines = []
    press(made, "1")
    for _ in range(4):
        lines.append(said(made).count("transaction_line"))
        if "more_items" in said(made):
            press(made, "1")
    assert lines == [5, 2, 5, 1]
    assert "more_items" not in said(made)


def test_who_has_heard_enough_is_not_asked_of_the_bank_again() -> None:
    made = press(verified("11"), "1")
    made.effects.answer_next(Operation.TRANSACTIONS, bookings(5, "s-10"))
    made.effects.answer_next(Operation.TRANSACTIONS, Unavailable())
    press(made, "1")
    press(made, "2")
    assert made.order is None and "bank_down" not in said(made)
    again = press(verified("11"), "1")
    again.effects.answer_next(Operation.TRANSACTIONS, bookings(5, "s-10"))
    again.effects.answer_next(Operation.TRANSACTIONS, Unavailable())
    press(press(again, "1"), "1")
    assert said(again)[0] == "bank_down" and again.order is not None


def test_the_rates_are_the_banks_own_and_those_of_the_flow_where_it_cannot_say() -> None:
    made = call("131")
    assert said(made)[:2] == ["rate_line", "rate_line"] and "rates_of_the_day" in said(made)
    made.silence()
    assert [fact.leaf_id for fact in facts(made, LeafCompleted)] == ["deposit_rates"]  # type: ignore[attr-defined]
    without = call("13")
    without.effects.answer_next(Operation.RATES, Unavailable())
    press(without, "1")
    assert said(without)[0] == "deposit_rates_info" and without.order is None
    without.silence()
    assert [fact.leaf_id for fact in facts(without, LeafCompleted)] == ["deposit_rates"]  # type: ignore[attr-defined]


def test_nobody_keys_a_pin_while_the_bank_is_known_to_be_away() -> None:
    made = call("1")
    made.effects.bank_answers = False
    press(made, "1")
    assert said(made)[0] == "bank_down" and made.order is not None
    assert facts(made, IdentityChecked) == []


def test_without_a_bank_its_business_is_done_by_agents() -> None:
    talk = Conversation(shipped(), Caller(None), OPEN, bank=False)
    talk.start(OPEN)
    talk.on(Key(OPEN, "1", 9))
    turn = talk.on(Key(OPEN, "1", 9))
    assert turn is not None and isinstance(turn.then, Enqueue) and turn.say[0].prompt == "by_agent"


def test_after_an_agent_the_caller_is_asked_how_content_he_is() -> None:
    made = call("0")
    made.leave_queue(QueueOutcome.ANSWERED)
    assert said(made)[:2] == ["agent_left", "survey_question"]
    press(made, "3")
    assert said(made)[:3] == ["survey_sorry", "survey_reason", "survey_thanks"] and made.over
    answers = [(fact.score, fact.audio_ref) for fact in facts(made, SurveyAnswered)]  # type: ignore[attr-defined]
    assert answers == [(3, None), (3, "message")], "what he says about it is kept, and the answer without it, too"


def test_who_does_not_answer_the_survey_is_bidden_goodbye() -> None:
    made = call("0")
    made.leave_queue(QueueOutcome.ANSWERED)
    made.silence()
    assert made.over and said(made) == ["goodbye"] and facts(made, SurveyAnswered) == []
    wrong = call("0")
    wrong.leave_queue(QueueOutcome.ANSWERED)
    press(wrong, "7")
    assert said(wrong)[0] == "answer_again"
    press(wrong, "7")
    assert wrong.over


# ---- the gate

KEYS = st.text("0123456789*#", min_size=1, max_size=4)
RESULTS = st.sampled_from(["done", "refused", "unavailable", "doubt"])


def answer(effect: Effect, how: str, level: Level) -> Result:
    """What comes of an effect; a proof gives `level`."""
    usual = SimulatedEffects().carry_out(effect)
    if how == "done":
        return usual
    if how == "refused":
        return Refused("wrong" if isinstance(effect, BankRequest) and effect.operation is Operation.VERIFY else "other")
    return InDoubt() if how == "doubt" and isinstance(effect, BankRequest) and effect.serial else Unavailable()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(KEYS, RESULTS), max_size=25), st.randoms(use_true_random=False))
def test_no_operation_is_asked_for_below_its_level_and_none_twice(
    moves: list[tuple[str, str]], chance: random.Random
) -> None:
    """Random keys and random answers of the bank: what is asked of it never needs more than was proved, a write comes
    right after a question that was answered with yes, and no write has the number of another."""
    talk = Conversation(shipped(), Caller("+8613800000001", customer="c1" if chance.random() < 0.5 else None), OPEN)
    at, proved = OPEN, Level.NONE
    serials: set[int] = set()
    turn: Turn | None = talk.start(OPEN)
    for keys, how in moves:
        at += 1000
        while turn is not None and isinstance(turn.then, Await):
            effect = turn.then.effect
            if isinstance(effect, BankRequest):
                spec = OPERATIONS[effect.operation]
                assert proved >= spec.auth, effect.operation
                assert effect.serial not in serials or effect.serial == 0
                assert (effect.serial > 0) == spec.write
                serials.add(effect.serial)
            result = answer(effect, how, proved)
            if isinstance(effect, BankRequest) and effect.operation is Operation.VERIFY and isinstance(result, Done):
                assert isinstance(result.value, Verified)
                proved = max(proved, result.value.level)
            turn = talk.on(EffectEnded(at, len(turn.say), turn.then.number, result))
        if turn is None or isinstance(turn.then, End | Enqueue):
            break
        turn = talk.on(_event(turn.then, keys, at, len(turn.say), chance))
        assert talk.identity.level <= proved


def _event(then: object, keys: str, at: int, heard: int, chance: random.Random) -> Event:
    if isinstance(then, Listen) and then.secret:
        good = [CARD, PIN, "31002X", "002X", keys]
        return SecretKeys(at, Secret(chance.choice(good)), heard) if chance.random() < 0.9 else Key(at, "#", heard)
    if chance.random() < 0.05:
        return NoInput(at)
    return Key(at, keys[0], heard)


def test_a_hang_up_while_a_write_is_under_way_is_settled_for_the_record() -> None:
    made = verified("41")
    press(made, "1")
    talk = made.conversation
    turn = talk.on(Key(made.now, "1", 9))
    assert turn is not None and isinstance(turn.then, Await) and talk.writing
    assert talk.on(HungUp(made.now, 0)) is None
    effect = talk.settle(made.now, InDoubt())
    assert effect is not None
    assert talk.settle(made.now, Done(Outcome(OutcomeStatus.DONE, "20261"))) is None
    assert [type(fact).__name__ for fact in talk.closing] == ["TransactionEnded", "LeafCompleted"]
