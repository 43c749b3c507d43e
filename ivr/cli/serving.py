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
from ivr.serve import asterisk_conf, compose, node, sounds, tls
from ivr.settings import Settings
from ivr.speech.build import build
from ivr.speech.voice import named

_JSON = "json 供程序读取。"


@click.command(cls=Command)
@click.pass_obj
def serve(settings: Settings) -> None:
    """启动热线应用：接听 Asterisk 交来的来电，直到收到 SIGTERM（在线通话办完才退出）。"""
    logging.basicConfig(
        level=settings.log_level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for chatty in ("panoramisk", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    asyncio.run(node.main(settings))


@click.group(cls=Group)
def asterisk() -> None:
    """Asterisk 的配置。"""


@asterisk.command()
@click.pass_obj
def render(settings: Settings) -> None:
    """由设置、座席和队列生成 Asterisk 的全部配置文件和它自己要播放的录音。"""
    flow = require(settings.flows)
    report = build(flow, settings.prompts, named(settings.voice, settings.models))
    if report.failed:
        raise NodeError("；".join(f"{failure.clip.id}: {failure.reason}" for failure in report.failed))
    changed = asterisk_conf.render(settings, flow)
    compose.write(settings)
    sounds.place(settings, flow, report.catalogue)
    click.echo(f"{settings.asterisk / 'etc'}：{'、'.join(changed) if changed else '没有变化'}")


@asterisk.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", metavar="text|json", help=_JSON)
@click.pass_obj
def agents(settings: Settings, form: str) -> None:
    """列出座席的 SIP 账号和密码（密码在首次启动时生成，只有本机所有者可读）。"""
    flow = require(settings.flows)
    own = asterisk_conf.load_secrets(settings, flow.agents)
    server = f"{settings.sip.address}:{settings.sip.port}"
    if form == "json":
        rows = {
            agent.id: {"name": agent.name, "server": server, "password": own.agents[agent.id]}
            for agent in flow.agents.values()
        }
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    click.echo(f"服务器 {server}，用户名即工号，要注册")
    for agent in flow.agents.values():
        click.echo(f"{agent.id}　{own.agents[agent.id]}　{agent.name}")


@asterisk.command(name="how-to-dial")
@click.pass_obj
def how_to_dial(settings: Settings) -> None:
    """说明怎样用软电话拨打热线、怎样登录座席。"""
    flow = require(settings.flows)
    sip, keys = settings.sip, flow.keys
    server = f"{sip.address}:{sip.port}（UDP" + (f"）或 {sip.address}:{sip.tls_port}（TLS）" if sip.tls else "）")
    click.echo(f"用软电话拨打（Linphone、baresip、MicroSIP 等，须从 {sip.trunk} 拨出）：")
    click.echo(f"  客户　服务器 {server}，用户名任意（不要用座席工号），不填密码，不注册；")
    click.echo(f"　　　　拨 {' 或 '.join(flow.numbers)}，或直接呼叫 sip:{flow.numbers[0]}@{sip.address}:{sip.port}")
    click.echo(f"　　　　{keys.repeat} 重听　{keys.back} 返回　{keys.agent} 人工　{keys.elderly} 老年服务")
    agent = next(iter(flow.agents))
    click.echo(f"  座席　服务器同上，用户名为工号（如 {agent}），要注册；密码见 ivr asterisk agents")
    media = "，语音加密选 SRTP（SDES）" if sip.tls else ""
    if sip.tls:
        click.echo(f"  证书 {settings.asterisk / 'keys' / tls.CERTIFICATE}，自签名的要先在软电话里设为信任")
    click.echo(f"  编码 G.711（PCMA 或 PCMU），按键 RFC 4733{media}；一台机器开两个软电话时，本地端口要不同")
