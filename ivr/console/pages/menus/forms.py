"""Forms for the common edits: what is filled in changes the texts of the same unsaved draft that the editor has, and
only the bytes that are meant; the draft is checked, and shown against what it began with, before it is proposed."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from ivr.care.publishing import editing, publication
from ivr.care.publishing.editing import Base
from ivr.care.publishing.review import Difference
from ivr.console.page import Visit, act, page
from ivr.console.pages.menus.editor import edit
from ivr.console.pages.menus.form_edits import (
    KINDS,
    TIMES,
    FormPlace,
    edited_texts,
    openings,
    place_of,
    places,
    prompts_of,
    targets,
    times,
    titles,
    with_title,
)
from ivr.console.pages.menus.loaded import checked, edited
from ivr.flow.changes.comparison import compare, text_diff
from ivr.flow.codes import Severity
from ivr.flow.edits.menus import prompt_texts
from ivr.flow.findings import FlowRefused
from ivr.flow.hours import day_words
from ivr.flow.model import Flow
from ivr.flow.reading.announcements_file import ANNOUNCEMENTS_FILE, SYSTEMS
from ivr.flow.reading.announcements_file import KINDS as ANNOUNCEMENT_KINDS
from ivr.flow.reading.field_tables import HOURS_FILE, PROMPTS_FILE
from ivr.flow.reading.values import days
from ivr.people.actions import Action


@page("/menus/forms/{place}", Action.FLOW_REVIEW, title="用表单改菜单")
def form(visit: Visit) -> Response:
    """The form of one place (menu:main, leaf:…, queue:…, hours:…, announcement:…), of what is published or `source`."""
    if visit.error:
        return _shown(visit, *edited(visit), str(visit.path["place"]))
    base = editing.base(visit.store, visit.settings.flows, visit.query.get("source", ""))
    return _shown(visit, base, {}, str(visit.path["place"]))


@act("/menus/forms", Action.FLOW_REVIEW, title="用表单改菜单", target="menus", back=edit)
def go_on(visit: Visit) -> Response:
    """The form of another place, or of one that the editor names, with the unsaved draft as it is."""
    return _shown(visit, *edited(visit), visit.field("place"))


@act("/menus/forms/{place}", Action.FLOW_REVIEW, title="用表单改菜单", target="menus", back=form)
def apply(visit: Visit) -> Response:
    """What was filled in becomes part of the unsaved draft. Raises FlowRefused, in the checker's words, where the menus
    would break."""
    base, changed = edited(visit)
    flow = _flow(visit, base, changed)
    place = place_of(flow, str(visit.path["place"]))
    files = base.with_changes(changed)
    new = {**changed, **edited_texts(flow, files, place, visit.field)}
    new = {name: text for name, text in new.items() if text != base.files.get(name)}
    if not place.id:
        place = FormPlace(place.kind, visit.field("id"))
    _flow(visit, base, new)
    visit.taken()
    return _shown(visit, base, new, str(place))


def _flow(visit: Visit, base: Base, changed: Mapping[str, str]) -> Flow:
    """The flow of these texts. Raises FlowRefused with what is wrong."""
    loaded = checked(visit, base, changed)
    if loaded.flow is None:
        raise FlowRefused(one for one in loaded.findings if one.severity is Severity.ERROR)
    return loaded.flow


def _shown(visit: Visit, base: Base, changed: Mapping[str, str], named: str) -> Response:
    flow = _flow(visit, base, changed)
    place = place_of(flow, named)
    files = base.with_changes(changed)
    before = checked(visit, base, {}).flow
    difference = Difference(None, compare(before, flow), text_diff(base.files, files)) if changed else None
    called = titles(flow)
    return visit.render(
        "menus/form.html",
        base=base,
        source=visit.field("source") or visit.query.get("source", ""),
        changed=changed,
        flow=flow,
        place=place,
        word=KINDS[place.kind],
        what=with_title(called, place.kind, place.id) if place.id else "（新）",
        titles=called,
        prompts=[(id_, prompt_texts(files[PROMPTS_FILE], id_)) for id_ in prompts_of(flow, place)],
        day_words=lambda written: day_words(sorted(days(written))),
        openings=openings(files[HOURS_FILE], place.id) if place.kind == "hours" else {},
        moments=times(files[ANNOUNCEMENTS_FILE], place.id) if place.kind == "announcement" and place.id else {},
        times=TIMES,
        kinds=list(ANNOUNCEMENT_KINDS.items()),
        systems=[("", "不是系统维护"), *SYSTEMS.items()],
        targets=[("", "请选择"), *targets(flow)],
        places=[(str(one), words) for one, words in places(flow)],
        difference=difference,
        findings=checked(visit, base, changed).findings,
        four_eyes=publication.in_force(visit.store, visit.settings.publishing.four_eyes),
    )
