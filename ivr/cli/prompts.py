"""`ivr prompts build|record|check`: the recordings."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ivr.cli.chinese import Group
from ivr.flow.loader import require
from ivr.settings import Settings
from ivr.speech.build import BuildReport, build, record, stale
from ivr.speech.build import prune as prune_built
from ivr.speech.catalogue import Clip
from ivr.speech.check import PromptFinding
from ivr.speech.check import check as measure
from ivr.speech.voice import Voice, named


@click.group(cls=Group)
def prompts() -> None:
    """提示语录音：合成缺少的，检查全部的。"""


@prompts.command(name="build")
@click.option("--prune", is_flag=True, help="删除当前流程不再使用的合成录音（运行中的热线除外：请先停机）。")
@click.pass_obj
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
def record_(settings: Settings, prune: bool) -> None:
    """用 kokoro 录制随附的提示语，存进 `prompts/recorded`；只录缺少的和文字已改的。"""
    report = _rendered(record, settings, named("kokoro", settings.models))
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
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    metavar="text|json",
    help="json 供程序读取。",
)
@click.pass_obj
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
