"""What the bank's knowledge base says, beside a call."""

from __future__ import annotations

from starlette.responses import Response

from ivr.console.page import Visit, page
from ivr.nlu.knowledge_search import answers, search
from ivr.people.actions import Action
from ivr.records import days
from ivr.report.time_line import names_of

#: Words that are looked for are no longer than this.
_LONGEST = 60


@page("/desk/fragment/knowledge", Action.AGENTS_DESK, title="查知识")
def knowledge(visit: Visit) -> Response:
    """`q`: words. What is found, the likeliest first: what it is about, where callers find it, what they are told."""
    flow, words = visit.console.served.now(), visit.query.get("q", "").strip()[:_LONGEST]
    names = names_of(flow)
    found = [
        (one, names.get(f"{one.target.kind}:{one.target.id}", "") if one.target is not None else "", answers(flow, one))
        for one in search(flow, words, days.local_day(visit.now))
    ]
    return visit.fragment("desk/knowledge.html", words=words, found=found)
