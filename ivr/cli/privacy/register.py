"""`ivr privacy register` and `ivr purge`: what is kept, and for how long."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from ivr.cli.console.actions import acts, allowed, now_ms
from ivr.cli.console.chinese import Command
from ivr.cli.console.output import DAY
from ivr.people.actions import Action
from ivr.records.days import local_day
from ivr.records.privacy.register_text import markdown
from ivr.records.privacy.retention import WORDS
from ivr.serve.upkeep.privacy import purge as purge_node
from ivr.serve.upkeep.privacy import schedule
from ivr.settings import Settings


@click.command(cls=Command)
@click.pass_obj
@acts(Action.HELP)
def register(settings: Settings) -> None:
    """资料登记表：每种资料做什么用、依据、保存多久、谁可以看、在哪里。"""
    click.echo(markdown(schedule(settings)), nl=False)


@click.command(cls=Command)
@click.option("--as-of", "as_of", metavar="日期", type=DAY, help="按哪一天算到期，如 2026-10-01；不写为今天。")
@click.pass_obj
@acts(Action.PRIVACY_PURGE)
def purge(settings: Settings, as_of: datetime | None) -> None:
    """清除超过保存期限的资料：记录、录音、留言、投诉等，各按 [retention] 的天数。

    保全的不清除，报表不变；中断后可再次运行。"""
    now = now_ms()
    day = local_day(now) if as_of is None else as_of.date()
    with allowed(settings, f"purge:{day}") as (store, permit):
        done = purge_node(settings, store, day, permit, now)
    for retention, rows in done.rows.items():
        click.echo(f"{WORDS[retention][0]}：{rows} 条")
    click.echo(f"按 {day} 清除：{sum(done.rows.values())} 条记录，{done.files} 个文件")
    for words in done.failed:
        click.echo(f"没有删掉 {words}", err=True)
    sys.exit(1 if done.failed else 0)
