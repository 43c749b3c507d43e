"""Who did what, when, on what and why; and whether the trail is whole (CBA 十三)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from starlette.responses import Response, StreamingResponse

from ivr.console.page import Visit, act, page
from ivr.errors import PeopleRefused
from ivr.people import registry
from ivr.people.actions import Action
from ivr.records.audit import checks
from ivr.records.audit.file import to_line
from ivr.records.audit.witness import Witness

#: Rows of a page.
SHOWN = 50
_LABELS = {action.value: action.label for action in Action}


@page("/audit", Action.AUDIT_READ, title="审计")
def audit(visit: Visit) -> Response:
    """The newest first; looking at it is entered, too."""
    asked = {
        name: visit.query.get(name, "").strip() for name in ("from", "to", "person", "target", "action", "refused")
    }
    since = registry.starts(asked["from"]) if asked["from"] else None
    until = registry.ends(asked["to"]) if asked["to"] else None
    below = visit.query.get("below", "")
    if below and not (below.isdecimal() and len(below) < 16):
        raise PeopleRefused("翻页的位置不对")
    found = visit.store.audit.list(
        since, until, person=asked["person"] or None, target=asked["target"] or None, action=asked["action"] or None,
        refused=bool(asked["refused"]), limit=SHOWN, below=int(below) if below else None,
    )  # fmt: skip
    onward = ""
    if len(found) == SHOWN:
        onward = f"/audit?{urlencode({**asked, 'below': found[-1].number})}"
    return visit.render("administration/audit.html", found=found, asked=asked, labels=_LABELS, onward=onward)


@page("/audit/verify", Action.AUDIT_VERIFY, title="核验审计记录", target="audit")
def verify(visit: Visit) -> Response:
    """What the last verification found; what few entries came since are verified now."""
    check = checks.look(visit.store.audit, Witness(visit.settings.state).read())
    head = visit.store.audit.head()
    return visit.render("administration/verify.html", head=head, check=check, holds=check.holds(visit.now), faults=None)


@act("/audit/verify", Action.AUDIT_VERIFY, title="核验审计记录", target="audit", back=verify)
def verify_all(visit: Visit) -> Response:
    """Whether an entry was changed, taken out or put in, from the first one on: takes a minute for two million."""
    head = visit.store.audit.head()
    faults = visit.store.audit.verify(Witness(visit.settings.state).read())
    checks.enter(visit.store.audit, head, faults, visit.permit.entry, visit.now)
    check = checks.TrailCheck(head.number, head.number, len(faults))
    return visit.render("administration/verify.html", head=head, check=check, holds=True, faults=faults)


@page("/audit/file", Action.AUDIT_READ, title="导出审计记录", target="audit-export")
def export(visit: Visit) -> Response:
    """All of it, which `ivr audit verify` can verify."""

    def lines() -> Iterator[str]:
        for kept in visit.store.audit.all():
            yield to_line(kept)

    headers = {"content-disposition": 'attachment; filename="audit.jsonl"'}
    return StreamingResponse(lines(), media_type="application/jsonl", headers=headers)
