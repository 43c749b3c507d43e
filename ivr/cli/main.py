"""`ivr`: the one command. Its texts are Chinese, since operators, QA and managers read them."""

from __future__ import annotations

import errno
import importlib
import importlib.metadata
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ivr.cli.console.chinese import Group
from ivr.errors import HotlineError
from ivr.flow.findings import FlowRefused
from ivr.flow.reading.hours_file import timezone_of
from ivr.records import days
from ivr.settings import Settings, load, stray_variables

_REASONS = {
    errno.ENOENT: "没有这个文件或目录",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EISDIR: "这是目录，不是文件",
    errno.ENOTDIR: "这不是目录",
    errno.EEXIST: "这里已有同名的文件",
    errno.ENOSPC: "磁盘已满",
    errno.EROFS: "文件系统只读",
}


#: Command → its module in `ivr.cli` and its name there. A module is loaded when its command is asked for: who checks a
#: menu does not wait for the database to be imported.
_COMMANDS = {
    "agents": ("calls.agents", "agents"),
    "announcements": ("menus.announcements", "announcements"),
    "approvals": ("menus.approvals", "approvals"),
    "asterisk": ("machine.serving", "asterisk"),
    "audit": ("people.audit", "audit"),
    "backup": ("machine.backup", "backup"),
    "bank": ("machine.bank", "bank"),
    "check": ("menus.flows", "check"),
    "complaints": ("complaints.group", "complaints"),
    "console": ("machine.console", "console"),
    "doctor": ("machine.doctor", "doctor"),
    "elderly": ("menus.elderly", "elderly"),
    "emergency": ("calls.emergency", "emergency"),
    "flow": ("menus.publishing", "flow"),
    "label": ("label.group", "label"),
    "messages": ("calls.messages", "messages"),
    "models": ("speech.models", "models"),
    "people": ("people.people", "people"),
    "privacy": ("privacy.group", "privacy"),
    "prompts": ("speech.prompts", "prompts"),
    "purge": ("privacy.register", "purge"),
    "records": ("calls.records", "records"),
    "report": ("calls.report", "report"),
    "restore": ("machine.backup", "restore"),
    "schema": ("menus.flows", "schema"),
    "score": ("speech.score", "score"),
    "serve": ("machine.serving", "serve"),
    "show": ("menus.flows", "show"),
    "status": ("calls.status", "status"),
    "transcribe": ("speech.transcribe", "transcribe"),
    "try": ("menus.flows", "try_"),
    "understand": ("menus.understand", "understand"),
}


class _Root(Group):
    """Errors of the tree are told in a line; only a defect of the program shows a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command = getattr(importlib.import_module(f"ivr.cli.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as wrong:
            # Click offers the commands that are loaded; here none is, so it is told which there are.
            raise click.exceptions.NoSuchCommand(args[0], possibilities=_COMMANDS, ctx=ctx) from wrong

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except FlowRefused as wrong:
            click.echo(f"错误：菜单文件有错，先改正（ivr check 随时可查）\n{wrong}", err=True)
            ctx.exit(1)
        except HotlineError as wrong:
            click.echo(f"错误：{wrong}", err=True)
            ctx.exit(1)
        except OSError as wrong:
            if wrong.errno == errno.EPIPE:
                raise  # `ivr … | head`: click ends quietly
            where = f"{wrong.filename}：" if wrong.filename else ""
            why = _REASONS.get(wrong.errno or 0, wrong.strerror or str(wrong))
            click.echo(f"错误：{where}{why}", err=True)
            ctx.exit(1)


def _choices() -> Mapping[str, Sequence[str]]:
    from ivr.speech.registry import choices  # with all engines' modules: not for every command

    return choices()


def _version() -> str:
    try:
        return importlib.metadata.version("bank-hotline")
    except importlib.metadata.PackageNotFoundError:
        return "（未安装，直接从源码运行）"


@click.group(cls=_Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--settings",
    "path",
    metavar="文件",
    type=click.Path(path_type=Path, dir_okay=False),
    help="设置文件，默认为当前目录的 ivr.toml；IVR_* 环境变量优先。",
)
@click.version_option(_version(), prog_name="ivr", message="%(prog)s %(version)s", help="显示版本。")
@click.pass_context
def main(ctx: click.Context, path: Path | None) -> None:
    """银行客服热线：按键菜单、转人工、通话记录。

    改菜单：编辑 flows/ 下的 YAML，用 `ivr check` 检查，用 `ivr try` 试走，保存后两秒内对新来电生效；
    登记人员以后要由另一个人发布（`ivr flow`）。
    """
    if ctx.resilient_parsing:
        return
    for told in stray_variables(os.environ):
        click.echo(f"提醒：{told}", err=True)
    settings = load(path, choices=_choices)
    days.use(timezone_of(settings.flows))
    ctx.obj = settings


__all__ = ["Settings", "main"]
