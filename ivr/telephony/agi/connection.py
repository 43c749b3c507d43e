"""One call's FastAGI connection: panoramisk's Request with the fences around it.

Used of panoramisk: writing a command, and waiting out `100 Trying`. Fenced:
- its reader takes the out-of-band HANGUP for a reply, so that every later reply is one behind, and turns the
  end of the stream into ValueError: here one task reads for the whole call and knows both;
- its commands have no deadline, and after one is given up, or cancelled, the late reply would be taken for the
  next command's: here the next command first finds back into step.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from panoramisk.fast_agi import Application, Request

from ivr.errors import CallerGone, DeadlinePassed, ProtocolError, TelephonyError
from ivr.settings import MOST_CALLS
from ivr.telephony.agi.replies import Replies, Reply
from ivr.telephony.pulse import Pulse
from ivr.telephony.values import agi_command

log = logging.getLogger(__name__)

#: An interruption that is not answered within so many seconds is made again.
_NUDGE = 0.1
#: Answers that nobody asked for, before the peer is taken for something else than Asterisk.
_STRAY = 64


@dataclass(frozen=True, slots=True)
class AgiLimits:
    """How much, and how long, a peer on the AGI port may take. Times in seconds, sizes in bytes."""

    header: float = 5.0
    command: float = 5.0
    prompt: float = 600.0
    size: int = 65536
    calls: int = 2 * MOST_CALLS  # one that ends may still be open while the next begins


class Line(Request):  # type: ignore[misc]  # panoramisk has no types
    """One call's connection. `read()` must run as a task for as long as the line is used."""

    def __init__(
        self,
        app: Application,
        headers: Mapping[str, str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        limits: AgiLimits,
        pulse: Pulse,
    ) -> None:
        super().__init__(app, headers, reader, writer, encoding="utf-8")
        self.over = ""
        self._pulse = pulse
        self._limits = limits
        self._answers: asyncio.Queue[Reply | TelephonyError] = asyncio.Queue(_STRAY)
        self._turn = asyncio.Lock()
        self._behind = False
        self._nonces = itertools.count(1)

    async def read(self) -> None:
        """Take in what Asterisk sends until the line is over; then, to the end of the stream, drop it."""
        replies = Replies(self._limits.size)
        why = "the connection ended"
        try:
            while raw := await self.reader.readline():
                if not raw.endswith(b"\n"):
                    break  # half a line is no answer
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                if line == "HANGUP" and not replies.midway:
                    why = "Asterisk took the channel (HANGUP)"
                    break
                self._take(replies, line)
        except (OSError, ValueError) as wrong:
            why = f"the connection broke: {wrong}"  # ValueError: asyncio met a line above the limit
        except asyncio.QueueFull:
            why = f"{_STRAY} answers to no command"
        self._end(why)
        await self._drop()

    async def ask(self, command: str, within: float) -> Reply:
        """Send one command (see `values.agi_command`) and wait for its answer, `within` seconds together.
        Commands of one call wait for each other. Raises CallerGone, DeadlinePassed or ProtocolError."""
        name = " ".join(command.split(" ", 2)[:2])
        async with self._turn_of(name, within):
            if self._behind:
                await self._catch_up()
            reply = await self._exchange(command)
            self._in_time()
            return reply

    async def settle(self, within: float) -> tuple[Reply, ...]:
        """Stop what a cancelled command still does in Asterisk, as a prompt does; nothing to do is no error. Returns
        the answers that it had given by then. Raises as `ask`."""
        async with self._turn_of("interruption", within):
            answers = await self._catch_up() if self._behind else ()
            self._in_time()
            return answers

    @contextlib.asynccontextmanager
    async def _turn_of(self, name: str, within: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(within), self._turn:
                self._usable()
                yield
        except TimeoutError as late:
            raise DeadlinePassed(f"AGI {name}: no answer within {within:g} s") from late
        except ConnectionError as broken:
            raise CallerGone(f"AGI {name}: {broken}") from broken

    async def _exchange(self, command: str) -> Reply:
        while not self._answers.empty():
            log.warning("an AGI answer to no command was dropped")
            self._answers.get_nowait()
        self._usable()
        self._behind = True
        answer = await self.send_command(command)
        self._behind = False
        reply: Reply = answer["reply"]
        return reply

    async def _catch_up(self) -> tuple[Reply, ...]:
        """An expression without variables is its own value, and asking for it ends a prompt. What comes before
        its answer belongs to commands that were given up: it is returned."""
        before: list[Reply] = []
        nonces: set[str] = set()
        while True:
            nonces.add(nonce := f"step-{next(self._nonces)}")
            self.writer.write(agi_command("GET", "FULL", "VARIABLE", nonce).encode() + b"\n")
            await self.writer.drain()
            try:
                async with asyncio.timeout(_NUDGE):
                    while (reply := (await self._read_result())["reply"]).data != nonce:
                        if reply.data not in nonces:
                            before.append(reply)
            except TimeoutError:
                # Asterisk read it in one go with the command that it was to end, which then does not notice it.
                continue
            self._behind = False
            return tuple(before)

    async def _read_result(self) -> dict[str, Any]:
        """The next answer in the form that panoramisk's `send_command` reads."""
        answer = await self._answers.get()
        if isinstance(answer, TelephonyError):
            raise answer
        return {"status_code": answer.code, "reply": answer}

    def _take(self, replies: Replies, line: str) -> None:
        try:
            reply = replies.feed(line)
        except ProtocolError as wrong:
            self._answers.put_nowait(wrong)
            return
        if reply is not None:
            self._answers.put_nowait(reply)

    def _end(self, why: str) -> None:
        self.over = why
        if self._answers.full():
            self._answers.get_nowait()
        self._answers.put_nowait(CallerGone(why))

    async def _drop(self) -> None:
        try:
            while await self.reader.read(4096):
                pass
        except OSError as wrong:
            log.debug("after its end the AGI connection broke: %s", wrong)

    def _in_time(self) -> None:
        """An answer (a key) counts though the caller hangs up right after it. But while the application stood still,
        Asterisk has taken the channel elsewhere: what would be done with the answer now would be done to nobody."""
        if self._pulse.stood_still:
            self._usable()

    def _usable(self) -> None:
        if self.over:
            raise CallerGone(self.over)
