"""`ivr show`: the menus as a tree for the terminal (here) and as a picture (`svg`)."""

from __future__ import annotations

from ivr.flow.drawing.outline import OutlineKind, OutlineRow, hours_of, outline
from ivr.flow.drawing.svg import svg
from ivr.flow.model import Flow

__all__ = ["svg", "tree"]


def tree(flow: Flow) -> str:
    """The whole flow as lines of plain text: keys, labels, levels, who takes over, and when."""
    rows = outline(flow)
    lines = [f"{flow.bank}　{'、'.join(flow.numbers)}　版本 {flow.revision.id}"]
    lines.append(f"修改：{flow.revision.author}　原因：{flow.revision.reason}")
    for row, stem in zip(rows, stems(rows), strict=True):
        if row.kind is OutlineKind.ENTRY:
            lines.append("")
        lines.append(stem + _line(row))
    keys, agent = flow.keys, flow.queues[flow.agent_queue]
    lines += [
        "",
        "随时可按：",
        f"  {keys.repeat} 重听　{keys.back} 返回",
        f"  {keys.agent} 人工服务 → {agent.label}（{hours_of(flow, agent.hours)}）",
        f"  {keys.elderly} 老年人专线 → {flow.queues[flow.elderly.queue].label}",
    ]
    return "\n".join(lines) + "\n"


def _line(row: OutlineRow) -> str:
    key = f"[{row.key}] " if row.key and row.depth else ""
    if row.kind is OutlineKind.ENTRY:
        return f"{row.title}（{row.detail}）"
    mark = {OutlineKind.MENU: "▸ ", OutlineKind.HANDOFF: "☎ ", OutlineKind.AGAIN: "↪ "}.get(row.kind, "")
    detail = f"：{row.detail}" if row.detail else ""
    return f"{key}{mark}{row.title}（{row.tag}{detail}）"


def stems(rows: list[OutlineRow]) -> list[str]:
    """The lines that lead to each row: │, ├─ and └─."""
    made = [""] * len(rows)
    open_below: set[int] = set()  # depths at which another row of the same parent follows
    for number in range(len(rows) - 1, -1, -1):
        depth = rows[number].depth
        if depth:
            bars = "".join("│  " if above in open_below else "   " for above in range(1, depth))
            made[number] = bars + ("├─ " if depth in open_below else "└─ ")
        open_below = {above for above in open_below if above < depth} | {depth}
    return made
