"""One caller's sound, as its reader sees it: a short queue of frames. No socket here."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable

from ivr.errors import ProtocolError
from ivr.telephony.audio.audiosocket_frames import FRAME_BYTES

#: Why an audio stream is over that its reader closed.
CLOSED = "closed"


class AudioStream:
    """Made by `audiosocket.AudioStreamServer.announce`, for one reader. Whatever happens to it, it raises nothing: it
    gives no more frames, and `lost` says why."""

    def __init__(self, host: str, port: int, queue: int, name: str = "") -> None:
        """`queue`: so many frames wait for the reader, then the oldest are dropped. `name` is a uuid; "" makes one."""
        #: What Asterisk must say to be let in.
        self.uuid: str = name or str(uuid.uuid4())
        #: Where Asterisk must come to.
        self.host: str = host
        self.port: int = port
        #: Set once Asterisk's channel is here, and stays so.
        self.arrived: asyncio.Event = asyncio.Event()
        #: Why the audio stream is over; empty while it is not.
        self.lost: str = ""
        #: Frames that the reader was too slow for.
        self.dropped: int = 0
        self._frames: deque[bytes] = deque()
        self._queue = queue
        self._part = bytearray()
        self._news = asyncio.Event()
        self._hang_up: Callable[[], None] | None = None
        #: Called when Asterisk has come, and when the stream is over.
        self.changed: Callable[[AudioStream], object] = lambda _: None

    async def read(self, within: float) -> bytes | None:
        """The next frame (FRAME_BYTES: 20 ms at 8 kHz); None where none came within so many seconds (a caller who
        sends nothing makes no frames), and at once where the audio stream is over. What came before its end is still
        given."""
        if not self._frames and not self.lost:
            self._news.clear()
            try:
                async with asyncio.timeout(within):
                    await self._news.wait()
            except TimeoutError:
                return None
        return self._frames.popleft() if self._frames else None

    async def frames(self) -> AsyncIterator[bytes]:
        """Every frame until the audio stream is over."""
        while self._frames or not self.lost:
            if self._frames:
                yield self._frames.popleft()
            else:
                self._news.clear()
                await self._news.wait()

    def waiting(self) -> list[bytes]:
        """The frames that have come and were not read yet; now they are."""
        if not self._frames:
            return []
        frames = list(self._frames)
        self._frames.clear()
        return frames

    def close(self) -> None:
        """Have Asterisk take its channel away, or not come at all. A second time it does nothing."""
        self.end(CLOSED)

    # ---- the server's side

    def arrive(self, hang_up: Callable[[], None]) -> None:
        """Asterisk is here; `hang_up` sends it away. For an audio stream that is over by now that is done at once."""
        self.arrived.set()
        if self.lost:
            hang_up()
        else:
            self._hang_up = hang_up
            self.changed(self)

    def take(self, sound: bytes) -> None:
        """Sound in pieces of any length. Raises ProtocolError where it ends in half a sample."""
        if len(sound) % 2:
            raise ProtocolError(f"half a sample in {len(sound)} bytes")
        self._part += sound
        whole = len(self._part) // FRAME_BYTES * FRAME_BYTES
        self._add([bytes(self._part[at : at + FRAME_BYTES]) for at in range(0, whole, FRAME_BYTES)])
        del self._part[:whole]

    def take_frames(self, frames: list[bytes]) -> None:
        """Sound in whole frames."""
        if self._part:
            self.take(b"".join(frames))
        else:
            self._add(frames)

    def _add(self, frames: list[bytes]) -> None:
        self._frames.extend(frames)
        while len(self._frames) > self._queue:
            self._frames.popleft()
            self.dropped += 1
        self._news.set()

    def end(self, why: str) -> None:
        """The audio stream is over; the first reason counts."""
        if self.lost:
            return
        self.lost = why
        self._news.set()
        if self._hang_up is not None:
            self._hang_up()
            self._hang_up = None
        self.changed(self)
