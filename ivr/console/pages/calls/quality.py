"""Scoring an agent's part of a call by the bank's form: every item, once, before the others' scores are seen."""

from __future__ import annotations

from starlette.responses import Response

from ivr.care.quality.scoring import form_of, give
from ivr.console.page import Visit, act, page
from ivr.console.pages.calls.call import lost
from ivr.errors import RecordsError
from ivr.people.actions import Action


@page("/calls/{call_id}/score/{agent}", Action.QUALITY_SCORE, title="质量评分", target="call:{call_id}")
def form(visit: Visit) -> Response:
    """The form, empty, or with what was typed before it was refused; who has scored sees his score by its own form."""
    call = visit.store.get(visit.path["call_id"])
    if call is None:
        return lost(visit)
    agent = visit.path["agent"]
    scores = visit.store.quality.of_call(call.call_id)
    done = next((one for one in scores if (one.score.agent_id, one.score.monitor) == (agent, visit.person)), None)
    shown = visit.console.served.now().quality if done is None else form_of(done)
    return visit.render("calls/score.html", call=call, agent=agent, form=shown, done=done)


@act("/calls/{call_id}/score/{agent}", Action.QUALITY_SCORE, target="call:{call_id}", back=form)
def score(visit: Visit) -> Response:
    """Keep the score; it is never changed."""
    call = visit.store.get(visit.path["call_id"])
    if call is None:
        raise RecordsError("没有这通电话")
    bank = visit.console.served.now().quality
    if visit.field("form") != bank.version:
        raise RecordsError("评分表刚刚改过，没有保存；请按新的表再评一次")
    given = {one.id: visit.field(f"{bank.version}.{one.id}") for one in bank.items}
    found = give(visit.store, visit.permit, call, visit.path["agent"], bank, given, visit.now)
    return visit.redirect(f"/calls/{call.call_id}", f"已评分：{found:g} 分，{bank.verdict(found)}")
