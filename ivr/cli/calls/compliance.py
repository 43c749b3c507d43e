"""`ivr report compliance`: both standards, clause by clause."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from ivr.cli.console.actions import acts, allowed
from ivr.cli.console.chinese import Command
from ivr.cli.console.output import DAY, OUTPUT, form_option, shown_on, span, write
from ivr.encryption.keys import KeyRing
from ivr.metrics.day import Config
from ivr.people.actions import Action
from ivr.report.build import Report, build
from ivr.report.compliance.evidence import gather
from ivr.report.compliance.forms import NOTES, compliance_html, compliance_json, evidence_words, summary
from ivr.report.compliance.judge import Judged, judge
from ivr.report.forms import part_name
from ivr.settings import Settings


@click.command(cls=Command)
@click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含），如 2026-10-01。")
@click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
@form_option("table", "json", "html", metavar="格式", help="`table` 供阅读（默认），`html` 可打印，`json` 供程序读取。")
@click.option(
    "--tests",
    metavar="文件",
    type=click.Path(path_type=Path, exists=True),
    help="测试结果（JUnit XML 文件，或放有它们的目录）；默认为状态目录下的 test-results。",
)
@OUTPUT
@click.pass_obj
@acts(Action.REPORTS_READ)
def compliance(
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
    form: str,
    tests: Path | None,
    output: Path | None,
) -> None:
    """逐条对照两项标准：要求、证据、数值、判定，未达标的在前；拿不出证据的照实写明。"""
    first, last = span(since, until)
    with allowed(settings, "compliance", read_only=True) as (store, _):
        report = build(store, first, last, config=Config(as_of=time.time_ns() // 1_000_000), lists=False)
        results, four_eyes = tests or settings.state / "test-results", settings.publishing.four_eyes
        ring = KeyRing(settings.encryption, settings.state)
        known = gather(settings.flows, store, report, results, four_eyes=four_eyes, encryption=ring)
        judged = judge(report, known)
    if form == "json":
        write(compliance_json(report, judged), output)
    elif form == "html":
        write(compliance_html(report, judged), output)
    else:
        with shown_on(output) as console:
            _show(report, judged, console)


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
            head = (one.verdict, one.clause.id, one.clause.requirement) if at == 0 else ("", "", "")
            table.add_row(*head, *line)
    console.print(table)
    for note in NOTES:
        console.print(note)
