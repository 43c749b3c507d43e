"""What goes on now (现场): calls, queues, agents, machinery; the same for a screen on the wall; a supervisor takes part
in a talk."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ivr.call.agents.commands import Supervision
from ivr.console.live.followed_calls import call_of
from ivr.console.live.regions import CALLS, STAGES, Rights, at
from ivr.console.page import Visit, act, page
from ivr.console.pages.calls.call import lost
from ivr.console.pages.menus.loaded import flow_of
from ivr.console.pages.menus.overview import drawn, notes, today
from ivr.errors import AgentRefused, NodeError, RecordsError
from ivr.flow import loader
from ivr.flow.drawing.svg import Living
from ivr.people.actions import Action

#: The record of a call that has ended is looked for so often, once a second.
MOST_TRIES = 15
_HOW = {Supervision.LISTEN: "监听", Supervision.WHISPER: "密语", Supervision.JOIN: "强插"}


@page("/now", Action.STATUS_READ, title="现场", target="now")
async def now(visit: Visit) -> Response:
    """Everything at once, kept as it is by the event stream."""
    return await run_in_threadpool(visit.render, "now/now.html", **_live(visit, "now"))


@page("/wall", Action.STATUS_READ, title="大屏", target="now")
async def wall(visit: Visit) -> Response:
    """Large and dark, for a screen that nobody touches."""
    flow = await run_in_threadpool(lambda: loader.load_or_kept(visit.settings.flows).flow)
    bank = "" if flow is None else flow.bank
    return await run_in_threadpool(visit.render, "now/wall.html", bank=bank, **_live(visit, "wall"))


@page("/now/menu", Action.STATUS_READ, title="菜单里的来电", target="now")
async def menu(visit: Visit) -> Response:
    """The picture of the menus that are served, with who is where now, and what callers did there today."""
    live = _live(visit, "menu")
    return await run_in_threadpool(lambda: visit.render("now/menu.html", picture=_picture(visit), **live))


@page("/now/calls", Action.RECORDS_LIST, title="进行中的来电", target="now")
async def calls(visit: Visit) -> Response:
    """All calls in progress, or those `at` a place (menu:ID, leaf:ID, queue:ID) or at a `stage`; kept as it is by the
    event stream."""
    view = visit.console.live.link.view
    topic = next((f"calls:{name}={visit.query[name]}" for name in ("at", "stage") if visit.query.get(name)), "calls")
    if CALLS.fullmatch(topic) is None:
        raise RecordsError("没有这样的菜单、队列或阶段")
    value = topic.partition("=")[2]
    words: dict[str, str] = {stage.value: said for stage, said in STAGES.items()}
    words |= {at(one): one.where for one in (() if view is None else view.calls) if one.where}
    words |= {f"queue:{one.queue}": one.label for one in (() if view is None else view.queues)}
    said = words.get(value, value) if value else ""  # a call that talks is at no place, and no name of the whole list
    live = _live(visit, topic)
    return await run_in_threadpool(visit.render, "now/calls.html", topic=topic, said=said, **live)


@page("/now/calls/{call_id}", Action.RECORDS_LIST, title="进行中的一通来电", target="call:{call_id}")
async def one_call(visit: Visit) -> Response:
    """A call in progress as it goes on, without number and words; once it is over, its record."""
    return await _call_now(visit, whole=False)


@page("/now/calls/{call_id}/whole", Action.RECORDS_READ, title="进行中的一通来电", target="call:{call_id}")
async def whole_call(visit: Visit) -> Response:
    """With number and words, as it is now."""
    return await _call_now(visit, whole=True)


async def _call_now(visit: Visit, *, whole: bool) -> Response:
    call_id = visit.path["call_id"]
    topic, live = f"call:{call_id}", visit.console.live
    if call_of(topic) is None:
        return await run_in_threadpool(lost, visit)
    wrong, going_on = "", False
    try:
        followed = await live.followed.follow(call_id)
        going_on = bool(followed.facts) and not followed.over
    except (AgentRefused, NodeError) as told:
        wrong = str(told)
    if going_on:
        regions = live.followed.regions(
            call_id, Rights.of(visit.access), whole=whole, still=visit.now if whole else None
        )
        shown: dict[str, Any] = {"topic": topic, "whole": whole, "regions": regions, "linked": live.link.connected}
        return await run_in_threadpool(lambda: visit.render("now/call.html", **shown))
    return await run_in_threadpool(_record, visit, call_id, wrong)


def _record(visit: Visit, call_id: str, wrong: str) -> Response:
    """Of a call that is not in progress: the record leads on; one that has just ended is about to be saved."""
    if visit.store.get(call_id) is not None:
        return visit.redirect(f"/calls/{quote(call_id, safe='')}")
    tries = visit.query.get("again", "0")
    number = int(tries) + 1 if tries.isascii() and tries.isdecimal() and len(tries) < 3 else MOST_TRIES + 1
    if number > MOST_TRIES:
        return lost(visit)
    answer = visit.render("now/saving.html", wrong=wrong)
    answer.headers["refresh"] = f"1; url=/now/calls/{quote(call_id, safe='')}?again={number}"
    return answer


@act("/now/supervise", Action.CALLS_SUPERVISE, target="now", back=now)
async def supervise(visit: Visit) -> Response:
    """Take part in the talk of an agent: `what` is HOW:AGENT. The node enters it in the trail before he hears a word,
    with the call (CBA 四十二, HB 7.3.3)."""
    how, _, agent = visit.field("what").partition(":")
    own = visit.access.agent_id
    if how not in set(Supervision) or not agent:
        raise AgentRefused("没有说明监听哪位座席、怎样参与")
    if own is None:
        raise AgentRefused("您没有工号，不能监听、密语、强插：请系统管理员登记（ivr people）")
    await visit.console.live.link.ask({"command": how, "agent": own, "other": agent[:12]})
    return visit.redirect(
        visit.field("next") or "/now", f"正在呼叫您的话机（{own}），接起后{_HOW[Supervision(how)]}座席 {agent[:12]}"
    )


def _picture(visit: Visit) -> Markup:
    """Raises FlowRefused, StoreError."""
    link = "/now/calls?at=" if visit.may(Action.RECORDS_LIST) else "/menus/places/"
    return drawn(flow_of(visit), Living(notes(today(visit)), lambda node: link + node))


def _live(visit: Visit, topic: str) -> dict[str, Any]:
    """What the page shows at first."""
    live = visit.console.live
    return {"regions": live.regions(visit.access, topic), "linked": live.link.connected}
