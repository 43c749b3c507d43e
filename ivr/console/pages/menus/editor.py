"""Editing the operator's files: their texts, checked while they are typed, until they become a draft. What is not yet
a draft is in the visitor's browser alone."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.responses import JSONResponse, Response

from ivr.care.publishing import editing, publication
from ivr.care.publishing.drafts import WorkingCopy
from ivr.care.publishing.editing import Base
from ivr.console.page import Visit, act, page
from ivr.console.pages.menus.form_edits import places
from ivr.console.pages.menus.loaded import checked, edited
from ivr.console.pages.menus.overview import drawn, notes, today
from ivr.console.pages.menus.simulator import CALLERS, local, revisions
from ivr.errors import HotlineError
from ivr.flow.codes import Severity
from ivr.flow.drawing.svg import Living
from ivr.flow.findings import Finding
from ivr.flow.loader import Loaded
from ivr.flow.model import Flow
from ivr.flow.reading.field_tables import FILES
from ivr.flow.reading.schema import schema_name, schemas
from ivr.people.actions import Action
from ivr.records.publishing.model import Trial


@page("/menus/edit", Action.FLOW_REVIEW, title="编辑菜单")
def edit(visit: Visit) -> Response:
    """The files' texts, of what is published or of `source`; `file` is shown first, and where `go` stands in it."""
    if visit.error:
        return _shown(visit, *edited(visit))
    return _shown(visit, editing.base(visit.store, visit.settings.flows, visit.query.get("source", "")), {})


@act("/menus/edit", Action.FLOW_REVIEW, title="编辑菜单", target="menus")
def go_on(visit: Visit) -> Response:
    """The editor with an unsaved draft as it comes from a form, or from a merge."""
    return _shown(visit, *edited(visit))


def _shown(visit: Visit, base: Base, changed: Mapping[str, str]) -> Response:
    texts = {**base.files, **changed}
    order = sorted(texts, key=lambda name: (list(FILES).index(name) if name in FILES else len(FILES), name))
    first = visit.query.get("file", "") or next(iter(changed), "")
    flow = checked(visit, base, changed).flow
    current = visit.store.publishing.current()
    return visit.render(
        "menus/edit.html",
        base=base,
        source=visit.field("source") or visit.query.get("source", ""),
        texts=[(name, texts[name]) for name in order],
        before={name: base.files.get(name, "") for name in changed},
        first=first if first in texts else order[0],
        go=visit.query.get("go", ""),
        replaces=visit.field("replaces"),
        most=editing.MOST_CHARACTERS,
        callers=CALLERS,
        now=local(visit.now),
        revisions=revisions(visit),
        places=[(str(one), words) for one, words in places(flow)] if flow is not None else [],
        place=visit.field("place"),
        overtaken=current.number if current is not None and current.number != base.number else 0,
        four_eyes=publication.in_force(visit.store, visit.settings.publishing.four_eyes),
    )


@act("/menus/check", Action.FLOW_REVIEW)
def check(visit: Visit) -> Response:
    """What the checker says about the texts as they are typed: JSON for the editor. Nothing is kept."""
    began = time.monotonic()
    try:
        base, changed = edited(visit)
        loaded = checked(visit, base, changed)
    except HotlineError as wrong:
        return JSONResponse({"why": str(wrong)}, 409)
    current = visit.store.publishing.current()
    answer: dict[str, object] = {
        "findings": [one.as_json() for one in loaded.findings],
        "names": _names(loaded.flow) if loaded.flow is not None else None,
        "changed": sorted(changed),
        "published": None if current is None or current.number == base.number else current.number,
    }
    if loaded.flow is not None and visit.field("picture"):
        answer["picture"] = str(drawn(loaded.flow, Living(notes(today(visit)))))
    answer["ms"] = round(1000 * (time.monotonic() - began))
    return JSONResponse(answer)


@page("/menus/words", Action.FLOW_REVIEW, title="补全用的词")
def words(visit: Visit) -> Response:
    """What the editor completes from: each file's schema. JSON."""
    found = schemas()
    body = json.dumps({name: found[schema_name(name)] for name in FILES}, ensure_ascii=False)
    return Response(body, media_type="application/json")


@act("/menus/propose", Action.FLOW_PROPOSE, target="draft", back=edit)
def propose(visit: Visit) -> Response:
    """The texts become a draft, which another person publishes. The editor asks for JSON: it lets go of what it keeps
    once the draft is there."""
    for_editor = "application/json" in visit.request.headers.get("accept", "")
    try:
        publication.require_in_force(visit.store, visit.settings.publishing.four_eyes)
        base, changed = edited(visit)
        reason = visit.field("reason")
        draft = editing.propose_texts(visit.store, visit.permit, working(visit), base, changed, reason, visit.now)
    except HotlineError as wrong:
        if for_editor:
            return JSONResponse({"why": str(wrong)}, 409)
        raise
    moved = visit.redirect(f"/menus/drafts/{draft.id}", f"已提交草稿 {draft.id}，由另一个人复核后发布")
    return JSONResponse({"url": moved.headers["location"]}) if for_editor else moved


def working(visit: Visit) -> WorkingCopy:
    """The operator's folder, and what tries a flow out."""

    def tried(flow: Flow, folder: Path) -> Sequence[Trial]:
        # Imported here: understanding needs dictionaries, and a console that starts again should answer at once.
        from ivr.call.flow_trials import trials

        return trials(flow, folder, visit.now)

    return WorkingCopy(visit.settings.flows, tried)


def errors(findings: Sequence[Finding]) -> int:
    """How many of them keep a flow from being served."""
    return sum(one.severity is Severity.ERROR for one in findings)


def _names(flow: Flow) -> Mapping[str, Sequence[str]]:
    """What may be named where, by kind, as schemas call the kinds (`x-names`)."""
    return {
        "menu": list(flow.menus),
        "leaf": list(flow.leaves),
        "queue": list(flow.queues),
        "prompt": list(flow.prompts),
        "calendar": ["always", *flow.calendars],
        "intent": list(flow.knowledge),
        "disposition": list(flow.dispositions),
    }


def told(loaded: Loaded) -> str:
    """How many findings there are, in words."""
    wrong = errors(loaded.findings)
    return f"{wrong} 个错误，{len(loaded.findings) - wrong} 个提醒" if loaded.findings else "没有问题"
