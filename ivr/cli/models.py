"""`ivr models install|list`: what listening and the hotline's own voice need beyond programs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ivr.cli.chinese import Group
from ivr.settings import Settings
from ivr.speech import models as stock


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
@click.pass_obj
def install_(settings: Settings, names: tuple[str, ...], given: tuple[Path, ...]) -> None:
    """下载模型并核对校验值；不写名称时安装听懂普通话所需的。已装好的不再下载。

    下载中断后再运行一次即可续传。不能上网时会写明该取哪个文件、放在哪里。
    """
    chosen = [stock.named(name) for name in names or stock.USUAL]
    if given and len(chosen) != 1:
        raise click.UsageError("用 --from 时请写明一个模型的名称")
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

            fresh = stock.install(model, settings.models, given, progress)
        click.echo(f"{model.name}：{'已安装' if fresh else '早已装好'}，在 {settings.models / model.name}")


@models.command(name="list")
@click.option("--check", is_flag=True, help="逐个文件核对校验值（较慢）；不符时退出码为 1。")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    metavar="text|json",
    help="json 供程序读取。",
)
@click.pass_obj
def list_(settings: Settings, check: bool, form: str) -> None:
    """列出模型：用途、许可、下载大小、装了没有。"""
    bad = 0
    for model in stock.MODELS.values():
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
        click.echo(f"{'✓' if there else '·'} {model.name:<14}{what}")
        if changed:
            click.echo(f"    文件已变：{'、'.join(changed)}；请删除 {settings.models / model.name} 后重新安装")
    sys.exit(1 if bad else 0)
