"""Effects of the dialogue that outlive the call: a callback is promised, a message is recorded, heard again, kept."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from ivr.call.clock_steps import wall_ms
from ivr.call.effects import CallContext, Handler
from ivr.care import messages
from ivr.care.callbacks import Callbacks, Refusal, Wish
from ivr.errors import CallerGone, RecordsError
from ivr.flow.model import Flow
from ivr.flow.steps.effects import (
    Done,
    DropMessage,
    KeepMessage,
    PlayMessage,
    Recorded,
    RecordMessage,
    Refused,
    RequestCallback,
    Result,
    Unavailable,
    WriteComplaint,
)
from ivr.records import numbers
from ivr.records.store import Store
from ivr.serve.care.complaint_intake import ComplaintIntake
from ivr.serve.care.message_files import MessageFiles
from ivr.settings import Settings
from ivr.telephony.channels import asterisk_queue, flow_queue
from ivr.telephony.dialplan import Variable
from ivr.telephony.events.queue_board import QueueBoard

log = logging.getLogger(__name__)

#: These need the caller's line for themselves.
OF_THE_LINE = frozenset({RecordMessage, PlayMessage})


class CareEffects:
    """`flow` is what new calls are served with; `attend` is told that a callback was promised. `complaints` takes what
    is one; its `keep` is a task."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        board: QueueBoard,
        flow: Callable[[], Flow],
        attend: Callable[[], None],
    ) -> None:
        self._store, self._files, self._board = store, MessageFiles(settings), board
        self._flow, self._attend = flow, attend
        self.complaints = ComplaintIntake(settings, store, flow)
        self._book = Callbacks(store.work)
        self._numbers: defaultdict[str, itertools.count[int]] = defaultdict(lambda: itertools.count(1))

    @property
    def handlers(self) -> Mapping[type[Any], Handler]:
        """Who carries out which effect."""
        return {
            RequestCallback: self.request_callback,
            RecordMessage: self.record,
            PlayMessage: self.play,
            KeepMessage: self.keep,
            DropMessage: self.drop,
            **self.complaints.handlers,
        }

    @property
    def of_no_line(self) -> Mapping[type[Any], Handler]:
        """Of these, what can be done for somebody who has no line, because he writes."""
        return {
            RequestCallback: self.request_callback,
            WriteComplaint: self.write,
            DropMessage: self.drop,
            **self.complaints.handlers,
        }

    def place(self, call_id: str, queue: str) -> int | None:
        """The place that a call has kept in the queue that it left."""
        return self._board.kept(call_id, asterisk_queue(queue))

    async def request_callback(self, effect: RequestCallback, context: CallContext) -> Result:
        """Promise it, at the place where the caller stood. A number that was keyed is put into shape."""
        number = context.caller_number if effect.number is None else numbers.e164(effect.number)
        queue = self._flow().queues.get(effect.queue)
        priority = await self._priority(context, queue.priority if queue is not None else 0)
        place = self.place(context.call_id, effect.queue) or 0
        wish = Wish(context.call_id, effect.queue, number, effect.since, priority, place, context.open_page)
        promised = await asyncio.to_thread(self._book.promise, self._flow(), wish, wall_ms(), drill=context.drill)
        if isinstance(promised, Refusal):
            log.info("call %s: no callback: %s", context.call_id, promised)
            return Refused(promised.value)
        if not context.drill:
            self._attend()
        return Done()

    async def _priority(self, context: CallContext, otherwise: int) -> int:
        """What the caller had in the queue last."""
        said = await context.agi.get_variable(Variable.PRIORITY) if context.agi is not None else None
        return int(said) if said is not None and said.isascii() and said.isdecimal() else otherwise

    async def record(self, effect: RecordMessage, context: CallContext) -> Result:
        """Have the caller speak. Who hangs up while he does has left a message too: it is kept, and marked."""
        if context.agi is None:
            return Unavailable("nobody is there")
        ref = self._ref(context)
        if effect.complaint:
            return await self.complaints.record(effect, context, ref)
        try:
            ms = await self._files.record(context.agi, ref, effect.max_ms)
        except CallerGone:
            ms = await asyncio.to_thread(self._files.finish, ref)
            if context.drill:
                await asyncio.to_thread(self._files.drop, ref)
            elif ms:
                await self._left(ref, ms, context, context.caller_number, effect.about, confirmed=False)
            raise
        if ms and effect.instead_of:
            await asyncio.to_thread(self._files.drop, effect.instead_of)
        return Done(Recorded(ref if ms else "", ms))

    async def write(self, effect: WriteComplaint, context: CallContext) -> Result:
        """What somebody writes of his complaint."""
        return await self.complaints.write(effect, context, self._ref(context))

    def _ref(self, context: CallContext) -> str:
        return f"{context.call_id}-{next(self._numbers[context.call_id])}"

    async def play(self, effect: PlayMessage, context: CallContext) -> Result:
        """Let the caller hear it."""
        if context.agi is None:
            return Unavailable("nobody is there")
        complains = await asyncio.to_thread(self.complaints.has, effect.ref)
        await (self.complaints.files if complains else self._files).play(context.agi, effect.ref)
        return Done()

    async def keep(self, effect: KeepMessage, context: CallContext) -> Result:
        """It becomes a work item; its number is the reference. That of a drill is gone (D10)."""
        if context.drill:
            await asyncio.to_thread(self._files.drop, effect.ref)
            return Done()
        ms = await asyncio.to_thread(self._files.length_ms, effect.ref)
        try:
            item = await self._left(effect.ref, ms, context, effect.number, effect.about, confirmed=True)
        except RecordsError as wrong:
            log.error("call %s: a message could not be kept: %s", context.call_id, wrong)
            return Unavailable(str(wrong))
        await asyncio.to_thread(self._sweep)
        return Done(str(item))

    async def drop(self, effect: DropMessage, context: CallContext) -> Result:
        """Nothing of it is kept."""
        complains = await asyncio.to_thread(self.complaints.has, effect.ref)
        await asyncio.to_thread(self.complaints.drop if complains else self._files.drop, effect.ref)
        return Done()

    def _sweep(self) -> None:
        """What an application that died left behind, and nobody wants, goes in time."""
        items = self._store.work.items(open_only=False)
        if gone := self._files.sweep({one.audio for one in items if one.audio is not None}):
            log.info("%d old recordings that are no messages are deleted", gone)

    async def _left(
        self, ref: str, ms: int, context: CallContext, number: str | None, about: str, *, confirmed: bool
    ) -> int:
        said = await self._queue(context)
        left = messages.Left(
            ref, self._files.audio(ref), ms, context.call_id, said, number or context.caller_number, about, confirmed
        )
        return (await asyncio.to_thread(messages.keep, self._store.work, self._flow(), left, wall_ms())).id

    async def _queue(self, context: CallContext) -> str:
        """The queue that the caller stood in last, "" where he stood in none."""
        if context.agi is None or context.agi.hung_up:
            return ""
        return flow_queue(await context.agi.get_variable(Variable.QUEUE) or "")
