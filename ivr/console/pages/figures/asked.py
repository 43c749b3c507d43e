"""What a visitor asks for: days, by what, with which figures from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import get_args
from urllib.parse import urlencode

from ivr.console.page import Visit
from ivr.errors import MetricsError
from ivr.metrics.day import Config
from ivr.metrics.imported import ImportedFigure, read_imported
from ivr.records.days import local_day
from ivr.report.build import By, Report, build

#: A report over more days is asked for on the command line: a page would wait for it.
MOST_DAYS = 400
BY: Mapping[str, str] = {
    "": "不分列",
    "day": "按日",
    "week": "按周",
    "month": "按月",
    "hour": "按时段",
    "queue": "按队列",
}
#: Bytes of a file of figures from outside.
_LONGEST_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Local days, both included; `by` is how the report is divided, "" not at all."""

    since: date
    until: date
    by: str = ""

    @property
    def query(self) -> str:
        """The same as the end of an address."""
        return urlencode({"from": self.since.isoformat(), "to": self.until.isoformat(), "by": self.by})

    @property
    def divided(self) -> By | None:
        """As the report has it."""
        found: By | None = next((one for one in get_args(By) if one == self.by), None)
        return found


def asked_for(visit: Visit) -> Asked:
    """From the address or the form; this month where nothing is said. Raises MetricsError."""
    today = local_day(visit.now)
    since = _day(_given(visit, "from"), today.replace(day=1))
    until = _day(_given(visit, "to"), max(today, since))
    if until < since:
        raise MetricsError("截止日早于起始日")
    if (until - since).days >= MOST_DAYS:
        raise MetricsError(f"这里最多统计 {MOST_DAYS} 天；更长的用 ivr report")
    by = _given(visit, "by")
    return Asked(since, until, by if by in BY else "")


def before(asked: Asked) -> Asked:
    """As many days right before."""
    length = timedelta(days=(asked.until - asked.since).days + 1)
    return Asked(asked.since - length, asked.until - length, asked.by)


def report_of(visit: Visit, asked: Asked, imported: tuple[ImportedFigure, ...] = (), *, lists: bool = False) -> Report:
    """The report, with its `lists` where they are shown; one that is some seconds old where it was just made (its
    `as_of` says so), for a page asks for the same one with each of its pictures. Raises StoreError."""
    config = Config(as_of=visit.now, imported=imported)

    def made() -> Report:
        return build(visit.store, asked.since, asked.until, asked.divided, config, lists=lists)

    return made() if imported else visit.console.reports.get((asked, lists), made)


async def imported_of(visit: Visit) -> tuple[ImportedFigure, ...]:
    """The figures from outside that were uploaded with the form. Raises MetricsError."""
    given = visit.form.get("imported")
    if given is None or isinstance(given, str) or not given.filename:
        return ()
    content = await given.read(_LONGEST_FILE + 1)
    if len(content) > _LONGEST_FILE:
        raise MetricsError("文件超过 1 MB，不像是热线之外的数据（写法见 docs/imported.md）")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise MetricsError("文件不是 UTF-8 文本") from wrong
    return read_imported(text.splitlines(keepends=True))


def _given(visit: Visit, name: str) -> str:
    return visit.field(name) or visit.query.get(name, "")


def _day(text: str, default: date) -> date:
    if not text:
        return default
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise MetricsError(f"{text[:20]} 不是日期，应写成 2026-10-01") from None
    if not date(2000, 1, 1) <= found <= date(2199, 12, 31):
        raise MetricsError("日期应在 2000 年到 2199 年之间")
    return found
