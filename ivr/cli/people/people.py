"""`ivr people`: who works at the hotline and what they may do (CBA 四十二, 五十九)."""

from __future__ import annotations

import json
import sys

import click
from rich.console import Console
from rich.table import Table

from ivr.cli.console.actions import REASON, acts, allowed, identity, now_ms
from ivr.cli.console.chinese import Group
from ivr.cli.console.output import form_option
from ivr.errors import PeopleRefused
from ivr.people import registry
from ivr.people.actions import Action
from ivr.people.document import roles_markdown
from ivr.people.roles import LABELS, Role
from ivr.records.days import moment
from ivr.records.numbers import plain
from ivr.records.people.model import Person
from ivr.settings import Settings

_WHO = click.argument("who", metavar="编号")
_ROLE = click.argument("role", metavar="角色", type=click.Choice([role.value for role in Role]))
_FROM = click.option("--from", "since", metavar="时间", help='何时起，如 2026-10-01 或 "2026-10-01 08:30"；默认现在。')
_TO = click.option("--to", "until", metavar="时间", help="到何时为止：一日写到当天最后一刻；默认不设期限。")


@click.group(cls=Group)
def people() -> None:
    """人员和角色：谁在这里工作，能做什么，到何时为止。

    第一位人员应是系统管理员，对应正在操作的系统用户；登记之后，每条命令都按 docs/roles.md 的权限表判断。
    """


@people.command()
@_WHO
@click.argument("name", metavar="姓名")
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="角色",
    type=click.Choice([role.value for role in Role]),
    help="角色，见 ivr people roles；可写多次。",
)
@click.option("--os-user", "users", multiple=True, metavar="系统用户", help="命令行上的身份；可写多次。")
@click.option("--agent", metavar="工号", help="座席工号，同 agents.yaml。")
@_FROM
@_TO
@REASON
@click.pass_obj
@acts(Action.PEOPLE_MANAGE)
def add(
    settings: Settings,
    who: str,
    name: str,
    roles: tuple[str, ...],
    users: tuple[str, ...],
    agent: str | None,
    since: str | None,
    until: str | None,
    reason: str | None,
) -> None:
    """登记一位人员。--from 和 --to 是人员的有效期，角色随之有效。"""
    now = now_ms()
    person = Person(who, name, _starts(since, now), _ends(until), users, agent)
    with allowed(settings, f"person:{who}", reason) as (store, permit):
        registry.register(store, permit, person, tuple(map(Role, roles)), now, os_user=identity().os_user)
    click.echo(f"已登记 {who}（{plain(name)}）：{_labels(roles)}")


@people.command(name="list")
@click.option("--all", "everybody", is_flag=True, help="已离开的也列出。")
@form_option("text", "json")
@click.pass_obj
@acts(Action.PEOPLE_READ)
def list_(settings: Settings, everybody: bool, form: str) -> None:
    """列出人员和现在有效的角色。"""
    now = now_ms()
    with allowed(settings, "people") as (store, _):
        found = [one for one in store.people.all() if everybody or one.valid_to is None or one.valid_to > now]
    if form == "json":
        for one in found:
            click.echo(json.dumps(_shown(one, now), ensure_ascii=False))
        return
    table = Table(box=None)
    for column in ("编号", "姓名", "角色", "系统用户", "工号", "有效期至"):
        table.add_column(column)
    for one in found:
        until = _until(one.valid_to)
        table.add_row(
            one.id, plain(one.name), _labels(one.roles(now)), "、".join(one.os_users) or "—", one.agent_id or "—", until
        )
    Console(width=None if sys.stdout.isatty() else 140, markup=False, highlight=False).print(table)
    if not found:
        click.echo("尚未登记人员：任何人都可以做任何事，审计里记作系统用户", err=True)


@people.command()
@_WHO
@click.pass_obj
@acts(Action.PEOPLE_READ)
def show(settings: Settings, who: str) -> None:
    """显示一位人员的全部授权，包括已经结束的。"""
    now = now_ms()
    with allowed(settings, f"person:{who}") as (store, _):
        person = store.people.get(who)
    if person is None:
        raise PeopleRefused(f"没有人员 {who}")
    click.echo(f"编号：{person.id}\n姓名：{plain(person.name)}")
    click.echo(f"有效期：{_moment(person.valid_from)} 至 {_until(person.valid_to)}")
    click.echo(f"系统用户：{'、'.join(person.os_users) or '—'}\n工号：{person.agent_id or '—'}")
    click.echo(f"密码：{'已设置' if person.secret else '没有'}")
    for grant in person.grants:
        state = "有效" if person.in_force(now) and grant.in_force(now) else "不在有效期"
        span = f"{_moment(grant.valid_from)} 至 {_until(grant.valid_to)}"
        click.echo(f"角色：{_labels((grant.role,))}　{span}　{state}　由 {grant.granted_by} 授予")


