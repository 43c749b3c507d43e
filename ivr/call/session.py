"""One caller's call as long as it lasts: its conversation, carried across the segments in which Asterisk
hands it to the application (menu, queue in the dialplan, menu again)."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from ivr.call.ear import Ears
from ivr.call.line import Line, wall_ms
from ivr.call.queues import asterisk_queue, flow_queue
from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import Caller, End, Enqueue, Event, HungUp, QueueEnded, QueueOutcome, Spoke, Turn
from ivr.errors import CallerGone, TelephonyError
from ivr.flow.model import Flow, HandoffReason
from ivr.nlu import Understanding
from ivr.records.facts import AppLost, CallerSpoke, Fact, HandoffLeft
from ivr.records.numbers import e164
from ivr.speech.catalogue import Catalogue
from ivr.telephony.agi import AgiCall

log = logging.getLogger(__name__)

#: app_queue's QUEUESTATUS → what became of the visit. CONTINUE: an agent talked to the caller and hung up.
_STATUS = {
    "CONTINUE": QueueOutcome.ANSWERED,
    "TIMEOUT": QueueOutcome.TIMEOUT,
    "JOINEMPTY": QueueOutcome.NO_AGENTS,
    "LEAVEEMPTY": QueueOutcome.NO_AGENTS,
    "JOINUNAVAIL": QueueOutcome.NO_AGENTS,
    "LEAVEUNAVAIL": QueueOutcome.NO_AGENTS,
    "FULL": QueueOutcome.FULL,
}
#: QueueOutcome → `outcome` of the handoff in the record.
_LEFT = {
    QueueOutcome.TIMEOUT: "timeout",
    QueueOutcome.NO_AGENTS: "no_agents",
    QueueOutcome.FULL: "full",
    QueueOutcome.FAILED: "no_agents",
}
#: QUEUESTATUS of a queue that the caller left without an agent → `outcome` of the handoff.
QUEUE_LEFT = {status: _LEFT[outcome] for status, outcome in _STATUS.items() if outcome in _LEFT}


#: Turn id, epoch ms, 8 kHz 16 bit sound → the file's name, or None where it is not kept.
Keep = Callable[[str, int, bytes], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Service:
    """A revision of the flow, its recordings and, where speech is understood, how; new calls are served with it."""

    flow: Flow
    catalogue: Catalogue
    understanding: Understanding | None = None


@dataclass(frozen=True, slots=True)
class Listening:
    """What a node listens with; `keep`, where the settings say so, takes an utterance's turn id, time and sound for
    labelling (CBA 二十一) and names the file, or says None."""

    ears: Ears
    keep: Keep | None = None


class Session:
    """One live call. `note` takes its facts. `waiting` is the turn that sent the caller to a queue. `spoken`: the
    caller has heard the dialplan already. Without `listening` the call goes by keys alone."""

    def __init__(
        self,
        call_id: str,
        service: Service,
        note: Callable[[Fact], None],
        *,
        spoken: bool = False,
        listening: Listening | None = None,
    ) -> None:
        self.call_id = call_id
        self.service = service
        self.waiting: Turn | None = None
        self._note = note
        self._conversation: Conversation | None = None
        self._spoken = spoken
        self._busy = asyncio.Lock()
        self._listening = listening
        self._turn_ids = (f"{call_id}-t{number}" for number in itertools.count(1))

    async def serve(self, agi: AgiCall) -> None:
        """Serve one segment: from here until the caller hangs up, goes to a queue, or is bidden goodbye."""
        async with self._busy:
            try:
                await self._segment(agi)
            except CallerGone:
                return
            except TelephonyError as wrong:
                # Asterisk does not answer as it should: the connection is closed, and the dialplan's fallback goes on.
                log.error("call %s: given back to the dialplan: %s", self.call_id, wrong)

    async def _segment(self, agi: AgiCall) -> None:
        turn = self._first_turn(agi)
        ears = self._listening.ears if self._listening is not None else None
        line = Line(agi, self.service, self._note, spoken_before=self._spoken, turn_ids=self._turn_ids, ears=ears)
        self._spoken = True
        try:
            while turn is not None:
                for fact in turn.facts:
                    self._note(fact)
                event = await line.perform(turn)
                if event is None:
                    await self._leave(agi, turn)
                    return
                turn = self._next(event)
                if isinstance(event, Spoke):
                    turn = await self._kept(turn, line.utterance)
        finally:
            await line.close()

    async def _kept(self, turn: Turn | None, sound: bytes) -> Turn | None:
        """The turn, its record naming the sound of what was said where that is kept; never that of a personal one."""
        keep = self._listening.keep if self._listening is not None else None
        if keep is None or turn is None:
            return turn
        facts: list[Fact] = []
        for fact in turn.facts:
            if isinstance(fact, CallerSpoke) and not fact.pii:
                fact = replace(fact, audio_ref=await keep(fact.turn_id, fact.t, sound))
            facts.append(fact)
        return replace(turn, facts=tuple(facts))

    def lost(self, t: int) -> None:
        """The dialplan had to take the call back: the application did not answer in time."""
        self.waiting = None
        self._note(AppLost(t, "fallback"))

    def caller_gone(self, t: int) -> None:
        """The caller hung up while no segment was being served (in a queue, with an agent)."""
        if self._conversation is not None and not self._busy.locked():
            self._next(HungUp(t, 0))

    def _first_turn(self, agi: AgiCall) -> Turn | None:
        now, status = agi.began, agi.env.get("agi_arg_2", "")
        caller = Caller(_number(agi))
        if self._conversation is None:
            self._conversation = self._begun(caller, now)
            queue = flow_queue(agi.env.get("agi_arg_3", ""))
            reason = agi.env.get("agi_arg_4", "")
            if status and queue in self.service.flow.queues and reason in set(HandoffReason):
                # An application that has died since sent the caller to the queue.
                return self._conversation.resume(self._ended(status, now), queue, HandoffReason(reason))
            return self._conversation.start(now)
        if self.waiting is None or not status:
            # The dialplan came back on its own (its fallback found no agent): begin afresh, the record goes on.
            self._conversation = self._begun(caller, now)
            return self._conversation.start(now)
        self.waiting = None
        return self._conversation.on(self._ended(status, now))

    def _begun(self, caller: Caller, now: int) -> Conversation:
        """The caller is asked to speak only where that can be recognised now."""
        hears = self._listening is not None and self._listening.ears.ready
        return Conversation(self.service.flow, caller, now, self.service.understanding if hears else None)

    def _ended(self, status: str, now: int) -> QueueEnded:
        outcome = _STATUS.get(status, QueueOutcome.FAILED)
        if outcome in _LEFT:
            self._note(HandoffLeft(now, _LEFT[outcome]))
        return QueueEnded(now, outcome)

    def _next(self, event: Event) -> Turn | None:
        assert self._conversation is not None
        turn = self._conversation.on(event)
        if turn is None:
            for fact in self._conversation.closing:
                self._note(fact)
        return turn

    async def _leave(self, agi: AgiCall, turn: Turn) -> None:
        """Tell the dialplan what to do next; it does it even if the application dies now."""
        try:
            if isinstance(turn.then, Enqueue):
                await self._to_queue(agi, turn, turn.then)
            elif isinstance(turn.then, End):
                await agi.set_variable("IVR_NEXT", "end")
        except CallerGone:
            self._next(HungUp(wall_ms(), len(turn.say)))

    async def _to_queue(self, agi: AgiCall, turn: Turn, then: Enqueue) -> None:
        queue = self.service.flow.queues[then.queue]
        self.waiting = turn
        values = {
            "IVR_QUEUE": asterisk_queue(then.queue),
            "IVR_PRIORITY": str(then.priority),
            "IVR_WAIT": str(max(1, round(queue.wait_ms / 1000))),
            "IVR_REASON": str(then.reason),
            "__IVR_RECORD": "1" if queue.record else "",
            "__IVR_NOTES": "; ".join(f"{name}={value}" for name, value in then.notes.items()),
            "IVR_NEXT": "queue",
        }
        for name, value in values.items():
            await agi.set_variable(name, value)


def _number(agi: AgiCall) -> str | None:
    return e164(agi.env.get("agi_callerid", ""))
