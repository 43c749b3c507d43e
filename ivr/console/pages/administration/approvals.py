"""What one person asks for and another decides (CBA 四十二)."""

from __future__ import annotations

from starlette.responses import Response

from ivr.console.page import Visit, act, page
from ivr.errors import ApprovalRefused
from ivr.people import approvals as rules
from ivr.people.actions import Action
from ivr.records.approvals.model import ApprovalKind

#: Where the content is looked at before it is decided.
_WHERE = {
    ApprovalKind.FLOW: "/menus",
    ApprovalKind.EMERGENCY_PUBLISH: "/menus",
    ApprovalKind.EXTENSION: "/complaints",
    ApprovalKind.PROMPT: "/menus/prompts",
}


@page("/approvals", Action.APPROVALS_READ, title="待批准")
def approvals(visit: Visit) -> Response:
    """What waits for a second person, the newest first."""
    every = visit.query.get("all") == "1"
    found = visit.store.approvals.list(open_only=not every)
    decidable = {one.id for one in found if visit.may(rules.decided_by(one.kind)) and one.requested_by != visit.person}
    return visit.render("administration/approvals.html", found=found, every=every, decidable=decidable, where=_WHERE)


@act("/approvals/{id}", Action.APPROVALS_READ, target="approval:{id}", back=approvals)
def decide(visit: Visit) -> Response:
    """Yes or no; whoever asked can never approve."""
    given = str(visit.path["id"])
    if not given.isdecimal() or len(given) > 9:
        raise ApprovalRefused("没有这个申请")
    id_, yes = int(given), visit.field("decision") == "approve"
    permit = visit.permit_for(
        rules.decided_by(visit.store.approvals.get(id_).kind), f"approval:{id_}", visit.field("reason") or None
    )
    (rules.approve if yes else rules.refuse)(visit.store, permit, id_, visit.now)
    return visit.redirect("/approvals", f"申请 {id_} 已{'批准' if yes else '否决'}")
