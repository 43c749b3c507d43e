"""Where a report goes: the terminal, a pipe, or a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import click
from rich.console import Console

#: `--output 文件`
OUTPUT = click.option(
    "--output", metavar="文件", type=click.Path(path_type=Path, dir_okay=False), help="写入这个文件，不写到标准输出。"
)


def span(since: datetime | None, until: datetime | None) -> tuple[date, date]:
    """The days of `--from` and `--to`. Raises click's errors where one is missing or they are the wrong way round."""
    if since is None or until is None:
        raise click.UsageError("请用 --from 和 --to 写明起止日")
    if until < since:
        raise click.BadParameter("早于起始日", param_hint="--to")
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
