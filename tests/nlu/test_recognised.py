"""How well the shipped hotline understands what a recogniser really wrote of the spoken test callers (tests/speech).
Their sentences are not those of the knowledge base, but questions and callers have one family of authors: real callers
will do worse."""

from __future__ import annotations

import pytest

from ivr.flow.model import SlotKind
from ivr.nlu import Context, yes_no
from ivr.nlu.intents.evaluation import NONE, judge
from tests.nlu import knowing

ROWS = knowing.labelled("recognised")


def test_nothing_is_learnt_from_it() -> None:
    seen = {row.text for name in knowing.TRAINING for row in knowing.labelled(name) if len(row.text) > 4}
    assert not seen & {row.text for row in ROWS if row.intent != NONE}


@pytest.mark.parametrize(
    ("kind", "accuracy", "asked"),
    [
        ("clean", 0.97, 0.12),
        ("noise15", 0.92, 0.25),
        ("quiet", 0.97, 0.15),
        ("gsm", 0.92, 0.20),
        ("ulaw", 0.97, 0.15),
        ("clipped", 0.75, 0.25),
    ],
)
def test_intents_are_understood(kind: str, accuracy: float, asked: float) -> None:
    rows = [row for row in ROWS if row.kind == kind]
    found = judge([(row, knowing.shipped().understand(row.text)) for row in rows])
    print(f"{kind}: {found.accuracy:.1%} of {found.inside}: {found}")
    assert found.accuracy is not None and found.accuracy >= accuracy
    assert found.asked / found.inside <= asked


@pytest.mark.parametrize("kind", ["off", "nonspeech"])
def test_nothing_that_is_no_business_of_the_bank_is_accepted(kind: str) -> None:
    found = judge([(row, knowing.shipped().understand(row.text)) for row in ROWS if row.kind == kind])
    assert found.outside >= 15 and found.taken == 0 and found.bothered <= 0.1 * found.outside


def test_yes_and_no() -> None:
    rows = [row for row in ROWS if row.kind in ("yes", "no")]
    heard = [knowing.shipped().understand(row.text, Context(SlotKind.YES_NO)).slots.yes for row in rows]
    right = [answer is (row.kind == "yes") for row, answer in zip(rows, heard, strict=True)]
    assert len(right) >= 40 and sum(right) / len(right) >= 0.98
    assert all(yes_no(row.reference) is (row.kind == "yes") for row in rows)
