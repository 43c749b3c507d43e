"""`ivr console`: the web console, a process of its own beside `ivr serve`."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import click

from ivr import core_dumps
from ivr.cli.console.actions import acts, allowed, now_ms
from ivr.cli.console.chinese import Group
from ivr.errors import PeopleRefused
from ivr.people.actions import Action
from ivr.serve.log_format import log_handler
from ivr.settings import Settings

if TYPE_CHECKING:
    from ivr.console.context import Console


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
@acts(Action.CONSOLE_SERVE)
def console(ctx: click.Context) -> None:
    """运行控制台（网页），直到收到 SIGTERM；它停了，来电不受影响。"""
    if ctx.invoked_subcommand is not None:
        return
    from ivr.console import server  # the web server is not loaded for every command

    settings: Settings = ctx.obj
    core_dumps.forbid()
    logging.basicConfig(level=settings.log_level, handlers=[log_handler()])
    for chatty in ("alembic", "sqlalchemy", "asyncio", "uvicorn.access", "websockets"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    asyncio.run(server.serve(settings, _began), debug=False)


def _began(console: Console) -> None:
    click.echo(f"控制台 {console.origin} 已启动")
    if not console.store.people.any():
        click.echo("还没有登记人员：ivr console sign-in 给出登记第一位系统管理员的链接")


@console.command(name="sign-in")
@click.argument("person", metavar="[编号]", required=False)
@click.pass_obj
@acts(Action.CONSOLE_LINK)
def sign_in(settings: Settings, person: str | None) -> None:
    """给出只能用一次、十五分钟内有效的登录链接：登录为本人；还没有登记人员时，登记第一位系统管理员。"""
    from ivr.console.context import Console
    from ivr.console.security.sessions import make_link

    target = f"person:{person or 'self'}"
    with allowed(settings, target) as (store, permit):
        people = store.people.any()
        if people and person not in (None, permit.person):
            raise PeopleRefused("登录链接只能给本人；忘记密码的人请系统管理员用 ivr people secret 重设")
        if not people and person is not None:
            raise PeopleRefused("还没有登记人员：不写编号，打开链接后登记第一位系统管理员")
        secret = make_link(store, permit.person if people else None, permit, now_ms())
        origin = Console(settings, store).origin
    click.echo(f"{origin}/sign-in/once/{secret}")
