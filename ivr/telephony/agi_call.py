"""One caller on the line: the AGI commands that the hotline uses, each under a deadline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from ivr.errors import CallerGone, CommandRefused, ProtocolError
from ivr.telephony.agi_line import AgiLimits, Line
from ivr.telephony.audiosocket_tap import Tap
from ivr.telephony.replies import Reply
from ivr.telephony.values import agi_command, quote

#: Asterisk's own clock in epoch milliseconds; `%3q` are the milliseconds of the second.
CLOCK = "${STRFTIME(,,%s%3q)}"
_KEYS = frozenset("0123456789*#ABCD")
#: Asterisk starts a tap at once, and the caller waits for it.
_TAP_SECONDS = 1.0


class AgiCall:
    """One call segment. Every coroutine raises CallerGone once the caller has hung up or Asterisk took the
    channel, DeadlinePassed when Asterisk does not answer in time, CommandRefused when its answer is no,
    UnsafeValue for a value that would break out of its line. A coroutine may be cancelled: the next one finds
    back into step, and a prompt that was cancelled stops with it."""

    def __init__(self, line: Line, env: Mapping[str, str], limits: AgiLimits) -> None:
        self._line = line
        self._limits = limits
        #: What Asterisk said of the call at its start: agi_uniqueid, agi_callerid, agi_extension, agi_arg_1 …
        self.env: Mapping[str, str] = MappingProxyType(dict(env))

    @property
    def uniqueid(self) -> str:
        """Asterisk's id of the caller's channel."""
        return self.env["agi_uniqueid"]

    @property
    def began(self) -> int:
        """Asterisk's clock when it gave us the call, UTC epoch ms (D5). Raises ProtocolError."""
        return _milliseconds(self.env.get("agi_arg_1", ""))

    @property
    def hung_up(self) -> bool:
        """Whether the channel is no longer ours: the caller hung up, or Asterisk took it elsewhere."""
        return bool(self._line.over)

    async def stream(self, path: str, keys: str, *, within: float | None = None) -> str | None:
        """Play a sound file (path without its ending) until its end or one of `keys`; the key, or None.
        Raises CommandRefused where Asterisk cannot play it: it then answers -1, or ends at once at position 0."""
        if not _KEYS.issuperset(keys):
            raise CommandRefused(f"{keys!r} are not telephone keys")
        reply = await self._ask("STREAM", "FILE", quote(path), quote(keys), within=within or self._limits.prompt)
        if reply.number == -1:
            await self._failed(f"STREAM FILE {path}")
        if reply.number == 0 and reply.endpos in (0, None):
            raise CommandRefused(f"Asterisk cannot play {path}")
        return _key(reply)

    async def wait_key(self, timeout_ms: int) -> str | None:
        """The next key within so many milliseconds, or None. Negative times are taken for 0: to Asterisk they
        mean for ever."""
        wait = max(timeout_ms, 0)
        reply = await self._ask("WAIT", "FOR", "DIGIT", str(wait), within=wait / 1000 + self._limits.command)
        if reply.number == -1:
            await self._failed("WAIT FOR DIGIT")
        return _key(reply)

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

    async def tap(self, tap: Tap) -> None:
        """Have Asterisk send what this caller says, and nobody else, to an announced tap: `tap.arrived` is set soon
        after, or never. A caller without a tap is none the worse. Raises CommandRefused where it cannot be."""
        where = f"AudioSocket/{tap.host}:{tap.port}/{tap.uuid}"
        await self.execute("Originate", where, "exten", "asr-tap", self.uniqueid, "1", "3", "a", within=_TAP_SECONDS)

    async def answer(self) -> None:
        """Answer the call."""
        if (await self._ask("ANSWER")).number < 0:
            await self._failed("ANSWER")

    async def hangup(self) -> None:
        """Hang up; a caller who is gone already is no error."""
        try:
            await self._ask("HANGUP")
        except CallerGone:
            return

    async def autohangup(self, seconds: int) -> None:
        """Let Asterisk hang up in so many seconds, whatever becomes of the application; 0 takes that back."""
        await self._ask("SET", "AUTOHANGUP", str(max(seconds, 0)))

    async def clock_ms(self) -> int:
        """Asterisk's clock in UTC epoch milliseconds (rule D5)."""
        return _milliseconds(await self.get_full(CLOCK))

    async def guarded_clock_ms(self, seconds: int) -> int:
        """`autohangup` and `clock_ms` in one command, since every command is a turn of both processes."""
        guard = str(max(seconds, 0))
        text = await self.get_full(f"{CLOCK}${{SET(TIMEOUT(absolute)={guard})}}")
        if not text.endswith(guard):
            raise ProtocolError(f"Asterisk did not set its time limit: {text!r}")
        return _milliseconds(text.removesuffix(guard))

    async def verbose(self, text: str, level: int = 1) -> None:
        """Write to Asterisk's console; never digits or what a caller said."""
        await self._ask("VERBOSE", quote(text), str(level))

    async def interrupt(self) -> str | None:
        """After a `stream` or `wait_key` was cancelled: stop it now, not at the next command. Returns the key that it
        had taken in that very moment, which nobody else will hear of."""
        answers = await self._line.settle(self._limits.command)
        return next((key for key in map(_taken, answers) if key is not None), None)

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


def _milliseconds(text: str) -> int:
    if not re.fullmatch(r"[0-9]{13}", text):
        raise ProtocolError(f"Asterisk's clock says {text!r}")
    return int(text)


def _key(reply: Reply) -> str | None:
    code = reply.number
    if code == 0:
        return None
    if code < 0 or code > 127 or chr(code) not in _KEYS:
        raise ProtocolError(f"not a key: {reply.text[:80]!r}")
    return chr(code)


def _taken(reply: Reply) -> str | None:
    """The key in the answer to a command that was given up, whatever that was."""
    try:
        return _key(reply)
    except ProtocolError:
        return None


def _value(reply: Reply) -> str | None:
    return (reply.data or "") if reply.number == 1 else None
