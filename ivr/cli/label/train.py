"""`ivr label train`: labelled sentences become extended questions of the knowledge base."""

from __future__ import annotations

from datetime import datetime

import click

from ivr.cli.console.actions import acts, allowed
from ivr.cli.console.chinese import Command
from ivr.cli.console.output import DAY, not_negative, the_day
from ivr.flow import require
from ivr.nlu.intents.evaluation import Evaluation
from ivr.nlu.intents.extended_questions import Lessons, lessons
from ivr.people.actions import Action
from ivr.records.numbers import plain
from ivr.settings import Settings
from ivr.training.knowledge import KNOWLEDGE, changed_files, difference, effect, material, write
from ivr.training.plans import drawn_ids, labelled_turns


@click.command(cls=Command)
@click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含）。")
@click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
@click.option("--plan", metavar="方案", help="只用这个抽样方案的标注。")
@click.option(
    "--seed", metavar="整数", type=int, callback=not_negative, default=1, help="按客户划分留出部分的随机种子，默认 1。"
)
@click.option("--all", "every", is_flag=True, help="已经听得懂的句子也加进去。")
@click.option("--write", "writes", is_flag=True, help="写入知识库；不写只显示改动。留出部分的准确率变差时不写。")
@click.option("--author", metavar="姓名", help="谁改的，随流程版本记录；写入时必填。")
@click.option("--reason", metavar="原因", default="标注训练", help="为什么改，默认“标注训练”；前后准确率会附在后面。")
@click.pass_obj
@acts(Action.MODELS_TRAIN)
def train(
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
    plan: str | None,
    seed: int,
    every: bool,
    writes: bool,
    author: str | None,
    reason: str,
) -> None:
    """把标注过的句子变成知识库的扩展问，并在没学过的客户身上比较前后的意图准确率。"""
    if writes and not author:
        raise click.UsageError("写入知识库时请用 --author 写明是谁改的")
    flow = require(settings.flows)
    with allowed(settings, "knowledge", reason) as (store, _):
        wanted = drawn_ids(store, plan)
        said = material(labelled_turns(store, the_day(since), the_day(until)), wanted, seed)
    learnt, kept = len(said.learnt), len(said.measuring)
    click.echo(f"标注过的有效句子 {learnt + kept} 句：学习 {learnt} 句，留出 {kept} 句（按客户划分，种子 {seed}）")
    found = lessons(flow, said.learnt, every=every)
    _tell(found)
    if not found.count:
        click.echo("没有可以加入的扩展问")
        return
    done = effect(flow, found, said.measuring)
    click.echo(f"留出部分：加入前 {_accuracy(done.before)}\n　　　　　加入后 {_accuracy(done.after)}")
    changed = changed_files(settings.flows, found, author, f"{reason}：加入 {found.count} 句，{done}")
    if not writes:
        click.echo(difference(settings.flows, changed), nl=False)
        click.echo("以上改动还没有写入；加 --write --author 姓名 写入")
        return
    write(settings.flows, changed, done)
    click.echo(f"已写入 {settings.flows / KNOWLEDGE}；没有登记人员时两秒内对新来电生效，登记后用 ivr flow propose 提交")


def _tell(found: Lessons) -> None:
    for one in found.refused:
        click.echo(f"不加入：{plain(one.sentence.text)} → {plain(one.sentence.intent)}：{one.why}")
    if found.known:
        click.echo(f"已经听得懂，不必加入：{len(found.known)} 句（--all 也加入）")
    for id, questions in found.questions.items():
        click.echo(f"加入 {id}：{'、'.join(questions)}")


def _accuracy(done: Evaluation) -> str:
    words = []
    if done.accuracy is not None:
        words.append(
            f"意图准确率 {done.accuracy:.1%}（{done.right + done.asked}/{done.inside}，其中直接受理 {done.right}）"
        )
    if done.false_accepts is not None:
        words.append(f"误受理率 {done.false_accepts:.1%}（{done.taken}/{done.outside}）")
    return "，".join(words) or "—（留出部分没有句子：至少要有两位客户的标注）"
