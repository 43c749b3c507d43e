"""The local socket of the agents' desk: `<state>/desk.sock`, for its owner alone (0600), JSON lines in both directions.

A line of a client is a request (`ivr.call.agents.commands.from_request`); beside the agents' commands there are
`list` (all agents now), `follow` (every event from now on) and `complaint` (the caller of `agent` complains, of `kind`;
the case's number comes back), and what others of the node `offer` (`watch`, `watch-call`). The answer has `ok`, and
`error` in Chinese where that is false; an `id` of the request comes back in it, and such requests of one client are
done side by side, so that a slow one holds up no other; those without are answered in their order. Events name
themselves in `event`. There may be several readers; one that does not read is cut off, and nobody waits for it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ivr.call.agents.commands import from_request
from ivr.call.agents.desk import AgentDesk
from ivr.errors import HotlineError, NodeError
from ivr.settings import Settings
from ivr.tasks import background

log = logging.getLogger(__name__)

LONGEST_LINE = 16 * 1024
MOST_CLIENTS = 200
#: So many lines may lie before a client that does not read; then it is cut off.
MOST_UNREAD = 500
#: So many requests of one client are done side by side.
MOST_AT_ONCE = 50
#: Of what a client does not take, so much waits in the system's own buffers (bytes).
_BUFFER = 64 * 1024


class DeskClient:
    """One connection: what is to be sent waits in a bounded queue, and a task of its own sends it."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.follows = False
        #: Called once the connection is over.
        self.when_gone: list[Callable[[], object]] = []
        self._works: set[asyncio.Task[None]] = set()
        self._writer = writer
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_UNREAD)
        writer.transport.set_write_buffer_limits(high=_BUFFER)
        self._sending = background(self._send(), "desk-client")

    @property
    def behind(self) -> int:
        """So many lines lie before it unread."""
        return self._lines.qsize()

    def tell(self, told: Mapping[str, Any]) -> bool:
        """Send it later; False where the client is gone, or has been cut off. Never waits, never raises."""
        return self.put(line_of(told))

    def put(self, line: bytes) -> bool:
        """The same of a line."""
        try:
            self._lines.put_nowait(line)
        except asyncio.QueueFull:
            self.cut()
        return not self._writer.transport.is_closing()

    def cut(self) -> None:
        """Hang up at once."""
        self._writer.transport.abort()

    async def side_by_side(self, answering: Coroutine[Any, Any, dict[str, Any]]) -> bool:
        """Have the answer made and sent while others are; waits where there are too many."""
        while len(self._works) >= MOST_AT_ONCE:
            await asyncio.wait(self._works, return_when=asyncio.FIRST_COMPLETED)
        work = background(self._answered(answering), "desk-request")
        self._works.add(work)
        work.add_done_callback(self._works.discard)
        return not self._writer.transport.is_closing()

    async def finish(self) -> None:
        """What was asked for is done, what is left is sent where the client still reads; hang up."""
        for gone in self.when_gone:
            gone()
        try:
            if self._works:
                await asyncio.wait(self._works, timeout=1)
            with suppress(asyncio.QueueFull):
                self._lines.put_nowait(None)
            if self._writer.transport.is_closing() or self._lines.full():
                self._sending.cancel()
            await asyncio.wait([self._sending], timeout=1)
        finally:  # a node that ends waits no second
            self._sending.cancel()
            self._writer.close()

    async def _answered(self, answering: Coroutine[Any, Any, dict[str, Any]]) -> None:
        self.tell(await answering)

    async def _send(self) -> None:
        with suppress(OSError):
            while (line := await self._lines.get()) is not None:
                self._writer.write(line)
                await self._writer.drain()
                self._lines.task_done()


#: A command that others offer: the client and its request → what the answer has beside `ok`. May raise HotlineError.
Handler = Callable[[DeskClient, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


def socket_path(settings: Settings) -> Path:
    """Where the desk's socket is."""
    return settings.state / "desk.sock"


class DeskSocket:
    """`open` it, `publish` events, `close` it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._desk: AgentDesk | None = None
        self._server: asyncio.Server | None = None
        self._clients: set[DeskClient] = set()
        self._offered: dict[str, Handler] = {}

    async def open(self, desk: AgentDesk) -> None:
        """Take requests for this desk. Raises NodeError."""
        self._desk = desk
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._path.unlink(missing_ok=True)
            listener.bind(str(self._path))
            self._path.chmod(0o600)  # before anybody can connect
            self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=LONGEST_LINE)
        except OSError as wrong:
            listener.close()
            raise NodeError(f"座席台套接字 {self._path}：{wrong}") from wrong

    def offer(self, command: str, handler: Handler) -> None:
        """Take this command, too."""
        self._offered[command] = handler

    def publish(self, event: Mapping[str, Any]) -> None:
        """Tell everybody who follows. Never waits, never raises."""
        line = line_of(event)
        for client in tuple(self._clients):
            if client.follows and not client.put(line):
                log.warning("a reader of the desk's events does not read and was cut off")

    async def close(self) -> None:
        """Hang up on everybody."""
        if self._server is not None:
            self._server.close()
        for client in tuple(self._clients):
            client.cut()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._clients) >= MOST_CLIENTS:
            log.warning("the desk's socket has %d clients; one more was sent away", MOST_CLIENTS)
            writer.close()
            return
        client = DeskClient(writer)
        self._clients.add(client)
        try:
            while line := await reader.readline():
                request = _request(line)
                if request is not None and _id(request):
                    going_on = await client.side_by_side(self._answer(client, request))
                else:
                    going_on = client.tell(await self._answer(client, request))
                if not going_on:
                    break
        except (OSError, ValueError) as wrong:  # gone, or a line without an end
            log.debug("a client of the desk's socket: %s", wrong)
        finally:
            self._clients.discard(client)
            await client.finish()

    async def _answer(self, client: DeskClient, request: Mapping[str, Any] | None) -> dict[str, Any]:
        if request is None:
            return {"ok": False, "error": "每行应为一个 JSON 对象"}
        try:
            return {**_id(request), "ok": True, **await self._done(client, request)}
        except HotlineError as wrong:
            return {**_id(request), "ok": False, "error": str(wrong)}

    async def _done(self, client: DeskClient, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what is asked for; what the answer has beside `ok`. Raises HotlineError."""
        assert self._desk is not None
        command = request.get("command")
        if isinstance(command, str) and (handler := self._offered.get(command)) is not None:
            return await handler(client, request)
        match command:
            case "follow":
                client.follows = True
                return {}
            case "list":
                return {"agents": [dataclasses.asdict(one) for one in self._desk.everybody()]}
            case "complaint":
                agent, kind = (str(request.get(field, "")) for field in ("agent", "kind"))
                return {"complaint": await self._desk.complain(agent, kind)}
        return {"agent": dataclasses.asdict(await self._desk.ask(*from_request(request)))}


def _request(line: bytes) -> Mapping[str, Any] | None:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return request if isinstance(request, dict) else None


def _id(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request's `id`, as it comes back in the answer; nothing where it has none."""
    return {"id": request["id"]} if isinstance(request.get("id"), str | int) else {}


def line_of(told: Mapping[str, Any]) -> bytes:
    """An event or an answer as it is sent."""
    return (json.dumps(told, ensure_ascii=False) + "\n").encode()
