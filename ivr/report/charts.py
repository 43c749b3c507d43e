"""The report's charts as SVG, drawn so that they can be told apart in grey: by dashes and dots, not by colour alone."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pygal
from pygal.style import Style

from ivr.metrics.counted import Counted
from ivr.metrics.indicators.indicator import Indicator
from ivr.metrics.indicators.registry import INDICATORS
from ivr.report.build import By, Period, Report

# pygal brings an import hook of an old kind for plug-ins that are not used here, and Python warns of it at every import
# that fails from then on.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

#: The texts are left to the browser, which has a Chinese font where its reader reads Chinese.
_FONT = "'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', 'PingFang SC', SimHei, sans-serif"
_GREYS = ("#111111", "#6b6b6b", "#3b5b8c", "#a05a2c", "#8a8a8a")
_DASHES = ("", "8,4", "2,3", "10,3,2,3", "4,2")
_SCRIPT = re.compile(r"<script\b.*?</script>|<!--.*?-->", re.DOTALL)
_MARKS = "①②③④⑤"


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and what it shows in words."""

    title: str
    svg: str


#: Title, and the rates in percent that are drawn with the thresholds of the first.
_RATES = (
    ("人工服务：服务水平、接通率与放弃率（%）",
     ("cba.service_level_20s", "cba.agent_answer_rate", "hb.overall_response_rate", "hb.queue_abandon_rate")),
    ("语音自助分流率及其对照（%）",
     ("cba.voice_diversion", "cba.voice_diversion_strict", "cba.voice_diversion_excl_elderly",
      "cba.voice_diversion_resolved_share", "cba.voice_diversion_early_hangup_share")),
)  # fmt: skip


def charts(report: Report) -> list[Chart]:
    """The course over the period's parts where there are some, else over its days; none for a single point."""
    points = _points(report)
    if len(points) < 2:
        return []
    drawn = [_loads(points)] if report.by != "queue" else []
    return [*drawn, *(one for title, ids in _RATES if (one := _rates(title, ids, points)) is not None)]


def _points(report: Report) -> dict[str, Mapping[str, Counted]]:
    if report.by is None:
        return {f"{day:%m-%d}": figures for day, figures in sorted((report.days or {}).items())}
    return {_point(report.by, part): {row.indicator.id: row.figure for row in part.rows} for part in report.parts}


def _point(by: By, part: Period) -> str:
    match by:
        case "hour":
            return f"{int(part.name):02d}时"
        case "queue":
            return part.name or "（未记录）"
        case "month":
            return f"{part.since:%Y-%m}"
        case _:
            return f"{part.since:%m-%d}"


def bars(title: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> Chart:
    """Whole numbers side by side: `series` names → a number for each label."""
    chart = pygal.Bar(**_look(len(labels)))
    chart.x_labels = list(labels)
    for name, numbers in series.items():
        chart.add(name, list(numbers))
    return Chart(title, _drawn(chart))


def course(indicator: Indicator, days: Mapping[date, Counted]) -> Chart:
    """One indicator from day to day, with its threshold: rates in percent, times in seconds."""
    chart = pygal.Line(**_look(len(days)), dots_size=3)
    chart.x_labels = [f"{day:%m-%d}" for day in sorted(days)]
    scale = {"ratio": Fraction(100), "ms": Fraction(1, 1000)}.get(indicator.unit, Fraction(1))
    values = [None if (exact := days[day].exact) is None else float(exact * scale) for day in sorted(days)]
    chart.add(indicator.name, values, stroke_style={"width": 2})
    if indicator.threshold is not None:
        level = float(indicator.threshold.bound * scale)
        chart.add(f"阈值 {level:g}", [level] * len(days), show_dots=False, stroke_style={"dasharray": "12,6"})
    return Chart(indicator.name, _drawn(chart))


def _loads(points: Mapping[str, Mapping[str, Counted]]) -> Chart:
    named = (("全部来电", "ours.rebuilt_share"), ("请求人工", "cba.agent_answer_rate"))
    series = {name: [int(figures[id_].denominator) for figures in points.values()] for name, id_ in named}
    return bars("来电与人工请求（通）", list(points), series)


def _rates(title: str, ids: Sequence[str], points: Mapping[str, Mapping[str, Counted]]) -> Chart | None:
    told = [id_ for id_ in ids if all(id_ in figures for figures in points.values())]
    if not told:
        return None
    chart = pygal.Line(**_look(len(points)), dots_size=3, print_labels=True)
    chart.x_labels = list(points)
    for number, id_ in enumerate(told):
        values = [None if (exact := figures[id_].exact) is None else float(exact * 100) for figures in points.values()]
        dash = {"dasharray": _DASHES[number]} if _DASHES[number] else {}
        chart.add(f"{_MARKS[number]} {INDICATORS[id_].name}", _marked(values, _MARKS[number]),
                  stroke_style={"width": 2, **dash})  # fmt: skip
    threshold = INDICATORS[told[0]].threshold
    if threshold is not None:
        level = float(threshold.bound * 100)
        chart.add(
            f"阈值 {level:g}", [level] * len(points), show_dots=False, stroke_style={"width": 1.5, "dasharray": "12,6"}
        )
    return Chart(title, _drawn(chart))


def _drawn(chart: Any) -> str:
    """The picture, the same for the same figures, without the script that pygal puts in."""
    chart.uuid = "report"
    text: str = chart.render(is_unicode=True)
    return _SCRIPT.sub("", text)


def _marked(values: Sequence[float | None], mark: str) -> list[object]:
    """The last value carries the series' mark: in grey, lines are known by it."""
    last = max((at for at, value in enumerate(values) if value is not None), default=None)
    return [{"value": value, "label": mark} if at == last else value for at, value in enumerate(values)]


def _look(points: int) -> dict[str, object]:
    make: Any = Style  # it has no types
    style = make(
        background="white", plot_background="white", foreground="#222222", foreground_strong="#000000",
        foreground_subtle="#888888", colors=_GREYS, font_family=_FONT, label_font_size=11, major_label_font_size=11,
        legend_font_size=12, opacity="1", guide_stroke_color="#dddddd", major_guide_stroke_color="#cccccc",
    )  # fmt: skip
    return {
        "style": style, "js": [], "width": 960, "height": 320, "legend_at_bottom": True, "legend_at_bottom_columns": 3,
        "x_label_rotation": 45 if points > 16 else 0, "explicit_size": False, "disable_xml_declaration": True,
        "show_minor_x_labels": True, "no_data_text": "没有数据", "include_x_axis": True,
    }  # fmt: skip
