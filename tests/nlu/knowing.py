"""Knowledge for the tests: the shipped one, and small ones made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from ivr.flow import require
from ivr.flow.model import Flow, Intent, Target, TargetKind
from ivr.nlu.intents.evaluation import Sentence, sentences
from ivr.nlu.understanding import Understanding
from tests import flows_for_tests

HERE = Path(__file__).parent
FLOWS = HERE.parents[1] / "flows"
#: What the weights are fitted on.
TRAINING = ("train", "misheard")


@lru_cache(maxsize=1)
def flow() -> Flow:
    """What ships in flows/."""
    return require(FLOWS)


@lru_cache(maxsize=1)
def shipped() -> Understanding:
    """Understands with what ships in flows/."""
    return Understanding(flow())


def labelled(name: str) -> list[Sentence]:
    """The sentences of a file: heldout, heldout2, train, misheard."""
    return sentences((HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines())


def intent(id: str, *questions: str, target: Target | None = None, valid_to: date | None = None) -> Intent:
    """An intent that leads to a leaf unless told otherwise."""
    answer = () if target else ("branch_hours_info",)
    return Intent(id, id, questions[0], questions[1:], target, answer, "手册", "客服", valid_to=valid_to)


def small() -> Flow:
    """A flow with three intents that are easy to tell apart, and one for a person."""
    known = [
        intent("hours", "网点几点开门", "营业时间", target=Target(TargetKind.LEAF, "branch_hours")),
        intent("limit", "转账限额是多少", "一天能转多少", target=Target(TargetKind.LEAF, "transfer_limit")),
        intent(
            "loss", "银行卡挂失", "我的卡丢了", target=Target(TargetKind.LEAF, "card_loss"), valid_to=date(2026, 6, 30)
        ),
        intent("papers", "要带什么证件"),
        intent("person", "转人工", target=Target(TargetKind.HANDOFF, "general")),
    ]
    return replace(flows_for_tests.flow(), knowledge={each.id: each for each in known})
