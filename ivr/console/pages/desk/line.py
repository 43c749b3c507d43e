"""What a desk and the node say to each other: events as a stream, what the agent asks for as acts, and that the page
lives. Only what concerns the agent who is signed in goes out, and only he can ask for anything at his telephone."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from ivr.console.live.node_link import NodeLink
from ivr.console.page import Visit, act, page
from ivr.errors import AgentRefused, NodeError, NotAllowed, StoreError
from ivr.people.actions import Action
from ivr.records.console.model import SEEN_MS

log = logging.getLogger(__name__)

#: A stream on which nothing happens says so often that it is alive; a session that is over is found as soon (seconds).
ALIVE_SECONDS = 5.0
#: What an agent may ask for at his own telephone, and the field that goes with it.
ASKS: Mapping[str, str | None] = {
    "sign-in": None,
    "sign-out": None,
    "pause": "reason",
    "ready": None,
    "done": "disposition",
    "more-time": None,
    "transfer": "to",
    "connect": None,
    "invite": "supervisor",
    "try-ring": None,
    "complaint": "kind",
}
_OF_THE_AGENT = frozenset({"agent", "ringing", "hold_reminder"})
#: Of a browser that does not take what it is told, so many events wait; then it is told how everything is now.
MOST_WAITING = 100
#: A telephone may ring so long before a request is answered (seconds).
_PATIENCE = 30.0
_NOW = {"event": "now"}
#: An agent in these may be anywhere.
_AWAY = frozenset({"offline", "pause"})


def agent_of(visit: Visit) -> str:
    """The number of the agent who visits. Raises NotAllowed where he has none."""
    if visit.access.agent_id is None:
        raise NotAllowed(f"{visit.person} 没有座席工号：请管理员登记（ivr people add … --agent 工号）")
    return visit.access.agent_id


def node_of(visit: Visit) -> NodeLink:
    """The connection to the node."""
    return visit.console.live.link


@page("/desk/live", Action.AGENTS_FOLLOW, title="座席事件")
async def events(visit: Visit) -> Response:
    """What happens at the agent's telephone: `agent` (how he is), `ringing`, `hold_reminder`, `link` (whether the node
    can be reached), `alive`, `signed_out` at the end. Each has the console's time in `now`."""
    stream = _told(visit, agent_of(visit))
    return StreamingResponse(stream, media_type="text/event-stream", headers={"cache-control": "no-store"})


@act("/desk/do/{what}", Action.AGENTS_DESK)
async def do(visit: Visit) -> Response:
    """What the agent asks for. The answer says whether the node took it on, or why not; what comes of it is told by an
    event."""
    what = visit.path["what"]
    if what not in ASKS:
        return PlainTextResponse("没有这个功能", 404)
    field = ASKS[what]
    fields = {} if field is None else {field: visit.field("value")}
    try:
        request = {"command": what, "agent": agent_of(visit), **fields}
        answer = await node_of(visit).ask(request, _PATIENCE)
    except (AgentRefused, NodeError) as wrong:
        return PlainTextResponse(str(wrong), 409)
    return JSONResponse({name: answer[name] for name in ("complaint",) if name in answer})


@act("/desk/beat", Action.AGENTS_DESK, by_itself=True)
async def beat(visit: Visit) -> Response:
    """The page lives: `page`, its name; `browser`, `microphone`, `heard` are 1 where they are so."""
    flags = {name: visit.field(name) == "1" for name in ("browser", "microphone", "heard")}
    try:
        answer = await _ask(visit, "beat", page=visit.field("page"), **flags)
    except (AgentRefused, NodeError) as wrong:
        return PlainTextResponse(str(wrong), 409)
    if answer["agent"]["state"] not in _AWAY and visit.now - visit.signed_in.session.t_seen >= SEEN_MS:
        await run_in_threadpool(_seen, visit)
    return JSONResponse(_shown(answer["agent"], visit.console.clock()))


