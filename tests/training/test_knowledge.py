"""What the knowledge base learns from labels: nothing is written where callers would be understood worse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.errors import FlowError, LabelError
from ivr.flow.loader import require
from ivr.nlu.intents.evaluation import Evaluation, Sentence
from ivr.nlu.intents.extended_questions import Lessons, lessons
from ivr.records.model import Annotation, Call, Turn
from ivr.training.knowledge import Effect, changed_files, difference, material, write
from tests.cli.labelled import OPENING, a_call
from tests.flow import small

#: Two sentences understood, three of off-topic talk left alone.
BEFORE = Evaluation(right=2, asked=0, wrong=0, misled=0, missed=0, taken=0, bothered=0, left=3)


def labelled(number: int, text: str, gold: str | None, *, valid: bool = True) -> tuple[Call, Turn]:
    """A caller's only turn, as somebody labelled it."""
    call = a_call(number, (text, text, None, 0.3, "rephrase"))
    note = Annotation(call.turns[0].turn_id, "甲", text, valid, 1, intent_gold=gold)
    turn = replace(call.turns[0], annotations=(note,))
    return replace(call, turns=(turn,)), turn


def test_callers_are_learnt_from_or_measured_on_never_both() -> None:
    turns = [labelled(at, text, "opening") for at, text in enumerate(OPENING)]
    turns += [labelled(7, "噪声", "opening", valid=False), labelled(8, "没有人判断", None)]
    found = material(turns, None, 1)
    assert len(found.learnt) + len(found.measuring) == len(OPENING) and found.learnt and found.measuring
    assert not set(found.learnt) & set(found.measuring)
    assert material(turns, None, 1) == found
    assert [one.text for one in material(turns, {turns[0][1].turn_id}, 1).learnt] == [OPENING[0]]


def test_what_is_learnt_is_written_with_who_and_why(tmp_path: Path) -> None:
    folder = small.write(tmp_path / "flows")
    found = lessons(require(folder), [Sentence("标注", OPENING[0], "opening")])
    changed = changed_files(folder, found, "李四", "标注训练")
    assert OPENING[0] in difference(folder, changed) and OPENING[0] not in (folder / "knowledge.yaml").read_text()
    write(folder, changed, Effect(BEFORE, BEFORE))
    flow = require(folder)
    assert OPENING[0] in flow.knowledge["opening"].questions and flow.revision.author == "李四"


@pytest.mark.parametrize(
    "after",
    [replace(BEFORE, right=1, missed=1), replace(BEFORE, taken=1, left=2)],
    ids=["fewer are understood", "off-topic talk is taken"],
)
def test_what_makes_callers_be_understood_worse_is_not_written(tmp_path: Path, after: Evaluation) -> None:
    folder = small.write(tmp_path / "flows")
    there = (folder / "knowledge.yaml").read_bytes()
    with pytest.raises(LabelError, match="变差"):
        write(folder, {"knowledge.yaml": "x"}, Effect(BEFORE, after))
    assert (folder / "knowledge.yaml").read_bytes() == there


def test_questions_that_break_the_knowledge_base_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    folder = small.write(tmp_path / "flows")
    flow = require(folder)
    other = next(id for id in flow.knowledge if id != "opening")
    clash = Lessons({"opening": (flow.knowledge[other].question,)}, (), ())
    with pytest.raises(FlowError, match="没有写入"):
        changed_files(folder, clash, None, "")
    assert require(folder).knowledge == flow.knowledge
