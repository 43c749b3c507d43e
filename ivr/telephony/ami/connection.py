"""One AMI connection: panoramisk's Manager and AMIProtocol with the fences around them.

Used of panoramisk: the transport, writing actions, making a Message of its lines, matching answers and the
events of list actions to their action, handing events on. Fenced:
- it decodes each TCP chunk by itself and drops what it cut: here whole messages are decoded (`messages.Cutter`),
  under a limit, and a malformed one costs only itself;
- actions unanswered when the link fails are sent again after the next login, seconds late: here they fail at once;
- it guesses from the wording of an answer whether events follow, and "… successfully queued" without `Async`
  kills the answer: here only EventList and an asynchronous Originate say so;
- it reconnects by itself without a look at the login, and its ping hears no answer: here a link is used once,
  and `ami.Manager` dials, checks and watches.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager as PanoramiskManager
from panoramisk.message import Message

from ivr.errors import CommandRefused, NotConnected, ProtocolError
from ivr.telephony.ami.messages import Cutter

log = logging.getLogger(__name__)
MESSAGE_BYTES = 1 << 20
Fields = Mapping[str, str]


class _Action(Action):  # type: ignore[misc]  # panoramisk has no types
    @property
    def multi(self) -> bool:
        """Whether more messages follow the first answer."""
        first = self.responses[0]
        follows = first.eventlist.lower() == "start" or "async" in self
        return first.response == "Success" and follows


class _Wire(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    closed: bool

    def __init__(self, link: Link) -> None:
        self._link = link
        self._cutter = Cutter(MESSAGE_BYTES)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.factory = self._link  # panoramisk sets it only later: the first bytes may come before
        self._link.wire = self

    def data_received(self, data: bytes) -> None:
        try:
            texts = self._cutter.feed(data)
        except ProtocolError as wrong:
            log.error("AMI link cut: %s", wrong)
            self.close()
            return
        for text in texts:
            if not self.closed:
                self._message(text)

    def _message(self, text: str) -> None:
        message = Message.from_line(text)
        if message is None:
            log.warning("an AMI message without Event and Response was dropped")
            return
        for name, value in message.items():
            if isinstance(value, list):
                message[name] = "\n".join(value)  # panoramisk expects plain text in the headers it looks at
        try:
            self.handle_message(message)
        except Exception:
            log.exception("an AMI message was dropped")

    def close(self) -> None:
        """Cut the connection and fail what waits for an answer; panoramisk would keep it to send it again."""
        waiting = list(self.responses.values())
        self.responses.clear()
        for action in waiting:
            if not action.future.done():
                action.future.set_exception(NotConnected("the AMI link broke before the answer came"))
        if not self.closed:
            self.closed = True
            self.transport.abort()
            self._link.connection_lost(None)


class Link(PanoramiskManager):  # type: ignore[misc]  # panoramisk has no types
    """One connection to the manager port, from dialling to its loss; then make a new one."""

    def __init__(self, host: str, port: int, on_event: Callable[[Link, Fields], None]) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(host=host, port=port, loop=loop, log=log, protocol_factory=lambda: _Wire(self))
        self.awaiting_actions: deque[Action] = deque(maxlen=0)  # nothing is ever kept to be sent again
        self.wire: _Wire | None = None
        self.lost: asyncio.Future[None] = loop.create_future()
        self.early: deque[Fields] = deque(maxlen=1000)
        self.register_event("*", lambda _manager, message: on_event(self, _fields(message)))

    def connection_made(self, f: asyncio.Task[Any]) -> None:
        """A failed connection is the dialler's to see: panoramisk would start to reconnect."""
        if not f.cancelled() and f.exception() is None:
            super().connection_made(f)

    def connection_lost(self, exc: object) -> None:
        """Remember that this link is gone; panoramisk would reconnect."""
        if not self.lost.done():
            self.lost.set_result(None)

    def ping(self) -> None:
        """Nothing: `ami.Manager` pings, and listens for the answer."""

    def send_awaiting_actions(self, *_: object) -> None:
        """Nothing: no action is sent twice."""

    async def ask(self, fields: Mapping[str, object]) -> list[Fields]:
        """Send an action and wait for its answer and, where it is a list or an Originate, its events.
        The caller sets the deadline. Raises NotConnected when the link is or gets lost, CommandRefused when
        the answer is an error."""
        if self.wire is None or self.wire.closed or self.wire.transport.is_closing():
            raise NotConnected("the AMI link is down")
        action = _Action(fields)
        future: asyncio.Future[Message | list[Message]] = self.send_action(action)
        try:
            answer = await future
        finally:
            self.wire.responses.pop(action.id, None)  # a late answer must find nobody
        messages = answer if isinstance(answer, list) else [answer]
        if not messages[0].success:
            raise CommandRefused(f"AMI {fields['Action']}: {messages[0].message or messages[0].response}")
        return [_fields(message) for message in messages]

    def drop(self) -> None:
        """Cut the connection, if there is one."""
        self.close()
        if self.wire is not None:
            self.wire.close()


def _fields(message: Message) -> dict[str, str]:
    """The headers alone; panoramisk adds the body of old Asterisks' answers as one more."""
    return {name: value for name, value in message.items() if name != "content"}
