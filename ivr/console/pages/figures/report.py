"""The report as pages: both standards side by side, each number with its formula, its clause and its calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ivr.console.names import served_names
from ivr.console.page import Visit, act, page
from ivr.console.pages.figures.asked import BY, Asked, asked_for, before, imported_of, report_of
from ivr.errors import MetricsError
from ivr.metrics.indicators.indicator import Indicator, Part
from ivr.metrics.indicators.registry import INDICATORS
from ivr.metrics.lists import KINDS
from ivr.people.actions import Action
from ivr.records.counting.browse import Cursor
from ivr.report.behind import Side, calls_behind, told_by_calls
from ivr.report.build import IndicatorRow, Report
from ivr.report.charts import charts, course
from ivr.report.forms import bound, item_columns, item_row, number, part_name, shown, to_csv, to_json, trend, why_none
from ivr.report.html import to_html
from ivr.report.part_words import PART_WORDS
from ivr.report.xlsx import to_xlsx

#: Figures of the two standards that ask for the same thing.
PAIRS: tuple[tuple[str, str, str], ...] = (
    ("人工接通", "cba.agent_answer_rate", "hb.overall_response_rate"),
    ("20 秒内接通", "cba.service_level_20s", "hb.agent_connect_rate"),  # one number with two names
    ("一次解决", "cba.fcr_day", "hb.one_time_success"),
    ("满意度", "cba.agent_csat", "hb.phone_csat"),
    ("投诉按时", "cba.complaint_on_time", "hb.handled_on_time"),
    ("投诉满意度", "cba.complaint_csat", "hb.complaint_csat"),
)
_STANDARDS = (("cba.", "自律规范（CBA）"), ("hb.", "河北省地方标准（HB）"), ("ours.", "本系统"))


@dataclass(frozen=True, slots=True)
class _Form:
    """A way to take the report away."""

    media: str
    made: Callable[[Report], str | bytes]


_FORMS = {
    "xlsx": _Form("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_xlsx),
    "csv": _Form("text/csv; charset=utf-8", lambda report: "\ufeff" + to_csv(report)),
    "json": _Form("application/json", to_json),
    "html": _Form("text/html; charset=utf-8", to_html),
}


@page("/figures", Action.REPORTS_READ, title="指标")
def figures(visit: Visit) -> Response:
    """The figures of some days."""
    asked = asked_for(visit)
    return _shown(visit, asked, report_of(visit, asked, lists=True), imported=False)


@act("/figures", Action.REPORTS_READ, title="指标", back=figures)
async def with_imported(visit: Visit) -> Response:
    """The same with figures from outside, for this view alone."""
    asked, imported = asked_for(visit), await imported_of(visit)
    report = await run_in_threadpool(lambda: report_of(visit, asked, imported, lists=True))
    if (form := visit.field("form")) in _FORMS:
        return await run_in_threadpool(_file, report, form)
    return await run_in_threadpool(lambda: _shown(visit, asked, report, imported=bool(imported)))


@page("/figures/file/{form}", Action.REPORTS_READ, title="导出指标")
def export(visit: Visit) -> Response:
    """The report as a file."""
    form = str(visit.path["form"])
    if form not in _FORMS:
        raise MetricsError("没有这种格式：xlsx、csv、json 或 html")
    return _file(report_of(visit, asked_for(visit), lists=True), form)


@page("/figures/chart/{number}", Action.REPORTS_READ, title="指标走势图")
def chart(visit: Visit) -> Response:
    """A picture of the report, for the page."""
    drawn = charts(report_of(visit, asked_for(visit)))
    at = str(visit.path["number"])
    if not at.isdecimal() or int(at) >= len(drawn):
        raise MetricsError("没有这张图")
    return _picture(drawn[int(at)].svg)


@page("/figures/of/{id}", Action.REPORTS_READ, title="指标")
def indicator(visit: Visit) -> Response:
    """One indicator: formula, clause, figure, by day, hour and queue, and the calls behind it."""
    one, asked = _indicator(visit), asked_for(visit)
    whole = report_of(visit, asked)
    row = _row(whole, one)
    days = [(day, figures[one.id]) for day, figures in sorted((whole.days or {}).items())]
    parts: dict[str, list[tuple[str, str, IndicatorRow]]] = {}
    names = served_names(visit)
    for part, title in (("hour", "按时段"), ("queue", "按队列")):
        if part in one.told_of:
            found = report_of(visit, Asked(asked.since, asked.until, part))
            parts[title] = [
                (_part(period.name, part, names), period.name, own)
                for period in found.parts
                for own in period.rows
                if own.indicator.id == one.id
            ]
    return visit.render(
        "figures/indicator.html",
        one=one, row=row, asked=asked, days=days, parts=parts, sides=tuple(Side), by_calls=told_by_calls(one),
        companions=[INDICATORS[id_] for id_ in one.companions if id_ in INDICATORS], **_WORDS,
    )  # fmt: skip


def _part(name: str, part: str, names: Mapping[str, str]) -> str:
    """An hour or a queue as a heading."""
    return f"{int(name):02d}:00" if part == "hour" else names.get(f"queue:{name}", name) or "（未记录）"


@page("/figures/of/{id}/course", Action.REPORTS_READ, title="指标走势图")
def indicator_course(visit: Visit) -> Response:
    """How the figure went from day to day, as a picture."""
    one = _indicator(visit)
    days = {day: figures[one.id] for day, figures in (report_of(visit, asked_for(visit)).days or {}).items()}
    return _picture(course(one, days).svg)


@page("/figures/of/{id}/calls", Action.RECORDS_LIST, title="指标背后的通话", target="indicator:{id}")
def calls(visit: Visit) -> Response:
    """The calls that count in a figure."""
    one, asked = _indicator(visit), asked_for(visit)
    side = Side(visit.query.get("side", "")) if visit.query.get("side", "") in set(Side) else Side.NUMERATOR
    part: Part = "queue" if asked.by == "queue" else "hour" if asked.by == "hour" else "day"
    found = calls_behind(
        visit.store, one, asked.since, asked.until, side, part=part, name=visit.query.get("name", ""),
        after=_cursor(visit.query.get("after", "")),
    )  # fmt: skip
    onward = ""
    if found.next is not None:
        after = f"{found.next.at}.{found.next.call_id}"
        more = urlencode({"side": side.value, "name": visit.query.get("name", ""), "after": after})
        onward = f"/figures/of/{one.id}/calls?{asked.query}&{more}"
    return visit.render("figures/calls.html", one=one, asked=asked, side=side, sides=tuple(Side), page=found,
                        onward=onward, **_WORDS)  # fmt: skip


_WORDS: dict[str, Any] = {
    "shown": shown, "number": number, "bound": bound, "trend": trend, "why_none": why_none, "part_name": part_name,
    "part_words": PART_WORDS, "item_columns": item_columns, "item_row": item_row, "KINDS": KINDS,
}  # fmt: skip


def _shown(visit: Visit, asked: Asked, report: Report, *, imported: bool) -> Response:
    rows = {row.indicator.id: row for row in report.whole.rows}
    pairs = [(title, rows[one], rows[two]) for title, one, two in PAIRS if one in rows and two in rows]
    standards = [(title, [row for id_, row in rows.items() if id_.startswith(prefix)]) for prefix, title in _STANDARDS]
    return visit.render(
        "figures/report.html",
        report=report, asked=asked, before=before(asked), by=BY, pairs=pairs, standards=standards, imported=imported,
        drawn=charts(report), forms=tuple(_FORMS), **_WORDS,
    )  # fmt: skip


def _file(report: Report, form: str) -> Response:
    name = f"report-{report.whole.since}-{report.whole.until}.{form}"
    return Response(
        _FORMS[form].made(report), media_type=_FORMS[form].media,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def _picture(svg: str) -> Response:
    # a picture in <img> runs nothing and loads nothing; its own styles are its own
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return Response(svg, media_type="image/svg+xml", headers={"content-security-policy": policy})


def _indicator(visit: Visit) -> Indicator:
    found = INDICATORS.get(str(visit.path["id"]))
    if found is None:
        raise MetricsError("没有这个指标")
    return found


def _row(report: Report, one: Indicator) -> IndicatorRow:
    return next(row for row in report.whole.rows if row.indicator.id == one.id)


def _cursor(text: str) -> Cursor | None:
    at, _, call_id = text.partition(".")
    return Cursor(int(at), call_id) if at.isdecimal() and len(at) < 16 and 0 < len(call_id) <= 200 else None
