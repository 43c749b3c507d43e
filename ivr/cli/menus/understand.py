"""`ivr understand`: what a sentence is taken for, and why."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime, time
from zoneinfo import ZoneInfo

import click

from ivr.cli.console.actions import acts
from ivr.cli.console.chinese import Command
from ivr.cli.console.output import DAY, form_option
from ivr.dialogue.trial import Tried, try_out
from ivr.flow.loader import require
from ivr.nlu import Decision, Understanding
from ivr.people.actions import Action
from ivr.records.numbers import plain
from ivr.settings import Settings
from ivr.training.turn_text import action_words, score_words

_DECISIONS = {
    Decision.ACCEPT: "直接办理",
    Decision.CONFIRM: "先问是不是",
    Decision.ASK_WHICH: "问是哪一项",
    Decision.REJECT: "没有听懂",
}


@click.command(cls=Command)
@click.argument("texts", nargs=-1, required=True, metavar="话…")
@click.option("--at", "place", default="", metavar="地点", help="客户在哪里说的，默认是日间的主菜单；见下。")
@click.option("--day", type=DAY, metavar="日期", help="哪一天说的（当地中午）；默认今天。")
@form_option("text", "json", help="json 供程序读取，一行一句。")
@click.pass_obj
@acts(Action.FLOW_TRY)
def understand(settings: Settings, texts: tuple[str, ...], place: str, day: datetime | None, form: str) -> None:
    """看热线把一句话当成什么：与通话中同一套判断。写 - 则从标准输入读，一行一句。

    地点：menu:菜单、yes-no（问是或不是）、offer（问是否继续排队）、amount（问金额）、date（问日期）、last4（问后四位）、
    phone（问电话号码）。

    json 的各项：text 原话；action 热线怎么做，与通话记录相同（rephrase 是没有听懂、再问一次）；intent 和 score
    意图和分数；value 听到的值，金额为元（15000.00），日期为 2026-12-01，后四位和电话为数字，再问一次时为 null；
    corrected 按读音改正后的话，没有改正时为 null。

    每句都有结果时退出码为 0；菜单文件有错时为 1；参数写错、没有这个地点时为 2。
    """
    flow = require(settings.flows)
    moment = (day or datetime.now(ZoneInfo(flow.timezone))).date()
    at = round(datetime.combine(moment, time(12), ZoneInfo(flow.timezone)).timestamp() * 1000)
    understanding = Understanding(flow)
    names = {id: intent.label or intent.question for id, intent in flow.knowledge.items()}
    for text in _lines(texts):
        try:
            tried = try_out(flow, understanding, text, at, place)
        except ValueError as wrong:
            raise click.BadParameter(str(wrong), param_hint="--at") from wrong
        told = tried.as_json(text, place)
        click.echo(json.dumps(told, ensure_ascii=False) if form == "json" else _words(told, tried, names))


def _lines(texts: tuple[str, ...]) -> Iterator[str]:
    for text in texts:
        if text == "-":
            yield from (line.rstrip("\r\n") for line in sys.stdin)
        else:
            yield text


def _words(told: dict[str, object], tried: Tried, names: dict[str, str]) -> str:
    """For people: what was made of it, line by line."""
    meaning = tried.meaning
    lines = [f"{plain(str(told['text']))} → {action_words(tried.spoke.action, names)}（{tried.spoke.action}）"]
    if told["value"] is not None:
        lines.append(f"  听到的值：{told['value']}")
    if told["corrected"]:
        lines.append(f"  理解时当作：{plain(str(told['corrected']))}")
    if meaning.denied:
        lines.append(f"  客户否定了：{plain('、'.join(meaning.denied))}")
    if meaning.universal is not None:
        lines.append(f"  随时可说的话：{meaning.universal.value}")
    if meaning.intent is not None:
        lines.append(f"  最像：{_named(meaning.intent, meaning.score, names)}，{_DECISIONS[meaning.decision]}")
    if meaning.runner_up is not None:
        lines.append(f"  其次：{_named(meaning.runner_up, meaning.runner_up_score, names)}")
    return "\n".join(lines)


def _named(intent: str, score: float, names: dict[str, str]) -> str:
    return f"{plain(names.get(intent, intent))}（{intent}，{score_words(score)}）"
