"""The fit: what it learns from, what it gives, and that the shipped weights are what it gave."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ivr.nlu import fit
from ivr.nlu.judging import Judged, Sentence, judge, sentences
from ivr.nlu.matcher import Matcher, mix
from ivr.nlu.model import Decision, Meaning
from ivr.nlu.weights import FITTED, Weights
from tests.flow import small as small_flow
from tests.nlu import knowing

TRAIN = [
    Sentence("clean", "卡丢了帮我挂失", "loss"),
    Sentence("clean", "你们几点开门", "hours"),
    Sentence("asr", "转帐先额", "limit"),
    Sentence("off", "晚上吃什么", "-"),
    Sentence("off", "几点放学", "-"),
]


def matcher() -> Matcher:
    return Matcher(list(knowing.small().knowledge.values()))


def test_the_script_prints_weights_and_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert fit.main([str(knowing.FLOWS), str(knowing.HERE / "train.tsv"), str(knowing.HERE / "heldout.tsv")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Weights(phrase=")
    assert "留出 合计：意图准确率" in said and "训练 off：误受理率" in said


def test_the_shipped_weights_are_as_good_as_the_best() -> None:
    known = Matcher(list(knowing.flow().knowledge.values()))
    learnt = fit.lesson(known, knowing.labelled("train"))
    best, shipped = (worth_of(known, learnt, weights) for weights in (fit.fit(known, learnt), FITTED))
    assert shipped > best - 0.005, "run python -m ivr.nlu.fit flows tests/nlu/train.tsv, and write what it says"


def worth_of(known: Matcher, learnt: fit.Lesson, weights: Weights) -> float:
    scores = mix(known.best(learnt.near, weights), learnt.profile, learnt.cover, weights)
    assert abs(fit.thresholds(scores, learnt, weights).accept - weights.accept) < 0.02
    return fit.worth(scores, learnt, weights)


def test_a_question_left_out_does_not_find_itself() -> None:
    known = matcher()
    found = known.left_out(0)
    assert found.near[:, 0].max() == 0.0
    whole = known.features(known.texts[0])
    assert whole.near[2, 0] == 1.0
    assert found.profile[known.owners[0]] < whole.profile[known.owners[0]]
    assert found.cover[known.owners[0]] < whole.cover[known.owners[0]] == 1.0


def test_without_off_topic_sentences_nothing_is_rejected_by_guess() -> None:
    known = matcher()
    learnt = fit.lesson(known, [row for row in TRAIN if row.intent != "-"])
    weights = fit.fit(known, learnt)
    assert (weights.accept, weights.confirm) == (1.0, 1.0)


def test_thresholds_keep_off_topic_sentences_out() -> None:
    known = matcher()
    learnt = fit.lesson(known, TRAIN)
    weights = fit.fit(known, learnt)
    scores = np.stack(
        [Matcher(list(knowing.small().knowledge.values()), weights).scores(known.features(row.text)) for row in TRAIN]
    )
    assert (scores[3:].max(axis=1) < weights.confirm).all()


def test_a_garbled_sentence_sounds_the_same() -> None:
    pool = fit.homophones(["转账专张", "行"])
    assert pool["转"] != "转" and "行" not in pool
    assert fit.garble("我要转账", pool) != "我要转账"
    assert fit.garble("你好", pool) == "你好"


def test_labelled_lines() -> None:
    assert sentences(["# 说明", "", "clean\t查余额\tbalance\n"]) == [Sentence("clean", "查余额", "balance")]
    with pytest.raises(ValueError, match="第 2 行"):
        sentences(["clean\ta\tb", "clean a b"])


@pytest.mark.parametrize(
    ("intent", "decision", "heard", "second", "outcome"),
    [
        ("a", Decision.ACCEPT, "a", None, "right"),
        ("a", Decision.CONFIRM, "a", None, "asked"),
        ("a", Decision.ASK_WHICH, "b", "a", "asked"),
        ("a", Decision.CONFIRM, "b", "a", "misled"),
        ("a", Decision.ACCEPT, "b", "a", "wrong"),
        ("a", Decision.REJECT, None, "a", "missed"),
        ("-", Decision.ACCEPT, "a", None, "taken"),
        ("-", Decision.CONFIRM, "a", None, "bothered"),
        ("-", Decision.ASK_WHICH, "a", "b", "bothered"),
        ("-", Decision.REJECT, None, None, "left"),
    ],
)
def test_what_became_of_a_sentence(
    intent: str, decision: Decision, heard: str | None, second: str | None, outcome: str
) -> None:
    meaning = Meaning("…", decision, heard, 0.5, second)
    found = judge([(Sentence("clean", "…", intent), meaning)])
    assert getattr(found, outcome) == 1 and found.inside + found.outside == 1


def test_shares_are_of_what_there_is() -> None:
    found = Judged(right=6, asked=3, wrong=1, misled=0, missed=0, taken=1, bothered=2, left=7)
    assert (found.accuracy, found.false_accepts) == (0.9, 0.1)
    nothing = judge([])
    assert (nothing.accuracy, nothing.false_accepts) == (None, None)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_wrong_arguments(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert fit.main(["x"] * count) == 2
    assert "ivr.nlu.fit" in capsys.readouterr().err


def test_wrong_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = tmp_path / "train.tsv"
    assert fit.main([str(knowing.FLOWS), str(train)]) == 2
    train.write_text("一句话\n", encoding="utf-8")
    assert fit.main([str(knowing.FLOWS), str(train)]) == 2
    assert "第 1 行" in capsys.readouterr().err
    train.write_text("clean\t一句话\t没有这个意图\n", encoding="utf-8")
    assert fit.main([str(knowing.FLOWS), str(train)]) == 2
    assert "没有这个意图" in capsys.readouterr().err
    train.write_text("", encoding="utf-8")
    folder = small_flow.write(tmp_path / "flows")
    (folder / "knowledge.yaml").unlink()
    assert fit.main([str(folder), str(train)]) == 2
    assert "knowledge.yaml" in capsys.readouterr().err
    assert fit.main([str(tmp_path / "nowhere"), str(train)]) == 2
