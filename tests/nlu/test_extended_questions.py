"""Labelled sentences become extended questions, where that does no harm."""

from __future__ import annotations

import pytest

from ivr.nlu.intents.evaluation import NONE, Evaluation, Sentence
from ivr.nlu.intents.extended_questions import lessons, measured, replaced, taught
from tests.nlu.knowing import small


def said(text: str, intent: str) -> Sentence:
    """A labelled sentence."""
    return Sentence("标注", text, intent)


def test_new_wordings_are_learnt_by_intent() -> None:
    found = lessons(
        small(), [said("你们早上啥时候上班。", "hours"), said("我那张卡落在出租车上啦", "loss"), said("看电影", NONE)]
    )
    assert dict(found.questions) == {"hours": ("你们早上啥时候上班",), "loss": ("我那张卡落在出租车上啦",)}
    assert found.count == 2 and found.known == () == found.refused


def test_what_is_understood_already_is_left_out_unless_everything_is_wanted() -> None:
    sentence = said("请问一天能转多少", "limit")
    assert lessons(small(), [sentence]).known == (sentence,)
    assert lessons(small(), [sentence], every=True).questions == {"limit": (sentence.text,)}


@pytest.mark.parametrize(
    ("text", "intent", "why"),
    [
        ("我要挂失〔号码〕", "loss", "含有隐藏的号码"),
        ("挂失六二二二零二一二", "loss", "含有隐藏的号码"),
        ("挂失\x1b[2J银行卡", "loss", "含有看不见的字符"),
        ("卡", "loss", "应有 2 到 40 个字"),
        ("挂" * 41, "loss", "应有 2 到 40 个字"),
        ("", "loss", "应有 2 到 40 个字"),
        ("转人工", "nobody", "知识库里没有「nobody」"),
        ("营业时间", "hours", "知识库里已经有"),
        ("营业 时间？", "hours", "知识库里已经有"),
        ("营业时间", "loss", "与「hours」的问法「营业时间」冲突"),
    ],
)
def test_what_does_harm_is_refused_with_its_reason(text: str, intent: str, why: str) -> None:
    (one,) = lessons(small(), [said(text, intent)], every=True).refused
    assert one.why == why


def test_of_two_labels_of_the_same_words_the_first_is_learnt() -> None:
    both = [
        said("那个东西坏了怎么弄", "papers"),
        said("那个东西坏了怎么弄。", "loss"),
        said("那个东西坏了怎么弄", "papers"),
    ]
    found = lessons(small(), both)
    assert found.questions == {"papers": ("那个东西坏了怎么弄",)}
    assert [one.why for one in found.refused] == ["与「papers」的问法「那个东西坏了怎么弄」冲突"]


def test_what_was_learnt_is_understood_and_the_old_flow_stays_as_it_was() -> None:
    flow, new = small(), {"loss": ("落在出租车上啦",)}
    held = [said("卡落在出租车上啦", "loss"), said("营业时间", "hours"), said("今天天气不错", NONE)]
    before, after = measured(flow, held), measured(taught(flow, new), held)
    assert (before.right, before.inside, before.left) == (1, 2, 1)
    assert (after.right + after.asked, after.inside, after.left) == (2, 2, 1)
    assert "落在出租车上啦" not in flow.knowledge["loss"].questions
    assert measured(flow, []) == Evaluation(0, 0, 0, 0, 0, 0, 0, 0)


def test_spaces_and_marks_around_a_sentence_go() -> None:
    assert replaced(said(" 我 要，挂失。", "loss")).text == "我要，挂失"
