"""A flow as an SVG that a manager can read and print, in grey too: every kind has its word and its edge, not only
its colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from ivr.flow.drawing.outline import OutlineKind, OutlineRow, hours_of, outline
from ivr.flow.model import Flow, LeafKind

FONTS = (
    "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC','WenQuanYi Micro Hei','SimHei',sans-serif"
)
_TITLE, _SMALL = 14.0, 11.0
_HEIGHT, _GAP, _BLOCK = 40.0, 10.0, 12.0
_BETWEEN, _MARGIN, _TOP = 64.0, 28.0, 118.0
#: What a note under a box needs.
_NOTE = 15.0
_TAG = 44.0
_INK, _FAINT, _ALARM = "#1f2933", "#52606d", "#a4161f"


@dataclass(frozen=True, slots=True)
class Look:
    """How a kind is drawn: fill, edge, the edge's dashes and width, ink. Fills differ in lightness by design."""

    fill: str
    edge: str
    dash: str = ""
    width: float = 1.2
    ink: str = _INK


_LOOKS: dict[OutlineKind | LeafKind, Look] = {
    OutlineKind.ENTRY: Look("#243b53", "#102a43", ink="#ffffff"),
    OutlineKind.MENU: Look("#bcccdc", "#334e68", width=1.6),
    OutlineKind.HANDOFF: Look("#ffe8b3", "#8d5b00", width=2.6),
    OutlineKind.AGAIN: Look("#ffffff", "#829ab1", "3 3"),
    LeafKind.CONSULT: Look("#ffffff", "#486581"),
    LeafKind.QUERY: Look("#e3f8ec", "#1f7a4d"),
    LeafKind.TRANSACTION: Look("#d5ecf7", "#0b5d8a", width=1.8),
    LeafKind.COMPLAINT: Look("#fbdcdc", "#a61b1b", "7 3", 1.8),
    LeafKind.SUGGESTION: Look("#efe3fb", "#5b2a91", "7 3"),
}
_LEGEND: tuple[tuple[str, OutlineKind | LeafKind], ...] = (
    ("入口", OutlineKind.ENTRY),
    ("菜单", OutlineKind.MENU),
    ("咨询：播报信息", LeafKind.CONSULT),
    ("查询：核身后转人工", LeafKind.QUERY),
    ("办理：核身后转人工", LeafKind.TRANSACTION),
    ("投诉", LeafKind.COMPLAINT),
    ("建议", LeafKind.SUGGESTION),
    ("人工队列", OutlineKind.HANDOFF),
    ("同一菜单，画在别处", OutlineKind.AGAIN),
)


@dataclass(frozen=True, slots=True)
class Note:
    """What stands under a box, on one line; `alarming`: it is to be seen at once."""

    words: str
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class Living:
    """What makes a page of the picture: a note by what a box is (menu:ID, leaf:ID, queue:ID), and where it leads to,
    "" for nowhere. Every box that leads somewhere can be reached by the keyboard and says what it is."""

    notes: Mapping[str, Note] = field(default_factory=dict)
    link: Callable[[str], str] = lambda _: ""


@dataclass(slots=True)
class Box:
    """A row with its place; `children` are indexes of other boxes."""

    row: OutlineRow
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    children: list[int] = field(default_factory=list)


def svg(flow: Flow, living: Living | None = None) -> str:
    """The picture: entries at the left, one column for each level, a legend with the keys that always work below;
    `living`: with what goes on in it, for a page."""
    boxes = _placed(outline(flow), _GAP if living is None else _GAP + _NOTE)
    right = max(max(box.x + box.width for box in boxes), 900.0) + _MARGIN
    below = max(box.y for box in boxes) + _HEIGHT + 30
    legend, height = _legend(flow, below, right)
    role = "img" if living is None else "group"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{right:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {right:.0f} {height:.0f}" font-family="{FONTS}" role="{role}" '
        'lang="zh-CN">',
        f"<title>{escape(flow.bank)}电话菜单</title>",
        f'<rect width="{right:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        *_head(flow, boxes),
    ]
    for box in boxes:
        parts += [_curve(box, boxes[child]) for child in box.children]
    for box in boxes:
        parts += _drawn(box) if living is None else _alive(box, living)
    return "\n".join([*parts, *legend, "</svg>"]) + "\n"


def _measure(text: str, size: float) -> float:
    return sum(size if ord(letter) > 0x2E7F else size * 0.58 for letter in text)


def _placed(rows: list[OutlineRow], gap: float) -> list[Box]:
    """Rows that lead nowhere further stand one below the other; a menu stands in the middle of its own."""
    boxes = [Box(row) for row in rows]
    last_at: dict[int, int] = {}
    for number, box in enumerate(boxes):
        depth = box.row.depth
        last_at[depth] = number
        if depth:
            boxes[last_at[depth - 1]].children.append(number)
    widths: dict[int, float] = {}
    for box in boxes:
        badge = 12.0 if box.row.key else 0.0
        title, detail = _measure(box.row.title, _TITLE), _measure(box.row.detail, _SMALL)
        box.width = max(130.0, badge + max(title + _TAG, detail) + 24)
        widths[box.row.depth] = max(widths.get(box.row.depth, 0.0), box.width)
    lefts = {depth: _MARGIN + sum(widths[d] + _BETWEEN for d in widths if d < depth) for depth in widths}
    parents = {child: number for number, box in enumerate(boxes) for child in box.children}
    y, before = _TOP, parents.get(next(n for n, box in enumerate(boxes) if not box.children))
    for number, box in enumerate(boxes):
        box.x, box.width = lefts[box.row.depth], widths[box.row.depth]
        if not box.children:
            y += _BLOCK if parents.get(number) != before else 0.0
            box.y = y
            y += _HEIGHT + gap
            before = parents.get(number)
    for box in reversed(boxes):
        if box.children:
            box.y = (boxes[box.children[0]].y + boxes[box.children[-1]].y) / 2
    return boxes


