"""`ivr label export|import`: labels as files, so that two people can label apart from each other."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click

from ivr.cli.console.actions import REASON, acts, allowed
from ivr.cli.console.chinese import Command
from ivr.cli.console.files import write_private
from ivr.cli.console.output import DAY, the_day
from ivr.flow import require
from ivr.people.actions import Action
from ivr.records.labels.forms import to_csv, to_jsonl
from ivr.records.labels.utterances import Utterances
from ivr.records.numbers import plain
from ivr.settings import Settings
from ivr.training.label_files import blank_rows, import_labels, labelled_rows
from ivr.training.turn_text import intents_of


@click.command(cls=Command)
@click.argument(
    "target", metavar="[文件]", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-"
)
@click.option("--plan", metavar="方案", help="只导出这个抽样方案的话轮。")
@click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含）。")
@click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
@click.option("--annotator", metavar="姓名", help="只导出这个人的标注。")
@click.option("--blank", metavar="姓名", help="导出给这个人填写的空白表，看不到别人的判断；需要抽样方案，默认最新的。")
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), metavar="csv|jsonl", help="默认按文件名，其余为 jsonl。"
)
@REASON
@click.pass_obj
@acts(Action.TRANSCRIPTS_READ)
def export(
    settings: Settings,
    target: Path,
    plan: str | None,
    since: datetime | None,
    until: datetime | None,
    annotator: str | None,
    blank: str | None,
    form: str | None,
    reason: str | None,
) -> None:
    """导出标注，或导出空白表给另一个人独立标注；默认写到标准输出，文件只有所有者可读。"""
    action = Action.TRANSCRIPTS_READ if blank is None else Action.LABELS_WRITE
    with allowed(settings, "labels", reason, action=action) as (store, _):
        if blank is not None:
            rows = blank_rows(store, plan, blank)
        else:
            rows = labelled_rows(store, plan, the_day(since), the_day(until), annotator)
    written = to_csv(rows) if (form or target.suffix.lstrip(".")) == "csv" else to_jsonl(rows)
    write_private(target, lambda out: out.write(written))
    click.echo(f"导出 {len(rows)} 条", err=True)


@click.command(name="import", cls=Command)
@click.argument("source", metavar="[文件]", type=click.File("rb"), default="-")
@click.option("--annotator", metavar="姓名", help="文件里没有写标注员的行算这个人的。")
@click.pass_obj
@acts(Action.LABELS_WRITE)
def import_(settings: Settings, source: BinaryIO, annotator: str | None) -> None:
    """导入 CSV 或 JSON Lines 标注，按话轮和标注员合并，同一人后标的为准；重复导入不变。坏行按行号报告，其余照收。"""
    intents, now = intents_of(require(settings.flows)), time.time_ns() // 1_000_000
    with allowed(settings, "labels") as (store, _):
        done = import_labels(source.read(), store, Utterances(settings.utterances), intents, now, annotator)
    for fault in done.faults:
        click.echo(plain(str(fault)), err=True)
    if done.hidden:
        click.echo(f"{len(done.hidden)} 条参考文本里有号码，已隐藏，并删除了录音")
    taken = f"新增 {done.added} 条，更新 {done.changed} 条，未变 {done.same} 条，较旧未采用 {done.older} 条"
    click.echo(f"{taken}，{len(done.faults)} 行有问题")
    sys.exit(1 if done.faults else 0)
