"""A flow as rows, parents before children: what both pictures of it are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from ivr.flow.announcements import Announcement
from ivr.flow.hours import summary
from ivr.flow.model import Entry, Flow, LeafKind, Option, TargetKind
from ivr.flow.reading.announcements_file import KINDS as KIND_WORDS
from ivr.flow.reading.field_tables import KINDS
from ivr.flow.reading.words import AUTHS, SLOTS

_SAID = "可说"


class OutlineKind(StrEnum):
    """What a row shows."""

    ENTRY = "entry"
    MENU = "menu"
    LEAF = "leaf"
    HANDOFF = "handoff"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """One thing of the picture. `depth` is 0 for an entry, then the menu's level; `key` leads here; `tag` is one
    word for its kind, `detail` what else a reader wants to know; `leaf_kind` only for leaves; `node` names what it is
    in the flow, menu:ID, leaf:ID or queue:ID, "" for what is none of them."""

    depth: int
    kind: OutlineKind
    key: str
    title: str
    tag: str
    detail: str
    leaf_kind: LeafKind | None = None
    node: str = ""


def outline(flow: Flow) -> list[OutlineRow]:
    """Every entry, then the elderly callers', each with what it leads to, then the announcements. A menu that can be
    reached in several ways is spread out once, at its level, and named in the other places."""
    rows: list[OutlineRow] = []
    spread: set[str] = set()
    for entry in flow.entries:
        rows.append(_entry(flow, entry))
        _menu(flow, entry.menu, "非营业时间菜单" if entry.closed else "主菜单", rows, spread)
    elderly = flow.elderly
    listed = "听短菜单" if elderly.menu else "直接转接"
    detail = f"任何时候按 {flow.keys.elderly} 转接；名单上 {elderly.age} 岁及以上来电{listed}"
    rows.append(OutlineRow(0, OutlineKind.ENTRY, flow.keys.elderly, "老年客户", "入口", detail))
    rows.append(_queue(flow, elderly.queue, flow.keys.elderly, "", 1))
    if elderly.menu:
        _menu(flow, elderly.menu, "老年人菜单", rows, spread)
    return [*rows, *(_announcement(flow, one) for one in flow.announcements)]


def heard_where(flow: Flow, one: Announcement) -> str:
    """Where an announcement is heard, for the eye."""
    leaves = [flow.leaves[leaf].label for leaf in sorted(one.leaves)]
    queues = ["所有队列"] if one.queues == flow.queues.keys() else [flow.queues[id].label for id in sorted(one.queues)]
    where = ["菜单之前"] if one.menu else []
    where += [f"业务「{'、'.join(leaves)}」"] if leaves else []
    return "、".join([*where, *([f"排队时（{'、'.join(queues)}）"] if one.queues else [])])


def local(flow: Flow, ms: int) -> str:
    """2026-12-01 09:00, in the flow's timezone; with seconds where they are not 0."""
    return f"{datetime.fromtimestamp(ms // 1000, ZoneInfo(flow.timezone)):%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def hours_of(flow: Flow, hours: str | None) -> str:
    """A calendar by id, for the eye; None is always."""
    return summary(None if hours is None else flow.calendars[hours])


def _announcement(flow: Flow, one: Announcement) -> OutlineRow:
    times = f"{local(flow, one.publish_at)} 至 {local(flow, one.ends_at)}"
    detail = f"{KIND_WORDS[one.kind]}，{times}，{heard_where(flow, one)}"
    return OutlineRow(0, OutlineKind.ENTRY, "", f"公告 {one.id}", "公告", detail)


def _entry(flow: Flow, entry: Entry) -> OutlineRow:
    if entry.hours is None:
        title = "其余时间" if len(flow.entries) > 1 else "全天"
        detail = "全天接听" if len(flow.entries) == 1 else "以上时间之外"
    else:
        title, detail = "营业时间", hours_of(flow, entry.hours)
    title = "非营业时间" if entry.closed else title
    return OutlineRow(0, OutlineKind.ENTRY, "", title, "入口", detail)


def _menu(flow: Flow, root: str, name: str, rows: list[OutlineRow], spread: set[str]) -> None:
    """Add a menu and all below it, without recursion: a chain of menus may be long."""
    waiting: list[tuple[int, str, str, Option | None]] = [(1, root, name, None)]
    while waiting:
        depth, id, label, option = waiting.pop()
        key = option.key if option else ""
        if option and option.target.kind is not TargetKind.MENU:
            rows.append(_end(flow, option, depth))
            continue
        if id in spread or flow.menus[id].level != depth:
            rows.append(OutlineRow(depth, OutlineKind.AGAIN, key, label, "见别处", id, node=f"menu:{id}"))
            continue
        spread.add(id)
        language = f"改说 {option.language}" if option and option.language else ""
        listens = _SAID if flow.menus[id].listen else ""
        detail = "　".join(filter(None, (id, language, listens)))
        rows.append(OutlineRow(depth, OutlineKind.MENU, key, label, f"第 {depth} 层", detail, node=f"menu:{id}"))
        for each in reversed(flow.menus[id].options):
            waiting.append((depth + 1, each.target.id, each.label, each))


def _end(flow: Flow, option: Option, depth: int) -> OutlineRow:
    if option.target.kind is TargetKind.HANDOFF:
        return _queue(flow, option.target.id, option.key, option.label, depth)
    leaf = flow.leaves[option.target.id]
    said = [] if leaf.kind is LeafKind.CONSULT else [AUTHS[leaf.known]]
    if leaf.questions:
        said.append(f"先问{'、'.join(SLOTS[question.slot] for question in leaf.questions)}")
    if leaf.queue:
        said.append(f"转{flow.queues[leaf.queue].label}")
    what, node = "，".join(said), f"leaf:{leaf.id}"
    return OutlineRow(depth, OutlineKind.LEAF, option.key, option.label, KINDS[leaf.kind], what, leaf.kind, node)


def _queue(flow: Flow, id: str, key: str, label: str, depth: int) -> OutlineRow:
    queue = flow.queues[id]
    detail = hours_of(flow, queue.hours)
    if label and label != queue.label:
        detail = f"{queue.label}，{detail}"
    return OutlineRow(depth, OutlineKind.HANDOFF, key, label or queue.label, "人工", detail, node=f"queue:{id}")
