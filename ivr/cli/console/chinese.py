"""Click speaks Chinese here: headings, and every mistake on the command line in one line."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.cells import cell_len

_HEADINGS = {"Options": "选项", "Commands": "命令", "Positional arguments": "参数"}

#: Click's own words → ours. What is not here is shown as it is: an English reason is better than none.
_WORDS: tuple[tuple[str, str], ...] = (
    (r"(?:Path|File|Directory) '(.*)' does not exist\.", r"没有 \1"),
    (r"(?:Path|File|Directory) '(.*)' is a directory\.", r"\1 是目录，这里要文件"),
    (r"(?:Path|File|Directory) '(.*)' is a file\.", r"\1 是文件，这里要目录"),
    (r"(?:Path|File|Directory) '(.*)' is not readable\.", r"没有权限读 \1"),
    (r"'(.*)': No such file or directory", r"没有 \1"),
    (r"'(.*)': Is a directory", r"\1 是目录，这里要文件"),
    (r"'(.*)': Permission denied", r"没有权限读写 \1"),
    (r"'(.*)' is not one of (.*)\.", r"没有 \1 这种，可选：\2"),
    (r"'(.*)' is not a valid integer(?: range)?\.", r"\1 不是整数"),
    (r"'(.*)' does not match the formats? .*", r"看不懂日期 \1，请写成 2026-10-01"),
    (r"No such command '(.*)'\.", r"没有命令 \1"),
    (r"No such option:? '?(.*?)'?\.?", r"没有选项 \1"),
    (r"Missing command\.", "请写明子命令"),
    (r"Got unexpected extra arguments? \((.*)\)", r"多出来的参数：\1"),
    (r"Option '(.*)' requires an argument\.", r"选项 \1 后面要跟一个值"),
    (r"Option '(.*)' does not take a value\.", r"选项 \1 后面不跟值"),
)


class _Formatter(click.HelpFormatter):
    """Chinese headings; columns by what a character takes on the screen."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, "用法：" if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':{self.current_indent}}{_HEADINGS.get(heading, heading)}：\n")

    def write_text(self, text: str) -> None:
        for number, paragraph in enumerate(text.split("\n\n")):
            self.write("\n" if number else "")
            for line in _wrapped(" ".join(paragraph.split()), self.width - self.current_indent):
                self.write(f"{'':{self.current_indent}}{line}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        listed = list(rows)
        first = min(max((cell_len(name) for name, _ in listed), default=0), col_max) + col_spacing
        for name, what in listed:
            lines = _wrapped(what, self.width - self.current_indent - first)
            self.write(f"{'':{self.current_indent}}{name}{'':{max(first - cell_len(name), col_spacing)}}")
            self.write(f"\n{'':{self.current_indent + first}}".join(lines) + "\n")


#: What stays in one line: an English word or a Chinese character, with the brackets and marks around it.
_PIECE = re.compile(r"[（「]*(?:[!-~]+|[^!-~])[，。、；：）」)]*|[（「]+")


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells: broken at spaces where there are some, else between Chinese characters."""
    lines = [""]
    for piece in _PIECE.findall(text):
        if lines[-1] and cell_len(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines]


class _Context(click.Context):
    formatter_class = _Formatter


class _Speaking:
    """What commands and groups share."""

    context_class: type[click.Context] = _Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option: click.Option | None = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = "显示本说明。"
        return option


class Command(_Speaking, click.Command):
    """A command whose help has Chinese headings."""

    def __init__(self, *args: Any, **attrs: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]"} | attrs)


class Needed(click.Option):
    """An option that a command cannot do without."""

    def __init__(self, *args: Any, **attrs: Any) -> None:
        super().__init__(*args, **{"required": True} | attrs)

    def get_help_extra(self, ctx: click.Context) -> click.types.OptionHelpExtra:
        """Click's own word is English."""
        return {**super().get_help_extra(ctx), "required": "必填"}


class Group(_Speaking, click.Group):
    """A group of such commands; as the root it also tells every mistake in one line."""

    command_class = Command
    group_class = type

    def __init__(self, *args: Any, **attrs: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]", "subcommand_metavar": "命令 [参数]…"} | attrs)

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """As click's; mistakes are told here."""
        run: Any = super().main
        if not standalone_mode:
            return run(*args, standalone_mode=False, **extra)
        try:
            status = run(*args, standalone_mode=False, **extra)
        except click.exceptions.NoArgsIsHelpError as wrong:
            wrong.show()
            sys.exit(wrong.exit_code)
        except click.ClickException as wrong:
            click.echo(f"错误：{explain(wrong)}", err=True)
            sys.exit(wrong.exit_code)
        except click.Abort:
            click.echo("已中断", err=True)
            sys.exit(130)
        sys.exit(status if isinstance(status, int) else 0)


def explain(wrong: click.ClickException) -> str:
    """A mistake on the command line in one line: what, where, what was probably meant, where to read on."""
    if isinstance(wrong, click.FileError):
        return f"打不开文件 {wrong.ui_filename}：{wrong.message}"
    if isinstance(wrong, click.MissingParameter):
        said = f"缺少参数 {wrong.param.make_metavar(wrong.ctx) if wrong.param and wrong.ctx else ''}".rstrip()
    else:
        said = _translated(wrong.message)
    if isinstance(wrong, click.BadParameter) and not isinstance(wrong, click.MissingParameter):
        said = f"{_hint(wrong)}{said}"
    close: Sequence[str] = getattr(wrong, "possibilities", None) or ()
    if close:
        said += f"，是不是 {' 或 '.join(close)}？"
    ctx = getattr(wrong, "ctx", None)
    return f"{said}（用法见 {ctx.command_path} --help）" if ctx is not None else said


def _hint(wrong: click.BadParameter) -> str:
    if isinstance(wrong.param_hint, str):
        return f"{wrong.param_hint}："
    return f"{wrong.param.opts[0]}：" if isinstance(wrong.param, click.Option) else ""


def _translated(text: str) -> str:
    for words, ours in _WORDS:
        if (match := re.fullmatch(words, text)) is not None:
            return match.expand(ours)
    return text
