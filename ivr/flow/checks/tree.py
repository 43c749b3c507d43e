"""The shape of the tree: depth, reach, exits."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.flow import codes, graph
from ivr.flow.findings import Pos
from ivr.flow.graph import Options, Walk
from ivr.flow.model import TargetKind
from ivr.flow.reading.collector import Rec
from ivr.flow.reading.document import Document
from ivr.flow.reading.field_tables import HOTLINE_FILE

MOST_LEVELS = 3


def entry_roots(document: Document) -> dict[str, Pos]:
    """Menu of each entry → where the first entry names it."""
    found: dict[str, Pos] = {}
    for entry in document.hotline.items("entries"):
        at = entry.value.get("menu")
        if at is not None:
            found.setdefault(document.meant.get(("menu", at.value), at.value), at.pos)
    return {id: pos for id, pos in found.items() if id in document.menus}


def elderly_root(document: Document) -> str | None:
    """The short menu of listed elderly callers, where the profile has one."""
    rec = document.elderly
    id = rec.value("menu")
    if rec.value("route") != "menu" or id is None:
        return None
    id = document.meant.get(("menu", id), id)
    return str(id) if id in document.menus else None


def check(document: Document) -> None:
    """All checks of this module."""
    if not document.has(HOTLINE_FILE):
        return
    options = graph.options(document)
    entries = entry_roots(document)
    walks = [graph.walk(options, root) for root in entries]
    _depth(document, walks)
    for each in walks:
        _offers(document, each, entries[each.root])
    elderly = elderly_root(document)
    if elderly is not None:
        walks.append(graph.walk(options, elderly))
    if walks:
        _reach(document, options, walks)
    for circle in graph.trapped(options):
        document.report.add(codes.NO_EXIT, document.menus[circle[0]].key, path="→".join(circle))


def _depth(document: Document, walks: Sequence[Walk]) -> None:
    told = set()
    for each in walks:
        for leaf, (_, edge) in each.leaves.items():
            level = each.leaf_level(leaf)
            if level > MOST_LEVELS and leaf not in told:
                told.add(leaf)
                document.report.add(codes.TOO_FAR, edge.pos, leaf=leaf, level=level, path=each.path(leaf))


def _offers(document: Document, walk: Walk, pos: Pos) -> None:
    """CBA 十(4): complaints within three levels; HB 7.1.1: something to serve oneself with."""
    kinds = {leaf: document.leaves[leaf].value.value("kind") for leaf in walk.leaves}
    broken = None in kinds.values() or any(_unsure(document, menu) for menu in walk.levels)
    near = any(kind == "complaint" and walk.leaf_level(leaf) <= MOST_LEVELS for leaf, kind in kinds.items())
    if not near and not broken:
        document.report.add(codes.COMPLAINT_FAR, pos, menu=walk.root)
    if "consult" not in kinds.values() and not broken:
        document.report.add(codes.NO_SELF, pos, menu=walk.root)


def _unsure(document: Document, menu: str) -> bool:
    """Whether the menu has options that could not be read: what they would lead to is not known."""
    rec: Rec = document.menus[menu].value
    if "options" in rec.broken:
        return True
    return any(not {"menu", "leaf", "handoff"} & option.value.fields.keys() for option in rec.items("options"))


def _reach(document: Document, options: Options, walks: Sequence[Walk]) -> None:
    reached = {menu for each in walks for menu in each.levels}
    for menu, at in document.menus.items():
        if menu not in reached:
            document.report.add(codes.UNREACHABLE, at.key, menu=menu)
    offered = {edge.id for edges in options.values() for edge in edges if edge.kind is TargetKind.LEAF}
    for leaf, at in document.leaves.items():
        if leaf not in offered:
            document.report.add(codes.SPEECH_ONLY, at.key, leaf=leaf)
