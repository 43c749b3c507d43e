"""`ivr agents`: what agents do now, and everything that they can ask for by their telephones' keys, on the running
node."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from io import BufferedRWPair
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ivr.cli.console.actions import acts, ask, asks
from ivr.cli.console.chinese import Group
from ivr.errors import NodeError
from ivr.flow import loader
from ivr.flow.model import Flow
from ivr.people.actions import Action
from ivr.records import days
from ivr.serve.agents.desk_socket import socket_path
from ivr.settings import Settings

STATES = {
    "ready": "就绪", "ring": "振铃", "talk": "通话", "acw": "事后处理", "pause": "示忙", "offline": "未签入",
}  # fmt: skip
#: Asterisk, a telephone that is called: nothing takes longer.
_SECONDS = 15.0

_agent = click.argument("agent", metavar="工号")


@click.group(cls=Group)
def agents() -> None:
    """座席：签入签出、示忙、事后处理、转接，班长监听。要求热线正在运行；话机上的 * 命令与此相同。"""


@agents.command(name="list")
@click.pass_obj
@asks(Action.AGENTS_READ, "agents")
def list_(settings: Settings) -> None:
    """每位座席现在在做什么。"""
    flow = loader.load(settings.flows).flow
    table = Table(box=None)
    for heading in ("工号", "姓名", "状态", "原因", "从何时起", "通话"):
        table.add_column(heading)
    for one in _ask(settings, {"command": "list"})["agents"]:
        named = flow.agents.get(one["agent_id"]) if flow else None
        since = f"{datetime.fromtimestamp(one['since'] / 1000, days.zone()):%H:%M:%S}"
        table.add_row(
            one["agent_id"], named.name if named else "", STATES[one["state"]], _why(flow, one["reason"]), since,
            one["call_id"],
        )  # fmt: skip
    Console(width=None if sys.stdout.isatty() else 120, highlight=False).print(table)


@agents.command()
@click.pass_obj
@asks(Action.AGENTS_FOLLOW, "agents")
def follow(settings: Settings) -> None:
    """来电弹屏等事件，每行一个 JSON，直到按 Ctrl-C；座席台程序读的就是这些。"""
    with _connected(settings) as (line, _):
        _send(line, {"command": "follow"})
        line.readline()
        try:
            for text in line:
                click.echo(text.decode(), nl=False)
        except KeyboardInterrupt:
            return
    raise NodeError("热线断开了连接")


def _command(name: str, words: str, *arguments: tuple[str, str, bool], action: Action = Action.AGENTS_DESK) -> None:
    """`ivr agents NAME AGENT …`; the others are arguments: their field in the request, what they are called, and
    whether they may be left out."""

    def run(settings: Settings, /, agent: str, **fields: str | None) -> None:
        if action is Action.AGENTS_DESK:
            ask(settings, f"agent:{agent}", action=lambda one: one.at_desk_of(agent))
        else:
            ask(settings, f"agent:{fields['other']}", action=action)
        request = {"command": name, "agent": agent, **{field: value or "" for field, value in fields.items()}}
        now = _ask(settings, request)["agent"]
        click.echo(f"座席 {agent}：{STATES[now['state']]}{_after(now)}")

    run.__doc__ = words
    made = click.pass_obj(acts(action)(run))
    for field, shown, optional in reversed(arguments):
        made = click.argument(field, metavar=shown, required=not optional)(made)
    agents.command(name=name)(_agent(made))


_command("sign-in", "签入：开始接电话。")
_command("sign-out", "签出：不再接电话；正在进行的通话不受影响。")
_command("pause", "示忙：通话和事后处理之后不再接电话；原因见 agents.yaml 的 pauses。", ("reason", "原因", False))
_command("ready", "就绪：结束示忙和事后处理。")
_command(
    "done", "完成事后处理；结果见 agents.yaml 的 dispositions，通话中也可以先填。", ("disposition", "[结果]", True)
)
_command("more-time", "事后处理再要一些时间（agents.yaml 的 more_time）。")
_command("transfer", "把通话中的客户直接转给另一位座席（工号）或队列（号码）。", ("to", "转给", False))
_command("connect", "把客户转给正在咨询、已经接听的同事，本人退出。")
_command("invite", "请一位班长加入通话（三方）：先呼叫班长的话机。", ("supervisor", "班长工号", False))
_command("try-ring", "让话机响一次，听到后接听。")
_command(
    "listen",
    "班长监听另一位座席的通话：先呼叫班长的话机。",
    ("other", "被监听座席", False),
    action=Action.CALLS_SUPERVISE,
)
_command("whisper", "班长密语：只有那位座席听得到班长。", ("other", "那位座席", False), action=Action.CALLS_SUPERVISE)
_command("join", "班长强插：座席和客户都听得到班长。", ("other", "那位座席", False), action=Action.CALLS_SUPERVISE)


@agents.command()
@_agent
@click.argument("kind", metavar="[类别]", required=False)
@click.pass_obj
@acts(Action.AGENTS_DESK)
def complaint(settings: Settings, agent: str, kind: str | None) -> None:
    """把座席正在通话（或刚结束）的来电登记为投诉，给出投诉编号；类别见 complaints.yaml 的 kinds。"""
    ask(settings, f"agent:{agent}", action=lambda one: one.at_desk_of(agent))
    reference = _ask(settings, {"command": "complaint", "agent": agent, "kind": kind or ""})["complaint"]
    click.echo(f"已登记投诉 {reference}")


def _why(flow: Flow | None, reason: str | None) -> str:
    return "" if reason is None else (flow.pauses.get(reason, reason) if flow else reason)


def _after(now: Mapping[str, Any]) -> str:
    if not now["acw_until"]:
        return ""
    return f"，到 {datetime.fromtimestamp(now['acw_until'] / 1000, days.zone()):%H:%M:%S} 为止"


def _ask(settings: Settings, request: Mapping[str, str]) -> dict[str, Any]:
    """The node's answer. Raises NodeError where there is none, or it says no."""
    with _connected(settings) as (line, wire):
        wire.settimeout(_SECONDS)
        try:
            _send(line, request)
            answer = json.loads(line.readline() or b"null")
        except (OSError, ValueError) as wrong:
            raise NodeError(f"热线没有回答：{wrong}") from wrong
    if not isinstance(answer, dict):
        raise NodeError("热线断开了连接")
    if not answer.get("ok"):
        raise NodeError(str(answer.get("error")))
    return answer


@contextmanager
def _connected(settings: Settings) -> Iterator[tuple[BufferedRWPair, socket.socket]]:
    path = socket_path(settings)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        try:
            wire.connect(str(path))
        except OSError as wrong:
            raise NodeError(f"热线没有在运行（{path}）：先 make run 或 ivr serve") from wrong
        with wire.makefile("rwb") as line:
            yield line, wire


def _send(line: BufferedRWPair, request: Mapping[str, str]) -> None:
    line.write((json.dumps(request, ensure_ascii=False) + "\n").encode())
    line.flush()
