"""Fit the matcher's weights and thresholds: `python -m ivr.nlu.intents.fit FLOWS TRAIN.tsv... [--held
HELD-OUT.tsv...]`.

Learns from every question of the knowledge base, left out of it in turn, and from labelled training sentences, of which
those that are misheard questions are compared without the question they come from; prints the weights for
ivr/nlu/intents/weights.py. Held-out sentences are only measured, never learnt from."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ivr.errors import HotlineError
from ivr.flow import require
from ivr.flow.model import Flow
from ivr.nlu.intents.evaluation import NONE, Sentence, judge, sentences
from ivr.nlu.intents.matcher import MOST_LENGTH, Features, Matcher, softmax, weigh
from ivr.nlu.intents.n_grams import Bools, Floats, Ints, floats
from ivr.nlu.intents.weights import Weights
from ivr.nlu.normalise import bare
from ivr.nlu.understanding import Understanding

#: How much a sentence of each kind counts; questions of the knowledge base are meant to differ from each other.
IMPORTANCE = {"base": 0.3, "clean": 1.0, "asr": 1.0, "off": 1.0}
#: Share of off-topic sentences that may be accepted, and that may be asked about.
TAKEN, BOTHERED = 0.015, 0.12
#: How much large weights are held down; the loss is convex, so a few of Newton's steps, shortened where they go too
#: far, reach its minimum.
_HELD_DOWN = 1e-4
_STEPS, _SHORTEST, _NEAR = 40, 1e-3, 1e-7
_START = Weights(profile=3.0, near=3.0, none=0.0, none_profile=3.0, none_near=3.0, none_length=0.0)
_LEARNT = ("profile", "near", "none", "none_profile", "none_near", "none_length")


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the fit learns from, a row for each sentence: its features, the column of its intent (the last: none), its
    importance, and whether it is a question of the knowledge base itself."""

    features: Features
    intents: Ints
    importance: Floats
    base: Bools


