"""`ivr transcribe`: recordings → what was said and what it means."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from ivr.cli.console.actions import REASON, asks
from ivr.cli.console.chinese import Command
from ivr.cli.console.output import form_option
from ivr.errors import HotlineError
from ivr.people.actions import Action
from ivr.settings import Settings
from ivr.speech.recognition.engines import ENGINES
from ivr.training.transcriber import Transcriber, Transcript

#: `--engine` of the commands that recognise: any that is registered.
ENGINE_OPTION = click.option(
    "--engine", type=click.Choice(tuple(ENGINES)), metavar="|".join(ENGINES), help="识别引擎；默认按设置。"
)


@click.command(cls=Command)
@click.argument("files", nargs=-1, required=True, metavar="录音…", type=click.Path(path_type=Path, dir_okay=False))
@ENGINE_OPTION
@form_option("text", "json", help="json 供程序读取，一行一个文件。")
@REASON
@click.pass_obj
@asks(Action.TRANSCRIPTS_READ, "recordings")
def transcribe(settings: Settings, files: tuple[Path, ...], engine: str | None, form: str, reason: str | None) -> None:
    """识别录音（WAV）里说的话，并按知识库判断意图。

    电话系统的 G.711 录音也能读。读不了的文件会说明原因，其余照常；有读不了的，退出码为 1。
    """
    transcriber, bad = Transcriber(settings, engine), 0
    for file in files:
        try:
            found = transcriber.transcript(file)
        except HotlineError as wrong:
            click.echo(f"错误：{wrong}", err=True)
            bad += 1
            continue
        click.echo(_json(file, found) if form == "json" else _words(file, found))
    sys.exit(1 if bad else 0)


def _json(file: Path, found: Transcript) -> str:
    told = {
        "file": str(file),
        "text": found.heard.text,
        "corrected": found.corrected,
        "score": found.heard.score,
        "intent": found.intent,
        "intent_score": found.meaning.score,
        "audio_ms": found.heard.audio_ms,
        "took_ms": found.heard.took_ms,
    }
    return json.dumps(told, ensure_ascii=False)


def _words(file: Path, found: Transcript) -> str:
    text = found.heard.text if found.corrected is None else f"{found.heard.text}（理解时当作：{found.corrected}）"
    return f"{file}：{text or '（没有听出话）'}  [{found.intent or '不明'} {found.meaning.score:.2f}]"
