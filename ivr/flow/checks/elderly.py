"""Elderly callers reach a person by one key, at every hour, and are counted as what they are (CBA 十二, 二十二)."""

from __future__ import annotations

from ivr.flow import codes, graph
from ivr.flow.checks.hours import when_words
from ivr.flow.checks.tree import elderly_root
from ivr.flow.hours import gaps
from ivr.flow.model import Calendar, TargetKind
from ivr.flow.reading.collector import Rec
from ivr.flow.reading.document import Document
from ivr.flow.reading.field_tables import AGENTS_FILE, ALWAYS, HOTLINE_FILE

#: Who is elderly: from 60 on by law (老年人权益保障法 第二条), a bank may begin at 65; a later age takes the direct
#: route away from those for whom it is made.
LEAST_AGE, MOST_AGE = 60, 65
#: Field of the profile → the value at which it does nothing, and what that means to a caller.
_PLAIN = {
    "speed": (1, "语速没有放慢"),
    "timeout_factor": (1, "等待按键的时间没有加长"),
    "extra_misses": (0, "没有多给一次机会"),
    "priority": (0, "排队没有优先"),
}


def check(document: Document) -> None:
    """All checks of this module."""
    if not document.has(HOTLINE_FILE):
        return
    _menu(document)
    _people(document)
    if document.has(AGENTS_FILE):
        _open(document)


def _menu(document: Document) -> None:
    """The short menu is the only one (D1)."""
    rec: Rec = document.elderly
    if rec.value("route") == "menu" and "menu" not in rec.fields and "menu" not in rec.broken:
        words = {"where": "「elderly」", "name": "menu", "about": "route 为 menu 时的短菜单"}
        document.report.add(codes.MISSING_KEY, rec.where("route"), **words)
    root = elderly_root(document)
    for edge in graph.options(document).get(root, ()) if root is not None else ():
        if edge.kind is TargetKind.MENU:
            why = f"老年人菜单「{root}」的「{edge.key}」键还通向菜单「{edge.id}」"
            document.report.add(codes.ELDERLY_LONG, edge.pos, why=why)


def _people(document: Document) -> None:
    """Nobody is left out by a late age, and who is served is served with more patience than others."""
    rec: Rec = document.elderly
    age = rec.get("age")
    if age is not None and age.value > MOST_AGE:
        words = {"age": age.value, "least": LEAST_AGE, "below": age.value - 1, "most": MOST_AGE}
        document.report.add(codes.ELDERLY_AGE, age.pos, **words)
    for name, (plain, means) in _PLAIN.items():
        at = rec.get(name)
        if at is not None and at.value == plain:
            document.report.add(codes.ELDERLY_PACE, at.pos, name=name, value=f"{at.value:g}", means=means)


def _open(document: Document) -> None:
    """At every minute the one key reaches somebody: the elderly queue, or the agent key's where only that is open."""
    agent: Rec | None = document.hotline.value("agent")
    named = [rec.get("queue") for rec in (document.elderly, agent) if rec is not None]
    queues = [document.meant.get(("queue", at.value), at.value) for at in named if at is not None]
    serving: list[Calendar | None] = []
    for id in queues:
        hours = document.queues[id].value.value("hours", ALWAYS) if id in document.queues else ALWAYS
        name = document.meant.get(("calendar", hours), hours)
        serving.append(document.calendars.get(name))  # None: always open, or reported where it is named
    missing = gaps(serving)
    if missing and len(queues) == 2:
        where = document.queues[queues[0]].value.where("hours")
        words = {"when": when_words(missing), "queue": queues[0], "other": queues[1]}
        document.report.add(codes.ELDERLY_CLOSED, where, **words)
