"""A call becomes a test: shown, tried on the menu that served it, and taken along as files."""

from __future__ import annotations

import io
import zipfile

from starlette.responses import Response

from ivr.call.test_of_call import CallTest, make_test
from ivr.console.page import Visit, page
from ivr.console.pages.calls.call import lost
from ivr.errors import RecordsError
from ivr.people.actions import Action


@page("/calls/{call_id}/test", Action.RECORDS_LIST, title="做成测试", target="call:{call_id}")
def to_test(visit: Visit) -> Response:
    """The test, and how it goes on the call's own revision."""
    if visit.store.get(visit.path["call_id"]) is None:
        return lost(visit)
    name = visit.query.get("name", "").strip() or "from-a-call"
    made, wrong = None, ""
    try:
        made = _made(visit, name)
    except RecordsError as refused:
        wrong = str(refused)
    return visit.render("calls/test.html", call_id=visit.path["call_id"], name=name, made=made, wrong=wrong)


@page("/calls/{call_id}/test.zip", Action.RECORDS_LIST, title="下载测试", target="call:{call_id}")
def test_files(visit: Visit) -> Response:
    """The files of the test, by where they belong in the project."""
    made = _made(visit, visit.query.get("name", "").strip())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for place, text in made.files().items():
            packed.writestr(place, text)
    disposition = f'attachment; filename="{made.name}.zip"'
    return Response(out.getvalue(), media_type="application/zip", headers={"content-disposition": disposition})


def _made(visit: Visit, name: str) -> CallTest:
    """Raises RecordsError."""
    call = visit.store.get(visit.path["call_id"])
    if call is None:
        raise RecordsError("没有这通电话")
    flow = visit.console.flows.of(visit.store.revision(call.flow_revision or ""))
    if flow is None:
        raise RecordsError("当时的菜单读不出来了，做不成测试")
    listens = bool(call.turns) and any(menu.listen for menu in flow.menus.values())
    return make_test(call, flow, name, visit.console.understandings.of(flow) if listens else None)
