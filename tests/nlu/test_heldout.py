"""How well the shipped hotline understands sentences that neither its knowledge base nor the fit has seen. One author
wrote the questions, the training sentences and these, so real callers will do worse: measure again on real calls."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ivr.flow.model import TargetKind
from ivr.nlu.intents.evaluation import NONE, Evaluation, Sentence, judge
from ivr.nlu.model import Decision
from tests.nlu import knowing

#: Written before the questions and the way of matching were settled, and after: does the first flatter?
FILES = ("heldout", "heldout2")
HELD = [sentence for name in FILES for sentence in knowing.labelled(name)]


def judged(rows: Sequence[Sentence]) -> Evaluation:
    understanding = knowing.shipped()
    return judge([(row, understanding.understand(row.text)) for row in rows])


def test_nobody_has_seen_these_sentences() -> None:
    seen = {sentence.text for sentence in knowing.labelled("train")} | {
        question for intent in knowing.flow().knowledge.values() for question in (intent.question, *intent.questions)
    }
    assert not seen & {sentence.text for sentence in HELD}
    kinds = [sentence.kind for sentence in HELD]
    assert kinds.count("clean") >= 120 and kinds.count("asr") >= 50 and kinds.count("off") >= 60
    assert len({sentence.text for sentence in HELD}) == len(HELD)


def test_every_intent_is_asked_for() -> None:
    known = set(knowing.flow().knowledge)
    menus = {
        each.id for each in knowing.flow().knowledge.values() if each.target and each.target.kind is TargetKind.MENU
    }
    assert {sentence.intent for sentence in HELD if sentence.kind == "clean"} == known - menus
    assert len(known - menus) == 30 == len(knowing.flow().leaves) + 1
    assert {sentence.intent for sentence in HELD} <= known | {NONE}


@pytest.mark.parametrize(
    ("name", "kind", "accuracy", "wrong"),
    [
        ("heldout", "clean", 0.96, 0.02),
        ("heldout", "asr", 0.95, 0.02),
        ("heldout2", "clean", 0.98, 0.01),
        ("heldout2", "asr", 0.98, 0.01),
    ],
)
def test_intents_are_understood(name: str, kind: str, accuracy: float, wrong: float) -> None:
    found = judged([sentence for sentence in knowing.labelled(name) if sentence.kind == kind])
    print(f"{name} {kind}: {found.accuracy:.1%} of {found.inside}: {found}")
    assert found.accuracy is not None and found.accuracy >= accuracy
    assert found.wrong / found.inside <= wrong, "a wrong turn is worse than a question"
    assert found.asked / found.inside <= 0.17, "questions cost the caller time"


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("信用卡", "cards_menu"),
        ("我想咨询一下贷款", "loans_menu"),
        ("理财", "wealth_menu"),
        ("存款业务", "deposits_menu"),
        ("我的账户", "accounts_menu"),
        ("我的卡丢了", "debit_loss"),
        ("还款", "card_payment_ways"),
    ],
)
def test_a_single_word_leads_somewhere_sensible(said: str, intent: str) -> None:
    meaning = knowing.shipped().understand(said)
    assert meaning.intent == intent and meaning.decision is not Decision.REJECT


def test_what_is_off_topic_is_left_alone() -> None:
    found = judged([sentence for sentence in HELD if sentence.kind == "off"])
    print(f"off topic: {found.false_accepts:.1%} of {found.outside} accepted: {found}")
    assert found.false_accepts is not None and found.false_accepts <= 0.02
    assert found.bothered / found.outside <= 0.08


def test_every_question_of_the_knowledge_base_is_understood() -> None:
    intents = knowing.flow().knowledge.values()
    rows = [Sentence("base", text, each.id) for each in intents for text in (each.question, *each.questions)]
    found = judged(rows)
    print(f"knowledge base: {found}")
    assert found.right / found.inside >= 0.97 and found.wrong + found.missed <= 0.01 * found.inside
