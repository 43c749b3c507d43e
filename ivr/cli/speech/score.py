"""`ivr score`: how well recordings with known texts are recognised and understood."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ivr.cli.console.actions import asks
from ivr.cli.console.chinese import Command
from ivr.cli.console.output import form_option
from ivr.cli.speech.transcribe import ENGINE_OPTION
from ivr.metrics.labels.norm import NORM
from ivr.people.actions import Action
from ivr.settings import Settings
from ivr.training.scoring import Scores, as_json, rates, score_files
from ivr.training.transcriber import Transcriber


@click.command(cls=Command)
@click.argument("labels", metavar="标注文件", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@ENGINE_OPTION
@form_option("table", "json")
@click.pass_obj
@asks(Action.SCORE_RUN, "recordings")
def score(settings: Settings, labels: Path, engine: str | None, form: str) -> None:
    """用标注好的录音衡量识别和理解。标注文件每行三列，用制表符分隔：文件、原文、意图；文件路径相对于标注文件。

    没有意图的行：原文是“是的、不对”一类的，按是非问题来听；原文是“返回、重听”一类的，看听没听对；其余的（闲话，
    或原文为空的杂音）不该当成任何业务，算误受理；再按是非问题听一遍，当成是或不是的也另算。

    字错误率按识别原文算，理解时当作的话（另一候选，或按读音改正）另列。
    有写错的行或读不了的文件时照常算其余的，退出码为 1。
    """
    transcriber = Transcriber(settings, engine)
    scores, problems = score_files(transcriber, labels)
    for problem in problems:
        click.echo(f"错误：{problem}", err=True)
    click.echo(
        as_json(transcriber.choice.engine, scores, len(problems)) if form == "json" else _table(transcriber, scores)
    )
    sys.exit(1 if problems else 0)


def _table(transcriber: Transcriber, scores: Scores) -> str:
    characters = scores.characters
    cer, accuracy, by_output = rates(characters)
    corrected = rates(scores.corrected)[0]
    counts = f"N={characters.reference} H={characters.hits} S={characters.subs} D={characters.dels} I={characters.ins}"
    rows = [
        ("识别引擎", f"{transcriber.choice.engine}（{transcriber.choice.why}）"),
        ("录音", f"{len(scores.took)} 个"),
        ("字错误率", "—" if cer is None else f"{100 * cer:.2f} %  {counts}（{NORM}）"),
        ("  理解时当作的", "—" if corrected is None else f"{100 * corrected:.2f} %"),
        ("语音识别准确率", "—" if accuracy is None else f"{100 * accuracy:.2f} %"),
        ("  按识别字数", "—" if by_output is None else f"{100 * by_output:.2f} %"),
        ("整句正确", str(scores.exact)),
        ("意图正确", str(scores.intents)),
        ("  其中先确认", str(scores.confirmed)),
        ("是非回答正确", str(scores.yes_no)),
        ("通用词正确", str(scores.words)),
        ("误受理", str(scores.false_accepts)),
        ("误当成是或不是", str(scores.false_answers)),
        ("无人说话时听出的字", str(scores.false_speech)),
    ]
    if latency := scores.latency():
        rows.append(("识别用时", f"中位 {latency[0]:.0f} ms，p95 {latency[1]} ms"))
    return "\n".join(f"{name}{'　' * (10 - len(name))}{value}" for name, value in rows)