class LeftOut:
    """Compares sentences as if one question were not in the knowledge base. The regression need not be made again for
    that: its solution without a row follows from the inverse of its matrix."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._inverse = floats(np.linalg.inv(matcher.system()))
        self._dual = self._inverse @ matcher.wanted()
        self._places = {text: row for row, text in enumerate(matcher.texts)}

    def features(self, text: str, reference: str = "") -> Features:
        """The features of a text without the question that is the reference or, where none is given, the text."""
        plain = bare(text)
        without = self._places.get(bare(reference or text))
        alike = self._matcher.alike(plain)
        profile = alike @ self._dual
        if without is not None:
            share = (alike @ self._inverse[:, without]) / self._inverse[without, without]
            profile = profile - share * self._dual[without]
        return self._matcher.compare(plain, profile, without)


def lesson(matcher: Matcher, train: Sequence[Sentence]) -> Lesson:
    """The questions of the knowledge base, each left out of it, and the training sentences."""
    left = LeftOut(matcher)
    columns = {**{id: column for column, id in enumerate(matcher.ids)}, NONE: len(matcher.ids)}
    found = [left.features(text) for text in matcher.texts]
    found += [left.features(each.text, each.reference) for each in train]
    count = len(matcher.texts)
    return Lesson(
        features=Features(
            profile=np.stack([each.profile for each in found]),
            near=np.stack([each.near for each in found]),
            length=np.array([float(each.length) for each in found]),
        ),
        intents=np.array([*matcher.owners.tolist(), *(columns[each.intent] for each in train)]),
        importance=np.array([IMPORTANCE["base"]] * count + [IMPORTANCE.get(each.kind, 1.0) for each in train]),
        base=np.arange(count + len(train)) < count,
    )


def fit(learnt: Lesson) -> Weights:
    """The weights under which what was meant is likeliest (the same every time), then the thresholds."""
    weights = _START
    for _ in range(_STEPS):
        slope = _slope(learnt, weights)
        if np.abs(slope).max() < _NEAR:
            break
        weights = _step(learnt, weights, floats(np.linalg.solve(_bend(learnt, weights, slope), slope)))
    weights = replace(weights, **{name: round(getattr(weights, name), 2) for name in _LEARNT})
    return thresholds(softmax(weigh(learnt.features, weights)), learnt, weights)


def _step(learnt: Lesson, weights: Weights, way: Floats) -> Weights:
    """The weights further down that way, by all of it, half, a quarter …; the same where no part of it leads down."""
    here, size = _cost(learnt, weights), 1.0
    while size > _SHORTEST:
        moved = _moved(weights, -size * way)
        if _cost(learnt, moved) < here:
            return moved
        size /= 2
    return weights


def _moved(weights: Weights, way: Floats) -> Weights:
    return replace(weights, **dict(zip(_LEARNT, (_numbers(weights) + way).tolist(), strict=True)))


def _cost(learnt: Lesson, weights: Weights) -> float:
    return loss(learnt, weights) + _HELD_DOWN / 2 * float((_numbers(weights) ** 2).sum())


def _bend(learnt: Lesson, weights: Weights, slope: Floats) -> Floats:
    """How the slope changes with each weight (the Hessian)."""
    ways = np.eye(len(_LEARNT)) * _SHORTEST
    made = np.stack([(_slope(learnt, _moved(weights, way)) - slope) / _SHORTEST for way in ways])
    return (made + made.T) / 2 + _HELD_DOWN * np.eye(len(_LEARNT))


def _numbers(weights: Weights) -> Floats:
    return np.array([getattr(weights, name) for name in _LEARNT])


def _slope(learnt: Lesson, weights: Weights) -> Floats:
    """How the loss changes with each of the learnt weights, in their order."""
    wrong = softmax(weigh(learnt.features, weights))
    wrong[np.arange(len(wrong)), learnt.intents] -= 1.0
    wrong *= (learnt.importance / learnt.importance.sum())[:, None]
    profile, near = learnt.features.profile, learnt.features.near
    length = np.minimum(learnt.features.length, MOST_LENGTH) / 10.0
    inside, none = wrong[:, :-1], wrong[:, -1]
    slopes = [
        (inside * profile[:, :-1]).sum(),
        (inside * near[:, :-1]).sum(),
        none.sum(),
        (none * profile[:, -1]).sum(),
        (none * near[:, -1]).sum(),
        (none * length).sum(),
    ]
    return np.array(slopes) + _HELD_DOWN * _numbers(weights)


def loss(learnt: Lesson, weights: Weights) -> float:
    """Mean surprise (natural logarithm) at what was meant; what the fit makes small."""
    likely = softmax(weigh(learnt.features, weights))[np.arange(len(learnt.intents)), learnt.intents]
    return float(-(np.log(np.maximum(likely, 1e-12)) * learnt.importance).sum() / learnt.importance.sum())


def thresholds(likely: Floats, learnt: Lesson, weights: Weights) -> Weights:
    """The same weights with `accept` and `confirm` where off-topic sentences of the lesson stay within the limits."""
    off = np.sort(likely[(learnt.intents == likely.shape[1] - 1) & ~learnt.base, :-1].max(axis=1))
    if not len(off):
        return weights
    accept, confirm = (float(off[-1 - int(len(off) * share)]) for share in (TAKEN, BOTHERED))
    return replace(weights, accept=round(accept + 0.005, 3), confirm=round(confirm + 0.005, 3))


def report(flow: Flow, weights: Weights, rows: Sequence[Sentence], name: str) -> str:
    """One line of figures for each kind of labelled sentences."""
    understanding = Understanding(flow, weights)
    lines = []
    for kind in [*dict.fromkeys(row.kind for row in rows), None]:
        chosen = [row for row in rows if kind in (None, row.kind)]
        found = judge([(row, understanding.understand(row.text)) for row in chosen])
        share = f"意图准确率 {found.accuracy:.1%}，" if found.accuracy is not None else ""
        share += f"误受理率 {found.false_accepts:.1%}" if found.false_accepts is not None else ""
        lines.append(f"{name} {kind or '合计'}：{share}\n  {found}")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Fit and print; 2 where the arguments or the files are wrong."""
    files, held = _split(arguments)
    if len(files) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        flow = require(Path(files[0]))
        read = {file: sentences(Path(file).read_text(encoding="utf-8").splitlines()) for file in (*files[1:], *held)}
        _check(flow, read)
    except (HotlineError, OSError, ValueError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    matcher = Matcher(list(flow.knowledge.values()))
    weights = fit(lesson(matcher, [row for file in files[1:] for row in read[file]]))
    print(weights)
    for file, rows in read.items():
        print(report(flow, weights, rows, f"{'留出' if file in held else '训练'} {Path(file).stem}"))
    return 0


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The files to learn from, the flow's folder first, and those held out."""
    given = list(arguments)
    at = given.index("--held") if "--held" in given else len(given)
    return given[:at], given[at + 1 :]


def _check(flow: Flow, read: Mapping[str, Sequence[Sentence]]) -> None:
    """Raises HotlineError where there is nothing to fit or a sentence has an unknown intent."""
    strange = {row.intent for rows in read.values() for row in rows} - {*flow.knowledge, NONE}
    if not flow.knowledge:
        raise HotlineError("没有知识可以拟合：flows/knowledge.yaml 不存在或没有内容")
    if strange:
        raise HotlineError(f"知识库里没有这样的意图：{'、'.join(sorted(strange))}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
