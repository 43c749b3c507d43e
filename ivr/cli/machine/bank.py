"""`ivr bank`: the demo bank, which stands for a bank's own systems while you try or test."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from ivr.bank.demo import server
from ivr.bank.demo.customers import CUSTOMERS, DemoAccount
from ivr.bank.demo.faults import Fault, FaultKind, Faults, fault_in
from ivr.bank.operations import Operation
from ivr.cli.console.actions import acts
from ivr.cli.console.chinese import Command, Group
from ivr.people.actions import Action
from ivr.serve.log_format import log_handler
from ivr.settings import Settings

#: Accounts of one customer that are listed.
_LISTED = 10


def _loopback(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    refused = click.BadParameter(f"演示银行只在本机回环地址（127.x.x.x）上提供服务，现在是 {text}")
    try:
        address = ipaddress.ip_address(text)
    except ValueError as wrong:
        raise refused from wrong
    if not address.is_loopback:
        raise refused
    return text


def _faults(_ctx: click.Context, _param: click.Parameter, texts: Sequence[str]) -> list[Fault]:
    try:
        return [fault_in(text) for text in texts]
    except ValueError as wrong:
        kinds, operations = "、".join(FaultKind), "、".join(Operation)
        raise click.BadParameter(
            f"应写成 业务=故障[:秒[:次数]]，故障有 {kinds}，业务有 *、{operations}（{wrong}）"
        ) from wrong


@click.group(cls=Group)
def bank() -> None:
    """银行自己的系统：试用和测试时由演示银行代替。"""


@bank.command(cls=Command)
@click.option("--host", default="127.0.0.1", metavar="地址", callback=_loopback, help="本机回环地址，默认 127.0.0.1。")
@click.option(
    "--port", default=8090, metavar="端口", type=click.IntRange(0, 65535), help="默认 8090；0 为任一空闲端口。"
)
@click.option(
    "--db", "folder", metavar="目录", type=click.Path(path_type=Path, file_okay=False), help="数据库和密钥放在哪里。"
)
@click.option("--list", "listed", is_flag=True, help="列出演示客户的号码、密码和余额，不启动。")
@click.option(
    "--fault", "faults", multiple=True, metavar="业务=故障[:秒[:次数]]", callback=_faults, help="按要求出故障，可重复。"
)
@click.pass_obj
@acts(Action.BANK_DEMO)
def demo(settings: Settings, host: str, port: int, folder: Path | None, listed: bool, faults: list[Fault]) -> None:
    """演示银行：按 docs/bank-api.yaml 提供服务，客户和账户都是虚构的，直到收到 SIGTERM 或 Ctrl-C。"""
    if listed:
        _list(Console(highlight=False, width=120))
        return
    logging.basicConfig(level=settings.log_level, handlers=[log_handler()])
    asked = Faults()
    for fault in faults:
        asked.add(fault)
    place = folder or settings.state / "demo-bank"
    server.serve(host, port, place, asked, lambda url: click.echo(f"演示银行在 {url} 提供服务，数据库和密钥在 {place}"))


def _list(console: Console) -> None:
    for customer in CUSTOMERS:
        console.print(
            f"[b]{customer.name}[/b]　{customer.note}\n登记电话 {customer.telephone}　证件号 {customer.id_number}　"
            f"电话银行密码 {customer.pin}"
        )
        table = Table(box=None, padding=(0, 2), show_header=False)
        for account in customer.accounts[:_LISTED]:
            table.add_row(account.kind.word, account.number, account.label, account.state.word, _money(account))
        console.print(table)
        if len(customer.accounts) > _LISTED:
            console.print(f"  …… 共 {len(customer.accounts)} 个账户")


def _money(account: DemoAccount) -> str:
    yuan = f"{account.balance / 100:,.2f} 元"
    return f"{yuan}，额度 {account.limit / 100:,.2f} 元" if account.limit else yuan
