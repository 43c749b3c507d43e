"""A report as one HTML file for people who decide: verdicts first, then every figure, then what to look at."""

from __future__ import annotations

from collections import Counter
from xml.etree.ElementTree import Element

from ivr.metrics.labels.norm import NORM
from ivr.metrics.lists import KINDS
from ivr.records.days import zone_name
from ivr.report.build import IndicatorRow, Listed, Period, Report
from ivr.report.charts import charts
from ivr.report.forms import (
    NO_FIGURE,
    bound,
    item_columns,
    item_row,
    local,
    number,
    part_name,
    sampling_words,
    shown,
    trend,
    why_none,
)
from ivr.report.page import element, page, picture, table

_VERDICTS = {"达标": "met", "未达标": "unmet", "无数据": "none", "无阈值": "none"}
#: What stands large at the top.
_TILES = ("hb.ivr_connect_rate", "cba.service_level_20s", "hb.overall_response_rate", "cba.voice_diversion",
          "hb.abandon_rate", "cba.elderly_service_level_20s")  # fmt: skip
_HEADS = (
    ("指标", ""),
    ("条款", ""),
    ("分子", "n"),
    ("分母", "n"),
    ("数值", "n"),
    ("上期", "n"),
    ("趋势", ""),
    ("阈值", "n"),
    ("判定", ""),
)


def to_html(report: Report) -> str:
    """The file's text."""
    title = f"客户服务热线指标报告　{part_name(report.whole)}"
    pictures = [
        element("figure", element("figcaption", one.title), picture(one.svg, one.title)) for one in charts(report)
    ]
    parts = [section for part in report.parts for section in _period(part)]
    return page(
        title,
        element("h1", "客户服务热线指标报告"),
        _about(report),
        _tiles(report.whole),
        *pictures,
        element("h2", "全部指标"),
        _figures(report.whole),
        *(element("p", line, cls="small") for line in _notes(report)),
        element("h2", "需要跟进的来电与投诉"),
        *(part for one in report.lists for part in _list(one)),
        *parts,
        element("h2", "公式与读法"),
        _readings(report.whole),
    )


def _about(report: Report) -> Element:
    counts: Counter[str] = Counter(row.verdict for row in report.whole.rows)
    verdicts = "，".join(f"{name} {counts[name]} 项" for name in _VERDICTS if counts[name])
    made = "" if report.as_of is None else f"　统计时点 {local(report.as_of):%Y-%m-%d %H:%M:%S}（{zone_name()}）"
    return element("p", f"统计期 {part_name(report.whole)}{made}　{verdicts}。")


def _tiles(period: Period) -> Element:
    rows = {row.indicator.id: row for row in period.rows}
    tiles = []
    for id_ in _TILES:
        row = rows[id_]
        counts = f"{number(row.figure.numerator)} / {number(row.figure.denominator)}"
        tiles.append(
            element(
                "div", row.indicator.name, element("b", shown(row.figure)), element("span", f"{counts}　", cls="small"),
                _verdict(row), cls="tile",
            )
        )  # fmt: skip
    return element("div", *tiles, cls="tiles")


def _verdict(row: IndicatorRow) -> Element:
    mark = {"达标": "✓ ", "未达标": "✗ "}.get(row.verdict, "")
    return element("span", mark + row.verdict, cls=f"v {_VERDICTS[row.verdict]}")


def _figures(period: Period) -> Element:
    return table(_HEADS, (_row(row) for row in period.rows))


def _row(row: IndicatorRow) -> Element:
    one, figure = row.indicator, row.figure
    value = shown(figure) + ("*" if figure.provisional else "")
    if figure.interval is not None:
        value += f" [{100 * figure.interval[0]:.2f}, {100 * figure.interval[1]:.2f}]"
    counts = [NO_FIGURE if figure.reason else number(part) for part in (figure.numerator, figure.denominator)]
    return element(
        "tr",
        element("td", one.name, element("br"), element("span", one.id, cls="id")),
        element("td", one.clause, cls="small"),
        *(element("td", text, cls="n") for text in (*counts, value, shown(row.previous))),
        element("td", trend(row)),
        element("td", bound(one.threshold), cls="n"),
        element("td", _verdict(row)),
    )


def _notes(report: Report) -> list[str]:
    lines = ["— 表示没有数值；无阈值的指标仅列示；上期为紧接其前的等长时段；* 为暂定，满一小时或到期后再定。"]
    silent: dict[str, list[str]] = {}
    for row in report.whole.rows:
        if why := why_none(row.figure):
            silent.setdefault(why, []).append(row.indicator.name)
    lines += [f"{why}：{'、'.join(names)}。" for why, names in silent.items()]
    lines += [
        f"识别、意图、交互准确率出自人工标注（文本按 {NORM} 规范化）。{sampling_words(one)}" for one in report.sampling
    ]
    return lines


def _list(listed: Listed) -> list[Element]:
    kind = KINDS[listed.kind]
    title = element("p", element("b", f"{kind.title}：共 {listed.count} 条"), f"　（{kind.clause}）")
    if not listed.items:
        return [title]
    columns = item_columns(listed.kind)
    heads = [(columns[0], ""), (columns[1], ""), (columns[2], ""), (columns[3], "n")]
    rows = [_item(listed, at) for at in range(len(listed.items))]
    more = listed.count - len(listed.items)
    after = [element("p", f"……另有 {more} 条，按{kind.measure}从长到短只列前 {len(listed.items)} 条。", cls="small")]
    return [title, table(heads, rows), *(after if more else [])]


def _item(listed: Listed, at: int) -> Element:
    id_, who, when, seconds = item_row(listed, listed.items[at])
    return element(
        "tr", element("td", id_, cls="id"), element("td", who), element("td", f"{when:%Y-%m-%d %H:%M:%S}"),
        element("td", f"{seconds:.3f}", cls="n"),
    )  # fmt: skip


def _period(period: Period) -> list[Element]:
    return [element("h2", part_name(period)), _figures(period)]


def _readings(period: Period) -> Element:
    rows = (
        element(
            "tr", element("td", row.indicator.name, element("br"), element("span", row.indicator.id, cls="id")),
            element("td", row.indicator.formula), element("td", row.indicator.reading),
        )
        for row in period.rows
    )  # fmt: skip
    return table((("指标", ""), ("公式", ""), ("读法", "")), rows)