def _head(flow: Flow, boxes: list[Box]) -> list[str]:
    revision = flow.revision
    parts = [
        _text(_MARGIN, 42, f"{flow.bank}　电话菜单　{'、'.join(flow.numbers)}", 22, bold=True),
        _text(_MARGIN, 66, f"版本 {revision.id}　修改：{revision.author}　原因：{revision.reason}", 12, _FAINT),
    ]
    columns = {box.row.depth: box for box in boxes}
    for depth, box in sorted(columns.items()):
        name = "入口" if depth == 0 else f"第 {depth} 层"
        if depth and not any(b.row.kind is OutlineKind.MENU for b in boxes if b.row.depth == depth):
            name = "业务与人工"
        parts.append(_text(box.x, 98, name, 13, _FAINT, bold=True))
        parts.append(f'<path d="M{box.x:.0f} 104H{box.x + box.width:.0f}" stroke="#9fb3c8"/>')
    return parts


def _curve(parent: Box, child: Box) -> str:
    x1, y1 = parent.x + parent.width, parent.y + _HEIGHT / 2
    x2, y2 = child.x, child.y + _HEIGHT / 2
    middle = (x1 + x2) / 2
    return (
        f'<path d="M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}" '
        'fill="none" stroke="#829ab1" stroke-width="1.4"/>'
    )


def _drawn(box: Box) -> list[str]:
    row = box.row
    look = _LOOKS[row.leaf_kind or row.kind]
    parts = [_rect(box.x, box.y, box.width, _HEIGHT, look)]
    left = box.x + (24 if row.key and row.depth else 12)
    middle = box.y + (17 if row.detail else 25)
    parts.append(
        _text(left, middle, row.title, _TITLE, look.ink, bold=row.kind in (OutlineKind.MENU, OutlineKind.ENTRY))
    )
    if row.kind is not OutlineKind.ENTRY:
        parts.append(_text(box.x + box.width - 8, middle, row.tag, _SMALL, look.ink, anchor="end"))
    if row.detail:
        parts.append(_text(left, box.y + 33, row.detail, _SMALL, look.ink))
    if row.key and row.depth:
        parts += _badge(box.x, box.y + _HEIGHT / 2, row.key)
    return parts


def _alive(box: Box, living: Living) -> list[str]:
    """A box with what goes on in it, as a link."""
    node, parts = box.row.node, _drawn(box)
    note = living.notes.get(node)
    if note is not None and box.row.kind is not OutlineKind.AGAIN:
        ink = _ALARM if note.alarming else _FAINT
        parts.append(
            _text(box.x + box.width, box.y + _HEIGHT + 13, note.words, _SMALL, ink, bold=note.alarming, anchor="end")
        )
    if not (leads := living.link(node) if node else ""):
        return parts
    row = box.row
    said = "，".join(filter(None, (f"按 {row.key}" if row.key else "", row.title, row.tag, note.words if note else "")))
    head = f"<a href={quoteattr(leads)} aria-label={quoteattr(said)} data-node={quoteattr(node)}>"
    return [head, *parts, "</a>"]


def _badge(x: float, y: float, key: str) -> list[str]:
    return [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="13" fill="{_INK}" stroke="#ffffff" stroke-width="2"/>',
        _text(x, y + 5.5, "＊" if key == "*" else key, 15, "#ffffff", bold=True, anchor="middle"),
    ]


def _legend(flow: Flow, top: float, right: float) -> tuple[list[str], float]:
    """The keys that work everywhere, and what the boxes mean; gives also where the picture ends."""
    keys, agent = flow.keys, flow.queues[flow.agent_queue]
    elderly = flow.queues[flow.elderly.queue]
    parts = [
        f'<path d="M{_MARGIN} {top:.0f}H{right - _MARGIN:.0f}" stroke="#9fb3c8"/>',
        _text(_MARGIN, top + 26, "任何菜单里、任何时候都可以按", 13, bold=True),
    ]
    said = (
        (keys.repeat, "重听"),
        (keys.back, "返回"),
        (keys.agent, f"人工服务 → {agent.label}（{hours_of(flow, agent.hours)}）"),
        (keys.elderly, f"老年人专线 → {elderly.label}（{hours_of(flow, elderly.hours)}）"),
    )
    x, y = _MARGIN + 14, top + 54
    for key, words in said:
        wide = 30 + _measure(words, 13) + 26
        if x + wide > right - _MARGIN and x > _MARGIN + 14:
            x, y = _MARGIN + 14, y + 36
        parts += [*_badge(x, y, key), _text(x + 20, y + 5, words, 13)]
        x += wide
    y += 44
    parts.append(_text(_MARGIN, y, "图例", 13, bold=True))
    x, y = _MARGIN, y + 12
    for words, kind in _LEGEND:
        wide = _measure(words, 12) + 24
        if x + wide > right - _MARGIN:
            x, y = _MARGIN, y + 36
        look = _LOOKS[kind]
        parts += [_rect(x, y, wide, 26, look), _text(x + 12, y + 17.5, words, 12, look.ink)]
        x += wide + 12
    return parts, y + 26 + _MARGIN


def _rect(x: float, y: float, width: float, height: float, look: Look) -> str:
    dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="7" '
        f'fill="{look.fill}" stroke="{look.edge}" stroke-width="{look.width}"{dash}/>'
    )


def _text(x: float, y: float, words: str, size: float, ink: str = _INK, *, bold: bool = False, anchor: str = "") -> str:
    weight = ' font-weight="700"' if bold else ""
    placed = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{ink}"{weight}{placed}>{escape(words)}</text>'
