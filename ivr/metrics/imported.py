"""Figures whose source lies imported_figure the hotline, as somebody types them into a CSV file.

The first line names the columns, in any order: `id,from,to,numerator,denominator,source`. `from` and `to` are local
days (2026-10-01), both included; `numerator` and `denominator` are decimal numbers, an empty denominator is 1; `source`
says who vouches for the figure, and is not empty. The ids are those of `KINDS`:

- `business_count`: numerator = 测量期内业务总笔数 (HB 客户投诉率); the denominator stays empty.
- `cba.staff_satisfaction`: numerator ÷ denominator = the survey's result (for example 91 of 100).
- `cba.staff_turnover`: numerator = 统计期内累计离职人数, denominator = 期初员工总数 + 累计入职员工数.
- `cba.text_diversion`, `cba.text_recognition`, `cba.text_resolution`: numerator = what the name states (for 分流率 the
  sessions that did not go to an agent), denominator = all.

Counts of neighbouring periods are added; the two staff figures are of one period and are taken only where the period
is exactly the report's. A period that covers the report's only in part gives no figure, for half of a month's count
over a whole month's complaints would be no rate.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from ivr.errors import MetricsError
from ivr.metrics.counted import Counted, Number, nothing

#: id → whether the counts of neighbouring periods may be added.
KINDS: Mapping[str, bool] = {
    "business_count": True,
    "cba.staff_satisfaction": False,
    "cba.staff_turnover": False,
    "cba.text_diversion": True,
    "cba.text_recognition": True,
    "cba.text_resolution": True,
}
COLUMNS = ("id", "from", "to", "numerator", "denominator", "source")
NOT_IMPORTED = "数据来自热线之外，尚未导入"
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ImportedFigure:
    """One line: a figure of the local days `since` … `until`, both included, and who vouches for it."""

    id: str
    since: date
    until: date
    numerator: Number
    denominator: Number
    source: str


def read_imported(lines: Iterable[str]) -> tuple[ImportedFigure, ...]:
    """The lines of the CSV. Raises MetricsError with the line's number for anything that is not as documented, for
    periods of one figure that overlap included: a figure must not count twice."""
    rows = csv.reader(_without_mark(lines), strict=True)
    found: list[ImportedFigure] = []
    head: list[str] | None = None
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if head is None:
                head = _head([cell.strip() for cell in row])
                continue
            where = f"第 {rows.line_num} 行"
            one = _figure(dict(zip(head, (cell.strip() for cell in row), strict=False)), len(row) == len(head), where)
            _alone(one, found, where)
            found.append(one)
    except csv.Error as wrong:
        raise MetricsError(f"第 {rows.line_num} 行：不是正确的 CSV") from wrong
    return tuple(found)


def imported_figure(id_: str, given: Iterable[ImportedFigure], since: date, until: date) -> Counted:
    """The imported figure of the days; without one, no figure and the reason."""
    rows = sorted((one for one in given if one.id == id_), key=lambda one: one.since)
    if KINDS[id_]:
        rows = [one for one in rows if one.until >= since and one.since <= until]
        whole = bool(rows) and rows[0].since == since and rows[-1].until == until
        joined = all(one.until + timedelta(days=1) == two.since for one, two in pairwise(rows))
        if rows and not (whole and joined):
            return nothing("ratio", "导入数据的统计期与报表期不一致")
    else:
        if rows and not any((one.since, one.until) == (since, until) for one in rows):
            return nothing("ratio", "导入数据的统计期与报表期不一致")
        rows = [one for one in rows if (one.since, one.until) == (since, until)]
    if not rows:
        return nothing("ratio", NOT_IMPORTED)
    return Counted(sum(one.numerator for one in rows), sum(one.denominator for one in rows), "ratio")


def _without_mark(lines: Iterable[str]) -> Iterable[str]:
    for number, line in enumerate(lines):
        yield line.removeprefix("\ufeff") if number == 0 else line


def _head(names: list[str]) -> list[str]:
    if sorted(names) != sorted(COLUMNS):
        raise MetricsError(f"第一行应为列名 {','.join(COLUMNS)}")
    return names


def _figure(cells: Mapping[str, str], full: bool, where: str) -> ImportedFigure:
    if not full:
        raise MetricsError(f"{where}：应有 {len(COLUMNS)} 列")
    if cells["id"] not in KINDS:
        raise MetricsError(f"{where}：不认识的指标，应为 {'、'.join(KINDS)} 之一")
    since, until = _day(cells["from"], where), _day(cells["to"], where)
    if until < since:
        raise MetricsError(f"{where}：to 早于 from")
    if not cells["source"]:
        raise MetricsError(f"{where}：source 不能为空，请写明数据来源")
    if cells["id"] == "business_count" and cells["denominator"]:
        raise MetricsError(f"{where}：business_count 没有分母")
    top, bottom = _number(cells["numerator"], where), _number(cells["denominator"] or "1", where)
    return ImportedFigure(cells["id"], since, until, top, bottom, cells["source"])


def _alone(one: ImportedFigure, found: list[ImportedFigure], where: str) -> None:
    only_twins = not KINDS[one.id]
    for other in found:
        same = (other.since, other.until) == (one.since, one.until)
        overlaps = other.since <= one.until and one.since <= other.until
        if other.id == one.id and (same if only_twins else overlaps):
            raise MetricsError(f"{where}：{one.id} 的统计期与前面的行重叠")


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MetricsError(f"{where}：{text!r} 不是日期，请写成 2026-10-01") from None


def _number(text: str, where: str) -> Number:
    if not _NUMBER.fullmatch(text):
        raise MetricsError(f"{where}：{text!r} 不是数字")
    exact = Fraction(text)
    return exact.numerator if exact.denominator == 1 else exact
