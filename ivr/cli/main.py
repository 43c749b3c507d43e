"""`ivr`: the one command. Its texts are Chinese, since operators, QA and managers read them."""

from __future__ import annotations

import errno
import importlib
import importlib.metadata
import os
from pathlib import Path

import click

from ivr.cli.chinese import Group
from ivr.errors import HotlineError
from ivr.flow.findings import FlowRefused
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
    "asterisk": ("serving", "asterisk"),
    "check": ("flows", "check"),
    "doctor": ("doctor", "doctor"),
    "label": ("label", "label"),
    "models": ("models", "models"),
    "prompts": ("prompts", "prompts"),
    "records": ("records", "records"),
    "report": ("report", "report"),
    "schema": ("flows", "schema"),
    "score": ("score", "score"),
    "serve": ("serving", "serve"),
    "show": ("flows", "show"),
    "status": ("status", "status"),
    "transcribe": ("transcribe", "transcribe"),
    "try": ("flows", "try_"),
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

    改菜单：编辑 flows/ 下的 YAML，用 `ivr check` 检查，用 `ivr try` 试走，保存后两秒内对新来电生效。
    """
    if ctx.resilient_parsing:
        return
    for told in stray_variables(os.environ):
        click.echo(f"提醒：{told}", err=True)
    ctx.obj = load(path)


__all__ = ["Settings", "main"]
