"""`ivr status`: what the hotline does now, read from the running node's own endpoint (CBA 四十四)."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping
from datetime import datetime

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ivr.cli.console.actions import acts, ask, registered
from ivr.cli.console.chinese import Command
from ivr.errors import MetricsError, NodeError, StoreError
from ivr.flow import loader
from ivr.people.actions import Action
from ivr.people.registry import NOBODY
from ivr.records import days
from ivr.records.model import StateName
from ivr.report.monitoring.alarms import SERVICE_LEVEL, percent, service_level_bound, warnings
from ivr.report.monitoring.exporter import Snapshot
from ivr.report.monitoring.scrape import Latency, look
from ivr.settings import Metrics, Settings

_STATES: Mapping[StateName, str] = {
    "ready": "就绪等待",
    "ring": "振铃",
    "talk": "通话",
    "acw": "事后处理",
    "pause": "示忙",
    "offline": "未签入",
}


def _seconds(_ctx: click.Context, _param: click.Parameter, text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?s?", text) or not 0.5 <= float(text.rstrip("s")) <= 3600:
        raise click.BadParameter(f"应为 0.5 到 3600 秒，如 2s，现在是 {text}")
    return float(text.rstrip("s"))


@click.command(cls=Command)
@click.option("--once", is_flag=True, help="只显示一次；输出不是终端时也只显示一次。")
@click.option(
    "--every", metavar="秒", default="2s", callback=_seconds, help="隔多久刷新一次，默认 2s；按 Ctrl-C 结束。"
)
@click.pass_obj
@acts(Action.STATUS_READ)
def status(settings: Settings, once: bool, every: float) -> None:
    """查看正在运行的热线：通话、菜单、排队、服务水平、语音识别、座席，以及需要注意的情况。"""
    try:
        ask(settings, "status")
        staffed = registered(settings)
    except StoreError as wrong:  # figures without anybody's data: on the day the database is gone they are wanted most
        click.echo(f"提醒：无法核对权限：{wrong}", err=True)
        staffed = True
    labels = _labels(settings)
    first = picture(*look(settings.metrics), labels)
    if not staffed:
        click.echo(f"提醒：{NOBODY}", err=True)
    if once or not sys.stdout.isatty():
        Console(width=None if sys.stdout.isatty() else 100, highlight=False).print(first)
        return
    with Live(first, console=Console(highlight=False), auto_refresh=False) as screen:
        try:
            while True:
                time.sleep(every)
                screen.update(_again(settings.metrics, labels), refresh=True)
        except KeyboardInterrupt:
            return


def _again(metrics: Metrics, labels: Mapping[str, str]) -> RenderableType:
    try:
        return picture(*look(metrics), labels)
    except (NodeError, MetricsError) as wrong:
        return Text(f"{_now()}　{wrong}（继续等待）", style="bold red")


def _labels(settings: Settings) -> Mapping[str, str]:
    """Queues by what operators call them; ids alone while the files are being edited and do not make a flow."""
    flow = loader.load(settings.flows).flow
    return {} if flow is None else {id_: queue.label for id_, queue in flow.queues.items()}


# ---- what is shown


def picture(now: Snapshot, latency: Latency, labels: Mapping[str, str]) -> RenderableType:
    """Everything at once; what needs somebody's attention comes last, in red."""
    parts: list[RenderableType] = [_figures(now, latency), _agents(now), _queues(now, labels), _menus(now)]
    parts += [Text(f"注意：{one}", style="bold red") for one in warnings(now, labels)]
    return Group(*parts)


def _figures(now: Snapshot, latency: Latency) -> Table:
    live, level = now.live, now.live.service_level
    table = Table(box=None, show_header=False, title=f"热线现状　{_now()}", title_justify="left", pad_edge=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    table.add_row("通话中来电", str(live.calls))
    table.add_row("近 15 分钟来电", str(live.offered))
    counts = f"{level.numerator}/{level.denominator}"
    verdict = SERVICE_LEVEL.verdict(level)
    style = {"达标": "green", "未达标": "bold red"}.get(verdict, "")
    shown = f"{percent(level.value)}（{counts}，20 秒内人工接通；阈值 {service_level_bound()}）{verdict}"
    table.add_row("近 15 分钟服务水平", Text(shown, style=style))
    table.add_row("语音识别", _recogniser(now, latency))
    late = f"，逾期 {now.work_overdue}" if now.work_overdue else ""
    table.add_row("客户待办", Text(f"待回电 {now.callbacks_open}；留言等待办 {now.work_open}{late}"))
    table.add_row("客户投诉", _complaints(now))
    if now.bank is not None:
        table.add_row("银行系统", "正常" if now.bank else Text("没有应答", style="bold red"))
    if (flow := now.publishing) is not None:
        table.add_row("菜单", f"发布 {flow.publication}；待复核草稿 {flow.drafts}；待补审 {flow.unconfirmed}")
    table.add_row("日志积压", f"{now.journal_lag} 条")
    table.add_row("Asterisk 管理连接", "正常" if now.manager_link else Text("中断", style="bold red"))
    return table


def _complaints(now: Snapshot) -> str:
    found = now.complaints
    late = f"，逾期 {found.overdue}" if found.overdue else ""
    return f"没有办完 {found.open}{late}，即将到期 {found.soon}"


def _recogniser(now: Snapshot, latency: Latency) -> str:
    if now.recogniser is None:
        return "未启用"
    took = "—"
    if latency.count:
        took = f"平均 {latency.seconds / latency.count:.2f} 秒，1.4 秒内 {latency.in_time}/{latency.count}"
    up = "正常" if now.recogniser else "停用"
    said = sum(now.spoken.values())
    return f"{up}；倾听 {now.audio_streams}，正在说话 {now.talkers}；话语 {said}，未能受理 {now.refusals}；延迟 {took}"


def _agents(now: Snapshot) -> Table:
    table = Table(box=None, title="座席", title_justify="left", pad_edge=False)
    for state in _STATES:
        table.add_column(_STATES[state], justify="right", no_wrap=True)
    table.add_row(*(str(now.agents.get(state, 0)) for state in _STATES))
    return table


def _queues(now: Snapshot, labels: Mapping[str, str]) -> RenderableType:
    if not now.live.queues:
        return Text("排队：无")
    table = Table(box=None, title="排队", title_justify="left", pad_edge=False)
    table.add_column("队列")
    table.add_column("人数", justify="right")
    table.add_column("最长等待（秒）", justify="right")
    for queue, line in now.live.queues.items():
        name = f"{labels[queue]} {queue}" if queue in labels else queue
        table.add_row(name, str(line.depth), f"{line.longest_ms / 1000:.1f}")
    return table


def _menus(now: Snapshot) -> Text:
    listed = "、".join(f"{menu} {number}" for menu, number in sorted(now.live.menus.items()))
    return Text(f"菜单中来电：{listed or '无'}")


def _now() -> str:
    return f"{datetime.now(days.zone()):%H:%M:%S}"
