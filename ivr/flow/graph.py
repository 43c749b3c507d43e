"""The menus as a graph. Every walk is linear in menus and options (per entry)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ivr.flow.findings import Pos
from ivr.flow.model import TargetKind
from ivr.flow.reading.document import Document


@dataclass(frozen=True, slots=True)
class Edge:
    """One option: its key and label, and where it leads."""

    key: str
    label: str
    kind: TargetKind
    id: str
    pos: Pos


@dataclass(frozen=True, slots=True)
class Walk:
    """What a caller reaches from one root: menu → level, menu → (menu before, option), leaf → the menu that offers
    it first. Levels count menus, the root is 1 (D1)."""

    root: str
    levels: Mapping[str, int]
    came: Mapping[str, tuple[str, Edge]]
    leaves: Mapping[str, tuple[str, Edge]]

    def leaf_level(self, leaf: str) -> int:
        """Menus passed on the shortest way to the leaf."""
        return self.levels[self.leaves[leaf][0]]

    def path(self, leaf: str) -> str:
        """The shortest way to the leaf: main→1账户→2转账→3限额."""
        menu, edge = self.leaves[leaf]
        said = [f"{edge.key}{edge.label}"]
        while menu in self.came:
            menu, edge = self.came[menu]
            said.append(f"{edge.key}{edge.label}")
        return "→".join([menu, *reversed(said)])


Options = Mapping[str, tuple[Edge, ...]]


def options(document: Document) -> Options:
    """Menu → its options that lead somewhere. A misspelt target counts as the one that was meant."""
    places = {"menu": document.menus, "leaf": document.leaves, "handoff": document.queues}
    made: dict[str, tuple[Edge, ...]] = {}
    for id, menu in document.menus.items():
        edges = []
        for option in menu.value.items("options"):
            rec = option.value
            for name, there in places.items():
                target = rec.value(name)
                if target is None:
                    continue
                kind = "queue" if name == "handoff" else name
                target = document.meant.get((kind, target), target)
                if target in there or name == "handoff":
                    key, label = rec.value("key", ""), rec.value("label", "")
                    edges.append(Edge(key, label, TargetKind(name), target, option.pos))
        made[id] = tuple(edges)
    return made


def walk(graph: Options, root: str) -> Walk:
    """Breadth first from one root."""
    levels = {root: 1}
    came: dict[str, tuple[str, Edge]] = {}
    leaves: dict[str, tuple[str, Edge]] = {}
    waiting = deque([root])
    while waiting:
        menu = waiting.popleft()
        for edge in graph.get(menu, ()):
            if edge.kind is TargetKind.LEAF:
                leaves.setdefault(edge.id, (menu, edge))
            elif edge.kind is TargetKind.MENU and edge.id not in levels:
                levels[edge.id] = levels[menu] + 1
                came[edge.id] = (menu, edge)
                waiting.append(edge.id)
    return Walk(root, levels, came, leaves)


def trapped(graph: Options) -> Iterable[list[str]]:
    """Every circle of menus from which no option ever leads to a leaf or a person, each once, in walking order."""
    before: dict[str, list[str]] = {menu: [] for menu in graph}
    free = {menu for menu, edges in graph.items() if not edges or any(e.kind is not TargetKind.MENU for e in edges)}
    for menu, edges in graph.items():
        for edge in edges:
            if edge.kind is TargetKind.MENU:
                before[edge.id].append(menu)
    waiting = deque(free)
    while waiting:
        for menu in before[waiting.popleft()]:
            if menu not in free:
                free.add(menu)
                waiting.append(menu)
    seen: set[str] = set()
    for start in graph:
        menu, way = start, []
        while menu not in free and menu not in seen:
            seen.add(menu)
            way.append(menu)
            menu = graph[menu][0].id
        if menu in way:
            yield [*way[way.index(menu) :], menu]


def menu_levels(walks: Iterable[Walk]) -> tuple[dict[str, int], dict[str, int]]:
    """Menu → level and leaf → level, each over the shortest way from any root."""
    menus: dict[str, int] = {}
    leaves: dict[str, int] = {}
    for each in walks:
        for menu, level in each.levels.items():
            menus[menu] = min(level, menus.get(menu, level))
        for leaf in each.leaves:
            level = each.leaf_level(leaf)
            leaves[leaf] = min(level, leaves.get(leaf, level))
    return menus, leaves
