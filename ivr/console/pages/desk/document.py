"""The document itself, and the parts of it that the server draws: who calls, and the agent's own day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ivr.call.agents.call_summary import usual_disposition
from ivr.console.names import leaves_words
from ivr.console.page import Visit, page
from ivr.console.pages.desk.line import agent_of, shown
from ivr.console.telephone.lines import agents_line_of
from ivr.errors import HotlineError, NotAllowed
from ivr.flow.model import Flow
from ivr.metrics.indicators.human import agent_utilisation
from ivr.metrics.rules import HOLD_MS
from ivr.people.actions import Action
from ivr.records import days
from ivr.records.agent_day import AgentDay
from ivr.report import record_words as words
from ivr.report.time_line import names_of
from ivr.serve.asterisk.browser_telephones import addresses

#: The caller's calls before this one, and complaints, that are shown.
_LAST = 5


@page("/desk", Action.AGENTS_DESK, title="座席")
def desk(visit: Visit) -> Response:
    """Everything that an agent needs, from sign-in to sign-out; nothing in it leads away."""
    agent, flow = visit.access.agent_id, visit.console.served.now()
    if agent is None or agent not in flow.agents:
        return visit.render("desk/nobody.html")
    line, why = None, ""
    try:
        line = agents_line_of(visit.console, visit.signed_in, visit.access)
    except HotlineError as wrong:
        why = str(wrong)
    if not why and not addresses(visit.settings):
        why = "这台机器没有浏览器能用的语音地址：请管理员运行 ivr doctor"
    return visit.render(
        "desk/desk.html",
        agent=flow.agents[agent], flow=flow, line=line, why=why,
        colleagues=[one for one in flow.agents.values() if one.id != agent],
        queues=[queue for queue in flow.queues.values() if queue.number is not None],
        kinds=flow.complaints.kinds,
    )  # fmt: skip


@page("/desk/fragment/caller/{call_id}", Action.AGENTS_FOLLOW, title="来电客户", target="call:{call_id}")
async def caller(visit: Visit) -> Response:
    """Who calls, for the agent at whose telephone this call rings or goes on, and for nobody else."""
    known = (await shown(visit))["caller"]
    if known is None or known["call_id"] != visit.path["call_id"]:
        raise NotAllowed("只能查看正在本人话机上的来电")
    return await run_in_threadpool(_caller, visit, known)


def _caller(visit: Visit, known: Mapping[str, Any]) -> Response:
    flow = visit.console.served.now()
    number = known["caller_number"]
    calls = visit.store.list(caller_number=number, limit=_LAST + 1) if number else []
    return visit.fragment(
        "desk/caller.html",
        caller=known,
        path=[_label(flow, place) for place in known["path"]],
        answers=[(_label(flow, name), text) for name, text in known["answers"].items()],
        open_business=[_business(one) for one in known["open_business"]],
        queue=flow.queues[known["queue"]].label if known["queue"] in flow.queues else "",
        calls=[one for one in calls if one.call_id != known["call_id"]][:_LAST],
        complaints=[one for one in visit.store.complaints.of_numbers([number]) if not one.state.over] if number else [],
        served=lambda call: leaves_words(call, names_of(flow)),
        usual=usual_disposition(flow, known["path"]) or "",
    )


@page("/desk/fragment/day", Action.AGENTS_DESK, title="本人今日")
def day(visit: Visit) -> Response:
    """The agent's own day so far, from the records."""
    flow, agent = visit.console.served.now(), agent_of(visit)
    found = visit.store.agents.day(agent, days.day_start(days.local_day(visit.now)), visit.now + 1, HOLD_MS)
    return visit.fragment("desk/day.html", day=found, utilisation=_utilisation(found), flow=flow)


def _utilisation(day: AgentDay) -> float | None:
    """座席利用率 of this day: the indicator's own counting."""
    counted = agent_utilisation.state
    assert counted is not None
    counts = [one for state, ms in day.states.items() if (one := counted(state, ms)) is not None]
    below = sum(one.denominator for one in counts)
    return float(sum(one.numerator for one in counts) / below) if below else None


def _business(one: str) -> str:
    """A transaction that did not end well: `report_loss in_doubt` in words."""
    operation, _, outcome = one.partition(" ")
    return f"{words.words(words.OPERATION, operation)}：{words.words(words.TRANSACTION, outcome)}"


def _label(flow: Flow, name: str) -> str:
    """What a menu or a leaf is called; a question by its own name."""
    names = names_of(flow)
    return names.get(f"leaf:{name}") or names.get(f"menu:{name}") or name
