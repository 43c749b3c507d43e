"""One caller's sound, as its reader sees it: a short queue of frames. No socket here."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable

from ivr.errors import ProtocolError
from ivr.telephony.audiosocket_frames import FRAME_BYTES

#: Why a tap is over that its reader closed.
CLOSED = "closed"


class Tap:
    """Made by `audiosocket.TapServer.announce`, for one reader. Whatever happens to it, it raises nothing: it gives no
    more frames, and `lost` says why."""

    def __init__(self, host: str, port: int, queue: int) -> None:
        """`queue`: so many frames wait for the reader, then the oldest are dropped."""
        #: What Asterisk must say to be let in.
        self.uuid: str = str(uuid.uuid4())
        #: Where Asterisk must come to.
        self.host: str = host
        self.port: int = port
        #: Set once Asterisk's channel is here, and stays so.
        self.arrived: asyncio.Event = asyncio.Event()
        #: Why the tap is over; empty while it is not.
        self.lost: str = ""
        #: Frames that the reader was too slow for.
        self.dropped: int = 0
        self._frames: deque[bytes] = deque()
        self._queue = queue
        self._part = bytearray()
        self._news = asyncio.Event()
        self._hang_up: Callable[[], None] | None = None

    async def read(self, within: float) -> bytes | None:
        """The next frame (FRAME_BYTES: 20 ms at 8 kHz); None where none came within so many seconds (a caller who
        sends nothing makes no frames), and at once where the tap is over. What came before its end is still given."""
        if not self._frames and not self.lost:
            self._news.clear()
            try:
                async with asyncio.timeout(within):
                    await self._news.wait()
            except TimeoutError:
                return None
        return self._frames.popleft() if self._frames else None

    async def frames(self) -> AsyncIterator[bytes]:
        """Every frame until the tap is over."""
        while self._frames or not self.lost:
            if self._frames:
                yield self._frames.popleft()
            else:
                self._news.clear()
                await self._news.wait()

    def close(self) -> None:
        """Have Asterisk take its channel away, or not come at all. A second time it does nothing."""
        self.end(CLOSED)

    # ---- the server's side

    def arrive(self, hang_up: Callable[[], None]) -> None:
        """Asterisk is here; `hang_up` sends it away. For a tap that is over by now that is done at once."""
        self.arrived.set()
        if self.lost:
            hang_up()
        else:
            self._hang_up = hang_up

    def take(self, sound: bytes) -> None:
        """Sound in pieces of any length. Raises ProtocolError where it ends in half a sample."""
        if len(sound) % 2:
            raise ProtocolError(f"half a sample in {len(sound)} bytes")
        self._part += sound
        while len(self._part) >= FRAME_BYTES:
            if len(self._frames) >= self._queue:
                self._frames.popleft()
                self.dropped += 1
            self._frames.append(bytes(self._part[:FRAME_BYTES]))
            del self._part[:FRAME_BYTES]
        self._news.set()

    def end(self, why: str) -> None:
        """The tap is over; the first reason counts."""
        if self.lost:
            return
        self.lost = why
        self._news.set()
        if self._hang_up is not None:
            self._hang_up()
            self._hang_up = None
