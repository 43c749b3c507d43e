"""Keeps the promises to call back: each open one has a stand-in in Asterisk's queue (extensions.conf [callback-place])
whenever it may; what came of it goes to the book. The book is in the database: a node that starts again goes on where
it was, with the stand-ins that Asterisk still has."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence

from ivr.call.callback_calls import CallbackCalls, CallbackEnd
from ivr.call.clock_steps import wall_ms
from ivr.call.switchboard import Recorder
from ivr.care import rules
from ivr.care.callbacks import Callbacks
from ivr.care.complaints.survey import called_back_for
from ivr.care.messages import Backlog, backlog
from ivr.errors import StoreError, TelephonyError
from ivr.flow.model import Flow
from ivr.metrics.rules import answered_handoff
from ivr.records.facts import Fact
from ivr.records.numbers import masked
from ivr.records.store import Store
from ivr.records.work.model import Callback
from ivr.serve.task_supervisor import Tasks
from ivr.telephony import channels
from ivr.telephony.ami.manager import Manager
from ivr.telephony.dialplan import Context, Variable

log = logging.getLogger(__name__)

#: The promises are looked at so often.
LOOK_SECONDS = 1.0
#: A stand-in waits so long at most; then it takes its place anew.
STANDS_SECONDS = 12 * 3600.0
#: After an application that died, the record of a call that is over is made so soon, or never.
RECORD_MS = 120_000

Alive = Callable[[], Awaitable[frozenset[str] | None]]
Seen = Callable[[str], Awaitable[Sequence[Fact]]]


class CallbackDialer:
    """`flow` is what new calls are served with; `alive` asks Asterisk which calls it has (None: it does not answer),
    `seen` reads what its own account (CEL) says of one; `occasion` is set when there is a new promise. Run `keep` as a
    task; give `calls.on_event` Asterisk's events, and tell `link_lost`."""

    def __init__(
        self,
        node: str,
        store: Store,
        manager: Manager,
        recorder: Recorder,
        flow: Callable[[], Flow],
        alive: Alive,
        seen: Seen,
        tasks: Tasks,
        occasion: asyncio.Event | None = None,
    ) -> None:
        self._node, self._store, self._manager, self._tasks = node, store, manager, tasks
        self._flow, self._alive, self._seen = flow, alive, seen
        self._book = Callbacks(store.work)
        self.calls = CallbackCalls(recorder, self._over)
        self._begun = wall_ms()
        self._serial = 0
        #: What came of calls that are over, not in the book yet.
        self._ends: dict[str, tuple[CallbackEnd, int]] = {}
        self._occasion = occasion or asyncio.Event()
        #: Stand-ins that were taken back, because the hour is over.
        self._withdrawn: set[str] = set()
        #: The ends of these may have gone unseen.
        self._unsure: set[str] = set()
        #: What waits, as it was at the last look.
        self.backlog = Backlog()

    def link_lost(self) -> None:
        """What happens to the stand-ins now is not seen."""
        self._unsure |= self.calls.calls

    async def keep(self) -> None:
        """Keep every promise as far as it may be now, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):  # no occasion: everything is looked at all the same
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._occasion.wait()
            self._occasion.clear()
            try:
                await self.look()
            except StoreError as wrong:
                log.warning("callbacks wait for the database: %s", wrong)

    async def look(self) -> None:
        """Look once at every promise. Raises StoreError."""
        self.backlog = await asyncio.to_thread(backlog, self._store.work, wall_ms())
        found = await asyncio.to_thread(self._book.open)
        unsure = bool(self._unsure) and self._manager.connected
        alive = await self._alive() if unsure or any(self._lost(one) for one in found) else frozenset[str]()
        if unsure and alive is not None:
            for call_id in self._unsure & self.calls.calls - alive:
                self.calls.missed(call_id, await self._seen(call_id), wall_ms())
            self._unsure.clear()
        for callback in found:
            await self._see_to(callback, alive)

    def _lost(self, callback: Callback) -> bool:
        """Whether a call stands for the customer that this application knows nothing of."""
        call_id = callback.call_id
        return call_id is not None and call_id not in self.calls.calls and call_id not in self._ends

    async def _see_to(self, callback: Callback, alive: frozenset[str] | None) -> None:
        call_id, now = callback.call_id, wall_ms()
        if call_id is not None and call_id in self._ends:
            await self._enter(callback, call_id)
        elif self._lost(callback):
            await self._find(callback, alive, now)
        elif call_id is not None:
            await self._withdraw(callback, call_id, now)
        elif callback.t_next <= now and self._manager.connected:
            await self._place(callback, now)

    # ---- a stand-in

    async def _place(self, callback: Callback, now: int) -> None:
        """Let a stand-in take the customer's place in the queue."""
        flow = self._flow()
        queue = flow.queues.get(callback.queue)
        if flow.callbacks is None or queue is None or not rules.allowed(flow.callbacks.numbers, callback.number):
            log.warning("callback %s: not possible any more, it becomes a work item", callback.parent_call_id)
            await asyncio.to_thread(self._book.give_up, flow, callback, now)
            return
        if not rules.may_call(flow, queue, now):
            return
        self._serial += 1
        call_id = f"{self._node}-{now // 1000}.{90_000_000 + self._serial}"
        placed = await asyncio.to_thread(self._book.placed, callback, call_id)
        self.calls.begin(call_id, placed, flow.numbers[0], now)
        self._tasks.once("callbacks", self._stand(placed, call_id, record=queue.record and not flow.recording_consent))

    async def _stand(self, callback: Callback, call_id: str, *, record: bool) -> None:
        number = rules.dialable(callback.number)
        assert number is not None, "a number that is allowed can be dialled"
        complaint = called_back_for(callback.parent_call_id)
        about = "" if complaint is None else f"; complaint={complaint}"
        values = {
            Variable.CALL: call_id,
            Variable.QUEUE: channels.asterisk_queue(callback.queue),
            Variable.PRIORITY: str(callback.priority),
            Variable.POSITION: str(callback.position) if callback.position else "",
            Variable.NUMBER: number,
            Variable.RECORD: "1" if record else "",
            Variable.CALLBACK: f"queue={callback.queue}; try={callback.tries + 1}; since={callback.t_requested}{about}",
        }
        try:
            await self._manager.originate(
                f"Local/s@{Context.CALLBACK_PLACE}/n",
                context=Context.CALLBACK_CUSTOMER,
                exten=number,
                variables={name.inherited: value for name, value in values.items()},
                ring=STANDS_SECONDS,
                channel_id=call_id,
            )
        except TelephonyError as wrong:
            # Nobody has taken it, or the link is down: what became of it Asterisk's events tell, or its list of calls.
            log.info("callback %s to %s: %s", callback.parent_call_id, masked(callback.number), wrong)
            await asyncio.sleep(LOOK_SECONDS)
            if self._manager.connected and not self.calls.taken(call_id):
                alive = await self._alive()
                if alive is not None and call_id not in alive:
                    self.calls.never_was(call_id, wall_ms())

    async def _withdraw(self, callback: Callback, call_id: str, now: int) -> None:
        """Nobody is called after hours: the stand-in goes, unless an agent has it."""
        flow = self._flow()
        queue = flow.queues.get(callback.queue)
        if self.calls.taken(call_id) or call_id in self._withdrawn:
            return
        if flow.callbacks is not None and queue is not None and rules.may_call(flow, queue, now):
            return
        self._withdrawn.add(call_id)
        try:
            await self._manager.action("Hangup", Channel=call_id, Cause=16)
        except TelephonyError as wrong:
            log.warning("stand-in %s could not be taken back: %s", call_id, wrong)
            self._withdrawn.discard(call_id)

    # ---- what came of it

    def _over(self, call_id: str, end: CallbackEnd, t: int) -> None:
        self._ends[call_id] = (end, t)
        self._withdrawn.discard(call_id)
        self._occasion.set()

    async def _enter(self, callback: Callback, call_id: str) -> None:
        end, _ = self._ends[call_id]
        now, flow = wall_ms(), self._flow()
        match end:
            case CallbackEnd.TALKED:
                made = await asyncio.to_thread(self._book.kept, callback, now)
            case CallbackEnd.IN_VAIN:
                made = await asyncio.to_thread(self._book.in_vain, flow, callback, now)
            case CallbackEnd.NOT_TAKEN:
                made = await asyncio.to_thread(self._book.not_taken, callback, now)
        del self._ends[call_id]
        log.info("callback %s: %s, %s, try %d", callback.parent_call_id, end.name, made.state, made.tries)

    async def _find(self, callback: Callback, alive: frozenset[str] | None, now: int) -> None:
        """An application that is gone began it: Asterisk has it still, or its record says what came of it."""
        call_id = callback.call_id
        if alive is None or call_id is None:
            return
        if call_id in alive:
            self.calls.adopt(call_id, await self._seen(call_id))
            return
        record = await asyncio.to_thread(self._store.get, call_id)
        if record is None and now - self._begun < RECORD_MS:
            return
        talked = record is not None and answered_handoff(record) is not None
        made = await asyncio.to_thread(self._book.kept if talked else self._book.not_taken, callback, now)
        log.info("callback %s after a restart: %s", callback.parent_call_id, made.state)
