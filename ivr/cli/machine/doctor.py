"""`ivr doctor`: what is missing on this machine, and what to do about it."""

from __future__ import annotations

import shutil
import sys

import click

from ivr.cli.console.actions import acts
from ivr.cli.console.chinese import Command
from ivr.console import machine_check as console_check
from ivr.people.actions import Action
from ivr.serve.upkeep.machine_check import FOR_TESTS, checks, unencrypted
from ivr.settings import Settings
from ivr.speech.recognition.advice import recogniser_advice, speech_unavailable


@click.command(cls=Command)
@click.pass_obj
@acts(Action.NODE_CHECK)
def doctor(settings: Settings) -> None:
    """检查这台机器：缺什么，怎么补。有缺失时退出码为 1。"""
    bad = 0
    for good, what, advice in (*checks(settings), *console_check.checks(settings)):
        bad += not good
        click.echo(f"{'✓' if good else '✗'} {what}" + ("" if good else f"\n    {advice}"))
    for program, (purpose, package) in (FOR_TESTS | console_check.FOR_TESTS).items():
        if shutil.which(program) is None:
            click.echo(f"· 没有 {program}（{purpose}），接听电话用不着；要用就 apt-get install {package}")
    for advice in recogniser_advice(settings):
        click.echo(f"· {advice}")
    if (why := speech_unavailable(settings)) is not None:
        click.echo(f"· 热线不会听客户说话，只用按键：{why}")
    if (why := unencrypted(settings)) is not None:
        click.echo(f"· {why}")
    click.echo("一切就绪" if not bad else f"{bad} 项需要处理")
    sys.exit(1 if bad else 0)
