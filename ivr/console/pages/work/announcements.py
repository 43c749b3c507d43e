"""What is announced, when and where; and the emergency lead's leave for a maintenance that cannot wait (HB 4.5.9)."""

from __future__ import annotations

from starlette.responses import Response

from ivr.care import announcements as care
from ivr.care.publishing.publication import in_force
from ivr.console.page import Visit, act, page
from ivr.flow.drawing.outline import heard_where
from ivr.flow.reading.announcements_file import KINDS, SYSTEMS
from ivr.people.actions import Action
from ivr.people.late_notices import late_notices


@page("/announcements", Action.ANNOUNCEMENTS_READ, title="公告")
def announcements(visit: Visit) -> Response:
    """Every announcement of the operator's files."""
    flow, by_the_file = care.written(visit.settings.flows)
    checked = in_force(visit.store, visit.settings.publishing.four_eyes)
    late = late_notices(visit.store, flow, visit.settings.flows, visit.now) if checked else by_the_file
    texts = {one.id: next(iter(flow.prompts[one.prompt].texts.values()), "") for one in flow.announcements}
    return visit.render(
        "emergencies/announcements.html", standing=care.standing(flow, visit.store.audit, visit.now), texts=texts,
        where={one.id: heard_where(flow, one) for one in flow.announcements}, late=late, kinds=KINDS, systems=SYSTEMS,
    )  # fmt: skip


@act("/announcements/{id}/emergency", Action.ANNOUNCEMENTS_EMERGENCY, target="announcement:{id}", back=announcements)
def emergency(visit: Visit) -> Response:
    """Written into announcements.yaml; the trail has it first."""
    id_ = str(visit.path["id"])
    care.mark_as_emergency(visit.settings.flows, visit.store.audit, visit.permit, id_, visit.now)
    return visit.redirect("/announcements", f"公告 {id_} 已标注为应急")
