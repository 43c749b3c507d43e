"""How well recordings with known texts are recognised and understood."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ivr.errors import HotlineError, SpeechError
from ivr.metrics.labels.accuracy import Aligned, align
from ivr.metrics.labels.norm import NORM
from ivr.nlu import Decision, yes_no
from ivr.nlu.phrases.universal import universal
from ivr.training.transcriber import Transcriber


@dataclass(slots=True)
class Share:
    """So many of so many."""

    count: int = 0
    of: int = 0

    def add(self, hit: bool) -> None:
        """One more, and whether it counts."""
        self.count += hit
        self.of += 1

    def told(self) -> dict[str, float | int | None]:
        """For JSON; the share is null where there is nothing to divide by."""
        return {"count": self.count, "of": self.of, "share": round(self.count / self.of, 4) if self.of else None}

    def __str__(self) -> str:
        return f"{self.count}/{self.of}" + (f" = {100 * self.count / self.of:.2f} %" if self.of else "")


@dataclass(slots=True)
class Scores:
    """What is counted. `false_accepts` are off-topic talk and sounds that led to an intent without being asked back.
    `false_answers`: off-topic talk that would have been an answer to a question of yes or no. `false_speech`: what was
    heard where nobody spoke, in characters. `characters` are the recogniser's own first text, `corrected` what
    understanding takes it for: another of the alternatives, the bank's words where they sound alike."""

    characters: Aligned = field(default_factory=Aligned)
    corrected: Aligned = field(default_factory=Aligned)
    exact: Share = field(default_factory=Share)
    intents: Share = field(default_factory=Share)
    confirmed: Share = field(default_factory=Share)
    yes_no: Share = field(default_factory=Share)
    words: Share = field(default_factory=Share)
    false_accepts: Share = field(default_factory=Share)
    false_answers: Share = field(default_factory=Share)
    false_speech: int = 0
    took: list[int] = field(default_factory=list)

    def latency(self) -> tuple[float, int] | None:
        """Median and 95th percentile of the recogniser's time (ms); None where nothing was recognised."""
        took = sorted(self.took)
        return (statistics.median(took), took[int(0.95 * (len(took) - 1))]) if took else None


@dataclass(frozen=True, slots=True)
class Label:
    """One line of the label file."""

    file: Path
    reference: str
    intent: str


def read_labels(path: Path, intents: frozenset[str], problems: list[str]) -> Iterator[Label]:
    """The usable lines; what is wrong with the others goes to `problems`, with the number of the line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as wrong:
        raise SpeechError(f"{path} 不是 UTF-8 编码的文本") from wrong
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split("\t")
        if len(parts) != 3:
            problems.append(f"{path}:{number}: 应为三列“文件⇥原文⇥意图”，用制表符分隔，这里有 {len(parts)} 列")
        elif not parts[0].strip():
            problems.append(f"{path}:{number}: 没有写文件名")
        elif parts[2].strip() and parts[2].strip() not in intents:
            problems.append(f"{path}:{number}: 知识库里没有意图 {parts[2].strip()}")
        else:
            yield Label(path.parent / parts[0].strip(), parts[1].strip(), parts[2].strip())


def measure(transcriber: Transcriber, label: Label, scores: Scores) -> None:
    """Recognise one file and count it. Raises SpeechError where the file cannot be read."""
    answer = None if label.intent else yes_no(label.reference)
    heard = transcriber.hear(label.file, yes_no=answer is not None)
    scores.took.append(heard.took_ms)
    meaning = transcriber.understand(heard)
    if label.reference:
        found = align(label.reference, heard.text)
        scores.characters += found
        scores.corrected += align(label.reference, heard.text if answer is not None else transcriber.corrected(heard))
        scores.exact.add(not found.errors)
    else:
        scores.false_speech += align("", heard.text).ins
    if label.intent:
        right = meaning.intent == label.intent and meaning.decision in (Decision.ACCEPT, Decision.CONFIRM)
        scores.intents.add(right)
        if right:
            scores.confirmed.add(meaning.decision is Decision.CONFIRM)
    elif answer is not None:
        scores.yes_no.add(transcriber.answer(heard) is answer)
    elif (word := universal(label.reference)) is not None:
        scores.words.add(meaning.universal is word)
    else:
        scores.false_accepts.add(meaning.decision is Decision.ACCEPT)
        scores.false_answers.add(transcriber.answer(transcriber.hear(label.file, yes_no=True)) is not None)


def score_files(transcriber: Transcriber, path: Path) -> tuple[Scores, list[str]]:
    """Recognise and count every recording of a label file; what is wrong with lines and files comes beside it. Raises
    SpeechError where the label file is no text."""
    problems: list[str] = []
    scores = Scores()
    for label in read_labels(path, transcriber.intents, problems):
        try:
            measure(transcriber, label, scores)
        except HotlineError as wrong:
            problems.append(str(wrong))
    return scores, problems


def rates(characters: Aligned) -> tuple[float | None, float | None, float | None]:
    """CER, accuracy by the reference, accuracy by the output; never clipped."""
    if not characters.reference:
        return None, None, None
    cer = characters.errors / characters.reference
    by_output = 1 - characters.errors / characters.output if characters.output else None
    return cer, 1 - cer, by_output


def as_json(engine: str, scores: Scores, problems: int) -> str:
    """The scores for programs; `problems` is how many lines and files could not be used."""
    characters = scores.characters
    cer, accuracy, by_output = (None if rate is None else round(rate, 4) for rate in rates(characters))
    corrected = rates(scores.corrected)[0]
    latency = scores.latency()
    told = {
        "engine": engine,
        "norm": NORM,
        "files": len(scores.took),
        "problems": problems,
        "characters": {
            "reference": characters.reference,
            "hits": characters.hits,
            "substitutions": characters.subs,
            "deletions": characters.dels,
            "insertions": characters.ins,
        },
        "cer": cer,
        "cer_corrected": None if corrected is None else round(corrected, 4),
        "accuracy": accuracy,
        "accuracy_hyp_denominator": by_output,
        "exact": scores.exact.told(),
        "intent": scores.intents.told(),
        "confirmed": scores.confirmed.told(),
        "yes_no": scores.yes_no.told(),
        "universal": scores.words.told(),
        "false_accepts": scores.false_accepts.told(),
        "false_answers": scores.false_answers.told(),
        "false_speech_chars": scores.false_speech,
        "took_ms": {"p50": latency[0], "p95": latency[1]} if latency else None,
    }
    return json.dumps(told, ensure_ascii=False, indent=1)
