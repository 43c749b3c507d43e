"""One caller on the line: the AGI commands that the hotline uses, each under a deadline."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from ivr.errors import CallerGone, CommandRefused, ProtocolError
from ivr.telephony.agi.connection import AgiLimits, Line
from ivr.telephony.agi.doubled_keys import Doubled
from ivr.telephony.agi.replies import Reply, shown
from ivr.telephony.dialplan import Context, SegmentStart, segment_start
from ivr.telephony.values import agi_command, quote

_KEYS = frozenset("0123456789*#ABCD")
#: Asterisk starts an audio stream at once, and the caller waits for it.
_TAP_SECONDS = 1.0


class AudioDestination(Protocol):
    """Where a caller's sound is to go: an AudioSocket server, and the uuid that it expects."""

    @property
    def uuid(self) -> str:
        """What Asterisk says first."""

    @property
    def host(self) -> str:
        """The server's address."""

    @property
    def port(self) -> int:
        """Its port."""


class AgiCall:
    """One call segment. Every coroutine raises CallerGone once the caller has hung up or Asterisk took the
    channel, DeadlinePassed when Asterisk does not answer in time, CommandRefused when its answer is no,
    UnsafeValue for a value that would break out of its line. A coroutine may be cancelled: the next one finds
    back into step, and a prompt that was cancelled stops with it."""

    def __init__(self, line: Line, env: Mapping[str, str], limits: AgiLimits) -> None:
        self._line = line
        self._limits = limits
        self._doubled = Doubled()
        #: What Asterisk said of the call at its start: agi_uniqueid, agi_callerid, agi_extension, agi_arg_1 …
        self.env: Mapping[str, str] = MappingProxyType(dict(env))

    @property
    def uniqueid(self) -> str:
        """Asterisk's id of the caller's channel."""
        return self.env["agi_uniqueid"]

    @property
    def start(self) -> SegmentStart:
        """What the dialplan says of the call when it gives it to us. Raises ProtocolError."""
        return segment_start(self.env)

    @property
    def hung_up(self) -> bool:
        """Whether the channel is no longer ours: the caller hung up, or Asterisk took it elsewhere."""
        return bool(self._line.over)

    async def stream(self, path: str, keys: str, *, within: float | None = None) -> str | None:
        """Play a sound file (path without its ending) until its end or one of `keys`; the key, or None.
        Raises CommandRefused where Asterisk cannot play it: it then answers -1, or ends at once at position 0."""
        if not _KEYS.issuperset(keys):
            raise CommandRefused(f"{keys!r} are not telephone keys")
        words = ("STREAM", "FILE", quote(path), quote(keys))
        at: tuple[str, ...] = ()
        while True:
            reply = await self._ask(*words, *at, within=within or self._limits.prompt)
            if reply.number == -1:
                await self._failed(f"STREAM FILE {path}")
            if reply.number == 0 and reply.endpos in (0, None) and not at:
                raise CommandRefused(f"Asterisk cannot play {path}")
            key = self._pressed(reply)
            if key is None and reply.number:
                at = (str(reply.endpos or 0),)  # a copy of the key before cut the prompt: it goes on where it was
                continue
            return key

    async def record_file(self, path: str, keys: str, max_ms: int, silence_s: int) -> str | None:
        """Record what the caller says as 8 kHz WAV (path without its ending), until one of `keys`, so many ms,
        or so many seconds of silence; the key, or None. Raises CallerGone when the caller hangs up: the file is there
        all the same."""
        words = ("RECORD", "FILE", quote(path), "wav", quote(keys), str(max_ms), f"s={silence_s}")
        reply = await self._ask(*words, within=max_ms / 1000 + self._limits.command)
        if reply.number == -1:
            await self._failed("RECORD FILE")
        return self._pressed(reply)

    async def wait_key(self, timeout_ms: int) -> str | None:
        """The next key within so many milliseconds, or None. Negative times are taken for 0: to Asterisk they
        mean for ever."""
        end = time.monotonic() + timeout_ms / 1000
        wait = max(timeout_ms, 0)
        while True:
            reply = await self._ask("WAIT", "FOR", "DIGIT", str(wait), within=wait / 1000 + self._limits.command)
            if reply.number == -1:
                await self._failed("WAIT FOR DIGIT")
            key = self._pressed(reply)
            if key is None and reply.number:
                wait = max(0, round((end - time.monotonic()) * 1000))
                continue
            return key

    async def get_variable(self, name: str) -> str | None:
        """A channel variable or the value of a function; None where it is not set."""
        return _value(await self._ask("GET", "VARIABLE", quote(name)))

    async def get_full(self, expression: str) -> str:
        """An expression with `${…}` as Asterisk expands it; "" where nothing is set."""
        return _value(await self._ask("GET", "FULL", "VARIABLE", quote(expression))) or ""

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable, or write a function."""
        reply = await self._ask("SET", "VARIABLE", quote(name), quote(value))
        if reply.number != 1:
            raise CommandRefused(f"Asterisk did not set {name}")

    async def execute(self, app: str, *args: str, within: float | None = None) -> int:
        """Run a dialplan application; its arguments are joined by commas, so one that holds a comma is several.
        Give `within` (seconds) for an application that takes its time. Returns its result.
        Raises CommandRefused for an unknown application (-2) and for one that failed."""
        reply = await self._ask("EXEC", quote(app), quote(",".join(args)), within=within)
        if reply.number == -2:
            raise CommandRefused(f"Asterisk has no application {app}")
        if reply.number < 0:
            await self._failed(f"EXEC {app}")
        return reply.number

    async def stream_audio(self, audio_stream: AudioDestination) -> None:
        """Have Asterisk send what this caller says, and nobody else, to an announced audio stream: it arrives there
        soon after, or never. A caller without an audio stream is none the worse. Raises CommandRefused where it cannot
        be."""
        where = f"AudioSocket/{audio_stream.host}:{audio_stream.port}/{audio_stream.uuid}"
        await self.execute(
            "Originate", where, "exten", Context.LISTEN, self.uniqueid, "1", "3", "a", within=_TAP_SECONDS
        )

    async def answer(self) -> None:
        """Answer the call."""
        if (await self._ask("ANSWER")).number < 0:
            await self._failed("ANSWER")

    async def autohangup(self, seconds: int) -> None:
        """Let Asterisk take the call back in so many seconds (the dialplan's `T`), whatever becomes of the application;
        0 takes that back."""
        await self._ask("SET", "AUTOHANGUP", str(max(seconds, 0)))

    async def interrupt(self) -> str | None:
        """After a `stream` or `wait_key` was cancelled: stop it now, not at the next command. Returns the key that it
        had taken in that very moment, which nobody else will hear of."""
        answers = await self._line.settle(self._limits.command)
        key = next((key for key in map(_taken, answers) if key is not None), None)
        return None if key is None or self._doubled.is_copy(key, time.monotonic()) else key

    def _pressed(self, reply: Reply) -> str | None:
        """The key in an answer; None where there is none, or where it is a copy of the one before."""
        key = _key(reply)
        return None if key is None or self._doubled.is_copy(key, time.monotonic()) else key

    async def _ask(self, *words: str, within: float | None = None) -> Reply:
        command = agi_command(*words)
        reply = await self._line.ask(command, within or self._limits.command)
        name = " ".join(words[:2])
        if reply.code == 511:
            raise CallerGone(f"AGI {name}: the channel is gone (511)")
        if reply.code != 200:
            raise CommandRefused(f"AGI {name}: {reply.text[:200]}")
        return reply

    async def _failed(self, what: str) -> None:
        """-1 means a hang-up and a failure alike; Asterisk tells them apart by whether it still takes commands
        for the channel. Raises CallerGone or CommandRefused."""
        await self._ask("CHANNEL", "STATUS")
        raise CommandRefused(f"{what} failed")


def _key(reply: Reply) -> str | None:
    code = reply.number
    if code == 0:
        return None
    if code < 0 or code > 127 or chr(code) not in _KEYS:
        raise ProtocolError(f"not a key: {shown(reply.text)}")
    return chr(code)


def _taken(reply: Reply) -> str | None:
    """The key in the answer to a command that was given up, whatever that was."""
    try:
        return _key(reply)
    except ProtocolError:
        return None


def _value(reply: Reply) -> str | None:
    return (reply.data or "") if reply.number == 1 else None
