"""A flow as rows, parents before children: what both pictures of it are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ivr.flow.hours import summary
from ivr.flow.model import Entry, Flow, LeafKind, Option, TargetKind
from ivr.flow.tables import AUTHS, KINDS, SLOTS

_SAID = "可说"


class RowKind(StrEnum):
    """What a row shows."""

    ENTRY = "entry"
    MENU = "menu"
    LEAF = "leaf"
    HANDOFF = "handoff"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of the picture. `depth` is 0 for an entry, then the menu's level; `key` leads here; `tag` is one
    word for its kind, `detail` what else a reader wants to know; `leaf_kind` only for leaves."""

    depth: int
    kind: RowKind
    key: str
    title: str
    tag: str
    detail: str
    leaf_kind: LeafKind | None = None


def outline(flow: Flow) -> list[Row]:
    """Every entry, then the elderly callers', each with what it leads to. A menu that can be reached in several
    ways is spread out once, at its level, and named in the other places."""
    rows: list[Row] = []
    spread: set[str] = set()
    for entry in flow.entries:
        rows.append(_entry(flow, entry))
        _menu(flow, entry.menu, "非营业时间菜单" if entry.closed else "主菜单", rows, spread)
    elderly = flow.elderly
    listed = "听短菜单" if elderly.menu else "直接转接"
    detail = f"任何时候按 {flow.keys.elderly} 转接；名单上 {elderly.age} 岁及以上来电{listed}"
    rows.append(Row(0, RowKind.ENTRY, flow.keys.elderly, "老年客户", "入口", detail))
    rows.append(_queue(flow, elderly.queue, flow.keys.elderly, "", 1))
    if elderly.menu:
        _menu(flow, elderly.menu, "老年人菜单", rows, spread)
    return rows


def hours_of(flow: Flow, hours: str | None) -> str:
    """A calendar by id, for the eye; None is always."""
    return summary(None if hours is None else flow.calendars[hours])


def _entry(flow: Flow, entry: Entry) -> Row:
    if entry.hours is None:
        title = "其余时间" if len(flow.entries) > 1 else "全天"
        detail = "全天接听" if len(flow.entries) == 1 else "以上时间之外"
    else:
        title, detail = "营业时间", hours_of(flow, entry.hours)
    title = "非营业时间" if entry.closed else title
    return Row(0, RowKind.ENTRY, "", title, "入口", detail)


def _menu(flow: Flow, root: str, name: str, rows: list[Row], spread: set[str]) -> None:
    """Add a menu and all below it, without recursion: a chain of menus may be long."""
    waiting: list[tuple[int, str, str, Option | None]] = [(1, root, name, None)]
    while waiting:
        depth, id, label, option = waiting.pop()
        key = option.key if option else ""
        if option and option.target.kind is not TargetKind.MENU:
            rows.append(_end(flow, option, depth))
            continue
        if id in spread or flow.menus[id].level != depth:
            rows.append(Row(depth, RowKind.AGAIN, key, label, "见别处", id))
            continue
        spread.add(id)
        language = f"改说 {option.language}" if option and option.language else ""
        listens = _SAID if flow.menus[id].listen else ""
        detail = "　".join(filter(None, (id, language, listens)))
        rows.append(Row(depth, RowKind.MENU, key, label, f"第 {depth} 层", detail))
        for each in reversed(flow.menus[id].options):
            waiting.append((depth + 1, each.target.id, each.label, each))


def _end(flow: Flow, option: Option, depth: int) -> Row:
    if option.target.kind is TargetKind.HANDOFF:
        return _queue(flow, option.target.id, option.key, option.label, depth)
    leaf = flow.leaves[option.target.id]
    said = [] if leaf.kind is LeafKind.CONSULT else [AUTHS[leaf.auth]]
    if leaf.ask:
        said.append(f"先问{'、'.join(SLOTS[question.slot] for question in leaf.ask)}")
    if leaf.queue:
        said.append(f"转{flow.queues[leaf.queue].label}")
    return Row(depth, RowKind.LEAF, option.key, option.label, KINDS[leaf.kind], "，".join(said), leaf.kind)


def _queue(flow: Flow, id: str, key: str, label: str, depth: int) -> Row:
    queue = flow.queues[id]
    detail = hours_of(flow, queue.hours)
    if label and label != queue.label:
        detail = f"{queue.label}，{detail}"
    return Row(depth, RowKind.HANDOFF, key, label or queue.label, "人工", detail)
