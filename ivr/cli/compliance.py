"""`ivr report compliance`: both standards, clause by clause."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from ivr.cli.chinese import Command
from ivr.cli.output import OUTPUT, shown_on, span, write
from ivr.cli.records import DAY, opened
from ivr.flow.loader import load
from ivr.metrics.day import Config
from ivr.metrics.rules import local_day
from ivr.records.store import Store
from ivr.report.build import Report, build
from ivr.report.compliance import Judged, Known, judge
from ivr.report.compliance_forms import NOTES, compliance_html, compliance_json, evidence_words, summary
from ivr.report.forms import part_name
from ivr.settings import Settings


@click.command(cls=Command)
@click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含），如 2026-10-01。")
@click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "html"]),
    default="table",
    metavar="格式",
    help="`table` 供阅读（默认），`html` 可打印，`json` 供程序读取。",
)
@OUTPUT
@click.pass_obj
def compliance(
    settings: Settings, since: datetime | None, until: datetime | None, form: str, output: Path | None
) -> None:
    """逐条对照两项标准：要求、证据、数值、判定，未达标的在前；拿不出证据的照实写明。"""
    first, last = span(since, until)
    with opened(settings) as store:
        report = build(store, first, last, config=Config(as_of=time.time_ns() // 1_000_000))
        judged = judge(report, _known(settings, store, report))
    if form == "json":
        write(compliance_json(report, judged), output)
    elif form == "html":
        write(compliance_html(report, judged), output)
    else:
        with shown_on(output) as console:
            _show(report, judged, console)


def _known(settings: Settings, store: Store, report: Report) -> Known:
    loaded = load(settings.flows)
    leaves = loaded.flow.leaves.values() if loaded.flow is not None else ()
    dates: dict[str, list[date]] = {
        "revisions": [local_day(t) for t in store.revised()],
        "plans": [local_day(plan.t) for plan in store.plans()],
        "drills": [day for day, figures in (report.days or {}).items() if figures["ours.drill_calls"].numerator],
    }
    tags = Counter(clause for leaf in leaves for clause in leaf.compliance)
    return Known(loaded.findings, loaded.flow is not None, tags, dates)


def _show(report: Report, judged: tuple[Judged, ...], console: Console) -> None:
    console.print(f"合规报告　{part_name(report.whole)}　{summary(judged)}")
    table = Table(box=None)
    for column in ("判定", "条款"):
        table.add_column(column, no_wrap=True)
    for column in ("要求", "证据", "数值"):
        table.add_column(column, overflow="fold")
    for one in judged:
        lines = [(evidence_words(part), part.figure or "—") for part in one.evidence] or [("—", "—")]
        for at, line in enumerate(lines):
            head = (one.standing, one.clause.id, one.clause.requirement) if at == 0 else ("", "", "")
            table.add_row(*head, *line)
    console.print(table)
    for note in NOTES:
        console.print(note)
