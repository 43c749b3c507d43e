"""`ivr models install|list`: what listening and the hotline's own voice need beyond programs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ivr.cli.console.actions import acts, asks
from ivr.cli.console.chinese import Group
from ivr.cli.console.output import form_option
from ivr.people.actions import Action
from ivr.settings import Settings
from ivr.speech.models import installation as stock
from ivr.speech.recognition.advice import measured_models
from ivr.speech.registry import MODELS, USUAL, model_named


@click.group(cls=Group)
def models() -> None:
    """识别、语音检测和合成用的模型：安装，列出。"""


@models.command(name="install")
@click.argument("names", nargs=-1, metavar="[名称]…")
@click.option(
    "--from",
    "given",
    multiple=True,
    metavar="文件",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="用本机上的文件，不下载；可写多次。",
)
@click.option("--sha256", default="", metavar="校验值", help="没有固定校验值的模型：您向发布者核对过的 sha256。")
@click.pass_obj
@asks(Action.MODELS_INSTALL, "models")
def install_(settings: Settings, names: tuple[str, ...], given: tuple[Path, ...], sha256: str) -> None:
    """下载模型并核对校验值；不写名称时安装听懂普通话所需的。已装好的不再下载。

    下载中断后再运行一次即可续传。不能上网时会写明该取哪个文件、放在哪里。
    """
    chosen = [model_named(name) for name in names or USUAL]
    if (given or sha256) and len(chosen) != 1:
        raise click.UsageError("用 --from 或 --sha256 时请写明一个模型的名称")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    screen = Console(stderr=True)
    for model in chosen:
        with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
            tasks: dict[str, TaskID] = {}

            def progress(
                file: str, done: int, total: int, bar: Progress = bar, tasks: dict[str, TaskID] = tasks
            ) -> None:
                if file not in tasks:
                    tasks[file] = bar.add_task(file)
                bar.update(tasks[file], completed=done, total=total or None)

            fresh = stock.install(model, settings.models, given, progress, sha256)
        click.echo(f"{model.name}：{'已安装' if fresh else '早已装好'}，在 {settings.models / model.name}")


@models.command(name="list")
@click.option("--check", is_flag=True, help="逐个文件核对校验值（较慢）；不符时退出码为 1。")
@form_option("text", "json")
@click.pass_obj
@acts(Action.NODE_CHECK)
def list_(settings: Settings, check: bool, form: str) -> None:
    """列出模型：用途、许可、下载大小、装了没有。"""
    bad = 0
    for model in MODELS.values():
        there = stock.installed(model, settings.models)
        changed = stock.verify(model, settings.models) if check and there else []
        bad += bool(changed)
        if form == "json":
            told = {
                "name": model.name,
                "purpose": model.purpose,
                "licence": model.licence,
                "bytes": model.size,
                "installed": there,
                "product": model.product,
                "note": model.note,
                "changed": changed,
            }
            click.echo(json.dumps(told, ensure_ascii=False))
            continue
        note = f"；{model.note}" if model.note else ""
        what = f"{model.purpose}，许可 {model.licence}，{model.size / 1e6:.0f} MB{note}"
        click.echo(f"{'✓' if there else '·'} {model.name:<18}{what}")
        if changed:
            click.echo(f"    文件已变：{'、'.join(changed)}；请删除 {settings.models / model.name} 后重新安装")
    sys.exit(1 if bad else 0)


@models.command(name="measure")
@click.argument("folders", nargs=-1, metavar="[模型]…")
@click.pass_obj
@acts(Action.NODE_CHECK)
def measure(settings: Settings, folders: tuple[str, ...]) -> None:
    """在这台机器上实测识别模型：内存、速度。不写模型时测所有已装的；测过且文件没变的不再测。

    模型写已装的名称或文件夹，可以是已有引擎能用的任何模型。
    """
    for kind, folder, cost, wrong in measured_models(settings, folders):
        click.echo(
            f"{folder.name}（引擎 {kind.name}）：{cost.told()}" + (f"；这台机器带不动：{wrong}" if wrong else "")
        )
