"""`ivr check`, `ivr show`, `ivr try`, `ivr schema`: what operators do with menus."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from ivr.cli.console.actions import acts
from ivr.cli.console.chinese import Command
from ivr.cli.console.output import form_option
from ivr.flow.announcements import AnnouncementKind
from ivr.flow.codes import Severity, codes_markdown
from ivr.flow.drawing import tree
from ivr.flow.loader import load, require
from ivr.flow.model import Flow
from ivr.flow.reading.schema import rendered
from ivr.flow.reading.schema import write as write_schemas
from ivr.people.actions import Action
from ivr.records.numbers import e164
from ivr.settings import Settings

if TYPE_CHECKING:
    from ivr.cli.listening_times import ListeningTimes

#: What the files alone cannot say (`ivr.people.late_notices`).
_NOTICES = "维护公告是否真的提前二十四小时、应急标注是否真由应急负责人作出，在发布时按发布时间和审计记录核对"
_FOLDER = click.Path(path_type=Path, exists=True)


def _folder(settings: Settings, path: Path | None) -> Path:
    """The folder of a flow; one of its files stands for it."""
    chosen = path or settings.flows
    return chosen.parent if chosen.is_file() else chosen


@click.command(cls=Command)
@click.argument("path", type=_FOLDER, required=False, metavar="[目录]")
@form_option("text", "json")
@click.option("--times", is_flag=True, help="列出不打断时到每项业务要听多少秒，以及老年服务键何时播报。")
@click.option("--codes", is_flag=True, help="列出全部检查代码、含义与条款（Markdown）。")
@click.pass_obj
@acts(Action.FLOW_READ)
def check(settings: Settings, path: Path | None, form: str, times: bool, codes: bool) -> None:
    """检查 flows/（或指定目录）下的菜单、提示语、营业时间和座席。

    每条问题一行：文件:行:列: error|warning 代码 说明 (条款)。有错误时退出码为 1。
    """
    if codes:
        click.echo(codes_markdown())
        return
    folder = _folder(settings, path)
    loaded = load(folder)
    errors = sum(finding.severity == Severity.ERROR for finding in loaded.findings)
    listened = _times(settings, loaded.flow) if times and loaded.flow is not None else None
    if form == "json":
        found = [finding.as_json() for finding in loaded.findings]
        whole = {"findings": found, **(listened.as_json() if listened else {})} if times else found
        click.echo(json.dumps(whole, ensure_ascii=False, indent=1))
    else:
        if listened:
            click.echo(listened.as_text())
        for finding in loaded.findings:
            click.echo(str(finding))
        warnings = len(loaded.findings) - errors
        what = f"{folder}：{errors} 个错误，{warnings} 个提醒"
        click.echo(what if loaded.findings else f"{folder}：没有问题", err=bool(loaded.findings))
        if loaded.flow is not None and any(
            one.kind is AnnouncementKind.MAINTENANCE for one in loaded.flow.announcements
        ):
            click.echo(_NOTICES, err=True)
    sys.exit(1 if errors else 0)


def _times(settings: Settings, flow: Flow) -> ListeningTimes:
    """How long callers of the flow listen, by the recordings where there are any."""
    # Imported here: recordings need numpy, and ivr check should start at once.
    from ivr.cli.listening_times import ListeningTimes
    from ivr.speech.prompts.catalogue import Catalogue
    from ivr.speech.voices.registry import named

    return ListeningTimes(flow, Catalogue(flow, settings.prompts, named(settings.voice, settings.models)))


@click.command(cls=Command)
@click.argument("path", type=_FOLDER, required=False, metavar="[目录]")
@click.option("--svg", metavar="文件", type=click.Path(path_type=Path, dir_okay=False), help="另存为一张图（SVG）。")
@click.pass_obj
@acts(Action.FLOW_READ)
def show(settings: Settings, path: Path | None, svg: Path | None) -> None:
    """把菜单画成一棵树：在终端里看，或存成一张图。"""
    flow = require(_folder(settings, path))
    if svg is None:
        click.echo(tree.tree(flow))
        return
    svg.write_text(tree.svg(flow), encoding="utf-8")
    click.echo(f"已写入 {svg}")


@click.command(cls=Command, name="try")
@click.argument("path", type=_FOLDER, required=False, metavar="[目录]")
@click.option("--at", "at", metavar="时间", help='当地时间，如 "2026-10-01 03:00"；默认现在。')
@click.option("--caller", metavar="号码", help="主叫号码，任何写法，如 13800000006（老年客户名单中的号码会走专线）。")
@click.option("--age", metavar="岁数", type=click.IntRange(0, 150), help="如同银行系统告知了客户的年龄。")
@click.option("--emergency", metavar="应急", help="如同正在应急：类别 级别 阶段，如 `surge general respond`。")
@click.option(
    "--script", metavar="文件", type=click.File(encoding="utf-8"), help="按脚本试走并核对；不符时退出码为 1。"
)
@click.option("--script-help", is_flag=True, help="说明脚本的写法。")
@click.option("--no-speech", is_flag=True, help="只用按键，如同语音识别不可用。")
@click.pass_obj
@acts(Action.FLOW_TRY)
def try_(
    settings: Settings,
    path: Path | None,
    at: str | None,
    caller: str | None,
    age: int | None,
    emergency: str | None,
    script: TextIO | None,
    script_help: bool,
    no_speech: bool,
) -> None:
    """不用电话试走菜单：屏幕显示客户听到的话，键盘代替按键；输入中文就是说话。"""
    # Imported here: understanding needs numpy, and ivr check should start at once.
    from ivr.call import simulator, simulator_script
    from ivr.nlu import Understanding

    if script_help:
        click.echo(simulator_script.__doc__)
        return
    flow = require(_folder(settings, path))
    try:
        at_ms = simulator.local_ms(at, flow.timezone) if at else time.time_ns() // 1_000_000
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--at") from wrong
    try:
        met = flow.emergency.named(emergency) if emergency else None
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--emergency") from wrong
    number = e164(caller) if caller else None
    listens = not no_speech and any(menu.listen for menu in flow.menus.values())
    understanding = Understanding(flow) if listens else None
    if script is None:
        simulator.interactive(flow, at_ms, number, sys.stdin, sys.stdout, understanding, age, met)
        return
    result = simulator.run_script(flow, at_ms, number, script.read(), understanding, age, met)
    click.echo(result.text)
    sys.exit(result.exit_status)


@click.command(cls=Command)
@click.option("--write", is_flag=True, help="写入 flows/schema/，供编辑器补全和检查。")
@click.pass_obj
@acts(Action.FLOW_READ)
def schema(settings: Settings, write: bool) -> None:
    """生成 YAML 的 JSON Schema，编辑器据此补全和提示。"""
    if not write:
        for text in rendered().values():
            click.echo(text, nl=False)
        return
    folder = settings.flows / "schema"
    write_schemas(folder)
    click.echo(f"已写入 {folder}：{'、'.join(rendered())}")
