"""Scoring an agent's part of a call: every criterion, once, before the others' scores are seen."""

from __future__ import annotations

from starlette.responses import Response

from ivr.care.quality.form import STANDARD
from ivr.care.quality.scoring import give
from ivr.console.page import Visit, act, page
from ivr.console.pages.calls.call import lost
from ivr.errors import RecordsError
from ivr.people.actions import Action


@page("/calls/{call_id}/score/{agent}", Action.QUALITY_SCORE, title="质量评分", target="call:{call_id}")
def form(visit: Visit) -> Response:
    """The form, empty, or with what was typed before it was refused."""
    call = visit.store.get(visit.path["call_id"])
    if call is None:
        return lost(visit)
    agent = visit.path["agent"]
    mine = [
        one
        for one in visit.store.quality.of_call(call.call_id)
        if (one.score.agent_id, one.score.form_id, one.score.monitor) == (agent, STANDARD.id, visit.person)
    ]
    done = mine[0] if mine else None
    return visit.render("calls/score.html", call=call, agent=agent, form=STANDARD, done=done)


@act("/calls/{call_id}/score/{agent}", Action.QUALITY_SCORE, target="call:{call_id}", back=form)
def score(visit: Visit) -> Response:
    """Keep the score; it is never changed."""
    call = visit.store.get(visit.path["call_id"])
    if call is None:
        raise RecordsError("没有这通电话")
    given = {one.id: visit.field(one.id) for one in STANDARD.criteria}
    found = give(visit.store, visit.permit, call, visit.path["agent"], STANDARD, given, visit.now)
    return visit.redirect(f"/calls/{call.call_id}", f"已评分：{found:g} 分，{STANDARD.verdict(found)}")
