"""Labelled sentences become extended questions of the knowledge base, with the accuracy before and after on callers
that nothing was learnt from (CBA 二十一)."""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import LabelError
from ivr.flow.edit import add_questions, checked, replace, set_words
from ivr.flow.findings import Finding
from ivr.flow.model import Flow
from ivr.metrics.indicators.recognition import NO_INTENT
from ivr.metrics.labels.agreement import standing
from ivr.metrics.labels.sampling import held_out
from ivr.nlu.intents.evaluation import NONE, Evaluation, Sentence
from ivr.nlu.intents.extended_questions import Lessons, lessons, measured, taught
from ivr.records.model import Call, Turn

#: This share of the callers is measured on and not learnt from.
_SHARE = 0.3
KNOWLEDGE, _HOTLINE = "knowledge.yaml", "hotline.yaml"


@dataclass(frozen=True, slots=True)
class Material:
    """Labelled sentences: those to learn from, and those of other callers to measure on."""

    learnt: Sequence[Sentence]
    measuring: Sequence[Sentence]


@dataclass(frozen=True, slots=True)
class Effect:
    """How well the callers to measure on are understood, without and with the new questions."""

    before: Evaluation
    after: Evaluation

    @property
    def worse(self) -> bool:
        """Whether fewer are understood, or more off-topic talk is taken for an intent."""
        before, after = self.before, self.after
        return after.right + after.asked < before.right + before.asked or after.taken > before.taken

    def __str__(self) -> str:
        if self.before.accuracy is None or self.after.accuracy is None:
            return "没有留出部分可比较"
        return f"留出意图准确率 {self.before.accuracy:.1%} → {self.after.accuracy:.1%}"


def material(turns: Sequence[tuple[Call, Turn]], wanted: Collection[str] | None, seed: int) -> Material:
    """The sentences of valid turns (of `wanted` ones, where that is given) whose gold intent somebody gave, the latest
    annotation counting; divided by caller, by `seed` alone."""
    said = []
    for call, turn in turns:
        note = standing(turn)
        if note is not None and note.valid and note.intent_gold and (wanted is None or turn.turn_id in wanted):
            gold = NONE if note.intent_gold == NO_INTENT else note.intent_gold
            said.append((call.caller_number or call.call_id, Sentence("标注", note.ref_text, gold)))
    kept = held_out([caller for caller, _ in said], _SHARE, seed)
    learnt, measuring = ([s for c, s in said if (c in kept) == out] for out in (False, True))
    return Material(learnt, measuring)


def by_hand(flow: Flow, intent: str, questions: Sequence[str]) -> Lessons:
    """Questions that somebody thought of, as lessons: those that collide or are unfit come back refused, with why."""
    return lessons(flow, [Sentence("手工", text, intent) for text in questions], every=True)


def findings_by_intent(folder: Path, flow: Flow, findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """What `ivr check` found at each intent of the knowledge base."""
    lines = _text(folder / KNOWLEDGE).splitlines()
    keys = {f"  {id}:": id for id in flow.knowledge}
    starts = [(number, keys[line.rstrip()]) for number, line in enumerate(lines, 1) if line.rstrip() in keys]
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if Path(finding.file).name == KNOWLEDGE:
            at = bisect_right(starts, (finding.line, "\uffff"))
            if at:
                found[starts[at - 1][1]].append(finding)
    return dict(found)


def effect(flow: Flow, found: Lessons, measuring: Sequence[Sentence]) -> Effect:
    """What the new questions change."""
    return Effect(measured(flow, measuring), measured(taught(flow, found.questions), measuring))


def changed_files(folder: Path, found: Lessons, author: str | None, reason: str) -> dict[str, str]:
    """The new text of each file of the flow in `folder` that changes, checked as `ivr check` does; with an `author`
    the flow's author and reason too. Nothing is written. Raises FlowError."""
    old = {name: _text(folder / name) for name in (KNOWLEDGE, _HOTLINE)}
    new = {KNOWLEDGE: add_questions(old[KNOWLEDGE], found.questions)}
    if author:
        new[_HOTLINE] = set_words(old[_HOTLINE], {"author": author, "reason": reason})
    checked(folder, new)
    return new


def write(folder: Path, changed: Mapping[str, str], done: Effect) -> None:
    """Write the changed files, each whole or not at all. Raises LabelError where callers would be understood worse,
    OSError."""
    if done.worse:
        raise LabelError("留出部分变差了，没有写入；检查这些句子的标注，或换一批再试")
    for name, text in changed.items():
        replace(folder / name, text)


def difference(folder: Path, changed: Mapping[str, str]) -> str:
    """The changes as a unified diff."""
    lines: list[str] = []
    for name, text in changed.items():
        old = _text(folder / name).splitlines(keepends=True)
        lines += difflib.unified_diff(old, text.splitlines(keepends=True), name, name, n=1)
    return "".join(lines)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")
