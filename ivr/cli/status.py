"""`ivr status`: what the hotline does now, read from the running node's own endpoint (CBA 四十四)."""

from __future__ import annotations

import http.client
import re
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import datetime

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ivr.cli.chinese import Command
from ivr.errors import MetricsError, NodeError
from ivr.flow import loader
from ivr.metrics.registry import INDICATORS
from ivr.records.model import StateName
from ivr.report.live import Reading
from ivr.report.scrape import Latency, read
from ivr.settings import Metrics, Settings

#: The node gives a scrape up after 5 s.
_PATIENCE_SECONDS = 6.0
#: Beyond these somebody has to see to it, as monitoring/alerts.yaml says too: the first in a queue waits for so long,
#: so many facts are not on the disk. Of fewer first requests than this no service level is complained of.
LONG_WAIT_MS = 60_000
JOURNAL_LAG = 1000
LEAST_DECIDED = 10
_STATES: Mapping[StateName, str] = {
    "ready": "就绪等待",
    "ring": "振铃",
    "talk": "通话",
    "acw": "事后处理",
    "pause": "小休",
    "offline": "未签入",
}
_WORKING: tuple[StateName, ...] = ("ready", "ring", "talk", "acw")
_LEVEL = INDICATORS["cba.service_level_20s"]


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
def status(settings: Settings, once: bool, every: float) -> None:
    """查看正在运行的热线：通话、菜单、排队、服务水平、语音识别、座席，以及需要注意的情况。"""
    labels = _labels(settings)
    first = picture(*look(settings.metrics), labels)
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


def look(metrics: Metrics) -> tuple[Reading, Latency]:
    """What the endpoint says now. Raises NodeError where no node answers, MetricsError where something else does."""
    if metrics.port == 0:
        raise NodeError("设置里 [metrics] port 为 0：没有开放实时指标，无从查看")
    host = "127.0.0.1" if metrics.host == "0.0.0.0" else metrics.host  # noqa: S104 (asked, not bound)
    where = f"{host}:{metrics.port}"
    # asked without proxies: the endpoint is this machine's own
    link = http.client.HTTPConnection(host, metrics.port, timeout=_PATIENCE_SECONDS)
    try:
        link.request("GET", "/metrics")
        reply = link.getresponse()
        text = reply.read()
    except (OSError, http.client.HTTPException) as wrong:
        raise NodeError(
            f"{where} 没有应答（{wrong or type(wrong).__name__}）：热线没有运行，或设置文件不是它的"
        ) from wrong
    finally:
        link.close()
    if reply.status != http.client.OK:
        raise NodeError(f"{where} 应答 {reply.status} {reply.reason}：热线太忙，或端口被别的程序占用")
    return read(text.decode("utf-8", "replace"))


def _labels(settings: Settings) -> Mapping[str, str]:
    """Queues by what operators call them; ids alone while the files are being edited and do not make a flow."""
    flow = loader.load(settings.flows).flow
    return {} if flow is None else {id_: queue.label for id_, queue in flow.queues.items()}


# ---- what is shown


def picture(now: Reading, latency: Latency, labels: Mapping[str, str]) -> RenderableType:
    """Everything at once; what needs somebody's attention comes last, in red."""
    parts: list[RenderableType] = [_figures(now, latency), _agents(now), _queues(now, labels), _menus(now)]
    parts += [Text(f"注意：{one}", style="bold red") for one in warnings(now, labels)]
    return Group(*parts)


def warnings(now: Reading, labels: Mapping[str, str]) -> Iterator[str]:
    """What somebody should see to at once; the same thresholds as monitoring/alerts.yaml, where one look can tell."""
    if not now.manager_link:
        yield "与 Asterisk 的管理连接（AMI）中断，座席状态看不到"
    elif not sum(now.agents.get(state, 0) for state in _WORKING):
        yield "没有座席在岗"
    if now.recogniser is False:
        yield "语音识别停用，来电只能按键"
    level = now.standing.service_level
    if level.denominator >= LEAST_DECIDED and _LEVEL.verdict(level) == "未达标":
        yield f"近 15 分钟服务水平 {_percent(level.value)}，低于 {_bound()}"
    for queue, line in now.standing.queues.items():
        if line.longest_ms > LONG_WAIT_MS:
            yield f"{labels.get(queue, queue)}排队最长已等 {line.longest_ms / 1000:.0f} 秒"
    if now.journal_lag > JOURNAL_LAG:
        yield f"日志积压 {now.journal_lag} 条没有落盘"


def _figures(now: Reading, latency: Latency) -> Table:
    standing, level = now.standing, now.standing.service_level
    table = Table(box=None, show_header=False, title=f"热线现状　{_now()}", title_justify="left", pad_edge=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    table.add_row("通话中来电", str(standing.calls))
    table.add_row("近 15 分钟来电", str(standing.offered))
    counts = f"{level.numerator}/{level.denominator}"
    verdict = _LEVEL.verdict(level)
    style = {"达标": "green", "未达标": "bold red"}.get(verdict, "")
    shown = f"{_percent(level.value)}（{counts}，20 秒内人工接通；阈值 {_bound()}）{verdict}"
    table.add_row("近 15 分钟服务水平", Text(shown, style=style))
    table.add_row("语音识别", _recogniser(now, latency))
    table.add_row("日志积压", f"{now.journal_lag} 条")
    table.add_row("Asterisk 管理连接", "正常" if now.manager_link else Text("中断", style="bold red"))
    return table


def _recogniser(now: Reading, latency: Latency) -> str:
    if now.recogniser is None:
        return "未启用"
    took = "—"
    if latency.count:
        took = f"平均 {latency.seconds / latency.count:.2f} 秒，1.4 秒内 {latency.in_time}/{latency.count}"
    up = "正常" if now.recogniser else "停用"
    said = sum(now.spoken.values())
    return f"{up}；倾听 {now.taps}，正在说话 {now.talkers}；话语 {said}，未能受理 {now.refusals}；延迟 {took}"


def _agents(now: Reading) -> Table:
    table = Table(box=None, title="座席", title_justify="left", pad_edge=False)
    for state in _STATES:
        table.add_column(_STATES[state], justify="right", no_wrap=True)
    table.add_row(*(str(now.agents.get(state, 0)) for state in _STATES))
    return table


def _queues(now: Reading, labels: Mapping[str, str]) -> RenderableType:
    if not now.standing.queues:
        return Text("排队：无")
    table = Table(box=None, title="排队", title_justify="left", pad_edge=False)
    table.add_column("队列")
    table.add_column("人数", justify="right")
    table.add_column("最长等待（秒）", justify="right")
    for queue, line in now.standing.queues.items():
        name = f"{labels[queue]} {queue}" if queue in labels else queue
        table.add_row(name, str(line.depth), f"{line.longest_ms / 1000:.1f}")
    return table


def _menus(now: Reading) -> Text:
    listed = "、".join(f"{menu} {number}" for menu, number in sorted(now.standing.menus.items()))
    return Text(f"菜单中来电：{listed or '无'}")


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.1f}%"


def _bound() -> str:
    return "—" if _LEVEL.threshold is None else f"{float(100 * _LEVEL.threshold.bound):g}%"


def _now() -> str:
    return f"{datetime.now().astimezone():%H:%M:%S}"
