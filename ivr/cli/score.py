"""`ivr score`: how well recordings with known texts are recognised and understood."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from ivr.cli.chinese import Command
from ivr.cli.transcribe import Hearing
from ivr.errors import HotlineError, SpeechError
from ivr.metrics.accuracy import Aligned, align
from ivr.metrics.norm import NORM
from ivr.nlu import Decision, yes_no
from ivr.nlu.universal import universal
from ivr.settings import Settings


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
    """What is counted. `false_accepts` are off-topic talk and sounds that led to an intent without being asked back;
    `false_speech`: characters heard where nobody spoke."""

    characters: Aligned = field(default_factory=Aligned)
    exact: Share = field(default_factory=Share)
    intents: Share = field(default_factory=Share)
    confirmed: Share = field(default_factory=Share)
    yes_no: Share = field(default_factory=Share)
    words: Share = field(default_factory=Share)
    false_accepts: Share = field(default_factory=Share)
    false_speech: int = 0
    took: list[int] = field(default_factory=list)


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


def measure(hearing: Hearing, label: Label, scores: Scores) -> None:
    """Recognise one file and count it. Raises SpeechError where the file cannot be read."""
    answer = None if label.intent else yes_no(label.reference)
    heard = hearing.hear(label.file, yes_no=answer is not None)
    scores.took.append(heard.took_ms)
    meaning = hearing.understand(heard)
    if label.reference:
        found = align(label.reference, heard.text)
        scores.characters += found
        scores.exact.add(not found.errors)
    else:
        scores.false_speech += align("", heard.text).ins
    if label.intent:
        right = meaning.intent == label.intent and meaning.decision in (Decision.ACCEPT, Decision.CONFIRM)
        scores.intents.add(right)
        if right:
            scores.confirmed.add(meaning.decision is Decision.CONFIRM)
    elif answer is not None:
        scores.yes_no.add(yes_no(heard.text) is answer)
    elif (word := universal(label.reference)) is not None:
        scores.words.add(meaning.universal is word)
    else:
        scores.false_accepts.add(meaning.decision is Decision.ACCEPT)


@click.command(cls=Command)
@click.argument("labels", metavar="标注文件", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--engine", type=click.Choice(["vosk", "whisper"]), metavar="vosk|whisper", help="识别引擎；默认按设置。")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    metavar="table|json",
    help="json 供程序读取。",
)
@click.pass_obj
def score(settings: Settings, labels: Path, engine: str | None, form: str) -> None:
    """用标注好的录音衡量识别和理解。标注文件每行三列，用制表符分隔：文件、原文、意图；文件路径相对于标注文件。

    没有意图的行：原文是“是的、不对”一类的，按是非问题来听；原文是“返回、重听”一类的，看听没听对；其余的（闲话，
    或原文为空的杂音）不该当成任何业务，算误受理。有写错的行或读不了的文件时照常算其余的，退出码为 1。
    """
    hearing = Hearing(settings, engine)
    problems: list[str] = []
    scores = Scores()
    for label in read_labels(labels, hearing.intents, problems):
        try:
            measure(hearing, label, scores)
        except HotlineError as wrong:
            problems.append(str(wrong))
    for problem in problems:
        click.echo(f"错误：{problem}", err=True)
    click.echo(_json(hearing, scores, problems) if form == "json" else _table(hearing, scores))
    sys.exit(1 if problems else 0)


def _rates(characters: Aligned) -> tuple[float | None, float | None, float | None]:
    """CER, accuracy by the reference, accuracy by the output; never clipped."""
    if not characters.reference:
        return None, None, None
    cer = characters.errors / characters.reference
    by_output = 1 - characters.errors / characters.output if characters.output else None
    return cer, 1 - cer, by_output


def _json(hearing: Hearing, scores: Scores, problems: list[str]) -> str:
    characters = scores.characters
    cer, accuracy, by_output = (None if rate is None else round(rate, 4) for rate in _rates(characters))
    took = sorted(scores.took)
    told = {
        "engine": hearing.choice.engine,
        "norm": NORM,
        "files": len(took),
        "problems": len(problems),
        "characters": {
            "reference": characters.reference,
            "hits": characters.hits,
            "substitutions": characters.subs,
            "deletions": characters.dels,
            "insertions": characters.ins,
        },
        "cer": cer,
        "accuracy": accuracy,
        "accuracy_hyp_denominator": by_output,
        "exact": scores.exact.told(),
        "intent": scores.intents.told(),
        "confirmed": scores.confirmed.told(),
        "yes_no": scores.yes_no.told(),
        "universal": scores.words.told(),
        "false_accepts": scores.false_accepts.told(),
        "false_speech_chars": scores.false_speech,
        "took_ms": {"p50": statistics.median(took), "p95": took[int(0.95 * (len(took) - 1))]} if took else None,
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def _table(hearing: Hearing, scores: Scores) -> str:
    characters = scores.characters
    cer, accuracy, by_output = _rates(characters)
    counts = f"N={characters.reference} H={characters.hits} S={characters.subs} D={characters.dels} I={characters.ins}"
    took = sorted(scores.took)
    rows = [
        ("识别引擎", f"{hearing.choice.engine}（{hearing.choice.why}）"),
        ("录音", f"{len(took)} 个"),
        ("字错误率", "—" if cer is None else f"{100 * cer:.2f} %  {counts}（{NORM}）"),
        ("语音识别准确率", "—" if accuracy is None else f"{100 * accuracy:.2f} %"),
        ("  按识别字数", "—" if by_output is None else f"{100 * by_output:.2f} %"),
        ("整句正确", str(scores.exact)),
        ("意图正确", str(scores.intents)),
        ("  其中先确认", str(scores.confirmed)),
        ("是非回答正确", str(scores.yes_no)),
        ("通用词正确", str(scores.words)),
        ("误受理", str(scores.false_accepts)),
        ("无人说话时听出的字", str(scores.false_speech)),
    ]
    if took:
        rows.append(("识别用时", f"中位 {statistics.median(took):.0f} ms，p95 {took[int(0.95 * (len(took) - 1))]} ms"))
    return "\n".join(f"{name}{'　' * (10 - len(name))}{value}" for name, value in rows)
