"""`ivr label`: the labelling of what callers said (CBA 二十一). Its readers train bots and do not write programs."""

from __future__ import annotations

import json
import re
import sys
import time
from datetime import datetime

import click
from rich.console import Console
from rich.table import Table

from ivr.care.privacy.sound_files import call_of
from ivr.cli.console.actions import acts, allowed, asks
from ivr.cli.console.chinese import Group
from ivr.cli.console.output import DAY, form_option, not_negative, the_day
from ivr.cli.console.store import opened
from ivr.cli.label.files import export, import_
from ivr.cli.label.train import train
from ivr.cli.label.walk import walk
from ivr.flow import require
from ivr.metrics.labels.agreement import Agreement
from ivr.people.actions import Action
from ivr.records.database.engine import is_there
from ivr.records.labels.utterances import Utterances
from ivr.records.numbers import plain
from ivr.settings import Settings
from ivr.training.agreement import compare
from ivr.training.plans import SampleRequest, draw_sample, labelled_turns, progress
from ivr.training.turn_text import intents_of, moment

_MOST = 100_000
_WORDS = {"valid": "是否有效", "intent": "意图", "interaction": "交互是否正确"}


class _Label(Group):
    """Without a subcommand it labels: what annotators do all day is the shortest to type."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click's, `walk` put in where no subcommand is named."""
        bare = not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names)
        return super().parse_args(ctx, ["walk", *args] if bare else args)


@click.group(cls=_Label)
def label() -> None:
    """标注：抽样、逐条标注、两人一致性、把标注变成扩展问。

    常用顺序：`ivr label sample` 抽样，`ivr label --annotator 姓名` 逐条标注，`ivr label agreement` 看两人是否一致，
    `ivr label train` 改进知识库，`ivr report` 看准确率。不写子命令就是逐条标注。
    """


for _command in (walk, export, import_, train):
    label.add_command(_command)


def _name(_ctx: click.Context, _param: click.Parameter, name: str | None) -> str | None:
    if name is not None and not re.fullmatch(r"[\w.-]{1,60}", name):
        raise click.BadParameter("只能用汉字、字母、数字和 _ . -，最多 60 个")
    return name


