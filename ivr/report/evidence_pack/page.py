"""The evidence as one page that a person reads from the top: what it was, how it went, who decided, whom it cost."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from ivr.records.days import zone_name
from ivr.report.charts import bars
from ivr.report.evidence_pack import words
from ivr.report.evidence_pack.collect import Pack
from ivr.report.evidence_pack.words import Rows, lasted, moment
from ivr.report.forms import local
from ivr.report.page import element, page, picture, table

#: Columns of numbers, by their heads.
_NUMBERS = {"听到的来电", "其中听完", "等待（秒）", "序号", "编号"}
#: Columns that break anywhere.
_LONG = {"校验值（SHA-256）", "内容摘要", "来电编号"}


def evidence_html(pack: Pack) -> str:
    """The file's text."""
    one = pack.emergency
    drill = "应急演练" if one.drill else "应急事件"
    title = f"{drill}证据　编号 {one.id}"
    first = pack.phases[0] if pack.phases else None
    what = "" if first is None else words.situation(pack, one.kind, one.level, one.phase)
    sections = [section for make in words.TABLES for section in _section(make(pack))]
    return page(
        title,
        element("h1", title),
        *([element("p", element("b", "这是演练，不是真实事件；演练来电不计入任何指标（D10）。"))] if one.drill else []),
        element("p", f"{what}。{_when(pack)}"),
        _tiles(pack),
        *_chart(pack),
        *sections,
        element("p", *_made(pack), cls="small"),
    )


def _when(pack: Pack) -> str:
    begun = moment(pack.emergency.t_started)
    if pack.emergency.t_ended is None:
        return f"{begun} 开始，到本页制作时（{moment(pack.made)}）仍在执行：这不是最终的证据。"
    return (
        f"{begun} 开始，{moment(pack.emergency.t_ended)} 结束，历时 {lasted(pack.until - pack.emergency.t_started)}。"
    )


def _tiles(pack: Pack) -> Element:
    missing = sum(one.served_at is None for one in pack.lost)
    shown = (
        ("期间来电", str(pack.spans[1].calls), "通"),
        ("流失的来电", str(len(pack.lost)), "通"),
        ("其中尚未接通", str(missing), "通"),
        ("决定", str(len(pack.decisions)), "次"),
        ("通知已送达", f"{sum(one.receipt is not None for one in pack.told)} / {len(pack.told)}", "条"),
    )
    tiles = (
        element("div", name, element("b", value), element("span", unit, cls="small"), cls="tile")
        for name, value, unit in shown
    )
    return element("div", *tiles, cls="tiles")


def _chart(pack: Pack) -> list[Element]:
    """The course of calls: before, during, after."""
    if len(pack.load) < 2:
        return []
    labels = [f"{local(one.t):%H:%M}" for one in pack.load]
    series = {"来电": [one.offered for one in pack.load], "期间流失": [one.lost for one in pack.load]}
    edges = f"{local(pack.emergency.t_started):%H:%M} 开始"
    if pack.emergency.t_ended is not None:
        edges += f"，{local(pack.until):%H:%M} 结束"
    drawn = bars(f"来电与流失（通）：{edges}", labels, series)
    return [element("figure", element("figcaption", drawn.title), picture(drawn.svg, drawn.title))]


def _section(rows: Rows) -> list[Element]:
    head = element("h2", rows.title)
    if not rows.rows:
        return [head, element("p", rows.empty)]
    heads = [(name, _look(name)) for name in rows.heads]
    lines = (
        element("tr", *(element("td", cell, cls=_look(name)) for name, cell in zip(rows.heads, row, strict=True)))
        for row in rows.rows
    )
    return [head, table(heads, lines)]


def _look(name: str) -> str:
    return "n" if name in _NUMBERS else "id" if name in _LONG else ""


def _made(pack: Pack) -> list[str]:
    return [
        f"制作时间 {moment(pack.made)}（{zone_name()}）。各表另存为同一文件夹里的 CSV，SHA256SUMS 是全部文件的校验值。",
        "期间的指标按与月报相同的定义逐通计算；号码已遮盖，回访时用 ivr records show 来电编号 --reason 原因 查看。",
    ]
