"""`ivr`: the one command. Its texts are Chinese, since operators, QA and managers read them."""

from __future__ import annotations

import errno
import importlib.metadata
import os
from pathlib import Path

import click

from ivr.cli import doctor, flows, prompts, records, report, serving
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
    errno.ENOSPC: "磁盘已满",
    errno.EROFS: "文件系统只读",
}


class _Root(Group):
    """Errors of the tree are told in a line; only a defect of the program shows a traceback."""

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


main.add_command(flows.check)
main.add_command(flows.show)
main.add_command(flows.try_)
main.add_command(flows.schema)
main.add_command(prompts.prompts)
main.add_command(records.records)
main.add_command(report.report)
main.add_command(serving.serve)
main.add_command(serving.asterisk)
main.add_command(doctor.doctor)

__all__ = ["Settings", "main"]
