"""Fit the matcher's weights and thresholds: `python -m ivr.nlu.fit FLOWS TRAIN.tsv [HELD-OUT.tsv]`.

Learns from every question of the knowledge base, left out of it in turn, and from the labelled training sentences,
also with every third character misheard; prints the weights for ivr/nlu/weights.py. Held-out sentences are only
measured, never learnt from."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from ivr.errors import HotlineError
from ivr.flow import require
from ivr.flow.model import Flow
from ivr.nlu.background import BACKGROUND
from ivr.nlu.clean import fold
from ivr.nlu.grams import Floats
from ivr.nlu.judging import NONE, Sentence, judge, sentences
from ivr.nlu.matcher import Matcher, mix
from ivr.nlu.syllables import syllables
from ivr.nlu.understanding import Understanding
from ivr.nlu.weights import Weights

#: How much a sentence of each kind counts; questions of the knowledge base are meant to differ from each other.
IMPORTANCE = {"base": 0.3, "clean": 1.0, "asr": 1.5, "garbled": 0.7}
#: Share of off-topic sentences that may be accepted, and that may be asked about.
TAKEN, BOTHERED = 0.015, 0.10
_EIGHTHS = tuple(part / 8 for part in range(9))
_PROFILES = (0.0, 0.2, 0.35, 0.5)
_COVERS = (0.0, 0.15, 0.3, 0.45)
_GAINS = (1.0, 1.5)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the fit learns from, a row for each sentence: its features, the row of its intent (-1: none), its
    importance."""

    near: Floats
    profile: Floats
    cover: Floats
    intents: Floats
    importance: Floats


def lesson(matcher: Matcher, train: Sequence[Sentence]) -> Lesson:
    """The questions of the knowledge base, each left out of it, and the training sentences."""
    count = len(matcher.texts)
    pool = homophones([*matcher.texts, *BACKGROUND])
    train = [*train, *(Sentence("garbled", garble(each.text, pool), each.intent) for each in train)]
    found = [matcher.left_out(number) for number in range(count)]
    found += [matcher.features(each.text) for each in train]
    rows = [matcher.ids.index(each.intent) if each.intent != NONE else -1 for each in train]
    weights = [IMPORTANCE["base"]] * count + [IMPORTANCE.get(each.kind, 1.0) for each in train]
    return Lesson(
        near=np.stack([each.near for each in found]),
        profile=np.stack([each.profile for each in found]),
        cover=np.stack([each.cover for each in found]),
        intents=np.array([*matcher.owners, *rows]),
        importance=np.array(weights),
    )


def homophones(texts: Iterable[str]) -> dict[str, str]:
    """Character → the next one, in the order of their code points, that sounds the same."""
    by_sound: dict[str, list[str]] = defaultdict(list)
    for character in sorted({character for text in texts for character in fold(text)}):
        by_sound[syllables(character)[0]].append(character)
    rings = [found for found in by_sound.values() if len(found) > 1]
    return {each: found[(at + 1) % len(found)] for found in rings for at, each in enumerate(found)}


def garble(text: str, pool: Mapping[str, str]) -> str:
    """The text as a recogniser might get it wrong: every third character that can be is another of the same sound."""
    places = [at for at, character in enumerate(text) if character in pool][::3]
    return "".join(pool[character] if at in places else character for at, character in enumerate(text))


def fit(matcher: Matcher, learnt: Lesson) -> Weights:
    """The best weights of the grid: most sentences in domain understood where few off-topic ones are accepted."""
    found: list[tuple[float, Weights]] = []
    for phrase, whole in product(_EIGHTHS, repeat=2):
        if phrase + whole > 1.0:
            continue
        parts = Weights(phrase, whole, 1.0 - phrase - whole)
        best = matcher.best(learnt.near, parts)
        for profile, cover, gain in product(_PROFILES, _COVERS, _GAINS):
            weights = replace(parts, profile=profile, cover=cover, gain=gain)
            scores = mix(best, learnt.profile, learnt.cover, weights)
            weights = thresholds(scores, learnt, weights)
            found.append((worth(scores, learnt, weights), weights))
    return max(found, key=lambda each: each[0])[1]


def thresholds(scores: Floats, learnt: Lesson, weights: Weights) -> Weights:
    """The same weights with `accept` and `confirm` where off-topic sentences of the lesson stay within the limits."""
    off = np.sort(scores[learnt.intents < 0].max(axis=1))
    if not len(off):
        return weights
    accept, confirm = (float(off[-1 - int(len(off) * share)]) for share in (TAKEN, BOTHERED))
    return replace(weights, accept=round(accept + 0.005, 3), confirm=round(confirm + 0.005, 3))


def worth(scores: Floats, learnt: Lesson, use: Weights) -> float:
    """A sentence understood is worth 1, at once a third more; one that is asked about wrongly costs a third, one that
    is wrongly accepted as much as understanding it is worth."""
    inside = learnt.importance * (learnt.intents >= 0)
    best, right = scores.max(axis=1), scores.argmax(axis=1) == learnt.intents
    heard, sure = best >= use.confirm, best >= use.accept
    worth = np.where(right, 1.0, -1 / 3) * heard + np.where(right, 1 / 3, -2 / 3) * sure
    return float((worth * inside).sum() / inside.sum())


def report(flow: Flow, weights: Weights, rows: Sequence[Sentence], name: str) -> str:
    """One line of figures for labelled sentences."""
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
    if len(arguments) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        flow = require(Path(arguments[0]))
        train, *held = [sentences(Path(file).read_text(encoding="utf-8").splitlines()) for file in arguments[1:]]
        strange = {row.intent for rows in (train, *held) for row in rows} - {*flow.knowledge, NONE}
        if not flow.knowledge:
            raise HotlineError("没有知识可以拟合：flows/knowledge.yaml 不存在或没有内容")
        if strange:
            raise HotlineError(f"知识库里没有这样的意图：{'、'.join(sorted(strange))}")
    except (HotlineError, OSError, ValueError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    matcher = Matcher(list(flow.knowledge.values()))
    learnt = lesson(matcher, train)
    weights = fit(matcher, learnt)
    print(weights)
    print(report(flow, weights, train, "训练"))
    if held:
        print(report(flow, weights, held[0], "留出"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
