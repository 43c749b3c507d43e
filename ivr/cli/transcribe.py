"""`ivr transcribe`: recordings → what was said and what it means."""

from __future__ import annotations

import dataclasses
import json
import sys
import wave
from functools import cached_property
from pathlib import Path

import click
import numpy as np

from ivr.cli.chinese import Command
from ivr.errors import HotlineError, ModelUnusable, SpeechError
from ivr.flow.loader import require
from ivr.nlu import ALONE, YES_NO_WORDS, Context, Decision, Meaning, Understanding, context_words
from ivr.settings import Settings
from ivr.speech import sound, wav
from ivr.speech.choice import choose
from ivr.speech.recogniser import Engine, Expected, Recognised
from ivr.speech.worker import make

#: What one utterance may last: the recognisers take in no more.
LONGEST_S = 28


class Hearing:
    """The engine of the settings (or the one that was named), loaded once, and the flow's knowledge."""

    def __init__(self, settings: Settings, engine: str | None) -> None:
        """Raises ModelUnusable where nothing can recognise, FlowRefused where the flow has errors."""
        speech = dataclasses.replace(settings.speech, engine=engine or settings.speech.engine)
        self.choice = choose(dataclasses.replace(settings, speech=speech))
        if self.choice.model is None:
            raise ModelUnusable(f"没有可用的识别引擎：{self.choice.why}")
        self._flow = require(settings.flows)
        self._anything = Expected(context_words(self._flow), alone=ALONE)
        self._yes_no = Expected(YES_NO_WORDS, closed=True)

    @cached_property
    def engine(self) -> Engine:
        """The engine; loading it takes about a second."""
        assert self.choice.model is not None
        return make(self.choice.engine, self.choice.model)

    @cached_property
    def understanding(self) -> Understanding:
        """The flow's knowledge."""
        return Understanding(self._flow)

    @property
    def intents(self) -> frozenset[str]:
        """Ids of the knowledge base."""
        return frozenset(self._flow.knowledge)

    def hear(self, file: Path, *, yes_no: bool = False) -> Recognised:
        """What was said in a file; with `yes_no` as the answer to such a question. Raises SpeechError."""
        utterance = self.engine.begin(self._yes_no if yes_no else self._anything)
        utterance.feed(telephone_pcm(file))
        heard = utterance.finish()
        text, score = heard.text, heard.score
        if not yes_no:
            text, score = self.understanding.likeliest([(text, score), *heard.others], Context(recognised=score))
        return dataclasses.replace(heard, text=self.understanding.mend(text), score=score)

    def understand(self, heard: Recognised) -> Meaning:
        """What it means at the main menu."""
        return self.understanding.understand(heard.text, Context(recognised=heard.score))


def telephone_pcm(file: Path) -> bytes:
    """A WAV of any rate, width and number of channels as 8 kHz mono 16 bit. Raises SpeechError."""
    form = wav.header(file)
    if form.seconds > LONGEST_S:
        raise SpeechError(f"{file}：长 {form.seconds:.0f} 秒，一段话最长 {LONGEST_S} 秒，请先切分")
    with wave.open(str(file), "rb") as source:
        data = source.readframes(form.frames)
    whole = np.frombuffer(data, np.uint8).reshape(-1, form.bits // 8)
    if form.bits == 8:  # without sign, alone of all widths
        samples = (whole[:, 0].astype(np.float64) - 128) / 128
    else:
        wide = np.zeros((len(whole), 4), np.uint8)
        wide[:, 4 - whole.shape[1] :] = whole
        samples = wide.view("<i4")[:, 0].astype(np.float64) / 2**31
    mono = samples.reshape(-1, form.channels).mean(axis=1)
    if form.rate != wav.RATE:
        mono = sound.resample(form.rate, mono)[: form.frames * wav.RATE // form.rate]
    pcm: bytes = np.clip(np.rint(mono * 32768), -32768, 32767).astype("<i2").tobytes()
    return pcm


_ENGINE = click.option(
    "--engine", type=click.Choice(["vosk", "whisper"]), metavar="vosk|whisper", help="识别引擎；默认按设置。"
)


@click.command(cls=Command)
@click.argument("files", nargs=-1, required=True, metavar="录音…", type=click.Path(path_type=Path, dir_okay=False))
@_ENGINE
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    metavar="text|json",
    help="json 供程序读取，一行一个文件。",
)
@click.pass_obj
def transcribe(settings: Settings, files: tuple[Path, ...], engine: str | None, form: str) -> None:
    """识别录音（WAV）里说的话，并按知识库判断意图。读不了的文件会说明原因，其余照常；有读不了的，退出码为 1。"""
    hearing, bad = Hearing(settings, engine), 0
    for file in files:
        try:
            heard = hearing.hear(file)
        except HotlineError as wrong:
            click.echo(f"错误：{wrong}", err=True)
            bad += 1
            continue
        meaning = hearing.understand(heard)
        intent = None if meaning.decision is Decision.REJECT else meaning.intent
        if form == "json":
            told = {
                "file": str(file),
                "text": heard.text,
                "score": heard.score,
                "intent": intent,
                "intent_score": meaning.score,
                "audio_ms": heard.audio_ms,
                "took_ms": heard.took_ms,
            }
            click.echo(json.dumps(told, ensure_ascii=False))
        else:
            click.echo(f"{file}：{heard.text or '（没有听出话）'}  [{intent or '不明'} {meaning.score:.2f}]")
    sys.exit(1 if bad else 0)
