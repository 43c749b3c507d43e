"""The tap's door: Asterisk brings a caller's sound here, over AudioSocket.

`announce` a tap, have Asterisk send its channel (`AgiCall.tap`), read its frames. The peer proves no more than that it
knows the announced uuid, so only loopback is listened on, and whoever comes unannounced is refused. Asterisk never
waits for us: what a slow reader leaves lying is dropped here, the oldest first. Neither sound nor keys are logged.

Measured on Asterisk 22.10: `AgiCall.tap` takes 1 ms and the first frame comes 0.12 s later. Standing still (SIGSTOP)
for 15 s is not heard by the caller: the kernel keeps 16 kB for each second, and afterwards the reader gets the last
`queue` frames. Killed, or hung up by `close`, the channel is gone within 0.5 s. Left open across queue, hold and
transfer, the tap hears the caller alone and ends with the call; CEL and the records stay the same.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from ivr.errors import ProtocolError, TelephonyError
from ivr.telephony.audiosocket_frames import (
    HANGUP,
    IDENTITY,
    OTHER_RATES,
    SOUND,
    AudioSocketFrame,
    Frames,
    message,
)
from ivr.telephony.audiosocket_tap import Tap

__all__ = ["Tap", "TapLimits", "TapServer", "serve"]

log = logging.getLogger(__name__)

#: Refused connections make one line in so many seconds, however many there are.
_QUIET_SECONDS = 10.0
_UUID_BYTES = 16


@dataclass(frozen=True, slots=True)
class TapLimits:
    """How much, and how long, a peer may take. Times in seconds: `announced` is how long a tap waits for Asterisk,
    `first` how long a connection may take to say its uuid, `farewell` how long Asterisk may take to close after it was
    hung up. `payload` in bytes; `queue` counts frames of 20 ms, `strangers` connections without a uuid yet."""

    announced: float = 5.0
    first: float = 2.0
    farewell: float = 2.0
    payload: int = 4096
    queue: int = 100
    strangers: int = 64


LIMITS = TapLimits()


class _Door:
    """Who is expected, who is here."""

    def __init__(self, limits: TapLimits) -> None:
        self.limits = limits
        self.announced: dict[str, Tap] = {}
        self.connections: set[_Connection] = set()
        self.empty = asyncio.Event()
        self.empty.set()
        self._said = -_QUIET_SECONDS
        self._unsaid = 0

    def enter(self, connection: _Connection) -> None:
        """Somebody is here."""
        self.connections.add(connection)
        self.empty.clear()

    def leave(self, connection: _Connection) -> None:
        """The connection is closed."""
        self.connections.discard(connection)
        if not self.connections:
            self.empty.set()

    def objection(self, peer: str) -> str:
        """Why a new connection from this address is not welcome; empty if it is."""
        if not _is_loopback(peer):
            return f"it comes from {peer}"
        if sum(one.stranger for one in self.connections) > self.limits.strangers:
            return f"{self.limits.strangers} others have not said who they are"
        return ""

    def complain(self, why: str) -> None:
        """Tell the operator that a connection was refused, without a flood."""
        now = time.monotonic()
        if now - self._said < _QUIET_SECONDS:
            self._unsaid += 1
            return
        log.warning("AudioSocket connection refused: %s%s", why, f" ({self._unsaid} more before)" * bool(self._unsaid))
        self._said, self._unsaid = now, 0

    def expire(self, tap: Tap) -> None:
        """The tap has waited long enough."""
        if self.announced.pop(tap.uuid, None) is not None:
            tap.end(f"Asterisk did not come within {self.limits.announced:g} s")


class _Connection(asyncio.Protocol):
    """One channel of Asterisk, or a stranger."""

    def __init__(self, door: _Door) -> None:
        self._door = door
        self._frames = Frames(door.limits.payload)
        self._tap: Tap | None = None
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._leaving = False

    @property
    def stranger(self) -> bool:
        """Whether it has not said yet for whom it comes."""
        return self._tap is None and not self._leaving

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Whoever it is has a moment to say a uuid."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._door.enter(self)
        peer = transport.get_extra_info("peername")
        if why := self._door.objection(peer[0] if peer else ""):
            self._refuse(why)
            return
        limits = self._door.limits
        self._set_timer(limits.first, lambda: self._refuse(f"no uuid within {limits.first:g} s"))

    def data_received(self, data: bytes) -> None:
        """Take in what is meant for us; after a hang-up nothing is."""
        try:
            for frame in self._frames.feed(data) if not self._leaving else ():
                self._read(frame)
        except ProtocolError as wrong:
            self._refuse(str(wrong))

    def connection_lost(self, exc: Exception | None) -> None:
        """Asterisk's channel is gone."""
        self._leaving = True
        self._clear_timer()
        self._door.leave(self)
        if self._tap is not None:
            self._tap.end(f"the connection broke: {exc}" if exc else "Asterisk's channel ended")

    def hang_up(self) -> None:
        """Ask Asterisk to take the channel away; should it not, the connection is cut."""
        if self._leaving or self._transport is None:
            return
        self._leaving = True
        # Closing while sound is still coming in would be a reset, which Asterisk reports as an error.
        self._transport.write(message(HANGUP))
        self._set_timer(self._door.limits.farewell, self._transport.abort)

    def _read(self, frame: AudioSocketFrame) -> None:
        if self._leaving:
            return
        if self._tap is None:
            self._introduce(frame)
        elif frame.kind == SOUND:
            self._tap.take(frame.data)
        elif frame.kind == HANGUP:
            self._tap.end("Asterisk hung up")
        elif frame.kind in OTHER_RATES:
            raise ProtocolError(f"sound of kind 0x{frame.kind:02x} is not 8 kHz")
        # Keys come by AGI; whatever else there is means nothing here.

    def _introduce(self, frame: AudioSocketFrame) -> None:
        if frame.kind != IDENTITY or len(frame.data) != _UUID_BYTES:
            raise ProtocolError("it did not begin with a uuid")
        self._clear_timer()
        tap = self._door.announced.pop(str(uuid.UUID(bytes=frame.data)), None)
        if tap is None:
            raise ProtocolError("nobody announced its uuid, or it came before")
        self._tap = tap
        tap.arrive(self.hang_up)

    def _refuse(self, why: str) -> None:
        """Not one of ours, or no longer fit to be read."""
        self._door.complain(why)
        self._leaving = True
        self._clear_timer()
        if self._tap is not None:
            self._tap.end(why)
        if self._transport is not None:
            self._transport.abort()

    def _set_timer(self, seconds: float, then: Callable[[], object]) -> None:
        self._clear_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)

    def _clear_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class TapServer:
    """A listening AudioSocket server; make it with `serve`."""

    def __init__(self, listener: asyncio.Server, door: _Door) -> None:
        self._listener = listener
        self._door = door
        #: Where it listens, also when it was asked for port 0.
        self.host, self.port = listener.sockets[0].getsockname()[:2]

    @property
    def taps(self) -> int:
        """How many connections are open."""
        return len(self._door.connections)

    def announce(self) -> Tap:
        """A tap that Asterisk may come for, once and soon: after `announced` seconds it is over."""
        tap = Tap(self.host, self.port, self._door.limits.queue)
        self._door.announced[tap.uuid] = tap
        asyncio.get_running_loop().call_later(self._door.limits.announced, self._door.expire, tap)
        return tap

    async def close(self) -> None:
        """Listen no more and end every tap; returns when all connections are closed."""
        self._listener.close()
        for tap in self._door.announced.values():
            tap.close()
        self._door.announced.clear()
        for connection in list(self._door.connections):
            connection.hang_up()
        await self._door.empty.wait()  # each is cut after `farewell`


async def serve(host: str, port: int, *, limits: TapLimits = LIMITS) -> TapServer:
    """Listen on a loopback address and port (0: any free one). Raises OSError where the port cannot be had, and
    TelephonyError for an address that others can reach."""
    door = _Door(limits)
    listener = await asyncio.get_running_loop().create_server(
        lambda: _Connection(door), host, port, start_serving=False
    )
    for bound in listener.sockets:
        if not _is_loopback(address := bound.getsockname()[0]):
            listener.close()
            raise TelephonyError(f"AudioSocket has no passwords: it may not listen on {address}")
    await listener.start_serving()
    return TapServer(listener, door)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
