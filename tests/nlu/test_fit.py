"""The fit: what it learns from, what it gives, and that the shipped weights are what it gave."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ivr.nlu.intents import fit
from ivr.nlu.intents.evaluation import Evaluation, Sentence, judge, sentences
from ivr.nlu.intents.matcher import Matcher
from ivr.nlu.intents.weights import FITTED
from ivr.nlu.model import Decision, Meaning
from tests.flow import small as small_flow
from tests.nlu import knowing

TRAIN = [
    Sentence("clean", "卡丢了帮我挂失", "loss"),
    Sentence("clean", "你们几点开门", "hours"),
    Sentence("asr", "转帐先额", "limit"),
    Sentence("off", "晚上吃什么", "-"),
    Sentence("off", "几点放学", "-"),
]


@cache
def matcher() -> Matcher:
    return Matcher(list(knowing.small().knowledge.values()))


@cache
def left_out() -> fit.LeftOut:
    return fit.LeftOut(matcher())


@cache
def lesson() -> fit.Lesson:
    return fit.lesson(matcher(), TRAIN)


def trained() -> list[Sentence]:
    return [row for name in knowing.TRAINING for row in knowing.labelled(name)]


def test_the_script_prints_weights_and_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the small flow: the whole of the shipped one is fitted below."""
    flows, train, held = small_flow.write(tmp_path / "flows"), tmp_path / "train.tsv", tmp_path / "held.tsv"
    lines = ["clean\t我想开户\topening", "clean\t账户的事情\taccounts", "clean\t找个客服\tagent", "off\t晚上吃什么\t-"]
    train.write_text("\n".join(lines), encoding="utf-8")
    held.write_text("\n".join(["clean\t要开个户\topening", "off\t几点放学\t-"]), encoding="utf-8")
    assert fit.main([str(flows), str(train), "--held", str(held)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Weights(profile=")
    assert "留出 held 合计：意图准确率" in said and "训练 train off：误受理率" in said


def test_the_shipped_weights_are_as_good_as_the_best() -> None:
    learnt = fit.lesson(Matcher(list(knowing.flow().knowledge.values())), trained())
    best = fit.fit(learnt)
    assert fit.loss(learnt, FITTED) < fit.loss(learnt, best) + 0.003, (
        "run python -m ivr.nlu.intents.fit, write what it says"
    )
    assert abs(best.accept - FITTED.accept) < 0.02 and abs(best.confirm - FITTED.confirm) < 0.04


def test_a_question_left_out_does_not_find_itself() -> None:
    known = matcher()
    left = left_out()
    row = known.texts.index("银行卡挂失")
    owner = known.owners[row]
    whole, without = known.features("银行卡挂失"), left.features("银行卡挂失")
    assert whole.near[owner] == 1.0 > without.near[owner]
    assert without.profile[owner] < whole.profile[owner]


def test_leaving_out_is_the_same_as_never_having_had_it() -> None:
    """The regression without a question, by the shortcut and made anew."""
    flow = knowing.small()
    without = {**flow.knowledge, "loss": replace(flow.knowledge["loss"], questions=())}
    made_anew = Matcher(list(without.values()))
    left = left_out().features("卡丢了怎么办", "我的卡丢了")
    assert np.abs(left.near - made_anew.features("卡丢了怎么办").near).max() < 1e-9
    # the rarity of pieces still counts the question, so the profiles are near, not the same
    assert np.abs(left.profile - made_anew.features("卡丢了怎么办").profile).max() < 0.02


def test_what_was_misheard_is_compared_without_what_was_said() -> None:
    left = left_out()
    own, misheard = left.features("我的咔都了"), left.features("我的咔都了", "我的卡丢了")
    loss = matcher().ids.index("loss")
    assert misheard.profile[loss] < own.profile[loss]


def test_without_off_topic_sentences_nothing_is_accepted_by_guess() -> None:
    weights = fit.fit(fit.lesson(matcher(), [row for row in TRAIN if row.intent != "-"]))
    assert (weights.accept, weights.confirm) == (1.0, 1.0)


def test_thresholds_keep_off_topic_sentences_out() -> None:
    known = list(knowing.small().knowledge.values())
    weights = fit.fit(lesson())
    fitted = Matcher(known, weights)
    assert all(fitted.scores(fitted.features(row.text)).max() < weights.confirm for row in TRAIN if row.intent == "-")


def test_the_fit_is_the_same_every_time_and_better_than_its_start() -> None:
    learnt = lesson()
    weights = fit.fit(learnt)
    assert fit.fit(learnt) == weights
    assert fit.loss(learnt, weights) < fit.loss(learnt, replace(FITTED, profile=1.0, near=1.0))


def test_labelled_lines() -> None:
    assert sentences(["# 说明", "", "clean\t查余额\tbalance\n"]) == [Sentence("clean", "查余额", "balance")]
    assert sentences(["asr\t查鱼儿\tbalance\t查余额"]) == [Sentence("asr", "查鱼儿", "balance", "查余额")]
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
    found = Evaluation(right=6, asked=3, wrong=1, misled=0, missed=0, taken=1, bothered=2, left=7)
    assert (found.accuracy, found.false_accepts) == (0.9, 0.1)
    nothing = judge([])
    assert (nothing.accuracy, nothing.false_accepts) == (None, None)


@pytest.mark.parametrize("given", [[], ["x"], ["--held", "x", "y"]])
def test_wrong_arguments(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert fit.main(given) == 2
    assert "ivr.nlu.intents.fit" in capsys.readouterr().err


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
