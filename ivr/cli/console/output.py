"""Where a report goes: the terminal, a pipe, or a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console

_Command = TypeVar("_Command", bound=Callable[..., object])

#: `--output 文件`
OUTPUT = click.option(
    "--output", metavar="文件", type=click.Path(path_type=Path, dir_okay=False), help="写入这个文件，不写到标准输出。"
)

#: Days that a record can have: see `ivr.records.exchange.checks`.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
#: A report over more days is a mistake: it would count for hours.
MOST_DAYS = 3_660


def form_option(
    *forms: str, metavar: str | None = None, help: str = "json 供程序读取。"
) -> Callable[[_Command], _Command]:
    """`--format`, which the command gets as `form`: one of `forms`, the first where none is named."""
    return click.option(
        "--format", "form", type=click.Choice(forms), default=forms[0], metavar=metavar or "|".join(forms), help=help
    )


class _Day(click.DateTime):
    """A day as 2026-10-01; one that no record can have is refused in words."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The midnight of the day, without a zone."""
        found: datetime = super().convert(value, param, ctx)
        if not FIRST_DAY <= found.date() <= LAST_DAY:
            self.fail(f"日期应在 {FIRST_DAY} 到 {LAST_DAY} 之间，不能是 {found.date()}", param, ctx)
        return found


#: The type of every option that names a day.
DAY = _Day(["%Y-%m-%d"])


def the_day(given: datetime | None) -> date | None:
    """The day of `--from` or `--to`, where it was given."""
    return None if given is None else given.date()


def not_negative(_ctx: click.Context, _param: click.Parameter, number: int) -> int:
    """A seed."""
    if number < 0:
        raise click.BadParameter("不能小于 0")
    return number


def span(since: datetime | None, until: datetime | None) -> tuple[date, date]:
    """The days of `--from` and `--to`. Raises click's errors where one is missing or they are the wrong way round."""
    if since is None or until is None:
        raise click.UsageError("请用 --from 和 --to 写明起止日")
    if until < since:
        raise click.BadParameter("早于起始日", param_hint="--to")
    if (until - since).days >= MOST_DAYS:
        raise click.BadParameter(f"起止日相隔超过 {MOST_DAYS} 天", param_hint="--to")
    return since.date(), until.date()


def write(text: str | bytes, output: Path | None) -> None:
    """To the file, or to standard output as it is."""
    if output is None:
        click.echo(text, nl=False)
    elif isinstance(text, str):
        output.write_text(text, encoding="utf-8", newline="")
    else:
        output.write_bytes(text)


@contextmanager
def shown_on(output: Path | None) -> Iterator[Console]:
    """A console for tables: as wide as the terminal, 160 columns elsewhere."""
    if output is None:
        yield Console(width=None if sys.stdout.isatty() else 160, markup=False, highlight=False)
        return
    with output.open("w", encoding="utf-8") as file:
        yield Console(file=file, width=160, markup=False, highlight=False)
