"""Secrets that are keyed where the shipped leaves ask for them show in no fact, turn, event, record or transcript
(CBA 十三), whatever they are and whatever comes of them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.bank.operations import Operation
from ivr.call.simulation import Simulation
from ivr.call.transcript import scene
from ivr.dialogue.model import Await
from ivr.flow.steps.effects import InDoubt, Refused, Unavailable
from ivr.records.journal.lines import fact_line
from tests.dialogue.test_shipped_flow import shipped
from tests.flows_for_tests import OPEN

CARDS = st.sampled_from(["6222021234567890128", "11010519491231002*", "4000001234567899"])
DIGITS = st.text("0123456789", min_size=6, max_size=6)
#: What comes of the proof; None: it is right.
ENDS = st.sampled_from([None, Refused("wrong"), Refused("locked"), Unavailable(), InDoubt()])


def shown(made: Simulation) -> str:
    """Everything of the last move that anything could write down."""
    parts = [*scene(made), repr(made.turn), *(repr(fact) for fact in made.fresh)]
    parts += [fact_line("n1-1", fact).decode() for fact in made.facts]
    if made.turn is not None and isinstance(made.turn.then, Await):
        parts += [repr(made.turn.then.effect), str(made.turn.then.effect)]
    return "\n".join(parts)


@settings(max_examples=40)
@given(st.lists(st.tuples(CARDS, DIGITS, ENDS), min_size=1, max_size=3), st.sampled_from(["11", "41"]))
def test_no_secret_is_shown(tries: list[tuple[str, str, object]], leaf: str) -> None:
    made = Simulation(shipped(), OPEN, None)
    rest = leaf
    while rest:
        rest = made.press_on(rest)
    assert made.secret
    for number, pin, end in tries:
        if not made.secret:
            break
        if end is not None:
            made.effects.answer_next(Operation.VERIFY, end)  # type: ignore[arg-type]
        for keys in (f"{number}#", pin):
            if made.secret:
                made.press_on(keys)
            told = shown(made)
            for digits in (number.rstrip("*"), pin):
                assert digits not in told, told
