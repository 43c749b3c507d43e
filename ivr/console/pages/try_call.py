"""试拨: the hotline is called from the page, as a test (D10), and what happens in the call is told beside it."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from ivr.console.page import Visit, page
from ivr.console.pages.try_call_stream import told
from ivr.console.telephone.line import Line
from ivr.console.telephone.lines import try_line_of
from ivr.errors import NodeError
from ivr.flow.model import Flow
from ivr.people.actions import Action
from ivr.serve.asterisk.browser_telephones import addresses


@page("/try", Action.HOTLINE_TRY, title="试拨")
def try_call(visit: Visit) -> Response:
    """The telephone, and the place where the call's time line grows."""
    why = None if addresses(visit.settings) else "这台机器没有浏览器能用的语音地址：运行 ivr doctor 看怎么办"
    line = number = None
    try:
        number = visit.console.served.now().numbers[0]
        line = try_line_of(visit.console, visit.signed_in, visit.access)
    except NodeError as wrong:
        why = str(wrong)
    return visit.render("try/call.html", line=line, number=number, why=why)


@page("/try/live", Action.HOTLINE_TRY, title="试拨")
async def live(visit: Visit) -> Response:
    """What happens in this visitor's next call, as it happens: an event stream, over when the call is."""
    line, flow = await run_in_threadpool(_line, visit)
    stream = told(visit, flow, line.user)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"cache-control": "no-store"})


def _line(visit: Visit) -> tuple[Line, Flow]:
    return try_line_of(visit.console, visit.signed_in, visit.access), visit.console.served.now()
