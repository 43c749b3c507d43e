"""The FastAGI server: Asterisk connects for each call segment, `on_call` serves it.

Used of panoramisk: Application, as the thing that hands connections to Request. Fenced: its `handler` spins
for ever on a connection that closes at once (a port probe freezes every call), reads a header of any size at
any pace, dies of a caller name that is not UTF-8, and looks for the script's exact name among its routes.
Here one handler, with limits, serves every script.

Any process of this machine can connect and name a live call. So each segment proves that it comes from our dialplan:
Asterisk alone has the key, and is asked for the hash of it, a word that is never used twice, and the call's id.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import logging
import secrets
from collections.abc import Awaitable, Callable

from panoramisk.fast_agi import Application

from ivr.errors import CallerGone, ProtocolError, TelephonyError
from ivr.tasks import background
from ivr.telephony.agi.call import AgiCall
from ivr.telephony.agi.connection import AgiLimits, Line
from ivr.telephony.dialplan import Global
from ivr.telephony.pulse import Pulse

__all__ = ["AgiCall", "AgiLimits", "AgiServer", "OnCall", "serve"]

log = logging.getLogger(__name__)
OnCall = Callable[[AgiCall], Awaitable[None]]
LIMITS = AgiLimits()
_FAREWELL = 2.0  # seconds that closing a connection may take


class _Door(Application):  # type: ignore[misc]  # panoramisk has no types
    """Takes connections, one task each."""

    def __init__(self, on_call: OnCall, limits: AgiLimits, key: str) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self._key = key
        self.tasks: set[asyncio.Task[None]] = set()
        self.pulse = Pulse()
        self._on_call = on_call
        self._limits = limits

    def handler(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> asyncio.Task[None]:
        """Serve one connection in a task of our own: asyncio reports the cancellation of its own as an error."""
        task = background(self._handle(reader, writer), "agi-connection")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._welcome(writer):
                await self._connection(reader, writer)
        except ProtocolError as wrong:
            log.warning("AGI connection refused: %s", wrong)
        finally:
            await _close(writer)

    def _welcome(self, writer: asyncio.StreamWriter) -> bool:
        peer = writer.get_extra_info("peername")
        if not peer or not ipaddress.ip_address(peer[0]).is_loopback:
            log.warning("AGI connection from elsewhere refused: %s", peer)
            return False
        if len(self.tasks) > self._limits.calls:
            log.error("AGI connection refused: %d are open", self._limits.calls)
            return False
        return True

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        env = await read_header(reader, self._limits.header)
        if env is None:
            return
        line = Line(self, env, reader, writer, self._limits, self.pulse)
        reading = background(line.read(), "agi-reader")
        try:
            await asyncio.sleep(0)
            if line.over and self.pulse.stood_still:  # Asterisk has given up waiting: nothing may be begun
                log.info("call %s: %s before it was served", env["agi_uniqueid"], line.over)
                return
            await self._serve(AgiCall(line, env, self._limits))
        finally:
            reading.cancel()
            await asyncio.wait([reading])

    async def _serve(self, call: AgiCall) -> None:
        """Whatever becomes of one call, the others go on."""
        try:
            if self._key and not await _genuine(call, self._key):
                log.warning("AGI connection refused: it does not come from our dialplan")
                return
            await self._on_call(call)
        except CallerGone as gone:
            log.info("call %s: %s", call.uniqueid, gone)
        except Exception:
            log.exception("call %s: the application failed", call.uniqueid)


class AgiServer:
    """A listening FastAGI server; make it with `serve`."""

    def __init__(self, listener: asyncio.Server, door: _Door) -> None:
        self._listener = listener
        self._door = door
        #: Where it listens, also when it was asked for port 0.
        self.port: int = listener.sockets[0].getsockname()[1]

    @property
    def calls(self) -> int:
        """How many connections are open."""
        return len(self._door.tasks)

    def close(self) -> None:
        """Accept no more calls; those in progress go on. New ones take the dialplan's fallback."""
        self._listener.close()

    async def drain(self, timeout: float) -> int:  # noqa: ASYNC109 - the caller's patience, not a cancellation
        """Wait up to `timeout` seconds for the calls in progress; how many are left."""
        if self._door.tasks:
            await asyncio.wait(set(self._door.tasks), timeout=timeout)
        return len(self._door.tasks)

    async def abort(self) -> None:
        """Close, and cut the calls that are left: Asterisk goes on with them in the dialplan."""
        self.close()
        self._door.pulse.stop()
        tasks = set(self._door.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


async def serve(host: str, port: int, on_call: OnCall, *, limits: AgiLimits = LIMITS, key: str = "") -> AgiServer:
    """Listen on host and port (0: any free one) and give each call to `on_call`. When that returns, or fails,
    the connection is closed and the dialplan goes on. `key` is what the dialplan has as its global AGI_KEY: whoever has
    it not is refused; without one anybody on this machine is served. Raises OSError where the port cannot be had."""
    door = _Door(on_call, limits, key)
    listener = await asyncio.start_server(door.handler, host, port, limit=limits.size)
    door.pulse.start()
    return AgiServer(listener, door)


async def _genuine(call: AgiCall, key: str) -> bool:
    """Whether the peer knows the key. Nothing of the answer can be used again, and the key itself is never sent.
    Raises CallerGone."""
    word = secrets.token_hex(16)
    wanted = hashlib.sha1(f"{key}{word}{call.uniqueid}".encode(), usedforsecurity=False).hexdigest()
    try:
        answer = await call.get_full(f"${{SHA1(${{GLOBAL({Global.AGI_KEY})}}{word}${{UNIQUEID}})}}")
    except CallerGone:
        raise
    except TelephonyError as wrong:
        log.warning("an AGI connection does not answer as Asterisk: %s", wrong)
        return False
    return hmac.compare_digest(answer.encode(), wanted.encode())


async def read_header(reader: asyncio.StreamReader, within: float) -> dict[str, str] | None:
    """The header of an AGI connection; None for a mere probe of the port.
    Raises ProtocolError for one that is cut, too large, too slow, or says something twice."""
    try:
        async with asyncio.timeout(within):
            raw = await reader.readuntil(b"\n\n")
    except TimeoutError as late:
        raise ProtocolError(f"no whole AGI header within {within:g} s") from late
    except asyncio.LimitOverrunError as large:
        raise ProtocolError("the AGI header is too large") from large
    except asyncio.IncompleteReadError as cut:
        if not cut.partial:
            return None
        raise ProtocolError("the AGI header is cut") from cut
    except ConnectionError as broken:
        raise ProtocolError(f"the AGI connection broke: {broken}") from broken
    return parse_header(raw)


def parse_header(raw: bytes) -> dict[str, str]:
    """`name: value` lines as a mapping; what is not UTF-8 (a GBK caller name) is replaced, not refused.
    Raises ProtocolError where a name comes twice (a forged line) or agi_uniqueid is missing."""
    env: dict[str, str] = {}
    for line in raw.decode("utf-8", "replace").rstrip("\n").split("\n"):
        name, colon, value = line.rstrip("\r").partition(":")
        if not colon or not name.startswith("agi_"):
            raise ProtocolError(f"not a line of an AGI header: {name[:40]!r}")
        if name in env:
            raise ProtocolError(f"the AGI header says {name[:40]} twice")
        env[name] = value.removeprefix(" ")
    if not env.get("agi_uniqueid"):
        raise ProtocolError("an AGI header without agi_uniqueid")
    return env


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        async with asyncio.timeout(_FAREWELL):
            await writer.wait_closed()
    except (TimeoutError, OSError) as wrong:
        log.debug("an AGI connection did not close by itself: %s", wrong)
        writer.transport.abort()
