"""`ivr prompts build|record|check`: the recordings; `ivr prompts read`: how a text will be spoken."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ivr.cli.console.actions import acts, asks
from ivr.cli.console.chinese import Group
from ivr.cli.console.output import form_option
from ivr.flow.loader import require
from ivr.flow.prompts import prompt_text
from ivr.people.actions import Action
from ivr.settings import Settings
from ivr.speech.prompts.build import BuildReport, build, record, stale
from ivr.speech.prompts.build import prune as prune_built
from ivr.speech.prompts.catalogue import Clip
from ivr.speech.prompts.check import PromptFinding
from ivr.speech.prompts.check import check as measure
from ivr.speech.voices.registry import RECORDING_VOICE, named
from ivr.speech.voices.voice import Voice


@click.group(cls=Group)
def prompts() -> None:
    """提示语录音：合成缺少的，检查全部的。"""


@prompts.command(name="build")
@click.option("--prune", is_flag=True, help="删除当前流程不再使用的合成录音（运行中的热线除外：请先停机）。")
@click.pass_obj
@asks(Action.PROMPTS_MAKE, "prompts")
def build_(settings: Settings, prune: bool) -> None:
    """合成缺少或文字已改的提示语。自己录制的文件放在 prompts/zh/<编号>.wav，优先使用。"""
    report = _rendered(build, settings, named(settings.voice, settings.models))
    for path, why in report.catalogue.unfit.items():
        click.echo(f"{settings.prompts / path}: {why}", err=True)
    _tell(report)
    if prune:
        click.echo(f"删除 {len(prune_built(settings.prompts, report.catalogue.built()))} 个不再使用的录音")
    sys.exit(1 if report.failed else 0)


@prompts.command(name="record")
@click.option("--prune", is_flag=True, help="删除文字已改、不再使用的随附录音（运行中的热线除外：请先停机）。")
@click.pass_obj
@asks(Action.PROMPTS_MAKE, "prompts")
def record_(settings: Settings, prune: bool) -> None:
    """用热线自己的语音录制随附的提示语，存进 `prompts/recorded`；只录缺少的和文字已改的。"""
    report = _rendered(record, settings, named(RECORDING_VOICE, settings.models))
    _tell(report)
    old = stale(settings.prompts, report.catalogue)
    if prune:
        for path in old:
            (settings.prompts / path).unlink()
        click.echo(f"删除 {len(old)} 个不再使用的录音")
    elif old:
        click.echo(f"{len(old)} 个录音的文字已改，不再使用；加 --prune 删除")
    sys.exit(1 if report.failed else 0)


@prompts.command(name="check")
@form_option("text", "json")
@click.pass_obj
@acts(Action.FLOW_READ)
def check_(settings: Settings, form: str) -> None:
    """测量响度、峰值、停顿、语速和时长，对照 HB 7.4.2。有超限时退出码为 1。"""
    flow = require(settings.flows)
    findings = measure(flow, settings.prompts, named(settings.voice, settings.models))
    if form == "json":
        click.echo(json.dumps([_plain(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            click.echo(str(finding))
        click.echo(f"{settings.prompts}：{len(findings)} 个问题" if findings else f"{settings.prompts}：没有问题")
    sys.exit(1 if findings else 0)


@prompts.command(name="read")
@click.argument("texts", nargs=-1, required=True, metavar="文字…")
@form_option("text", "json", help="json 每行一个对象。")
@acts(Action.HELP)
def read_(texts: tuple[str, ...], form: str) -> None:
    """文字会怎么念：数字、日期、金额等照念法写出；拿不准的另行指出。不改动任何文件。

    例：ivr prompts read "尾号1234的卡，年利率3.85%"
    """
    for text in texts:
        if form == "json":
            click.echo(json.dumps({"text": text, "spoken": prompt_text.said(text)}, ensure_ascii=False))
            continue
        click.echo(prompt_text.said(text))
        for one in prompt_text.unsure(text):
            others = f"，也可能是「{'」或「'.join(one.others)}」" if one.others else ""
            click.echo(f"第 {one.at + 1} 个字「{one.written}」不止一种念法：念作「{one.spoken}」{others}", err=True)


def _rendered(work: Callable[..., BuildReport], settings: Settings, voice: Voice) -> BuildReport:
    """Build or record the flow's clips, with a bar."""
    flow = require(settings.flows)
    columns = (TextColumn("合成提示语"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("build", total=None)

        def progress(done: int, total: int, _clip: Clip) -> None:
            bar.update(task, completed=done, total=total)

        report = work(flow, settings.prompts, voice, progress)
        if not report.rendered and not report.failed:
            bar.update(task, completed=report.kept, total=report.kept)
    return report


def _tell(report: BuildReport) -> None:
    for failure in report.failed:
        click.echo(f"{failure.clip.id}: {failure.reason}", err=True)
    made, failed = len(report.rendered), len(report.failed)
    click.echo(f"新合成 {made} 个，已有 {report.kept} 个，失败 {failed} 个，用时 {report.seconds:.1f} 秒")


def _plain(finding: PromptFinding) -> dict[str, str]:
    return {name: str(value) for name, value in dataclasses.asdict(finding).items()}
