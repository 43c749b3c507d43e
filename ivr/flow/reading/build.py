"""A document without errors → a Flow."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from ivr.flow import graph
from ivr.flow.checks.tree import elderly_root, entry_roots
from ivr.flow.model import (
    Agent,
    Elderly,
    Entry,
    Flow,
    IdentityRules,
    Intent,
    Leaf,
    LeafKind,
    Level,
    Menu,
    Misses,
    Option,
    Prompt,
    PromptKind,
    Queue,
    ReservedKeys,
    Revision,
    Target,
    TargetKind,
)
from ivr.flow.prompts.derived import derived, derived_abouts, derived_complaint_kinds, words
from ivr.flow.quality_form import STANDARD, QualityForm
from ivr.flow.reading import announcements_file, complaints_file, emergency_file, quality_file, source
from ivr.flow.reading.collector import Rec
from ivr.flow.reading.document import Document
from ivr.flow.reading.field_tables import ALWAYS, COMPLAINTS_FILE, SATISFACTION
from ivr.flow.reading.words import BACK, GOODBYE
from ivr.flow.steps import registry
from ivr.flow.waiting import Callbacks, Messages

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
    queues = {id: _queue(id, at.value) for id, at in document.queues.items()}
    complaints = complaints_file.policy(document.rec(COMPLAINTS_FILE))
    made = {
        **made,
        **derived_abouts(queues.values(), document.languages),
        **derived_complaint_kinds(complaints.kinds.values(), document.languages),
    }
    written = {id: _prompt(document, id) for id in document.prompts}
    return Flow(
        revision=_revision(document),
        bank=hotline.value("bank"),
        numbers=_values(hotline, "numbers"),
        languages=document.languages,
        keys=ReservedKeys(**{name: keys.value(name) for name in ("repeat", "back", "agent", "elderly")}),
        no_input_ms=no_input,
        misses=Misses(misses.value("rephrase", 1) if misses else 1),
        entries=tuple(_entry(at.value) for at in hotline.items("entries")),
        menus=menus,
        leaves={id: _leaf(id, at.value, leaf_levels[id]) for id, at in document.leaves.items()},
        prompts={**made, **words(written.values(), document.languages), **written},
        calendars=dict(document.calendars),
        queues=queues,
        agents={id: _agent(id, at.value) for id, at in document.agents_file.table("agents").items()},
        agent_queue=hotline.value("agent").value("queue"),
        elderly=_elderly(document),
        timezone=document.timezone,
        knowledge=knowledge,
        pauses=_codes(document.agents_file, "pauses"),
        dispositions=_codes(document.agents_file, "dispositions"),
        complaint_disposition=document.agents_file.value("complaint_disposition"),
        complaint_survey={
            code: list(SATISFACTION).index(at.value) + 1
            for code, at in document.agents_file.table("complaint_survey").items()
        },
        more_time_ms=document.agents_file.value("more_time", 60_000),
        callbacks=_callbacks(document),
        messages=_messages(document),
        announcements=announcements_file.build(
            document.rec(announcements_file.ANNOUNCEMENTS_FILE), queues, ZoneInfo(document.timezone)
        ),
        emergency=emergency_file.plan(document.rec(emergency_file.EMERGENCY_FILE)),
        complaints=complaints,
        quality=_quality(document),
        identity=_identity(hotline.value("identity")),
        survey_after_agent=_after_agent(hotline.value("survey")),
        recording_consent=_consent(hotline.value("recording")),
    )


def _identity(rec: Rec | None) -> IdentityRules:
    return IdentityRules() if rec is None else IdentityRules(rec.value("tries", IdentityRules().tries))


def _after_agent(rec: Rec | None) -> bool:
    return rec is not None and bool(rec.value("after_agent", True))


def _consent(rec: Rec | None) -> bool:
    return rec is not None and bool(rec.value("consent", False))


def _quality(document: Document) -> QualityForm:
    written = document.has(quality_file.QUALITY_FILE)
    return quality_file.form(document.rec(quality_file.QUALITY_FILE)) if written else STANDARD


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
    return Revision(source.revision_id(document.files), author, reason, texts, (private,) if private else ())


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
    word, name = rec.value("next", (None, None))
    target = None if name is None else Target(TargetKind(word), name)
    return Leaf(
        id=id,
        label=rec.value("label"),
        kind=LeafKind(rec.value("kind")),
        auth=Level(rec.value("auth", "none")),
        steps=tuple(registry.build(at.value) for at in rec.items("steps")),
        queue=rec.value("queue"),
        compliance=_values(rec, "compliance"),
        level=level,
        target=target,
        back=word == BACK and name is None,
        goodbye=word == GOODBYE,
    )


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
        callback=rec.value("callback", False),
        message=rec.value("message", False),
        offer_ms=rec.value("offer", 30_000),
        number=rec.value("number"),
    )


def _callbacks(document: Document) -> Callbacks | None:
    rec: Rec | None = document.agents_file.value("callbacks")
    if rec is None:
        return None
    return Callbacks(
        numbers=_values(rec, "numbers"),
        hours=_hours(rec),
        tries=rec.value("tries", 3),
        pause_ms=rec.value("pause", 600_000),
        ring_ms=rec.value("ring", 30_000),
    )


def _messages(document: Document) -> Messages:
    rec: Rec | None = document.agents_file.value("messages")
    return Messages() if rec is None else Messages(_hours(rec), rec.value("due", 1))


def _agent(id: str, rec: Rec) -> Agent:
    queues = {queue: at.value for queue, at in rec.table("queues").items()}
    return Agent(id, rec.value("name"), queues, rec.value("role", "agent") == "supervisor")


def _codes(rec: Rec, name: str) -> dict[str, str]:
    return {code: at.value for code, at in rec.table(name).items()}


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
