"""Labelled sentences → how well they are understood. A file holds lines `kind⇥sentence⇥intent`, the intent `-` where
the sentence is no business of the bank, and may hold a fourth part: what was really said, where the sentence is what a
recogniser made of it. Lines that begin with # are comments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ivr.nlu.model import Decision, Meaning

NONE = "-"


class Sentence(NamedTuple):
    """One labelled sentence; `reference` is what was said, "" where that is the text itself."""

    kind: str
    text: str
    intent: str
    reference: str = ""


def sentences(lines: Iterable[str]) -> list[Sentence]:
    """The sentences of a file. Raises ValueError naming the line that has neither three nor four parts."""
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            parts = line.rstrip("\r\n").split("\t")
            if len(parts) not in (3, 4):
                raise ValueError(f"第 {number} 行不是「类别⇥句子⇥意图」")
            found.append(Sentence(*parts))
    return found


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Counts. In domain: `right` accepted as what was meant, `asked` confirmed or asked which with what was meant in
    it, `wrong` accepted as something else, `misled` asked about something else, `missed` rejected. Off topic:
    `taken` accepted, `bothered` asked about, `left` left alone."""

    right: int
    asked: int
    wrong: int
    misled: int
    missed: int
    taken: int
    bothered: int
    left: int

    @property
    def inside(self) -> int:
        """Sentences in domain."""
        return self.right + self.asked + self.wrong + self.misled + self.missed

    @property
    def outside(self) -> int:
        """Sentences off topic."""
        return self.taken + self.bothered + self.left

    @property
    def accuracy(self) -> float | None:
        """Share of what is in domain that gets to what was meant, at once or after one question."""
        return (self.right + self.asked) / self.inside if self.inside else None

    @property
    def false_accepts(self) -> float | None:
        """Share of what is off topic that is taken for an intent."""
        return self.taken / self.outside if self.outside else None


def judge(pairs: Sequence[tuple[Sentence, Meaning]]) -> Evaluation:
    """Count what became of each sentence."""
    count = dict.fromkeys(Evaluation.__dataclass_fields__, 0)
    for sentence, meaning in pairs:
        count[_outcome(sentence, meaning)] += 1
    return Evaluation(**count)


def _outcome(sentence: Sentence, meaning: Meaning) -> str:
    decision = meaning.decision
    if sentence.intent == NONE:
        return {Decision.ACCEPT: "taken", Decision.REJECT: "left"}.get(decision, "bothered")
    if decision is Decision.REJECT:
        return "missed"
    offered = {meaning.intent} | ({meaning.runner_up} if decision is Decision.ASK_WHICH else set())
    if sentence.intent in offered:
        return "right" if decision is Decision.ACCEPT else "asked"
    return "wrong" if decision is Decision.ACCEPT else "misled"