@label.command()
@click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含），如 2026-10-01。")
@click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
@click.option("--n", metavar="数目", type=int, help="抽多少条。")
@click.option(
    "--seed",
    metavar="整数",
    type=int,
    callback=not_negative,
    default=1,
    help="随机种子，默认 1；同一种子抽到同样的话轮。",
)
@click.option("--name", metavar="名称", callback=_name, help="抽样方案的名称，默认由日期、数目和种子组成。")
@click.option("--audio-only", is_flag=True, help="只抽还有录音的话轮（识别准确率要听录音才标得准）。")
@click.pass_obj
@acts(Action.LABELS_WRITE)
def sample(
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
    n: int | None,
    seed: int,
    name: str | None,
    audio_only: bool,
) -> None:
    """分层抽样：按意图和得分分层，各层尽量一样多，层内随机；最可疑的排在最前。"""
    if since is None or until is None or n is None:
        raise click.UsageError("请用 --from、--to 和 --n 写明起止日和条数")
    if not 1 <= n <= _MOST:
        raise click.BadParameter(f"应在 1 到 {_MOST} 之间", param_hint="--n")
    if until < since:
        raise click.BadParameter("早于起始日", param_hint="--to")
    request = SampleRequest(since.date(), until.date(), n, seed, name, audio_only)
    with allowed(settings, "labels") as (store, _):
        done = draw_sample(store, Utterances(settings.utterances), request, time.time_ns() // 1_000_000)
    plan = done.plan
    if not done.drawn:
        why = "：都没有录音（设置 [speech] keep_audio）" if done.spoken else ""
        click.echo(f"{plan.since} 至 {plan.until} 没有可抽的话轮{why}", err=True)
        sys.exit(1)
    size = f"共 {done.population} 条话轮，分 {len(plan.strata)} 层，抽出 {len(plan.drawn)} 条"
    click.echo(f"抽样方案 {plan.id}：{plan.since} 至 {plan.until} {size}")
    table = Table(box=None)
    for column in ("序号", "话轮编号", "时间", "层", "为什么", "识别为"):
        table.add_column(column, overflow="fold")
    for number, one in enumerate(done.drawn, 1):
        turn = done.turns[one.turn_id]
        why = "、".join(one.reasons) or "—"
        table.add_row(
            str(number), plain(one.turn_id), moment(turn.t_start), plain(one.stratum), why, plain(turn.asr_text)
        )
    _console().print(table)
    if done.silent:
        click.echo(
            f"其中 {done.silent} 条没有录音：参考文本没法听写，用它们算识别准确率会偏高（--audio-only 只抽有录音的）"
        )
    click.echo(f"下一步：ivr label --annotator 姓名 --plan {plan.id}")


@label.command()
@click.pass_obj
@acts(Action.LABELS_READ)
def plans(settings: Settings) -> None:
    """列出抽样方案和每个人的进度，最新的在前。"""
    table = Table(box=None)
    for column in ("方案", "期间", "方法", "种子", "抽出", "进度"):
        table.add_column(column, overflow="fold")
    with allowed(settings, "labels") as (store, _):
        for plan in store.plans():
            done = progress(store, plan)
            told = "、".join(f"{plain(name)} {count}" for name, count in done) or "还没有人标"
            span = f"{plan.since} 至 {plan.until}"
            table.add_row(plan.id, span, plan.method, str(plan.seed), str(len(plan.drawn)), told)
    _console().print(table)


@label.command()
@click.pass_obj
@acts(Action.FLOW_READ)
def intents(settings: Settings) -> None:
    """列出可填的意图：编号（表格里填编号或名称都行）、名称、标准问。"""
    flow = require(settings.flows)
    for id, name in intents_of(flow).items():
        question = f"　{plain(flow.knowledge[id].question)}" if id in flow.knowledge else ""
        click.echo(f"{plain(id)}　{plain(name)}{question}")


@label.command(name="agreement")
@click.argument("names", metavar="[姓名 姓名]", nargs=-1)
@click.option("--from", "since", metavar="日期", type=DAY, help="起始日（含）。")
@click.option("--to", "until", metavar="日期", type=DAY, help="截止日（含）。")
@form_option("table", "json", help="输出形式。")
@click.pass_obj
@acts(Action.LABELS_READ)
def agreement_(
    settings: Settings, names: tuple[str, ...], since: datetime | None, until: datetime | None, form: str
) -> None:
    """两名标注员的一致性：科恩 κ 系数，达到 0.8 为合格；并列出判断不同的话轮。不写姓名时取标得最多的两人。"""
    if len(names) not in (0, 2):
        raise click.UsageError("请写两个姓名，或一个都不写")
    with allowed(settings, "labels") as (store, _):
        turns = [turn for _, turn in labelled_turns(store, the_day(since), the_day(until))]
    compared = compare(turns, (names[0], names[1]) if names else None)
    if compared is None:
        click.echo("还没有两个人标过的话轮", err=True)
        sys.exit(1)
    first, second, found, differ = compared.first, compared.second, compared.found, compared.disagreements
    if form == "json":
        figures = {name: _figures(one) for name, one in found.items()}
        given = {"annotators": [first, second], "agreement": figures, "disagreements": differ}
        click.echo(json.dumps(given, ensure_ascii=False, indent=2))
        return
    table = Table(box=None, title=f"{plain(first)} 与 {plain(second)}", title_justify="left")
    for column in ("判断", "两人都标", "一致", "一致率", "随机一致率", "κ", "判定"):
        table.add_column(column)
    for name, one in found.items():
        shown = [
            _shown(one.observed.value),
            _shown(one.expected.value),
            "—" if one.kappa is None else f"{float(one.kappa):.3f}",
        ]
        table.add_row(_WORDS[name], str(one.observed.denominator), str(one.observed.numerator), *shown, one.verdict)
    _console().print(table)
    for name, rows in differ.items():
        for turn_id, one_, two in rows:
            click.echo(
                f"{_WORDS[name]}不同：{plain(turn_id)}　{plain(first)} {_said(one_)}　{plain(second)} {_said(two)}"
            )
    if any(differ.values()):
        click.echo("判断不同的由第三人复核：ivr label --annotator 复核人 --disputed；同一话轮以最后一次标注为准")


def _figures(one: Agreement) -> dict[str, object]:
    return {
        "turns": one.observed.denominator,
        "agreed": one.observed.numerator,
        "observed": one.observed.value,
        "expected": one.expected.value,
        "kappa": None if one.kappa is None else float(one.kappa),
        "verdict": one.verdict,
    }


def _said(value: object) -> str:
    return ("是" if value else "否") if isinstance(value, bool) else plain(str(value))


def _shown(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


@label.command()
@click.option("--before", metavar="日期", type=DAY, help="删除这一天之前（不含）的录音，如 2026-10-01。")
@click.pass_obj
@asks(Action.LABELS_PURGE, "utterances")
def purge(settings: Settings, before: datetime | None) -> None:
    """删除过期的话轮录音（规范第三十条：不得非法留存）。文字、标注和指标不变；法定保全的不删。"""
    if before is None:
        raise click.UsageError("请用 --before 写明日期")
    held = _held_calls(settings)
    count = Utterances(settings.utterances).purge(before.date(), lambda name: call_of(name) in held)
    click.echo(f"删除了 {before.date()} 之前的 {count} 个录音" + ("；法定保全或投诉涉及的保留" if held else ""))


def _held_calls(settings: Settings) -> frozenset[str]:
    """As long as there is no database nothing is on hold, and none is made for this."""
    if not is_there(settings.url):
        return frozenset()
    with opened(settings) as store:
        return store.privacy.held_calls()


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 200, markup=False, highlight=False)
