"""The audio stream's door: Asterisk brings a caller's sound here, over AudioSocket.

`announce` an audio stream, have Asterisk send its channel (`AgiCall.stream_audio`), read its frames. The peer proves no
more than that it knows the announced uuid, so only loopback is listened on, and whoever comes unannounced is refused.
Asterisk never waits for us: what a slow reader leaves lying is dropped here, the oldest first. Neither sound nor keys
are logged.

All streams are polled together: waking up for each packet of each caller would be 50 turns of the event loop a second
and caller, and most of what listening costs.

Measured on Asterisk 22.10: `AgiCall.stream_audio` takes 1 ms and the first frame comes 0.12 s later. Standing still
(SIGSTOP) for 15 s is not heard by the caller: the kernel keeps 16 kB for each second, and afterwards the reader gets
the last `queue` frames. Killed, or hung up by `close`, the channel is gone within 0.5 s. Left open across queue, hold
and transfer, the audio stream hears the caller alone and ends with the call; CEL and the records stay the same.
A stream costs Asterisk 1.9 ms of processor time for each second of a call (100 callers: 0.56 cores, 0.37 without).
TALK_DETECT would cost 0.2 ms; but a stream begun only when Asterisk hears talk comes 0.12 s too late, and ChanSpy keeps
nothing of what was said before: the first syllable would be lost.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from ivr.errors import ProtocolError, TelephonyError
from ivr.telephony.audio.audio_stream import AudioStream
from ivr.telephony.audio.audiosocket_frames import (
    HANGUP,
    IDENTITY,
    OTHER_RATES,
    SOUND,
    AudioSocketFrame,
    Frames,
    message,
    sound_frames,
)

__all__ = ["AudioStream", "AudioStreamLimits", "AudioStreamServer", "bound", "serve"]

log = logging.getLogger(__name__)

#: Refused connections make one line in so many seconds, however many there are.
_QUIET_SECONDS = 10.0
_UUID_BYTES = 16
#: So many connections may wait to be taken, as after a process that was started again.
_BACKLOG = 512
#: Streams are polled so often (s): for each packet while they are few, for two at a time if they are more than `_FEW`.
_FRAME_S, _FEW = 0.02, 30
#: What is read of one stream at a time: four seconds of sound.
_MOST_READ = 65_536


@dataclass(frozen=True, slots=True)
class AudioStreamLimits:
    """How much, and how long, a peer may take. Times in seconds: `announced` is how long an audio stream waits for
    Asterisk, `first` how long a connection may take to say its uuid, `farewell` how long Asterisk may take to close
    after it was hung up. `payload` in bytes; `queue` counts frames of 20 ms, `strangers` connections without a uuid
    yet."""

    announced: float = 5.0
    first: float = 2.0
    farewell: float = 2.0
    payload: int = 4096
    queue: int = 100
    strangers: int = 64


LIMITS = AudioStreamLimits()


class _Door:
    """Who is expected, who is here."""

    def __init__(self, limits: AudioStreamLimits) -> None:
        self.limits = limits
        self.announced: dict[str, AudioStream] = {}
        self.connections: set[_Connection] = set()
        self.empty = asyncio.Event()
        self.empty.set()
        #: Called each time that all streams have been polled.
        self.after_poll: Callable[[], object] = lambda: None
        #: How late (s) the latest poll was.
        self.latest = 0.0
        self._polled: set[_Connection] = set()
        self._next_poll: asyncio.TimerHandle | None = None
        self._said = -_QUIET_SECONDS
        self._unsaid = 0

    def enter(self, connection: _Connection) -> None:
        """Somebody is here."""
        self.connections.add(connection)
        self.empty.clear()

    def leave(self, connection: _Connection) -> None:
        """The connection is closed."""
        self.connections.discard(connection)
        self._polled.discard(connection)
        if not self.connections:
            self.empty.set()

    def poll(self, connection: _Connection) -> None:
        """This connection is polled from now on."""
        self._polled.add(connection)
        if self._next_poll is None:
            self._next_poll = asyncio.get_running_loop().call_later(_FRAME_S, self._poll_all)

    def leave_alone(self, connection: _Connection) -> None:
        """It is polled no more."""
        self._polled.discard(connection)

    def _poll_all(self) -> None:
        """Read every stream once, and again soon while there is any."""
        assert self._next_poll is not None
        loop = asyncio.get_running_loop()
        self.latest = max(self.latest, loop.time() - self._next_poll.when())
        for connection in tuple(self._polled):
            connection.read_sound()
        self.after_poll()
        period = _FRAME_S if len(self._polled) <= _FEW else 2 * _FRAME_S
        due = max(self._next_poll.when() + period, loop.time())
        self._next_poll = loop.call_at(due, self._poll_all) if self._polled else None

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

    def expire(self, audio_stream: AudioStream) -> None:
        """The audio stream has waited long enough."""
        if self.announced.pop(audio_stream.uuid, None) is not None:
            audio_stream.end(f"Asterisk did not come within {self.limits.announced:g} s")


class _Connection(asyncio.Protocol):
    """One channel of Asterisk, or a stranger."""

    def __init__(self, door: _Door) -> None:
        self._door = door
        self._frames = Frames(door.limits.payload)
        self._audio_stream: AudioStream | None = None
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._leaving = False
        self._file = -1

    @property
    def stranger(self) -> bool:
        """Whether it has not said yet for whom it comes."""
        return self._audio_stream is None and not self._leaving

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

    def read_sound(self) -> None:
        """Take in what has come since the last poll."""
        assert self._transport is not None and self._audio_stream is not None
        try:
            data = os.read(self._file, _MOST_READ)
        except BlockingIOError:
            return
        except OSError as wrong:
            self._audio_stream.end(f"the connection broke: {wrong}")
            return
        if not data:
            self._door.leave_alone(self)
            self._transport.close()
        elif not self._frames.midway and (frames := sound_frames(data)) is not None:
            self._audio_stream.take_frames(frames)
        else:
            self.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Asterisk's channel is gone."""
        self._leaving = True
        self._clear_timer()
        self._door.leave(self)
        if self._audio_stream is not None:
            self._audio_stream.end(f"the connection broke: {exc}" if exc else "Asterisk's channel ended")

    def hang_up(self) -> None:
        """Ask Asterisk to take the channel away; should it not, the connection is cut."""
        if self._leaving or self._transport is None:
            return
        self._leaving = True
        self._door.leave_alone(self)
        self._transport.resume_reading()  # to see it go
        # Closing while sound is still coming in would be a reset, which Asterisk reports as an error.
        self._transport.write(message(HANGUP))
        self._set_timer(self._door.limits.farewell, self._transport.abort)

    def _read(self, frame: AudioSocketFrame) -> None:
        if self._leaving:
            return
        if self._audio_stream is None:
            self._introduce(frame)
        elif frame.kind == SOUND:
            self._audio_stream.take(frame.data)
        elif frame.kind == HANGUP:
            self._audio_stream.end("Asterisk hung up")
        elif frame.kind in OTHER_RATES:
            raise ProtocolError(f"sound of kind 0x{frame.kind:02x} is not 8 kHz")
        # Keys come by AGI; whatever else there is means nothing here.

    def _introduce(self, frame: AudioSocketFrame) -> None:
        if frame.kind != IDENTITY or len(frame.data) != _UUID_BYTES:
            raise ProtocolError("it did not begin with a uuid")
        self._clear_timer()
        audio_stream = self._door.announced.pop(str(uuid.UUID(bytes=frame.data)), None)
        if audio_stream is None:
            raise ProtocolError("nobody announced its uuid, or it came before")
        assert self._transport is not None
        self._audio_stream = audio_stream
        self._file = self._transport.get_extra_info("socket").fileno()
        self._transport.pause_reading()
        self._door.poll(self)
        audio_stream.arrive(self.hang_up)

    def _refuse(self, why: str) -> None:
        """Not one of ours, or no longer fit to be read."""
        self._door.complain(why)
        self._leaving = True
        self._clear_timer()
        if self._audio_stream is not None:
            self._audio_stream.end(why)
        if self._transport is not None:
            self._transport.abort()

    def _set_timer(self, seconds: float, then: Callable[[], object]) -> None:
        self._clear_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)

    def _clear_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class AudioStreamServer:
    """A listening AudioSocket server; make it with `serve`."""

    def __init__(self, listener: asyncio.Server, door: _Door) -> None:
        self._listener = listener
        self._door = door
        #: Where it listens, also when it was asked for port 0.
        self.host, self.port = listener.sockets[0].getsockname()[:2]

    @property
    def audio_streams(self) -> int:
        """How many connections are open."""
        return len(self._door.connections)

    def lateness(self) -> float:
        """How late (s) the latest poll was since this was last asked."""
        latest, self._door.latest = self._door.latest, 0.0
        return latest

    def after_poll(self, do: Callable[[], object]) -> None:
        """Have this called each time that all streams have been polled (every 20 or 40 ms while there are any)."""
        self._door.after_poll = do

    def announce(self, name: str = "") -> AudioStream:
        """An audio stream that Asterisk may come for, once and soon: after `announced` seconds it is over. `name` is a
        uuid; "" makes one."""
        audio_stream = AudioStream(self.host, self.port, self._door.limits.queue, name)
        self._door.announced[audio_stream.uuid] = audio_stream
        asyncio.get_running_loop().call_later(self._door.limits.announced, self._door.expire, audio_stream)
        return audio_stream

    async def close(self) -> None:
        """Listen no more and end every audio stream; returns when all connections are closed."""
        self._listener.close()
        for audio_stream in self._door.announced.values():
            audio_stream.close()
        self._door.announced.clear()
        for connection in list(self._door.connections):
            connection.hang_up()
        await self._door.empty.wait()  # each is cut after `farewell`


def bound(host: str, port: int) -> socket.socket:
    """A socket for `serve` on a loopback address and port (0: any free one). Raises OSError where the port cannot be
    had, and TelephonyError for an address that others can reach."""
    if not _is_loopback(host):
        raise TelephonyError(f"AudioSocket has no passwords: it may not listen on {host}")
    listener = socket.create_server((host, port), backlog=_BACKLOG)
    listener.setblocking(False)
    return listener


async def serve(listener: socket.socket, *, limits: AudioStreamLimits = LIMITS) -> AudioStreamServer:
    """Listen on a socket of `bound`, which may be another process's."""
    door = _Door(limits)
    return AudioStreamServer(
        await asyncio.get_running_loop().create_server(lambda: _Connection(door), sock=listener), door
    )


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
