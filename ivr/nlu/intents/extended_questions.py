"""Labelled sentences → extended questions for the knowledge base, and what they change (CBA 十八, 二十一)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from ivr.flow.model import Flow
from ivr.nlu.intents.evaluation import NONE, Evaluation, Sentence, judge
from ivr.nlu.masking import MASK, personal
from ivr.nlu.model import Decision
from ivr.nlu.normalise import fold
from ivr.nlu.understanding import Understanding

#: Shorter is a word without a wish, longer is a story.
LEAST, MOST = 2, 40
#: The knowledge base's own bound (ivr check): as alike as this, and they collide.
COLLIDING = 95.0


@dataclass(frozen=True, slots=True)
class Refused:
    """A sentence that does not become a question, and why, for the trainer."""

    sentence: Sentence
    why: str


@dataclass(frozen=True, slots=True)
class Lessons:
    """What labelled sentences give: new extended questions by intent, those that are understood already, the rest."""

    questions: Mapping[str, tuple[str, ...]]
    known: tuple[Sentence, ...]
    refused: tuple[Refused, ...]

    @property
    def count(self) -> int:
        """How many new questions there are."""
        return sum(map(len, self.questions.values()))


def lessons(flow: Flow, labelled: Sequence[Sentence], *, every: bool = False) -> Lessons:
    """What the knowledge base can learn. `every`: also from sentences that are understood already."""
    understanding = Understanding(flow)
    there = {fold(q): id for id, one in flow.knowledge.items() for q in (one.question, *one.questions)}
    questions: defaultdict[str, list[str]] = defaultdict(list)
    known: list[Sentence] = []
    refused: list[Refused] = []
    for sentence in dict.fromkeys(replaced(each) for each in labelled if each.intent != NONE):
        meaning = understanding.understand(sentence.text)
        if why := _unfit(sentence, flow, there):
            refused.append(Refused(sentence, why))
        elif not every and meaning.decision is Decision.ACCEPT and meaning.intent == sentence.intent:
            known.append(sentence)
        else:
            questions[sentence.intent].append(sentence.text)
            there[fold(sentence.text)] = sentence.intent
    return Lessons({id: tuple(found) for id, found in questions.items()}, tuple(known), tuple(refused))


def replaced(sentence: Sentence) -> Sentence:
    """The sentence without the marks and spaces around it, as questions are written."""
    return sentence._replace(text="".join(sentence.text.split()).strip("，。、？！,.?!…~"))


def taught(flow: Flow, questions: Mapping[str, Sequence[str]]) -> Flow:
    """The flow with further extended questions."""
    knowledge = dict(flow.knowledge)
    for id, more in questions.items():
        knowledge[id] = replace(knowledge[id], questions=(*knowledge[id].questions, *more))
    return replace(flow, knowledge=knowledge)


def measured(flow: Flow, labelled: Sequence[Sentence]) -> Evaluation:
    """How well the flow's knowledge understands labelled sentences."""
    understanding = Understanding(flow)
    return judge([(each, understanding.understand(each.text)) for each in labelled])


def _unfit(sentence: Sentence, flow: Flow, there: Mapping[str, str]) -> str:
    """Why a sentence cannot be a question; empty where it can."""
    text, intent = sentence.text, sentence.intent
    words = fold(text)
    if intent not in flow.knowledge:
        return f"知识库里没有「{intent}」"
    if not text.isprintable():
        return "含有看不见的字符"
    if MASK in text or personal(text):
        return "含有隐藏的号码"
    if not LEAST <= len(words) <= MOST:
        return f"应有 {LEAST} 到 {MOST} 个字"
    if there.get(words) == intent:
        return "知识库里已经有"
    for other, id in there.items():
        if id != intent and fuzz.ratio(words, other) >= COLLIDING:
            return f"与「{flow.knowledge[id].label or id}」的问法「{other}」冲突"
    return ""
