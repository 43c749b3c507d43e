"""A document without errors → a Flow."""

from __future__ import annotations

from typing import Any

from ivr.flow import graph, source
from ivr.flow.checks_tree import elderly_root, entry_roots
from ivr.flow.document import Document
from ivr.flow.model import (
    Agent,
    Auth,
    Elderly,
    Entry,
    Flow,
    HandoffReason,
    Intent,
    Keys,
    Leaf,
    LeafKind,
    Menu,
    Misses,
    Option,
    Prompt,
    PromptKind,
    Question,
    Queue,
    Revision,
    SlotKind,
    Target,
    TargetKind,
)
from ivr.flow.reading import Rec
from ivr.flow.speaking import PERSONAL_SLOTS, derived
from ivr.flow.tables import ALWAYS

NOT_GIVEN = "未填写"
NO_INPUT_MS = 5_000


def flow(document: Document) -> Flow:
    """The flow of a document whose report has no error."""
    hotline = document.hotline
    options = graph.options(document)
    roots = [*entry_roots(document), *filter(None, [elderly_root(document)])]
    menu_levels, leaf_levels = graph.menu_levels(graph.walk(options, root) for root in roots)
    no_input = hotline.value("no_input", NO_INPUT_MS)
    keys: Rec = hotline.value("keys")
    misses: Rec | None = hotline.value("misses")
    menus = {id: _menu(id, at.value, menu_levels[id], no_input) for id, at in document.menus.items()}
    knowledge = {id: _intent(document, id, at.value) for id, at in document.intents.items()}
    made = derived(knowledge.values(), document.languages) if any(menu.listen for menu in menus.values()) else {}
    return Flow(
        revision=_revision(document),
        bank=hotline.value("bank"),
        numbers=_values(hotline, "numbers"),
        languages=document.languages,
        keys=Keys(**{name: keys.value(name) for name in ("repeat", "back", "agent", "elderly")}),
        no_input_ms=no_input,
        misses=Misses(misses.value("rephrase", 1) if misses else 1),
        entries=tuple(_entry(at.value) for at in hotline.items("entries")),
        menus=menus,
        leaves={id: _leaf(id, at.value, leaf_levels[id]) for id, at in document.leaves.items()},
        prompts={**made, **{id: _prompt(document, id) for id in document.prompts}},
        calendars=dict(document.calendars),
        queues={id: _queue(id, at.value) for id, at in document.queues.items()},
        agents={id: _agent(id, at.value) for id, at in document.agents_file.table("agents").items()},
        agent_queue=hotline.value("agent").value("queue"),
        elderly=_elderly(document),
        timezone=document.timezone,
        knowledge=knowledge,
    )


def _values(rec: Rec, name: str) -> tuple[Any, ...]:
    return tuple(at.value for at in rec.items(name))


def _hours(rec: Rec) -> str | None:
    hours = rec.value("hours", ALWAYS)
    return None if hours == ALWAYS else str(hours)


def _revision(document: Document) -> Revision:
    # The archive of every change (HB 12.2.2) outlives a customer; who is on the elderly list does not belong in it.
    private = document.elderly.value("callers")
    texts = {name: data.decode("utf-8-sig") for name, data in document.files.items() if name != private}
    author, reason = (document.hotline.value(name, NOT_GIVEN) for name in ("author", "reason"))
    return Revision(source.revision_id(document.files), author, reason, texts)


def _entry(rec: Rec) -> Entry:
    return Entry(_hours(rec), _values(rec, "greeting"), rec.value("menu"), rec.value("closed", False))


def _menu(id: str, rec: Rec, level: int, no_input: int) -> Menu:
    options = tuple(_option(at.value) for at in rec.items("options"))
    listen = rec.value("listen", False)  # true, or the list of what is listened for
    intents = tuple(at.value for at in listen) if isinstance(listen, list) else ()
    return Menu(id, rec.value("prompt"), options, level, rec.value("no_input", no_input), bool(listen), intents)


def _option(rec: Rec) -> Option:
    kind = next(kind for kind in TargetKind if kind.value in rec.fields)
    target = Target(kind, rec.value(kind.value))
    return Option(rec.value("key"), rec.value("label"), target, rec.value("language"))


def _leaf(id: str, rec: Rec, level: int) -> Leaf:
    kind = LeafKind(rec.value("kind"))
    queue = reason = None
    if kind is not LeafKind.CONSULT:
        queue = rec.value("queue")
        usual = "complaint" if kind is LeafKind.COMPLAINT else "policy"
        reason = HandoffReason(rec.value("reason", usual))
    return Leaf(
        id=id,
        label=rec.value("label"),
        kind=kind,
        auth=Auth(rec.value("auth", "none")),
        say=_values(rec, "say"),
        queue=queue,
        reason=reason,
        compliance=_values(rec, "compliance"),
        level=level,
        ask=tuple(_question(at.value) for at in rec.items("ask")),
    )


def _question(rec: Rec) -> Question:
    slot = SlotKind(rec.value("slot"))
    personal = rec.value("personal", slot in PERSONAL_SLOTS)
    return Question(rec.value("id"), slot, rec.value("prompt"), rec.value("purpose"), personal)


def _prompt(document: Document, id: str) -> Prompt:
    written = document.prompts[id]
    texts = {language: document.said(at.value).strip() for language, at in written.texts.items()}
    return Prompt(id, PromptKind(written.kind), texts)


def _queue(id: str, rec: Rec) -> Queue:
    return Queue(
        id=id,
        label=rec.value("label"),
        hours=_hours(rec),
        priority=rec.value("priority", 0),
        wait_ms=rec.value("wait", 60_000),
        ring_ms=rec.value("ring", 15_000),
        wrapup_ms=rec.value("wrapup", 5_000),
        announce_ms=rec.value("announce", 30_000),
        max_callers=rec.value("max_callers", 0),
        strategy=rec.value("strategy", "leastrecent"),
        record=rec.value("record", False),
    )


def _agent(id: str, rec: Rec) -> Agent:
    return Agent(id, rec.value("name"), {queue: at.value for queue, at in rec.table("queues").items()})


def _elderly(document: Document) -> Elderly:
    rec = document.elderly
    file = rec.value("callers")
    listed = document.rec(file).items("callers") if file else []
    return Elderly(
        queue=rec.value("queue"),
        age=rec.value("age", 60),
        route=rec.value("route", "queue"),
        menu=rec.value("menu"),
        speed=float(rec.value("speed", 0.85)),
        timeout_factor=float(rec.value("timeout_factor", 2.0)),
        extra_misses=rec.value("extra_misses", 1),
        priority=rec.value("priority", 10),
        callers={at.value.value("number"): at.value.value("born") for at in listed},
    )


def _intent(document: Document, id: str, rec: Rec) -> Intent:
    found = [Target(kind, rec.value(kind.value)) for kind in TargetKind if kind.value in rec.fields]
    target = found[0] if found else None
    named = {TargetKind.LEAF: document.leaves, TargetKind.HANDOFF: document.queues}
    usual = rec.value("question")
    if target is not None and target.kind in named:
        usual = named[target.kind][target.id].value.value("label")
    return Intent(
        id=id,
        label=rec.value("label", usual),
        question=rec.value("question"),
        questions=_values(rec, "questions"),
        target=target,
        answer=_values(rec, "answer"),
        source=rec.value("source"),
        owner=rec.value("owner"),
        valid_from=rec.value("valid_from"),
        valid_to=rec.value("valid_to"),
        confirm=rec.value("confirm", False),
    )
