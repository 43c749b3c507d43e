"""The manager interface: events in, actions out, over a link that is checked, watched and made again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ivr.errors import CommandRefused, DeadlinePassed, NotConnected, TelephonyError
from ivr.tasks import background
from ivr.telephony.ami.connection import Fields, Link
from ivr.telephony.ami.messages import AmiEvent, AmiReply
from ivr.telephony.values import ami_value, ami_variable

__all__ = ["AmiEvent", "AmiReply", "AmiTimes", "Manager"]

log = logging.getLogger(__name__)
T = TypeVar("T")
#: What `Manager.originate` waits for, beside the events that its user reads.
OWN_EVENTS = frozenset({"OriginateResponse"})
OnEvent = Callable[[AmiEvent], None]
OnState = Callable[[bool], None]
Value = str | int | Sequence[str]


@dataclass(frozen=True, slots=True)
class AmiTimes:
    """Seconds. A paused Asterisk is noticed after at most `ping_every + ping_within`."""

    connect: float = 3.0
    action: float = 5.0
    ping_every: float = 3.0
    ping_within: float = 3.0
    backoff_first: float = 0.25
    backoff_most: float = 5.0


TIMES = AmiTimes()


class Manager:
    """A user of Asterisk's manager interface. Make it, register callbacks, `connect`, and `close` it at the end.

    Callbacks are plain functions and run in the event loop, in the order of the events; one that fails is
    logged and harms nobody else."""

    def __init__(self, host: str, port: int, user: str, secret: str, *, times: AmiTimes = TIMES) -> None:
        """Raises UnsafeValue for a user or secret that cannot stand in an AMI header."""
        self._address = (host, port)
        self._login = {
            "Action": "Login",
            "Username": ami_value("Username", user),
            "Secret": ami_value("Secret", secret),
            "Events": "on",
        }
        self._times = times
        self._events: dict[str, list[OnEvent]] = {}
        self._states: list[OnState] = []
        self._link: Link | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether there is a link with a good login."""
        return self._link is not None

    def on(self, event_name: str, callback: OnEvent) -> None:
        """Call back for each event of that name as Asterisk writes it; `*` for every event. Answers to list
        actions are no events."""
        self._events.setdefault(event_name, []).append(callback)

    def on_state(self, callback: OnState) -> None:
        """Call back with True after each login, before the first event, and with False after each loss. What
        happened in between is not told again: ask for it (QueueStatus, CoreShowChannels)."""
        self._states.append(callback)

    async def connect(self) -> None:
        """Log in, and from then on keep the link. Raises CommandRefused (bad secret), NotConnected or
        DeadlinePassed if the first attempt fails; nothing goes on then."""
        first = asyncio.get_running_loop().create_future()
        self._begin(first)
        try:
            await first
        except BaseException:
            await self.close()
            raise

    def start(self) -> None:
        """Keep trying in the background, also if Asterisk is not up yet; `on_state` tells when it is."""
        self._begin(None)

    async def close(self) -> None:
        """Cut the link for good."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])

    async def action(self, name: str, /, *, within: float | None = None, **fields: Value) -> AmiReply:
        """Send an action; a field with a list of values is sent as so many headers. Raises NotConnected while
        the link is down or when it is lost before the answer (the action is never sent again), DeadlinePassed,
        CommandRefused when Asterisk says no, UnsafeValue for a value with CR, LF or NUL."""
        message: dict[str, object] = {"Action": ami_value("Action", name)}
        for key, value in fields.items():
            values = [str(value)] if isinstance(value, str | int) else list(value)
            message[key] = [ami_value(key, one) for one in values]
        messages = await self._ask(message, self._times.action if within is None else within)
        now = _now()
        return AmiReply(messages[0], tuple(AmiEvent(fields, now) for fields in messages[1:]))

    async def originate(
        self,
        channel: str,
        *,
        context: str,
        exten: str,
        caller_id: str = "",
        variables: Mapping[str, str] | None = None,
        ring: float = 30.0,
        channel_id: str = "",
    ) -> AmiEvent:
        """Call `channel`, ringing at most `ring` seconds, and send it to priority 1 of the extension. `channel_id` is
        the unique id that it shall have, where that matters. Returns
        the OriginateResponse event (Uniqueid …) once the channel answered. Raises CommandRefused when it did
        not, and what `action` raises."""
        pairs = [ami_variable(name, value) for name, value in (variables or {}).items()]
        optional: dict[str, Value] = {"CallerID": caller_id} if caller_id else {}
        if channel_id:
            # a Local channel has a second half, whose id would else be the same
            optional |= {"ChannelId": channel_id, "OtherChannelId": f"{channel_id}-2"}
        if pairs:
            optional["Variable"] = pairs
        reply = await self.action(
            "Originate",
            within=ring + self._times.action,
            Channel=channel,
            Context=context,
            Exten=exten,
            Priority=1,
            Timeout=int(ring * 1000),
            Async="true",
            **optional,
        )
        outcome = reply.events[-1] if reply.events else None
        if outcome is None or outcome.get("Response") != "Success":
            reason = "none" if outcome is None else outcome.get("Reason", "none")
            raise CommandRefused(f"AMI Originate: {channel} did not answer (reason {reason})")
        return outcome

    def _begin(self, first: asyncio.Future[None] | None) -> None:
        if self._keeper is not None:
            raise NotConnected("this manager was started already")
        self._keeper = background(self._keep(first), "ami-link")

    async def _keep(self, first: asyncio.Future[None] | None) -> None:
        wait = self._times.backoff_first
        while True:
            began = time.monotonic()
            try:
                link = await self._dial()
                await self._hold(link, first)
            except Exception as wrong:  # whatever it is: without the link nobody would see what happens to the calls
                if first is not None and not first.done():
                    first.set_exception(wrong)
                    return
                log.warning("AMI: %s; again in %.2f s", wrong, wait, exc_info=not isinstance(wrong, TelephonyError))
            else:
                if time.monotonic() - began > self._times.backoff_most:
                    wait = self._times.backoff_first  # it was a good link, not one of a row of short ones
            await asyncio.sleep(wait)
            wait = min(wait * 2, self._times.backoff_most)

    async def _dial(self) -> Link:
        link = Link(*self._address, self._received)
        try:
            async with asyncio.timeout(self._times.connect):
                await link.connect()
                await link.ask(self._login)
        except BaseException as wrong:
            link.drop()
            if isinstance(wrong, TimeoutError):
                raise DeadlinePassed(f"no AMI login within {self._times.connect:g} s") from wrong
            if isinstance(wrong, OSError):
                raise NotConnected(f"no AMI connection: {wrong}") from wrong
            raise
        return link

    async def _hold(self, link: Link, first: asyncio.Future[None] | None) -> None:
        """Use the link until it is lost."""
        self._link = link
        try:
            self._tell(self._states, True)
            for fields in link.early:
                self._deliver(fields)
            link.early.clear()
            if first is not None and not first.done():
                first.set_result(None)
            await self._watch(link)
        finally:
            self._link = None
            link.drop()
            self._tell(self._states, False)

    async def _watch(self, link: Link) -> None:
        """Return when the link is lost, or when Asterisk no longer answers on it."""
        while not link.lost.done():
            await asyncio.wait([link.lost], timeout=self._times.ping_every)
            try:
                async with asyncio.timeout(self._times.ping_within):
                    await link.ask({"Action": "Ping"})
            except NotConnected:
                log.error("AMI: the link is lost")
                return
            except (TimeoutError, CommandRefused):
                log.error("AMI: Asterisk has not answered a ping within %g s", self._times.ping_within)
                return

    async def _ask(self, message: Mapping[str, object], within: float) -> list[Fields]:
        link = self._link
        if link is None:
            raise NotConnected(f"AMI {message['Action']}: the link is down")
        try:
            async with asyncio.timeout(within):
                return await link.ask(message)
        except TimeoutError as late:
            raise DeadlinePassed(f"AMI {message['Action']}: no answer within {within:g} s") from late

    def _received(self, link: Link, fields: Fields) -> None:
        if link is self._link:
            self._deliver(fields)
        else:
            link.early.append(fields)  # before its state was told

    def _deliver(self, fields: Fields) -> None:
        event = AmiEvent(fields, _now())
        self._tell(self._events.get(event.name, ()), event)
        self._tell(self._events.get("*", ()), event)

    @staticmethod
    def _tell(callbacks: Sequence[Callable[[T], None]], what: T) -> None:
        for callback in tuple(callbacks):
            try:
                callback(what)
            except Exception:
                log.exception("a callback failed on %r", what)


def _now() -> int:
    return time.time_ns() // 1_000_000
