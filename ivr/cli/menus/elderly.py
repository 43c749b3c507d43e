"""`ivr elderly`: the list of elderly callers, who go straight to a person (CBA 二十二)."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

import click

from ivr.cli.console.actions import REASON, acts, ask, asks
from ivr.cli.console.chinese import Command, Group
from ivr.cli.console.output import form_option
from ivr.flow.elderly_list import Change, ElderlyList, opened
from ivr.flow.elderly_table import MOST_BYTES, age_on, read
from ivr.flow.model import Flow
from ivr.people.actions import Action
from ivr.records.numbers import e164, masked, plain
from ivr.settings import Settings

_SHOW = click.option("--show", is_flag=True, help="显示完整的号码和出生日期；不写只显示号码的后四位。")


@click.group(cls=Group)
def elderly() -> None:
    """老年客户名单：从表格导入、查看、删除。

    名单里的号码来电，不听菜单就转到人工（或先听短菜单，看 hotline.yaml 的 elderly）。名单是客户个人信息，请妥善保管。
    """


@elderly.command(name="import", cls=Command)
@click.argument("source", metavar="[文件]", type=click.File("rb"), default="-")
@click.option("--update", is_flag=True, help="名单里已有的号码，出生日期以表为准。")
@click.option("--replace", "whole", is_flag=True, help="整份名单换成这张表：表里没有的号码从名单删除。")
@click.option("--dry-run", "dry", is_flag=True, help="只检查，不写入。")
@click.pass_obj
@asks(Action.ELDERLY_EDIT, "elderly")
def import_(settings: Settings, source: BinaryIO, update: bool, whole: bool, dry: bool) -> None:
    """导入 CSV 表格（UTF-8 或 GBK）：一列号码，一列出生日期，列名用中文或英文。

    有一行不对就一行也不写入，每行的问题按行号报告。号码怎么写都行（带区号、加 86、有空格），其他列不读。
    """
    held = opened(settings.flows)
    table = read(source.read(MOST_BYTES + 1), _today(held.flow), held.flow.elderly.age)
    change = held.taking(table.rows, update=update, whole=whole)
    for remark in table.remarks:
        click.echo(f"提醒　{remark}", err=True)
    if table.unread:
        click.echo(f"没有读的列：{'、'.join(map(plain, table.unread))}", err=True)
    faults = sorted((*table.faults, *change.faults), key=lambda fault: fault.line)
    for fault in faults:
        click.echo(f"错误　{fault}", err=True)
    if faults:
        click.echo(f"{len(faults)} 行有问题，名单没有改动")
        sys.exit(1)
    _done(held, change, dry)


@elderly.command(name="list", cls=Command)
@_SHOW
@form_option("text", "json")
@REASON
@click.pass_obj
@acts(Action.ELDERLY_READ)
def list_(settings: Settings, show: bool, form: str, reason: str | None) -> None:
    """列出名单：号码、年龄，到了年龄没有。"""
    ask(settings, "elderly", reason, action=Action.ELDERLY_SHOW if show else Action.ELDERLY_READ)
    held = opened(settings.flows)
    day = _today(held.flow)
    rows: list[dict[str, object]] = [
        {
            "number": number if show else masked(number),
            **({"born": f"{born}"} if show else {}),
            "age": age_on(born, day),
            "elderly": age_on(born, day) >= held.flow.elderly.age,
        }
        for number, born in held.callers.items()
    ]
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        born = f"　{row['born']} 出生" if show else ""
        state = "生效" if row["elderly"] else f"不满 {held.flow.elderly.age} 岁，还不生效"
        click.echo(f"{row['number']}{born}　{row['age']} 岁　{state}")
    click.echo(f"{held.name}：{len(rows)} 个号码，{sum(bool(row['elderly']) for row in rows)} 个生效", err=True)


@elderly.command(cls=Command)
@click.argument("numbers", metavar="号码...", nargs=-1, required=True)
@click.option("--dry-run", "dry", is_flag=True, help="只检查，不写入。")
@click.pass_obj
@asks(Action.ELDERLY_EDIT, "elderly")
def remove(settings: Settings, numbers: tuple[str, ...], dry: bool) -> None:
    """从名单删除号码，任何写法；写 - 就从标准输入读，一行一个（号码不会留在命令历史里）。"""
    written = [line.strip() for line in sys.stdin if line.strip()] if numbers == ("-",) else numbers
    meant = [e164(text) or text for text in written]
    held = opened(settings.flows)
    _done(held, held.without(list(dict.fromkeys(meant))), dry)


def _today(flow: Flow) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(flow.timezone)).date()


def _done(held: ElderlyList, change: Change, dry: bool) -> None:
    """Write the change, unless it is only tried, and tell what it comes to."""
    counts = f"新增 {change.added} 个，更新 {change.changed} 个，删除 {change.removed} 个，未变 {change.same} 个"
    if dry or change.text == held.text:
        click.echo(f"{counts}，名单没有改动")
        return
    held.write(change)
    click.echo(f"{counts}，已写入 {held.folder / held.name}，两秒内对新来电生效")