@people.command()
@_WHO
@_ROLE
@_FROM
@_TO
@REASON
@click.pass_obj
@acts(Action.PEOPLE_MANAGE)
def grant(settings: Settings, who: str, role: str, since: str | None, until: str | None, reason: str | None) -> None:
    """授予一个角色，可以有期限；到期自动失效。"""
    now = now_ms()
    with allowed(settings, f"person:{who}", reason) as (store, permit):
        registry.grant(store, permit, who, Role(role), _starts(since, now), _ends(until), now)
    click.echo(f"已授予 {who}：{LABELS[Role(role)]}")


@people.command()
@_WHO
@_ROLE
@REASON
@click.pass_obj
@acts(Action.PEOPLE_MANAGE)
def revoke(settings: Settings, who: str, role: str, reason: str | None) -> None:
    """收回一个角色，立即生效；最后一位系统管理员的收不回。"""
    with allowed(settings, f"person:{who}", reason) as (store, permit):
        registry.revoke(store, permit, who, Role(role), now_ms())
    click.echo(f"已收回 {who}：{LABELS[Role(role)]}")


@people.command()
@_WHO
@click.option("--at", metavar="时间", help="何时离开：一日写到当天最后一刻；默认现在。")
@REASON
@click.pass_obj
@acts(Action.PEOPLE_MANAGE)
def end(settings: Settings, who: str, at: str | None, reason: str | None) -> None:
    """人员离开：此后什么也不能做。记录和审计保留。"""
    now = now_ms()
    with allowed(settings, f"person:{who}", reason) as (store, permit):
        registry.end(store, permit, who, now if at is None else registry.ends(at), now)
    click.echo(f"{who} 的有效期到 {'现在' if at is None else at} 为止")


@people.command(name="os-user")
@_WHO
@click.argument("users", metavar="[系统用户]…", nargs=-1)
@REASON
@click.pass_obj
@acts(Action.PEOPLE_MANAGE)
def os_user(settings: Settings, who: str, users: tuple[str, ...], reason: str | None) -> None:
    """改写人员在命令行上的身份：对应哪些系统用户；一个都不写，就不能用命令行。"""
    with allowed(settings, f"person:{who}", reason) as (store, permit):
        registry.map_users(store, permit, who, users, now_ms())
    click.echo(f"{who} 对应系统用户：{'、'.join(users) or '没有'}")


@people.command()
@_WHO
@click.option("--clear", is_flag=True, help="取消密码。")
@click.pass_obj
@acts(Action.PEOPLE_SECRET)
def secret(settings: Settings, who: str, clear: bool) -> None:
    """设置网页登录用的密码（输入时不显示；标准输入不是终端时读第一行）。本人设自己的，系统管理员可设别人的。"""
    with allowed(settings, f"person:{who}", action=lambda one: one.secret_of(who)) as (store, permit):
        registry.set_secret(store, permit, who, None if clear else _password(), now_ms())
    click.echo(f"{who} 的密码已{'取消' if clear else '设置'}")


@people.command()
@acts(Action.HELP)
def roles() -> None:
    """打印角色和权限表（Markdown），docs/roles.md 就是它。"""
    click.echo(roles_markdown(), nl=False)


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("密码", hide_input=True, prompt_suffix="： ")
    if click.prompt("再输入一次", hide_input=True, prompt_suffix="： ") != typed:
        raise PeopleRefused("两次输入的密码不同")
    return typed


def _starts(text: str | None, now: int) -> int:
    return now if text is None else registry.starts(text)


def _ends(text: str | None) -> int | None:
    return None if text is None else registry.ends(text)


def _labels(roles: tuple[str, ...]) -> str:
    return "、".join(LABELS[Role(role)] if role in set(Role) else plain(role) for role in roles) or "没有角色"


def _moment(t: int) -> str:
    return f"{moment(t):%Y-%m-%d %H:%M}"


def _until(t: int | None) -> str:
    """The last moment that is still part of it."""
    return "不设期限" if t is None else f"{moment(t - 1):%Y-%m-%d %H:%M:%S}"


def _shown(one: Person, now: int) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "roles": one.roles(now),
        "os_users": one.os_users,
        "agent_id": one.agent_id,
        "valid_from": one.valid_from,
        "valid_to": one.valid_to,
        "secret": one.secret is not None,
    }
