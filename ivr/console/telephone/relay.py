"""The way of a browser's telephone to Asterisk: `wss` on the console's own origin, one connection to Asterisk for each.

Before the upgrade it is sure who asks (session, origin, right); after that each message is checked (`sip.py`). Sound
does not come through here. A session that ends ends its telephones' signalling too, within `LOOK_SECONDS`; an agent's
that is in a call once that is over. While nobody can be asked (the database is away) all goes on as it was. A side that
takes nothing for `STALLED_SECONDS` is hung up on. A browser that asks for a sign of life gets it from here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import websockets
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from ivr.console.application import own_origin
from ivr.console.context import Console
from ivr.console.security.origin import check_origin
from ivr.console.security.sessions import SignedIn
from ivr.console.telephone.line import Line
from ivr.console.telephone.lines import agents_line_of, try_line_of, visitor
from ivr.console.telephone.sip import LONGEST, checked
from ivr.errors import HotlineError, NotAllowed, ProtocolError
from ivr.people.access import Access
from ivr.tasks import background

log = logging.getLogger(__name__)

#: A session that is over is found so soon.
LOOK_SECONDS = 10.0
#: A side that takes nothing for so long is not there any more.
STALLED_SECONDS = 10.0
#: So long a browser has to take that it is hung up on.
_CLOSE_SECONDS = 1.0
#: RFC 5626, 4.4.1: the question for a sign of life, and the answer.
_PING, _PONG = "\r\n\r\n", "\r\n"
_SIP = "sip"
#: Why a WebSocket is closed: RFC 6455, 7.4.1.
_REFUSED, _LATER = 1008, 1013
LineOf = Callable[[Console, SignedIn, Access], Line]


def routes(console: Console) -> tuple[BaseRoute, ...]:
    """`/sip`: the telephone of the agent who is signed in; `/sip/try`: one to try the hotline with."""
    return (
        WebSocketRoute("/sip", _Relay(console, agents_line_of).serve),
        WebSocketRoute("/sip/try", _Relay(console, try_line_of).serve),
    )


@dataclass(slots=True)
class _InUse:
    line: Line


class _Relay:
    def __init__(self, console: Console, line_of: LineOf) -> None:
        self._console = console
        self._line_of = line_of

    async def serve(self, browser: WebSocket) -> None:
        """One telephone, until either side or the session ends."""
        try:
            if browser.headers.get("origin") is None or _SIP not in browser.scope["subprotocols"]:
                raise ProtocolError("no telephone of the console's")
            check_origin(browser.headers, own_origin(self._console, browser.headers))
            line = _InUse(await run_in_threadpool(self._line, browser))
        except HotlineError as wrong:
            log.info("a telephone in a browser is refused: %s", wrong)
            await browser.close()  # before the upgrade: HTTP 403
            return
        session = self._console.sessions.id_of(browser) or ""
        with self._console.telephones.taken(session) as may:
            if may:
                await browser.accept(_SIP)
                await self._relayed(browser, line)
            else:
                log.warning("%s: one session opens too many telephones", line.line.endpoint)
                await browser.close()

    async def _relayed(self, browser: WebSocket, line: _InUse) -> None:
        sip, ami = self._console.settings.sip, self._console.settings.ami
        asterisk: ClientConnection | None = None
        try:
            async with connect(
                f"ws://{ami.host}:{sip.websocket_port}/ws", subprotocols=[Subprotocol(_SIP)], compression=None,
                ping_interval=None, max_size=2 * LONGEST, proxy=None, open_timeout=5, close_timeout=1,
            ) as asterisk:  # fmt: skip
                code = await self._pass_on(browser, asterisk, line)
        except (OSError, websockets.WebSocketException, TimeoutError) as wrong:
            log.warning("Asterisk takes no telephone in a browser: %s", type(wrong).__name__)
            code = _LATER
        finally:
            if asterisk is not None:
                asterisk.transport.abort()  # it was closed, but for who is cancelled in the middle of that
        await _close(browser, code)

    async def _pass_on(self, browser: WebSocket, asterisk: ClientConnection, use: _InUse) -> int:
        """Until it is over; the code that says why."""
        works = (_up(browser, asterisk, use), _down(browser, asterisk), self._still_allowed(browser, use))
        tasks = [background(_code(work, use.line), f"sip-{use.line.endpoint}") for work in works]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return min(task.result() for task in done)

    async def _still_allowed(self, browser: WebSocket, use: _InUse) -> None:
        """Raises NotAllowed once the visitor may definitely no longer have this line."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                found = await run_in_threadpool(self._line, browser)
            except NotAllowed:
                raise
            except (HotlineError, OSError) as wrong:
                log.warning("whether %s may go on is not known: %s", use.line.endpoint, type(wrong).__name__)
                continue
            if found != use.line:
                raise NotAllowed("the line is another's now")
            use.line = found

    def _line(self, browser: WebSocket) -> Line:
        who = visitor(self._console, browser)
        line = self._line_of(self._console, who.signed_in, who.access)
        return line.without_calls() if who.over else line


async def _code(work: Coroutine[Any, Any, None], line: Line) -> int:
    """Why the telephone is over when this ends: a close code."""
    try:
        await work
    except ProtocolError as wrong:
        log.warning("%s: %s; the browser is hung up on", line.endpoint, wrong)
        return _REFUSED
    except HotlineError as wrong:
        log.info("%s: %s", line.endpoint, wrong)
        return _REFUSED
    except TimeoutError:
        log.warning("%s: nothing was taken for %g s; it is hung up on", line.endpoint, STALLED_SECONDS)
    except (WebSocketDisconnect, websockets.ConnectionClosed) as gone:
        log.debug("%s: %s", line.endpoint, type(gone).__name__)
    return _LATER


async def _up(browser: WebSocket, asterisk: ClientConnection, use: _InUse) -> None:
    while True:
        text = await _received(browser)
        if text == _PING:
            await _taken(browser.send_text(_PONG))
        elif text.strip("\r\n"):
            await _taken(asterisk.send(checked(text, use.line)))


async def _received(browser: WebSocket) -> str:
    """Raises ProtocolError where it is no text, WebSocketDisconnect."""
    told = await browser.receive()
    if told["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(told["code"])
    text = told.get("text")
    if not isinstance(text, str):
        raise ProtocolError("a frame that is no text")
    return text


async def _down(browser: WebSocket, asterisk: ClientConnection) -> None:
    async for text in asterisk:
        await _taken(browser.send_text(text if isinstance(text, str) else text.decode("utf-8", "replace")))


async def _taken(sending: Awaitable[None]) -> None:
    """Raises TimeoutError where the other side does not take it."""
    async with asyncio.timeout(STALLED_SECONDS):
        await sending


async def _close(browser: WebSocket, code: int) -> None:
    if WebSocketState.DISCONNECTED in (browser.client_state, browser.application_state):
        return
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await browser.close(code)
    except (TimeoutError, WebSocketDisconnect):
        log.debug("a browser did not take that it is hung up on")
