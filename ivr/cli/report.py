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

from ivr.cli.call_text import plain
from ivr.cli.chinese import Command
from ivr.cli.records import DAY, opened
from ivr.metrics.day import Config
from ivr.metrics.imported import read_imported
from ivr.metrics.norm import NORM
from ivr.report.build import By, Period, Report, build
from ivr.report.forms import NO_FIGURE, bound, number, sampling_words, shown, to_csv, to_json, why_none
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


@click.command(cls=Command)
@click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含），如 2026-10-01。")
@click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
@click.option(
    "--by",
    type=click.Choice(["day", "week", "month"]),
    metavar="day|week|month",
    help="另按日、周（周一起）或月分列。",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    metavar="table|json|csv",
    help="table 供阅读（默认），json、csv 供程序和表格软件读取，含公式和读法。",
)
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
@click.pass_obj
def report(
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
    by: By | None,
    form: str,
    imported: Path | None,
    hours: Fraction,
    dids: tuple[str, ...],
    explain: bool,
) -> None:
    """按两项标准统计全部指标：分子、分母、数值、阈值、判定，以及与上期（其前等长的一段）的比较。"""
    if since is None or until is None:
        raise click.UsageError("请用 --from 和 --to 写明起止日")
    if until < since:
        raise click.BadParameter("早于起始日", param_hint="--to")
    config = Config(
        standard_day_hours=hours,
        test_dids=frozenset(dids),
        as_of=time.time_ns() // 1_000_000,
        imported=() if imported is None else read_imported(_lines(imported)),
    )
    with opened(settings) as store:
        done = build(store, since.date(), until.date(), by, config)
    if form == "json":
        click.echo(to_json(done), nl=False)
    elif form == "csv":
        click.echo(to_csv(done), nl=False)
    else:
        _show(done, explain)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines(keepends=True)
    except UnicodeDecodeError as wrong:
        raise click.FileError(str(path), "不是 UTF-8 文本") from wrong


def _show(done: Report, explain: bool) -> None:
    console = Console(width=None if sys.stdout.isatty() else 160, markup=False, highlight=False)
    for period in (*done.parts, done.whole):
        console.print(_table(period))
    console.print("— 表示没有数值；“无阈值”仅列示；上期为紧接其前的等长时段；* 为暂定，满一小时或到期后再定。")
    silent: dict[str, list[str]] = {}
    for row in done.whole.rows:
        if why := why_none(row.figure):
            silent.setdefault(why, []).append(row.indicator.name)
    for why, names in silent.items():
        console.print(f"{why}：{'、'.join(names)}")
    for behind in done.sampling:
        console.print(f"识别、意图、交互准确率出自人工标注（文本按 {NORM} 规范化）。{plain(sampling_words(behind))}")
    if explain:
        for row in done.whole.rows:
            one = row.indicator
            console.print(f"{one.id} {one.name}（{one.clause}）\n  公式：{one.formula}\n  读法：{one.reading}")


def _table(period: Period) -> Table:
    name = f"{period.since}" if period.since == period.until else f"{period.since} 至 {period.until}"
    table = Table(box=None, title=name, title_justify="left")
    table.add_column("指标", overflow="fold")
    table.add_column("编号", overflow="fold")
    for column in ("分子", "分母", "数值", "上期", "阈值"):
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
            bound(row.indicator.threshold),
            row.verdict,
            style=_COLORS[row.verdict] if sys.stdout.isatty() else None,
        )
    return table
