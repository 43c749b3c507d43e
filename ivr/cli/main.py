"""`ivr`: the one command. Its texts are Chinese, since operators, QA and managers read them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ivr.cli import doctor, flows, prompts, records, serving
from ivr.errors import HotlineError, SettingsError
from ivr.settings import Settings, load


class _Root(click.Group):
    """Errors of the tree are told in a line; only a defect of the program shows a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except HotlineError as wrong:
            click.echo(f"错误：{wrong}", err=True)
            ctx.exit(1)


@click.group(cls=_Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--settings",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="设置文件，默认为当前目录的 ivr.toml；IVR_* 环境变量优先。",
)
@click.version_option(package_name="bank-hotline", prog_name="ivr")
@click.pass_context
def main(ctx: click.Context, path: Path | None) -> None:
    """银行客服热线：按键菜单、转人工、通话记录。

    改菜单：编辑 flows/ 下的 YAML，用 `ivr check` 检查，用 `ivr try` 试走，保存后两秒内对新来电生效。
    """
    if ctx.resilient_parsing:
        return
    try:
        ctx.obj = load(path)
    except SettingsError as wrong:
        click.echo(f"错误：{wrong}", err=True)
        sys.exit(1)


main.add_command(flows.check)
main.add_command(flows.show)
main.add_command(flows.try_)
main.add_command(flows.schema)
main.add_command(prompts.prompts)
main.add_command(records.records)
main.add_command(serving.serve)
main.add_command(serving.asterisk)
main.add_command(doctor.doctor)

__all__ = ["Settings", "main"]
