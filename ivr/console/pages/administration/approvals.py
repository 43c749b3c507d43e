"""What one person asks for and another decides (CBA 四十二)."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from ivr.console.names import served_names
from ivr.console.page import Visit, act, page
from ivr.errors import ApprovalRefused
from ivr.people import approvals as rules
from ivr.people.actions import Action
from ivr.records.approvals.model import Approval, ApprovalKind

#: Where the content is looked at before it is decided.
_WHERE = {
    ApprovalKind.FLOW: ("/menus/drafts", Action.FLOW_REVIEW),
    ApprovalKind.EMERGENCY_PUBLISH: ("/menus/publications", Action.FLOW_REVIEW),
    ApprovalKind.EXTENSION: ("/complaints", Action.COMPLAINTS_READ),
    ApprovalKind.PROMPT: ("/menus/prompts", Action.FLOW_READ),
}


@page("/approvals", Action.APPROVALS_READ, title="待批准")
def approvals(visit: Visit) -> Response:
    """What waits for a second person, the newest first."""
    every = visit.query.get("all") == "1"
    found = visit.store.approvals.list(open_only=not every)
    decidable = {one.id for one in found if visit.may(rules.decided_by(one.kind)) and one.requested_by != visit.person}
    return visit.render(
        "administration/approvals.html", found=found, every=every, decidable=decidable, names=served_names(visit),
        where={one.id: address for one in found if (address := _where(visit, one)) is not None},
    )  # fmt: skip


def _where(visit: Visit, asked: Approval) -> str | None:
    """Where the content is looked at: None where it is decided here, "" where the visitor may not look there."""
    if asked.kind not in _WHERE:
        return None
    path, action = _WHERE[asked.kind]
    return f"{path}/{quote(asked.about, safe='')}" if visit.may(action) else ""


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
