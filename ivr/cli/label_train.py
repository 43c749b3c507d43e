"""`ivr label train`: labelled sentences become extended questions of the knowledge base, with the accuracy before and
after on callers that nothing was learnt from (CBA 二十一)."""

from __future__ import annotations

import difflib
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from ivr.cli.call_text import plain
from ivr.cli.chinese import Command
from ivr.cli.label_files import find_plan, labelled
from ivr.cli.records import DAY, opened
from ivr.errors import FlowError
from ivr.flow import load, require
from ivr.flow.edit import add_questions, set_words
from ivr.metrics.agreement import standing
from ivr.metrics.recognition import NO_INTENT
from ivr.metrics.sampling import held_out
from ivr.nlu.judging import NONE, Judged, Sentence
from ivr.nlu.teaching import Lessons, lessons, measured, taught
from ivr.records.model import Call, Turn
from ivr.settings import Settings

_SHARE = 0.3
_KNOWLEDGE, _HOTLINE = "knowledge.yaml", "hotline.yaml"


def not_negative(_ctx: click.Context, _param: click.Parameter, number: int) -> int:
    """A seed."""
    if number < 0:
        raise click.BadParameter("不能小于 0")
    return number


@click.command(cls=Command)
@click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含）。")
@click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
@click.option("--plan", metavar="方案", help="只用这个抽样方案的标注。")
@click.option(
    "--seed", metavar="整数", type=int, callback=not_negative, default=1, help="按客户划分留出部分的随机种子，默认 1。"
)
@click.option("--all", "every", is_flag=True, help="已经听得懂的句子也加进去。")
@click.option("--write", is_flag=True, help="写入知识库；不写只显示改动。留出部分的准确率变差时不写。")
@click.option("--author", metavar="姓名", help="谁改的，随流程版本记录；写入时必填。")
@click.option("--reason", metavar="原因", default="标注训练", help="为什么改，默认“标注训练”；前后准确率会附在后面。")
@click.pass_obj
def train(
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
    plan: str | None,
    seed: int,
    every: bool,
    write: bool,
    author: str | None,
    reason: str,
) -> None:
    """把标注过的句子变成知识库的扩展问，并在没学过的客户身上比较前后的意图准确率。"""
    if write and not author:
        raise click.UsageError("写入知识库时请用 --author 写明是谁改的")
    flow = require(settings.flows)
    with opened(settings) as store:
        wanted = None if plan is None else {one.turn_id for one in find_plan(store, plan).drawn}
        said = _sentences(labelled(store, since, until), wanted)
    kept = held_out([caller for caller, _ in said], _SHARE, seed)
    learnt, measuring = ([s for c, s in said if (c in kept) == out] for out in (False, True))
    click.echo(
        f"标注过的有效句子 {len(said)} 句：学习 {len(learnt)} 句，留出 {len(measuring)} 句（按客户划分，种子 {seed}）"
    )
    found = lessons(flow, learnt, every=every)
    _tell(found)
    if not found.count:
        click.echo("没有可以加入的扩展问")
        return
    before, after = measured(flow, measuring), measured(taught(flow, found.questions), measuring)
    click.echo(f"留出部分：加入前 {_accuracy(before)}\n　　　　　加入后 {_accuracy(after)}")
    changed = _changed(settings.flows, found, author, f"{reason}：加入 {found.count} 句，{_change(before, after)}")
    if not write:
        click.echo("".join(_diff(settings.flows, changed)), nl=False)
        click.echo("以上改动还没有写入；加 --write --author 姓名 写入")
        return
    if _worse(before, after):
        raise click.ClickException("留出部分变差了，没有写入；检查这些句子的标注，或换一批再试")
    for name, text in changed.items():
        _replace(settings.flows / name, text)
    click.echo(f"已写入 {settings.flows / _KNOWLEDGE}，两秒内对新来电生效")


def _sentences(turns: Sequence[tuple[Call, Turn]], wanted: set[str] | None) -> list[tuple[str, Sentence]]:
    """Caller and sentence of each valid turn whose gold intent somebody gave; the latest annotation counts."""
    found = []
    for call, turn in turns:
        note = standing(turn)
        if note is not None and note.valid and note.intent_gold and (wanted is None or turn.turn_id in wanted):
            gold = NONE if note.intent_gold == NO_INTENT else note.intent_gold
            found.append((call.caller_number or call.call_id, Sentence("标注", note.ref_text, gold)))
    return found


def _tell(found: Lessons) -> None:
    for one in found.refused:
        click.echo(f"不加入：{plain(one.sentence.text)} → {plain(one.sentence.intent)}：{one.why}")
    if found.known:
        click.echo(f"已经听得懂，不必加入：{len(found.known)} 句（--all 也加入）")
    for id, questions in found.questions.items():
        click.echo(f"加入 {id}：{'、'.join(questions)}")


def _accuracy(done: Judged) -> str:
    words = []
    if done.accuracy is not None:
        words.append(
            f"意图准确率 {done.accuracy:.1%}（{done.right + done.asked}/{done.inside}，其中直接受理 {done.right}）"
        )
    if done.false_accepts is not None:
        words.append(f"误受理率 {done.false_accepts:.1%}（{done.taken}/{done.outside}）")
    return "，".join(words) or "—（留出部分没有句子：至少要有两位客户的标注）"


def _change(before: Judged, after: Judged) -> str:
    if before.accuracy is None or after.accuracy is None:
        return "没有留出部分可比较"
    return f"留出意图准确率 {before.accuracy:.1%} → {after.accuracy:.1%}"


def _worse(before: Judged, after: Judged) -> bool:
    return after.right + after.asked < before.right + before.asked or after.taken > before.taken


def _changed(folder: Path, found: Lessons, author: str | None, reason: str) -> dict[str, str]:
    """The new text of each file that changes, checked as `ivr check` does. Raises FlowError."""
    old = {name: _text(folder / name) for name in (_KNOWLEDGE, _HOTLINE)}
    new = {_KNOWLEDGE: add_questions(old[_KNOWLEDGE], found.questions)}
    if author:
        new[_HOTLINE] = set_words(old[_HOTLINE], {"author": author, "reason": reason})
    with tempfile.TemporaryDirectory(prefix="ivr-train-") as place:
        trial = Path(place) / "flows"
        shutil.copytree(folder, trial, ignore=lambda _, names: [n for n in names if not n.endswith((".yaml", ".yml"))])
        for name, text in new.items():
            (trial / name).write_bytes(text.encode())
        loaded = load(trial)
        if loaded.flow is None:
            told = "\n".join(str(finding) for finding in loaded.findings).replace(str(trial), str(folder))
            raise FlowError(f"加入后知识库有错，没有写入：\n{told}")
    return new


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def _diff(folder: Path, changed: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for name, text in changed.items():
        old = _text(folder / name).splitlines(keepends=True)
        lines += difflib.unified_diff(old, text.splitlines(keepends=True), name, name, n=1)
    return lines


def _replace(path: Path, text: str) -> None:
    """All of the new file or the old one, with the same rights."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(text.encode())
    shutil.copymode(path, part)
    part.replace(path)