@act("/desk/left", Action.AGENTS_DESK, by_itself=True)
async def left(visit: Visit) -> Response:
    """The page is being left."""
    try:
        await _ask(visit, "left", page=visit.field("page"))
    except (AgentRefused, NodeError) as wrong:
        return PlainTextResponse(str(wrong), 409)
    return Response(status_code=204)


def _seen(visit: Visit) -> None:
    """Whoever takes calls is there, whether he touches the page or not."""
    try:
        visit.console.sessions.of(visit.request, visit.now)
    except StoreError as wrong:
        log.info("that an agent is there was not noted: %s", type(wrong).__name__)


async def shown(visit: Visit) -> Mapping[str, Any]:
    """How the agent who visits is now. Raises AgentRefused, NodeError."""
    found: Mapping[str, Any] = (await _ask(visit, "shown"))["agent"]
    return found


async def _ask(visit: Visit, command: str, **fields: object) -> Mapping[str, Any]:
    return await node_of(visit).ask({"command": command, "agent": agent_of(visit), **fields})


def _shown(agent: Mapping[str, Any], now: int) -> dict[str, Any]:
    """How the agent is, without what stands in the caller's own part of the page."""
    caller = agent.get("caller")
    brief = None if caller is None else {name: caller[name] for name in ("call_id", "queue", "level")}
    return {**agent, "caller": brief, "now": now}


async def _told(visit: Visit, agent: str) -> AsyncGenerator[str, None]:
    clock = visit.console.clock
    with _listening(node_of(visit)) as told:
        yield await _first(visit)
        looked = clock()
        while True:
            try:
                async with asyncio.timeout(ALIVE_SECONDS):
                    event = await told.get()
            except TimeoutError:
                event = {"event": "alive"}
            if clock() - looked > 1000 * ALIVE_SECONDS:
                looked = clock()
                if not await run_in_threadpool(_still, visit, agent):
                    yield _event("signed_out", {"now": looked})
                    return
            if event is _NOW:
                yield await _first(visit)
            elif event["event"] == "alive":
                yield _event("alive", {"now": clock()})
            elif agent in (event.get("agent"), event.get("agent_id")) and event["event"] in _OF_THE_AGENT:
                yield _event(event["event"], _brief(event, clock()))


@contextmanager
def _listening(node: NodeLink) -> Iterator[asyncio.Queue[Mapping[str, Any]]]:
    """What the node tells from now on; `_NOW` where the connection came or went, or something was missed."""
    told: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue(MOST_WAITING)
    connected = node.connected

    def take(event: Mapping[str, Any]) -> None:
        if told.full():
            while not told.empty():
                told.get_nowait()
            event = _NOW
        told.put_nowait(event)

    def changed() -> None:
        nonlocal connected
        if node.connected is not connected:
            connected = node.connected
            take(_NOW)

    node.listeners.append(take)
    node.changed.append(changed)
    try:
        yield told
    finally:
        node.listeners.remove(take)
        node.changed.remove(changed)


async def _first(visit: Visit) -> str:
    """How everything is now."""
    try:
        return _event("agent", _shown(await shown(visit), visit.console.clock()))
    except (AgentRefused, NodeError) as wrong:
        return _event("link", {"up": False, "why": str(wrong), "now": visit.console.clock()})


def _brief(event: Mapping[str, Any], now: int) -> dict[str, Any]:
    if event["event"] == "ringing":
        return {name: event[name] for name in ("call_id", "queue", "level", "t")} | {"now": now}
    return _shown(event, now)


def _still(visit: Visit, agent: str) -> bool:
    """Whether the session goes on, and the agent is the same."""
    try:
        known = visit.console.last_known.of(visit.request)
    except StoreError as wrong:
        log.info("whether an agent's session goes on is not known: %s", type(wrong).__name__)
        return True
    if known is None or known.over:
        return False
    return known.access.agent_id == agent and known.access.may(Action.AGENTS_FOLLOW)


def _event(name: str, value: Mapping[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"
