"""`ivr report`: how the hotline performed, in the standards' own terms."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from ivr.cli.calls.compliance import compliance
from ivr.cli.console.actions import acts, allowed
from ivr.cli.console.chinese import Group
from ivr.cli.console.output import DAY, OUTPUT, form_option, shown_on, span, write
from ivr.metrics.day import Config
from ivr.metrics.imported import read_imported
from ivr.metrics.labels.norm import NORM
from ivr.metrics.lists import KINDS
from ivr.people.actions import Action
from ivr.records.numbers import plain
from ivr.report.build import By, Listed, Period, Report, build
from ivr.report.forms import (
    NO_FIGURE,
    bound,
    item_columns,
    item_row,
    number,
    part_name,
    sampling_words,
    shown,
    to_csv,
    to_json,
    trend,
    why_none,
)
from ivr.report.html import to_html
from ivr.report.xlsx import to_xlsx
from ivr.settings import Settings

_COLORS = {"达标": "green", "未达标": "bold red", "无数据": "dim", "无阈值": ""}


def _hours(_ctx: click.Context, _param: click.Parameter, text: str) -> Fraction:
    try:
        hours = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise click.BadParameter(f"{text} 不是小时数") from None
    if not 0 < hours <= 24:
        raise click.BadParameter("应大于 0，不超过 24")
    return hours


@click.group(cls=Group, invoke_without_command=True)
@click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含），如 2026-10-01。")
@click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
@click.option(
    "--by",
    type=click.Choice(["day", "week", "month", "queue", "hour"]),
    metavar="方式",
    help="另按 `day` 日、`week` 周（周一起）、`month` 月、`queue` 队列或 `hour` 时段分列；后两种只列适用的指标。",
)
@form_option(
    "table",
    "json",
    "csv",
    "xlsx",
    "html",
    metavar="格式",
    help="`table` 供阅读（默认）；`html` 可打印、含图表；`xlsx` 供办公软件；`json`、`csv` 供程序。后四种含公式和读法。",
)
@OUTPUT
@click.option(
    "--imported",
    metavar="文件",
    type=click.Path(path_type=Path, dir_okay=False),
    help="热线之外的数据（业务总笔数、员工指标、文本渠道），CSV 的写法见 docs/imported.md。",
)
@click.option(
    "--standard-hours", "hours", metavar="小时", default="8", callback=_hours, help="单个座席日标准工作时长，默认 8。"
)
@click.option("--test-did", "dids", metavar="号码", multiple=True, help="测试号码：拨打它的来电不计入指标；可写多次。")
@click.option("--explain", is_flag=True, help="表格之后列出每项指标的公式和读法。")
@click.option("--recount", is_flag=True, help="不用按日汇总的数，逐通按定义重算（慢，用于核对；两者应相同）。")
@click.pass_context
@acts(Action.REPORTS_READ)
def report(
    ctx: click.Context,
    since: datetime | None,
    until: datetime | None,
    by: By | None,
    form: str,
    output: Path | None,
    imported: Path | None,
    hours: Fraction,
    dids: tuple[str, ...],
    explain: bool,
    recount: bool,
) -> None:
    """按两项标准统计全部指标：分子、分母、数值、阈值、判定，以及与上期（其前等长的一段）的比较。"""
    if ctx.invoked_subcommand is not None:
        return
    first, last = span(since, until)
    if form == "xlsx" and output is None and sys.stdout.isatty():
        raise click.UsageError("xlsx 不能显示在终端上，请用 --output 写明文件")
    settings: Settings = ctx.obj
    config = Config(
        standard_day_hours=hours,
        test_dids=frozenset(dids),
        as_of=time.time_ns() // 1_000_000,
        imported=() if imported is None else read_imported(_lines(imported)),
    )
    with allowed(settings, "report", read_only=True) as (store, _):
        done = build(store, first, last, by, config, recount=recount)
    match form:
        case "json":
            write(to_json(done), output)
        case "csv":
            write(to_csv(done), output)
        case "html":
            write(to_html(done), output)
        case "xlsx":
            write(to_xlsx(done), output)
        case _:
            with shown_on(output) as console:
                _show(done, explain, console)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines(keepends=True)
    except UnicodeDecodeError as wrong:
        raise click.FileError(str(path), "不是 UTF-8 文本") from wrong


def _show(done: Report, explain: bool, console: Console) -> None:
    for period in (*done.parts, done.whole):
        console.print(_table(period))
    console.print("— 表示没有数值；“无阈值”仅列示；上期为紧接其前的等长时段；* 为暂定，满一小时或到期后再定。")
    silent: dict[str, list[str]] = {}
    for row in done.whole.rows:
        if why := why_none(row.figure):
            silent.setdefault(why, []).append(row.indicator.name)
    for why, names in silent.items():
        console.print(f"{why}：{'、'.join(names)}")
    for listed in done.lists:
        _list(listed, console)
    for behind in done.sampling:
        console.print(f"识别、意图、交互准确率出自人工标注（文本按 {NORM} 规范化）。{plain(sampling_words(behind))}")
    if explain:
        for row in done.whole.rows:
            one = row.indicator
            console.print(f"{one.id} {one.name}（{one.clause}）\n  公式：{one.formula}\n  读法：{one.reading}")


def _list(listed: Listed, console: Console) -> None:
    """What somebody should look at, the worst first."""
    kind = KINDS[listed.kind]
    console.print(f"\n{kind.title}（{kind.clause}）：{listed.count} 条")
    if not listed.items:
        return
    table = Table(box=None)
    for at, name in enumerate(item_columns(listed.kind)):
        table.add_column(name, justify="right" if at == 3 else "left", no_wrap=True)
    for item in listed.items:
        id_, who, when, seconds = item_row(listed, item)
        table.add_row(id_, who, f"{when:%Y-%m-%d %H:%M:%S}", f"{seconds:.3f}")
    console.print(table)
    if listed.count > len(listed.items):
        console.print(f"……另有 {listed.count - len(listed.items)} 条")


def _table(period: Period) -> Table:
    table = Table(box=None, title=part_name(period), title_justify="left")
    table.add_column("指标", overflow="fold")
    table.add_column("编号", overflow="fold")
    for column in ("分子", "分母", "数值", "上期", "趋势", "阈值"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("判定", no_wrap=True)
    for row in period.rows:
        figure = row.figure
        value = shown(figure) + ("*" if figure.provisional else "")
        if figure.interval is not None:
            value += f" [{100 * figure.interval[0]:.2f}, {100 * figure.interval[1]:.2f}]"
        table.add_row(
            row.indicator.name,
            row.indicator.id,
            NO_FIGURE if figure.reason else number(figure.numerator),
            NO_FIGURE if figure.reason else number(figure.denominator),
            value,
            shown(row.previous),
            trend(row),
            bound(row.indicator.threshold),
            row.verdict,
            style=_COLORS[row.verdict] if sys.stdout.isatty() else None,
        )
    return table


report.add_command(compliance)
