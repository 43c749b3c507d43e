"""A report as a workbook: percents, seconds and dates are numbers, so that an office can go on with them."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ivr.metrics.counted import Counted, Unit
from ivr.metrics.lists import KINDS
from ivr.report.build import Listed, Period, Report
from ivr.report.forms import item_columns, item_row, trend, why_none

#: Column and its width.
_COLUMNS = (
    ("起始日", 11), ("截止日", 11), ("分列", 10), ("编号", 34), ("指标", 34), ("条款", 30),
    ("分子", 12), ("分母", 12), ("数值", 12), ("单位", 8), ("上期", 12), ("趋势", 6),
    ("阈值", 10), ("判定", 9), ("暂定", 8), ("公式", 60), ("读法", 60), ("没有数值的原因", 40),
)  # fmt: skip
#: Unit → what the cell says: how it is formatted, what it is called, and what the exact value is multiplied by.
_UNITS: dict[Unit, tuple[str, str, float]] = {
    "ratio": ("0.00%", "%", 1),
    "ms": ("0.000", "秒", 0.001),
    "per_10000": ("0.00", "每万笔", 1),
    "count": ("0.00", "个", 1),
    "score": ("0.00", "分", 1),
}


def to_xlsx(report: Report) -> bytes:
    """The workbook: the indicators of the whole period, those of its parts, and a sheet for each list."""
    out = io.BytesIO()
    # texts of callers never become formulas or links
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    formats = _formats(book)
    _periods(book.add_worksheet("指标"), (report.whole,), formats)
    if report.parts:
        _periods(book.add_worksheet("分列"), report.parts, formats)
    for one in report.lists:
        _list(book.add_worksheet(KINDS[one.kind].title.partition("（")[0][:31]), one, formats)
    book.close()
    return out.getvalue()


def _formats(book: xlsxwriter.Workbook) -> dict[str, Format]:
    given: dict[str, dict[str, Any]] = {
        "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
        "day": {"num_format": "yyyy-mm-dd"},
        "moment": {"num_format": "yyyy-mm-dd hh:mm:ss.000"},
        "seconds": {"num_format": "0.000"},
        "unmet": {"bold": True, "border": 1},
        "bold": {"bold": True},
        "plain": {},
        "whole": {"num_format": "0"},
        "at_least": {"num_format": '"≥ "0.0%'},
        "at_most": {"num_format": '"≤ "0.0%'},
    }
    given |= {unit: {"num_format": code} for unit, (code, _, _) in _UNITS.items()}
    return {name: book.add_format(properties) for name, properties in given.items()}


def _periods(sheet: Worksheet, periods: tuple[Period, ...], formats: dict[str, Format]) -> None:
    for at, (name, width) in enumerate(_COLUMNS):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, name, formats["head"])
    sheet.freeze_panes(1, 5)
    line = 0
    for period in periods:
        for row in period.rows:
            line += 1
            one, figure = row.indicator, row.figure
            unmet = formats["unmet"] if row.verdict == "未达标" else formats["plain"]
            _date(sheet, line, 0, period.since, formats)
            _date(sheet, line, 1, period.until, formats)
            texts = {
                2: f"{int(period.name):02d}:00" if period.part == "hour" else period.name,
                3: one.id, 4: one.name, 5: one.clause, 9: _UNITS[one.unit][1], 11: trend(row), 15: one.formula,
                16: one.reading, 17: why_none(figure),
            }  # fmt: skip
            for at, text in texts.items():
                sheet.write_string(line, at, text)
            sheet.write_string(line, 13, row.verdict, unmet)
            if figure.reason is None:
                sheet.write_number(line, 6, float(figure.numerator))
                sheet.write_number(line, 7, float(figure.denominator))
            _value(sheet, line, 8, figure, one.unit, formats)
            _value(sheet, line, 10, row.previous, one.unit, formats)
            if one.threshold is not None:
                kind = "at_most" if one.threshold.at_most else "at_least"
                sheet.write_number(line, 12, float(one.threshold.bound), formats[kind])
            sheet.write_number(line, 14, figure.provisional)
    sheet.autofilter(0, 0, max(line, 1), len(_COLUMNS) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _value(sheet: Worksheet, line: int, at: int, figure: Counted, unit: Unit, formats: dict[str, Format]) -> None:
    if figure.value is not None:
        whole = unit == "count" and figure.value.is_integer()
        sheet.write_number(line, at, figure.value * _UNITS[unit][2], formats["whole" if whole else unit])


def _date(sheet: Worksheet, line: int, at: int, day: date, formats: dict[str, Format]) -> None:
    sheet.write_datetime(line, at, datetime(day.year, day.month, day.day), formats["day"])


def _list(sheet: Worksheet, listed: Listed, formats: dict[str, Format]) -> None:
    kind = KINDS[listed.kind]
    sheet.write_string(0, 0, f"{kind.title}（{kind.clause}）：共 {listed.count} 条", formats["bold"])
    for at, (name, width) in enumerate(zip(item_columns(listed.kind), (30, 18, 24, 14), strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(1, at, name, formats["head"])
    line = 2
    for item in listed.items:
        id_, who, at_, seconds = item_row(listed, item)
        sheet.write_string(line, 0, id_)
        sheet.write_string(line, 1, who)
        # 1900 is where the office's calendar begins
        if at_.year >= 1900:
            sheet.write_datetime(line, 2, at_, formats["moment"])
        sheet.write_number(line, 3, seconds, formats["seconds"])
        line += 1
    if listed.count > len(listed.items):
        sheet.write_string(line, 0, f"……另有 {listed.count - len(listed.items)} 条")
