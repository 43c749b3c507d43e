"""Peers that behave, or misbehave, like Asterisk, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from ivr.telephony.agi import fastagi

HEADER = {
    "agi_network": "yes",
    "agi_network_script": "hotline",
    "agi_request": "agi://127.0.0.1/hotline",
    "agi_channel": "PJSIP/trunk-00000001",
    "agi_uniqueid": "node1-1763748000.7",
    "agi_callerid": "+8613800000001",
    "agi_calleridname": "unknown",
    "agi_context": "hotline",
    "agi_extension": "95000",
    "agi_arg_1": "first",
}
PATIENCE = 5.0  # seconds a test waits for a condition before it fails


def header(**changes: str) -> bytes:
    """An AGI header as Asterisk sends it."""
    return "".join(f"{name}: {value}\n" for name, value in (HEADER | changes).items()).encode() + b"\n"


@dataclass
class Caller:
    """Asterisk's side of one AGI connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: list[str] = field(default_factory=list)

    async def command(self) -> str:
        """The next command of the application."""
        async with asyncio.timeout(PATIENCE):
            line = (await self.reader.readline()).decode().rstrip("\n")
        self.heard.append(line)
        return line

    async def say(self, *lines: str | bytes) -> None:
        """Send lines as they are."""
        for line in lines:
            self.writer.write((line.encode() if isinstance(line, str) else line) + b"\n")
        await self.writer.drain()

    async def answers(self, *lines: str | bytes) -> str:
        """Wait for a command and answer it."""
        command = await self.command()
        await self.say(*lines)
        return command

    async def closed(self) -> bool:
        """Wait until the application has closed the connection."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True


@contextlib.asynccontextmanager
async def server(on_call: fastagi.OnCall, *, key: str = "", **limits: float) -> AsyncIterator[fastagi.AgiServer]:
    """A FastAGI server that is cleared away afterwards."""
    made = await fastagi.serve("127.0.0.1", 0, on_call, limits=fastagi.AgiLimits(**limits), key=key)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        await made.abort()


@contextlib.asynccontextmanager
async def connection(port: int, opening: bytes | None = None) -> AsyncIterator[Caller]:
    """Asterisk connects and sends its header."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(header() if opening is None else opening)
        await writer.drain()
        yield Caller(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):  # the peer may have cut it first: that is what tests provoke
            await writer.wait_closed()


Peer = Callable[[Caller], Awaitable[object]]
Use = Callable[[fastagi.AgiCall], Awaitable[object]]


def call(use: Use, peer: Peer, opening: bytes | None = None, **limits: float) -> None:
    """Run one call: `use` on our side, `peer` on Asterisk's; what either raises fails the test."""
    raised: list[BaseException] = []

    async def watched(line: fastagi.AgiCall) -> None:
        try:
            await use(line)
        except BaseException as wrong:
            raised.append(wrong)
            raise

    async def main() -> None:
        async with server(watched, key="", **limits) as made, connection(made.port, opening) as caller:
            await peer(caller)
            async with asyncio.timeout(PATIENCE):
                assert await made.drain(PATIENCE) == 0

    asyncio.run(main())
    if raised:
        raise raised[0]
