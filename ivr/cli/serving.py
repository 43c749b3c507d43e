"""`ivr serve` and `ivr asterisk`: the running node and what Asterisk needs of it."""

from __future__ import annotations

import asyncio
import json
import logging
import sys

import click

from ivr.cli.chinese import Command, Group
from ivr.errors import NodeError
from ivr.flow.loader import require
from ivr.serve import asterisk_conf, node, sounds
from ivr.settings import Settings
from ivr.speech.build import build
from ivr.speech.voice import named


@click.command(cls=Command)
@click.pass_obj
def serve(settings: Settings) -> None:
    """启动热线应用：接听 Asterisk 交来的来电，直到收到 SIGTERM（在线通话办完才退出）。"""
    logging.basicConfig(
        level=settings.log_level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("panoramisk").setLevel(logging.WARNING)
    asyncio.run(node.main(settings))


@click.group(cls=Group)
def asterisk() -> None:
    """Asterisk 的配置。"""


@asterisk.command()
@click.pass_obj
def render(settings: Settings) -> None:
    """由设置、座席和队列生成 Asterisk 的全部配置文件和它自己要播放的录音。"""
    flow = require(settings.flows)
    report = build(flow, settings.prompts, named(settings.voice))
    if report.failed:
        raise NodeError("；".join(f"{failure.clip.id}: {failure.reason}" for failure in report.failed))
    changed = asterisk_conf.render(settings, flow)
    sounds.place(settings, flow, report.catalogue)
    click.echo(f"{settings.asterisk / 'etc'}：{'、'.join(changed) if changed else '没有变化'}")


@asterisk.command()
@click.pass_obj
def agents(settings: Settings) -> None:
    """列出座席的 SIP 账号和密码（密码在首次启动时生成，只有本机所有者可读）。"""
    flow = require(settings.flows)
    own = asterisk_conf.load_secrets(settings, flow.agents)
    sip = settings.sip
    rows = {
        agent.id: {"name": agent.name, "server": f"{sip.address}:{sip.port}", "password": own.agents[agent.id]}
        for agent in flow.agents.values()
    }
    click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
