"""`ivr label export|import`: labels as files, so that two people can label apart from each other."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click

from ivr.cli.call_text import plain
from ivr.cli.chinese import Command
from ivr.cli.files import write_private
from ivr.cli.label_text import choose, intents_of
from ivr.cli.records import DAY, opened
from ivr.errors import ExchangeError
from ivr.metrics import rules
from ivr.nlu import mask
from ivr.records.label_forms import Row, read, to_csv, to_jsonl
from ivr.records.label_merge import merge
from ivr.records.model import Call, SamplingPlan, Turn
from ivr.records.store import Store
from ivr.records.utterances import Utterances
from ivr.settings import Settings


def find_plan(store: Store, name: str | None) -> SamplingPlan:
    """The named plan, or the newest one. Raises ClickException where there is none."""
    known = store.plans()
    found = next((plan for plan in known if name in (None, plan.id)), None)
    if found is None:
        there = f"；已有：{'、'.join(plan.id for plan in known)}" if known else "，先用 ivr label sample 抽样"
        raise click.ClickException(f"没有抽样方案{f' {name}' if name else ''}{there}")
    return found


def labelled(store: Store, since: datetime | None, until: datetime | None) -> list[tuple[Call, Turn]]:
    """Every annotated turn of the local days, both included, with its call, the oldest first; drills left out (D10)."""
    start = None if since is None else rules.day_start(since.date())
    end = None if until is None else rules.day_start(until.date()) + rules.DAY_MS
    found = store.turns(one.turn_id for one in store.labelled(start, end))
    return sorted(found.values(), key=lambda pair: (pair[0].t_offered, pair[0].call_id, pair[1].t_start))


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
@click.pass_obj
def export(
    settings: Settings,
    target: Path,
    plan: str | None,
    since: datetime | None,
    until: datetime | None,
    annotator: str | None,
    blank: str | None,
    form: str | None,
) -> None:
    """导出标注，或导出空白表给另一个人独立标注；默认写到标准输出，文件只有所有者可读。"""
    with opened(settings) as store:
        if blank is not None:
            ids = [one.turn_id for one in find_plan(store, plan).drawn]
            rows = [Row(call, turn, blank, None) for call, turn in store.turns(ids).values() if not _by(turn, blank)]
        else:
            wanted = None if plan is None else {one.turn_id for one in find_plan(store, plan).drawn}
            rows = list(_rows(labelled(store, since, until), annotator, wanted))
    written = to_csv(rows) if (form or target.suffix.lstrip(".")) == "csv" else to_jsonl(rows)
    write_private(target, lambda out: out.write(written))
    click.echo(f"导出 {len(rows)} 条", err=True)


def _rows(found: Iterable[tuple[Call, Turn]], annotator: str | None, wanted: set[str] | None) -> Iterator[Row]:
    for call, turn in found:
        if wanted is None or turn.turn_id in wanted:
            yield from (
                Row(call, turn, one.annotator, one) for one in turn.annotations if annotator in (None, one.annotator)
            )


def _by(turn: Turn, annotator: str) -> bool:
    return any(note.annotator == annotator for note in turn.annotations)


@click.command(name="import", cls=Command)
@click.argument("source", metavar="[文件]", type=click.File("rb"), default="-")
@click.option("--annotator", metavar="姓名", help="文件里没有写标注员的行算这个人的。")
@click.pass_obj
def import_(settings: Settings, source: BinaryIO, annotator: str | None) -> None:
    """导入 CSV 或 JSON Lines 标注，按话轮和标注员合并，同一人后标的为准；重复导入不变。坏行按行号报告，其余照收。"""
    name = _named(intents_of(settings))
    lines = read(source.read(), time.time_ns() // 1_000_000, annotator, name)
    audio = Utterances(settings.utterances)
    with opened(settings) as store:
        done = merge(lines, store, mask)
    for turn in done.hidden:
        if turn.audio_ref is not None and audio.has(turn.audio_ref):
            audio.drop(turn.audio_ref)
    for fault in done.faults:
        click.echo(plain(str(fault)), err=True)
    if done.hidden:
        click.echo(f"{len(done.hidden)} 条参考文本里有号码，已隐藏，并删除了录音")
    taken = f"新增 {done.added} 条，更新 {done.changed} 条，未变 {done.same} 条，较旧未采用 {done.older} 条"
    click.echo(f"{taken}，{len(done.faults)} 行有问题")
    sys.exit(1 if done.faults else 0)


def _named(intents: dict[str, str]) -> Callable[[str], str]:
    def name(word: str) -> str:
        found = [id for id, label in intents.items() if word in (id, label)]
        if len(found) == 1:
            return found[0]
        near = "、".join(choose(word, intents)[:3])
        raise ExchangeError(f"没有意图「{word[:30]}」{f'，是不是 {near}？' if near else ''}")

    return name
