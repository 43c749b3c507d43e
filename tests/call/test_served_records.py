"""What a caller whom the machine serves leaves in the records: simulated calls of the shipped flow, from the keys to
the figures (HB 7.1.4, 7.3.2, 7.3.3; CBA 附件1)."""

from __future__ import annotations

import pytest

from ivr.bank.operations import Operation
from ivr.call.simulation import Simulation
from ivr.flow.steps.effects import InDoubt, Refused, Unavailable
from ivr.metrics.patterns import events_of, flags
from ivr.records.days import local_day, zone
from ivr.records.exchange.lines import from_line, to_line
from ivr.records.facts import Answered, Ended, FirstPrompt, Offered
from ivr.records.folding.fold import fold
from ivr.records.model import Call
from ivr.report.record_text import describe
from tests.dialogue.test_steps import CARD, PIN, call, press, verified
from tests.flows_for_tests import OPEN
from tests.metrics.told import figures, pair


def recorded(made: Simulation, name: str = "c") -> Call:
    """The record of a simulated call."""
    begun = [Offered(OPEN - 2000, name, "in", "95000", "+8613800000001", "normal"), Answered(OPEN - 1000)]
    last = max(fact.t for fact in made.facts)
    return fold(name, [*begun, FirstPrompt(OPEN - 500), *made.facts, Ended(last + 1000, "caller", "16")])


def told(*calls: Call) -> dict[str, tuple[object, object]]:
    """Numerator and denominator of each figure of the day."""
    day = local_day(OPEN)
    return {id_: pair(figure) for id_, figure in figures(*calls, since=day).items()}


def test_a_balance_that_was_told_counts_as_served_by_the_machine() -> None:
    made = press(press(verified("11"), "1"), "2")
    made.silence()
    one = recorded(made)
    assert [(check.method, check.attempts, check.outcome) for check in one.verifications] == [("pin", 1, "verified")]
    assert one.customer_id is not None and one.transactions == () and one.handoffs == ()
    assert len(one.completed_leaf) == 1
    done = told(one)
    assert done["cba.voice_diversion"] == (1, 1) and done["cba.voice_diversion_resolved_share"] == (1, 1)
    assert done["ours.identity_proved"] == (1, 1)


def test_a_lost_card_is_one_transaction_with_its_reference_proved_before() -> None:
    made = press(press(verified("41"), "1"), "1")
    made.silence()
    one = recorded(made)
    (deed,) = one.transactions
    assert (deed.operation, deed.outcome) == ("report_loss", "done") and deed.reference
    done = told(one)
    assert done["ours.transactions"] == (1, 1) and done["ours.transactions_identified"] == (1, 1)
    assert done["cba.voice_diversion_resolved_share"] == (1, 1)
    # no sound is kept of a simulated call, and that is told
    assert done["ours.transaction_calls_recorded"] == (0, 1)
    assert f"挂失：已办成，凭证号 {deed.reference}" in describe(one, None, zone())


def test_a_write_in_doubt_is_neither_served_nor_failed() -> None:
    made = press(verified("41"), "1")
    made.effects.answer_next(Operation.REPORT_LOSS, InDoubt())
    made.effects.answer_next(Operation.OUTCOME, Unavailable())
    press(made, "1")
    one = recorded(made)
    assert [str(deed.outcome) for deed in one.transactions] == ["in_doubt"] and one.completed_leaf == ()
    assert one.handoffs and told(one)["cba.voice_diversion_resolved_share"] == (0, 1)


@pytest.mark.parametrize("calls", [1, 2])
def test_three_wrong_pins_are_one_verification_and_two_such_calls_are_looked_at(calls: int) -> None:
    found = []
    for number in range(calls):
        made = call("11")
        for _ in range(3):
            made.effects.answer_next(Operation.VERIFY, Refused("wrong"))
            press(press(made, f"{CARD}#"), PIN)
        found.append(recorded(made, f"c{number}"))
    assert [(check.attempts, check.outcome) for check in found[0].verifications] == [(3, "wrong")]
    assert found[0].customer_id is None
    flagged = flags(event for one in found for event in events_of(one))
    assert len(flagged) == calls - 1


def test_nothing_that_was_keyed_is_in_any_form_of_the_record() -> None:
    for made in (press(press(verified("41"), "1"), "1"), press(verified("11"), "1")):
        one = recorded(made)
        line = to_line(one)
        assert from_line(line) == one
        for text in (line, describe(one, None, zone()), repr(made.facts)):
            assert CARD not in text and PIN not in text and CARD[-8:] not in text
