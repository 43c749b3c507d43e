"""The tree as it is served, with what callers do in it today, and each of its places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from markupsafe import Markup
from starlette.responses import Response

from ivr.care.publishing import editing, publication
from ivr.console.page import Visit, page
from ivr.console.pages.menus.form_edits import KINDS, titles, with_title
from ivr.console.pages.menus.loaded import checked, flow_of
from ivr.errors import PublishingRefused
from ivr.flow.drawing.svg import Living, Note, svg
from ivr.flow.findings import FlowRefused
from ivr.flow.model import Flow
from ivr.people.actions import Action
from ivr.records import days
from ivr.records.counting.menu_counts import MenuCount, PlaceCounts

#: A menu is told of in red where so many calls came and such a share of them hung up in it.
ALARMING_CALLS, ALARMING_SHARE = 20, 0.2


@page("/menus", Action.FLOW_READ, title="菜单")
def overview(visit: Visit) -> Response:
    """The picture of what is served, what waits for somebody, and who may do what about it."""
    base = editing.base(visit.store, visit.settings.flows)
    loaded = checked(visit, base, {})
    if loaded.flow is None:
        raise FlowRefused(loaded.findings)
    counts = today(visit)
    waiting = publication.waiting(visit.store, visit.now)
    picture = drawn(loaded.flow, Living(notes(counts), lambda node: f"/menus/places/{node}"))
    return visit.render(
        "menus/overview.html",
        flow=loaded.flow,
        titles=titles(loaded.flow),
        base=base,
        findings=loaded.findings,
        waiting=waiting,
        picture=picture,
        edited_by_hand=_edited_by_hand(visit, base),
        four_eyes=visit.settings.publishing.four_eyes,
    )


@page("/menus/places/{node}", Action.FLOW_READ, title="菜单里的一处")
def place(visit: Visit) -> Response:
    """One place: what is said, where its keys lead, what callers did there today and yesterday. Raises
    PublishingRefused where there is none."""
    flow = flow_of(visit)
    kind, _, id_ = str(visit.path["node"]).partition(":")
    there = {"menu": flow.menus, "leaf": flow.leaves, "queue": flow.queues}.get(kind, {})
    if id_ not in there:
        raise PublishingRefused(f"现在的菜单里没有“{visit.path['node']}”")
    day = days.local_day(visit.now)
    both = [(name, _between(visit, at)) for name, at in (("今天", day), ("昨天", day - timedelta(days=1)))]
    named = titles(flow)
    return visit.render(
        "menus/place.html",
        flow=flow,
        kind=kind,
        id=id_,
        what=there[id_],
        word=KINDS[kind],
        shown=with_title(named, kind, id_),
        titles=named,
        said=_said(flow, kind, id_),
        counts=both,
        empty=MenuCount(),
    )


def today(visit: Visit) -> PlaceCounts:
    """What callers did since midnight."""
    return _between(visit, days.local_day(visit.now))


def drawn(flow: Flow, living: Living) -> Markup:
    """The picture, to stand in a page."""
    return Markup(svg(flow, living))  # noqa: S704 - it escapes every text itself


def notes(counts: PlaceCounts) -> dict[str, Note]:
    """What stands at each place of the picture."""
    found = {f"menu:{id_}": _note(count) for id_, count in counts.menus.items()}
    found |= {f"leaf:{id_}": Note(f"听完 {times}") for id_, times in counts.leaves.items()}
    return found | {f"queue:{id_}": Note(f"请求 {times}") for id_, times in counts.queues.items()}


def _note(count: MenuCount) -> Note:
    told: tuple[tuple[str, int], ...] = (
        ("来电", count.calls),
        ("挂机", count.left),
        ("重听", count.outcomes.get("repeat", 0)),
        ("没选中", count.missed),
        ("找人工", count.outcomes.get("agent", 0)),
    )
    words = "　".join(f"{word} {times}" for word, times in told if times)
    return Note(words, count.calls >= ALARMING_CALLS and count.left_share >= ALARMING_SHARE)


def _between(visit: Visit, day: date) -> PlaceCounts:
    return visit.store.menu_counts.between(days.day_start(day), days.day_end(day))


def _said(flow: Flow, kind: str, id_: str) -> list[tuple[str, str]]:
    """Prompt id → text, of what is spoken there."""
    names: tuple[str, ...] = ()
    if kind == "menu":
        names = (flow.menus[id_].prompt,)
    elif kind == "leaf":
        names = flow.leaves[id_].prompts
    text: Callable[[str], str] = lambda name: "／".join(flow.prompts[name].texts.values())  # noqa: E731
    return [(name, text(name)) for name in dict.fromkeys(names) if name in flow.prompts]


def _edited_by_hand(visit: Visit, base: editing.Base) -> str:
    """Whether the files of flows/ are other than what is published, in words; "" where they are the same or nothing is
    published."""
    if base.number == 0:
        return ""
    try:
        working = editing.base(visit.store, visit.settings.flows, "files")
    except FlowRefused as wrong:
        return f"flows/ 里的文件有 {len(wrong.findings)} 个问题"
    return "" if working.digest == base.digest else "flows/ 里有还没有提交的改动"
