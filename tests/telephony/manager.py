"""A manager port that behaves, or misbehaves, like Asterisk's, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from ivr.telephony.ami.manager import AmiEvent, AmiTimes, Manager
from tests.telephony.asterisk import PATIENCE

CALM = AmiTimes(connect=PATIENCE, action=PATIENCE, ping_every=60, ping_within=60, backoff_first=0.01, backoff_most=0.05)
Action = dict[str, str]


def message(*lines: str) -> bytes:
    """Lines as one AMI message."""
    return "".join(line + "\r\n" for line in lines).encode() + b"\r\n"


class Session:
    """Asterisk's side of one AMI connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def action(self) -> Action:
        """The next action that is sent; pings are answered on the way."""
        while True:
            async with asyncio.timeout(PATIENCE):
                raw = await self.reader.readuntil(b"\r\n\r\n")
            lines = raw.decode().removesuffix("\r\n\r\n").split("\r\n")
            action: Action = {}
            for name, value in (line.split(": ", 1) for line in lines):
                action[name] = f"{action[name]}\n{value}" if name in action else value
            if action["Action"] != "Ping":
                return action
            await self.reply(action, "Ping: Pong")

    async def reply(self, action: Action, *lines: str, response: str = "Success") -> None:
        """Answer an action."""
        await self.send(message(f"Response: {response}", f"ActionID: {action['ActionID']}", *lines))

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def login(self, *extra: bytes) -> Action:
        """Greet, and take the login; `extra` follows the answer in the same chunk."""
        self.writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        action = await self.action()
        ok = message("Response: Success", f"ActionID: {action['ActionID']}", "Message: Authentication accepted")
        await self.send(ok + b"".join(extra))
        return action

    async def gone(self) -> bool:
        """Wait until the other side has cut the connection."""
        async with asyncio.timeout(PATIENCE):
            try:
                while await self.reader.read(65536):
                    continue
            except ConnectionError:
                return True
            return True


class FakeManagerPort:
    """Hands out its connections one by one."""

    def __init__(self) -> None:
        self._sessions: asyncio.Queue[Session] = asyncio.Queue()
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self._sessions.put_nowait(Session(reader, writer))

    async def session(self) -> Session:
        """The next connection."""
        async with asyncio.timeout(PATIENCE):
            return await self._sessions.get()

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        self._writers.clear()


class Watch:
    """Collects a manager's events and states, and waits for them."""

    def __init__(self, manager: Manager) -> None:
        self.told: list[AmiEvent | bool] = []
        self._news = asyncio.Event()
        manager.on("*", self._note)
        manager.on_state(self._note)

    def _note(self, what: AmiEvent | bool) -> None:
        self.told.append(what)
        self._news.set()

    @property
    def events(self) -> list[AmiEvent]:
        return [what for what in self.told if isinstance(what, AmiEvent)]

    @property
    def states(self) -> list[bool]:
        return [what for what in self.told if isinstance(what, bool)]

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until the condition holds; it may change with each event and state."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._news.clear()
                await self._news.wait()


@contextlib.asynccontextmanager
async def port() -> AsyncIterator[FakeManagerPort]:
    """A fake manager port that is cleared away afterwards."""
    made = FakeManagerPort()
    await made.open()
    try:
        yield made
    finally:
        await made.close()


@contextlib.asynccontextmanager
async def linked(
    times: AmiTimes = CALM, *extra: bytes
) -> AsyncIterator[tuple[Manager, Session, Watch, FakeManagerPort]]:
    """A manager that is logged in, and Asterisk's side of it."""
    async with port() as fake:
        manager = Manager("127.0.0.1", fake.port, "ivr", "秘密", times=times)
        watch = Watch(manager)
        connecting = asyncio.create_task(manager.connect())
        session = await fake.session()
        await session.login(*extra)
        await connecting
        try:
            yield manager, session, watch, fake
        finally:
            await manager.close()
