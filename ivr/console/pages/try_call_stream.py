"""What happens in a visitor's next call, as the console's one connection to the node tells it: an event stream, for so
long as he is signed in and may try the hotline."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from typing import Any

from starlette.concurrency import run_in_threadpool

from ivr.console.live.node_link import NodeLink
from ivr.console.page import Visit
from ivr.errors import AgentRefused, JournalError, NodeError, StoreError
from ivr.flow.model import Flow
from ivr.people.actions import Action
from ivr.records.facts import Ended, Fact, Offered
from ivr.records.journal.lines import fact_from_json
from ivr.report.fact_words import words

#: A stream on which nothing happens says so often that it is alive; a session that is over is found as soon (seconds).
ALIVE_SECONDS = 5.0
#: So much waits for a browser that does not read; then the stream ends.
MOST_WAITING = 500
_LOST: Mapping[str, Any] = {"event": "lost", "words": "与热线的连接断开了，看不到后面的经过"}
_SIGNED_OUT: Mapping[str, Any] = {"event": "signed out", "words": "登录已失效，看不到后面的经过"}


async def told(visit: Visit, flow: Flow, caller: str) -> AsyncIterator[str]:
    """Until the call is over. `caller` is the number that is this session's alone."""
    with visit.console.own_calls.taken(visit.signed_in.session.id) as may:
        if not may:
            yield _event("trouble", {"words": "试拨已在其他页面打开：关掉那一个再试"})
            return
        async with aclosing(_told(visit, flow, caller)) as texts:
            async for text in texts:
                yield text


async def _told(visit: Visit, flow: Flow, caller: str) -> AsyncGenerator[str, None]:
    link = visit.console.live.link
    with _facts(link) as waiting:
        try:
            await link.ask({"command": "watch-call", "caller": caller})
        except (AgentRefused, NodeError) as wrong:
            yield _event("trouble", {"words": f"看不到通话的经过：{wrong}"})
            return
        yield _event("waiting", {})
        call = ""
        async for event in _news(visit, waiting):
            if not event:
                yield ": alive\n\n"
                continue
            if event["event"] != "fact":
                yield _event("trouble", {"words": event["words"]})
                return
            if call not in ("", event["call"]):
                continue
            try:
                fact = fact_from_json(event["fact"])
            except JournalError as wrong:
                yield _event("trouble", {"words": str(wrong)})
                continue
            if not call and not (isinstance(fact, Offered) and fact.caller_number == caller):
                continue
            call = event["call"]
            if text := _said(event, fact, flow):
                yield text
            if isinstance(fact, Ended):
                return


async def _news(visit: Visit, waiting: asyncio.Queue[Mapping[str, Any]]) -> AsyncIterator[Mapping[str, Any]]:
    """Facts; nothing ({}) every few seconds on which there is none; why there will be no more."""
    looked = visit.console.clock()
    while True:
        try:
            async with asyncio.timeout(ALIVE_SECONDS):
                event = await waiting.get()
        except TimeoutError:
            event = {}
        if not event or visit.console.clock() - looked > 1000 * ALIVE_SECONDS:
            looked = visit.console.clock()
            if not await run_in_threadpool(_still, visit):
                event = _SIGNED_OUT
        yield event


@contextmanager
def _facts(link: NodeLink) -> Iterator[asyncio.Queue[Mapping[str, Any]]]:
    """The facts that the node tells from now on, of whichever calls; `_LOST` where some may be missing."""
    waiting: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue(MOST_WAITING + 1)

    def take(event: Mapping[str, Any]) -> None:
        if event["event"] == "fact" and waiting.qsize() < MOST_WAITING:
            waiting.put_nowait(event)
        elif event["event"] == "fact":
            lost()

    def lost() -> None:
        while not waiting.empty():
            waiting.get_nowait()
        waiting.put_nowait(_LOST)

    def changed() -> None:
        if not link.connected:
            lost()

    link.listeners.append(take)
    link.changed.append(changed)
    try:
        yield waiting
    finally:
        link.listeners.remove(take)
        link.changed.remove(changed)


def _still(visit: Visit) -> bool:
    """Whether the session goes on, and may still try the hotline."""
    try:
        known = visit.console.last_known.of(visit.request)
    except StoreError:
        return True  # nobody can be asked: it is as it was
    return known is not None and not known.over and known.access.may(Action.HOTLINE_TRY)


def _said(event: Mapping[str, Any], fact: Fact, flow: Flow) -> str:
    """A fact for the page, "" where it says nothing to people."""
    said = words(fact, flow)
    kind = "over" if isinstance(fact, Ended) else "fact"
    return "" if said is None else _event(kind, {"t": fact.t, "words": said, "call": event["call"]})


def _event(name: str, value: Mapping[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"
