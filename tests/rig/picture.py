"""A call's time line as an SVG: three lanes, one second after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from tests.rig.timeline import WORDS, Entry

_LEFT, _RIGHT, _TOP, _LANE = 84, 24, 46, 92
_WIDEST, _NARROWEST, _PER_SECOND = 1400, 640, 44
_FONT = "'Noto Sans CJK SC','PingFang SC','Microsoft YaHei','WenQuanYi Micro Hei',sans-serif"
_LANES = ("lane_caller", "lane_hotline", "lane_agent")
_FILL = {
    "heard": "#dbe9f6",
    "music": "#efe7d6",
    "unknown": "#ececec",
    "voice": "#dff0df",
    "silence": "#f7f7f7",
    "talk": "#dff0df",
    "says": "#f6dcd4",
}
_INK = {
    "heard": "#1f4e79",
    "music": "#7a5c1e",
    "unknown": "#666666",
    "voice": "#2c6b2c",
    "silence": "#999999",
    "talk": "#2c6b2c",
    "says": "#b5482f",
}


def as_svg(found: Sequence[Entry], title: str = "", language: str = "zh") -> str:
    """The picture, complete in itself. Lanes: what the caller did, what the hotline played, the
    agents (only where there is one)."""
    words = WORDS[language]
    last = max((entry.t_end or entry.t for entry in found), default=0.0) + 0.5
    inner = min(_WIDEST, max(_NARROWEST, round(last * _PER_SECOND)))
    lanes = _LANES if any(_lane(entry) == 2 for entry in found) else _LANES[:2]
    width, height = _LEFT + inner + _RIGHT, _TOP + len(lanes) * _LANE + 34
    draw = _Canvas(inner / last, _LEFT + inner, words)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="{_FONT}" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="22" font-size="15" fill="#222222">{escape(title)}</text>',
    ]
    parts += [draw.lane(number, words[name], inner) for number, name in enumerate(lanes)]
    parts += [draw.scale(last, _TOP + len(lanes) * _LANE)]
    order = sorted(found, key=lambda entry: (entry.t_end is None, entry.kind == "heard"))
    parts += [draw.entry(entry, len(lanes)) for entry in order]
    return "\n".join([*parts, "</svg>", ""])


def _lane(entry: Entry) -> int:
    if entry.kind in ("key", "says", "invite", "caller"):
        return 0
    return 2 if entry.kind == "talk" or entry.kind.startswith("agent") else 1


class _Canvas:
    """Draws one entry at a time; `scale` is pixels per second."""

    def __init__(self, scale: float, edge: float, words: Mapping[str, str]) -> None:
        self._scale = scale
        self._edge = edge
        self._words = words
        self._labels: list[tuple[float, float]] = []

    def _x(self, t: float) -> float:
        return _LEFT + t * self._scale

    def lane(self, number: int, name: str, inner: int) -> str:
        y = _TOP + number * _LANE
        fill = "#fafafa" if number % 2 else "#ffffff"
        return (
            f'<rect x="{_LEFT}" y="{y}" width="{inner}" height="{_LANE}" fill="{fill}" stroke="#dddddd"/>'
            f'<text x="{_LEFT - 10}" y="{y + _LANE / 2 + 4}" text-anchor="end" fill="#222222">{escape(name)}</text>'
        )

    def scale(self, last: float, y: float) -> str:
        step = next(step for step in (1, 2, 5, 10, 30, 60, 600) if step * self._scale >= 34 or step == 600)
        marks = [
            f'<line x1="{self._x(t):.1f}" y1="{y}" x2="{self._x(t):.1f}" y2="{y + 5}" stroke="#888888"/>'
            f'<text x="{self._x(t):.1f}" y="{y + 18}" text-anchor="middle" fill="#666666">{t}</text>'
            for t in range(0, int(last) + 1, step)
        ]
        unit = f'<text x="{_LEFT - 10}" y="{y + 18}" text-anchor="end" fill="#666666">{self._words["seconds"]}</text>'
        return "".join([*marks, unit])

    def entry(self, entry: Entry, lanes: int) -> str:
        if entry.kind == "key":
            return self._key(entry)
        if entry.t_end is not None:
            return self._box(entry)
        return self._event(entry, lanes)

    def _key(self, entry: Entry) -> str:
        x, y = self._x(entry.t), _TOP + _LANE * 0.66
        return (
            f'<line x1="{x:.1f}" y1="{y}" x2="{x:.1f}" y2="{_TOP + _LANE * 1.5}" stroke="#b5482f" stroke-width="1"/>'
            f'<circle cx="{x:.1f}" cy="{y}" r="11" fill="#b5482f"/>'
            f'<text x="{x:.1f}" y="{y + 5}" text-anchor="middle" font-size="14" font-weight="bold" fill="#ffffff">'
            f"{escape(entry.what)}</text>"
        )

    def _box(self, entry: Entry) -> str:
        assert entry.t_end is not None
        x, wide = self._x(entry.t), max(2.0, (entry.t_end - entry.t) * self._scale)
        # Music may lie under an announcement: it fills the lower part of the lane.
        top, high = {"music": (58, 26), "silence": (58, 26), "unknown": (40, 44), "voice": (58, 26)}.get(
            entry.kind, (26, 32)
        )
        if entry.kind == "talk":
            top, high = 40, 36
        y = _TOP + _lane(entry) * _LANE + top
        head = entry.what if entry.kind in ("heard", "talk") else self._words[entry.kind]
        label = f"{head} {entry.note}".strip()
        out = (
            f"<g><title>{escape(label)} {entry.t:.2f}–{entry.t_end:.2f}</title>"
            f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{high}" rx="3" fill="{_FILL[entry.kind]}" '
            f'stroke="{_INK[entry.kind]}" stroke-width="0.6"/>'
            f'<text x="{x + 4:.1f}" y="{y + 15}" font-size="11" fill="{_INK[entry.kind]}">{_fit(head, wide - 6)}</text>'
        )
        if entry.note and high > 30:
            out += (
                f'<text x="{x + 4:.1f}" y="{y + 28}" font-size="10" fill="#444444">{_fit(entry.note, wide - 6)}</text>'
            )
        if entry.cut:
            end = x + wide
            teeth = " ".join(f"{end + (3 if n % 2 else -3):.1f},{y + high * n / 6:.1f}" for n in range(7))
            out += f'<polyline points="{teeth}" fill="none" stroke="#b5482f" stroke-width="2"/>'
        return out + "</g>"

    def _event(self, entry: Entry, lanes: int) -> str:
        lane = _lane(entry)
        x, y = self._x(entry.t), _TOP + lane * _LANE
        label = f"{self._words[entry.kind]} {entry.what if lane != 1 else ''}".strip()
        row, late = self._row(lane, x), x > self._edge - 80
        through = entry.kind in ("answer", "caller", "callee", "agent_answer")
        bottom = _TOP + lanes * _LANE if through else y + _LANE
        return (
            f'<line x1="{x:.1f}" y1="{_TOP if through else y}" x2="{x:.1f}" y2="{bottom}" stroke="#888888" '
            f'stroke-dasharray="3 3"/>'
            f'<text x="{x + (-3 if late else 3):.1f}" y="{y + 11 + 12 * row}" font-size="10" fill="#555555" '
            f'text-anchor="{"end" if late else "start"}">{escape(label)}</text>'
        )

    def _row(self, lane: int, x: float) -> int:
        """Labels that would cover each other go one row down, at most one."""
        crowded = any(at == lane and abs(x - other) < 70 for at, other in self._labels)
        self._labels.append((lane, x))
        return 1 if crowded else 0


def _fit(text: str, pixels: float) -> str:
    """As much of a text as fits, at about 11 px a Chinese character."""
    used, out = 0.0, ""
    for letter in text:
        used += 10.5 if ord(letter) > 0x2E7F else 6.2
        if used > pixels:
            return escape(out[:-1] + "…") if len(out) > 1 else ""
        out += letter
    return escape(out)
