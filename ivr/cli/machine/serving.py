"""`ivr serve` and `ivr asterisk`: the running node and what Asterisk needs of it."""

from __future__ import annotations

import asyncio
import json
import logging
import resource

import click

from ivr import core_dumps
from ivr.cli.console.actions import acts, asks
from ivr.cli.console.chinese import Command, Group
from ivr.cli.console.output import form_option
from ivr.flow.loader import require
from ivr.people.actions import Action
from ivr.serve import node
from ivr.serve.asterisk import configuration, tls
from ivr.serve.asterisk.place import place_all
from ivr.serve.log_format import log_handler
from ivr.settings import Settings

#: As in asterisk-conf/hotline.service.
OPEN_FILES = 8192
#: Libraries that tell too much of what they handle: requests to the bank, manager events, statements.
_CHATTY = ("panoramisk", "alembic", "sqlalchemy", "asyncio", "httpx2", "httpcore2")


@click.command(cls=Command)
@click.pass_obj
@acts(Action.NODE_SERVE)
def serve(settings: Settings) -> None:
    """启动热线应用：接听 Asterisk 交来的来电，直到收到 SIGTERM（在线通话办完才退出）。"""
    core_dumps.forbid()
    logging.basicConfig(level=settings.log_level, handlers=[log_handler()])
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    _many_files()
    # never in asyncio's debug mode, whatever the environment says: it logs results of slow tasks, keys among them
    asyncio.run(node.main(settings), debug=False)


def _many_files() -> None:
    """A call holds a connection or two, and 1,024 open files are soon too few: take what the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))


@click.group(cls=Group)
def asterisk() -> None:
    """Asterisk 的配置。"""


@asterisk.command()
@click.pass_obj
@acts(Action.NODE_SERVE)
def render(settings: Settings) -> None:
    """由设置、座席和队列生成 Asterisk 的全部配置文件和它自己要播放的录音。"""
    flow = require(settings.flows)
    changed = place_all(settings, flow)
    click.echo(f"{settings.asterisk / 'etc'}：{'、'.join(changed) if changed else '没有变化'}")


@asterisk.command()
@form_option("text", "json")
@click.pass_obj
@asks(Action.AGENTS_SECRETS, "agents")
def agents(settings: Settings, form: str) -> None:
    """列出座席的 SIP 账号和密码（密码在首次启动时生成，只有本机所有者可读）。"""
    flow = require(settings.flows)
    own = configuration.load_secrets(settings, flow.agents)
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
@acts(Action.FLOW_READ)
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
