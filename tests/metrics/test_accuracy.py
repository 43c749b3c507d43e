"""Recognition figures: the worked cases of requirements 2.3.2, checked against jiwer."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.metrics.labels.accuracy import Aligned, Step, align, interval, steps
from ivr.metrics.labels.norm import norm_v1
from tests.metrics.told import call, figures, pair, turn

WORKED = [
    ("我要查信用卡余额", "我要查余额", (5, 0, 3, 0), 62.5, 40.0),
    ("我要挂失", "我要挂失银行卡", (4, 0, 0, 3), 25.0, 57.1),
    ("转人工", "专人工", (2, 1, 0, 0), 66.7, 66.7),
    ("查余额", "嗯", (0, 1, 2, 0), 0.0, -200.0),
]
WORDS = st.text(st.sampled_from("我要查信用卡余额挂失银行嗯"), max_size=12)


@pytest.mark.parametrize(("said", "heard", "counts", "a", "b"), WORKED)
def test_the_worked_cases(said: str, heard: str, counts: tuple[int, ...], a: float, b: float) -> None:
    done = figures(call(turns=(turn(said, heard),)))
    by_reference, by_output = done["cba.asr_accuracy"], done["cba.asr_accuracy_hyp_denominator"]
    hits, subs, dels, ins = counts
    assert align(said, heard) == Aligned(hits, subs, dels, ins)
    assert dict(by_reference.parts) == {
        "hits": hits, "subs": subs, "dels": dels, "ins": ins, "n_turns": 1, "false_speech_chars": 0,
        "errors_corrected": subs + dels + ins,
    }  # fmt: skip
    assert pair(by_reference) == (hits - ins, hits + subs + dels)
    assert round(100 * (by_reference.value or 0), 1) == a
    assert round(100 * (by_output.value or 0), 1) == b


def test_the_four_together_are_micro_averaged() -> None:
    calls = [call(str(at), turns=(turn(said, heard),)) for at, (said, heard, *_) in enumerate(WORKED)]
    done = figures(*calls, rounds=200)
    figure = done["cba.asr_accuracy"]
    assert pair(figure) == (8, 18)
    assert round(100 * (figure.value or 0), 2) == 44.44  # the mean of the turns would be 38.54
    assert pair(done["cba.asr_accuracy_hyp_denominator"]) == (6, 16)
    assert done["cba.asr_accuracy_hyp_denominator"].value == 0.375
    assert figure.interval is not None and figure.interval[0] <= 8 / 18 <= figure.interval[1]
    assert figure == figures(*reversed(calls), rounds=200)["cba.asr_accuracy"]  # seeded, whatever the order


def test_what_it_was_taken_for_counts_apart() -> None:
    taken = replace(turn("信用卡账单", "新用卡账单"), corrected="信用卡账单")
    figure = figures(call(turns=(taken,)))["cba.asr_accuracy"]
    assert (pair(figure), dict(figure.parts)["errors_corrected"]) == ((4, 5), 0)


def test_noise_taken_for_speech_is_reported_and_not_counted() -> None:
    done = figures(call(turns=(turn("", "喂", valid=False), turn("旁人", "旁边人", valid=False))))["cba.asr_accuracy"]
    assert (done.value, dict(done.parts)["false_speech_chars"], done.excluded) == (None, 1, (("not_valid", 2),))


def test_more_insertions_than_characters_go_below_zero() -> None:
    assert figures(call(turns=(turn("好", "好的没有问题"),)))["cba.asr_accuracy"].value == -4.0


def test_spaces_digits_and_full_width_are_no_errors() -> None:
    done = figures(call(turns=(turn("转１００元。", "转 一百 元"),)))
    assert done["cba.asr_accuracy"].value == 1.0


def test_the_latest_annotation_corrects_the_earlier() -> None:
    first, second = turn("余额", "余额"), turn("金额", "余额", t=9_999_999_999_999, annotator="乙")
    both = turn("x", "余额", annotator="丙")
    notes = (*second.annotations, *first.annotations)
    kept = figures(call(turns=(type(both)("t", 0, 0, "余额", annotations=notes),)))
    assert pair(kept["cba.asr_accuracy"]) == (1, 2)


def test_turns_that_nobody_annotated_are_in_no_figure() -> None:
    done = figures(call(turns=(turn("余额", "余额"), type(turn("", ""))("t2", 0, 0, "随便说说"))))
    assert pair(done["cba.asr_accuracy"]) == (2, 2)
    assert pair(done["ours.voice_recognition"]) == (0, 1)


def test_the_alignment_can_be_shown() -> None:
    assert steps("转人工", "专人工吧") == [
        Step("replace", "转", "专"), Step("equal", "人工", "人工"), Step("insert", "", "吧"),
    ]  # fmt: skip
    assert steps("查余额", "查余") == [Step("equal", "查余", "查余"), Step("delete", "额", "")]


@settings(deadline=None)
@given(WORDS.filter(bool), WORDS)
def test_counts_agree_with_jiwer(said: str, heard: str) -> None:
    ours, theirs = align(said, heard), jiwer.process_characters(norm_v1(said), norm_v1(heard))
    assert (ours.hits, ours.subs, ours.dels, ours.ins) == (
        theirs.hits, theirs.substitutions, theirs.deletions, theirs.insertions,
    )  # fmt: skip
    assert ours.errors / ours.reference == theirs.cer
    assert (ours.reference, ours.output) == (len(norm_v1(said)), len(norm_v1(heard)))


@given(WORDS, WORDS)
def test_the_alignment_spells_both_texts(said: str, heard: str) -> None:
    found = steps(said, heard)
    assert "".join(step.reference for step in found) == norm_v1(said)
    assert "".join(step.output for step in found) == norm_v1(heard)


# ---- the interval


def test_the_interval_is_the_same_for_the_same_seed_and_any_order() -> None:
    calls = [(7, 10), (9, 10), (10, 10), (2, 4), (0, 3)]
    shuffled = random.Random(4).sample(calls, len(calls))
    assert interval(calls, seed=1, rounds=300) == interval(shuffled, seed=1, rounds=300)
    assert interval(calls, seed=1, rounds=300) != interval(calls, seed=2, rounds=300)


def test_the_interval_narrows_with_more_calls() -> None:
    few = interval([(1, 2), (2, 2)] * 5, seed=1, rounds=400)
    many = interval([(1, 2), (2, 2)] * 500, seed=1, rounds=400)
    assert few is not None and many is not None
    assert few[0] < many[0] < 0.75 < many[1] < few[1]


@pytest.mark.parametrize(
    ("calls", "rounds"), [([], 10), ([(1, 2)], 10), ([(1, 2), (1, 2)], 0), ([(0, 0), (-1, 0)], 10)]
)
def test_too_little_has_no_interval(calls: list[tuple[int, int]], rounds: int) -> None:
    assert interval(calls, seed=1, rounds=rounds) is None


def test_calls_that_are_all_alike_leave_no_doubt() -> None:
    assert interval([(9, 10)] * 20, seed=1, rounds=50) == (0.9, 0.9)


# ---- intents and interactions


@pytest.mark.parametrize(
    ("fields", "right", "judged", "unjudged"),
    [
        ({"asr_ok": True, "intent_ok": True}, 1, 1, 0),
        ({"asr_ok": True, "intent_ok": False}, 0, 1, 0),
        ({"asr_ok": False, "intent_ok": False}, 0, 0, 0),  # a wrong hearing is not the understanding's fault
        ({"asr_ok": False, "intent_ok": True}, 0, 0, 0),
        ({"intent_ok": True}, 1, 1, 0),  # heard letter by letter: asr_ok is filled in
        ({"asr_ok": True}, 0, 0, 1),
        ({"asr_ok": True, "intent": "loss", "intent_gold": "loss"}, 1, 1, 0),
        ({"asr_ok": True, "intent": None, "intent_gold": "loss"}, 0, 1, 0),
        ({"asr_ok": True, "intent": "loss", "intent_gold": "loss", "intent_ok": False}, 0, 1, 0),
        ({"valid": False, "asr_ok": True, "intent_ok": True}, 0, 0, 0),
        # none of the hotline's business ("-"): right is who left it alone, a false accept is an error
        ({"asr_ok": True, "intent": None, "intent_gold": "-"}, 1, 1, 0),
        ({"asr_ok": True, "intent": "fallback", "intent_gold": "-"}, 1, 1, 0),
        ({"asr_ok": True, "intent": "loss", "intent_gold": "-"}, 0, 1, 0),
        ({"asr_ok": True, "intent": "fallback", "intent_gold": "loss"}, 0, 1, 0),
    ],
)
def test_intent_accuracy(fields: dict[str, Any], right: int, judged: int, unjudged: int) -> None:
    done = figures(call(turns=(turn("挂失", "挂失", **fields),)))["cba.intent_accuracy"]
    assert (pair(done), done.excluded) == ((right, judged), (("unjudged", unjudged),))


def test_a_wrong_hearing_is_seen_without_the_annotators_word() -> None:
    done = figures(call(turns=(turn("挂失", "挂是", intent_ok=True),)))
    assert pair(done["cba.intent_accuracy"]) == (0, 0)


def test_interaction_accuracy() -> None:
    notes = [turn("a", "a", interaction_ok=ok) for ok in (True, True, False, None)]
    done = figures(call(turns=(*notes, turn("a", "a", valid=False, interaction_ok=False))))["cba.interaction_accuracy"]
    assert (pair(done), done.excluded) == ((2, 3), (("unjudged", 1),))


@pytest.mark.parametrize(
    ("intent", "action", "understood"),
    [
        ("loss", None, 1),
        ("loss", "say", 1),
        (None, "say", 0),
        ("", None, 0),
        ("fallback", None, 0),
        ("loss", "fallback", 0),
        ("loss", "offer_agent", 0),
        ("loss", "hand_over", 0),
        (None, "rephrase", 0),
        ("loss", "confirm:loss", 1),
        (None, "repeat", 1),  # 重听 is no intent, and understood
        (None, "slot:card", 1),
    ],
)
def test_voice_recognition_counts_what_was_understood(intent: str | None, action: str | None, understood: int) -> None:
    done = figures(call(turns=(turn("a", "a", intent=intent, action=action),)))
    assert pair(done["ours.voice_recognition"]) == (understood, 1)
