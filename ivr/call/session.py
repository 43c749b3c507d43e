"""One caller's call as long as it lasts: its conversation, carried across the segments in which Asterisk
hands it to the application (menu, queue in the dialplan, menu again)."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from secrets import token_hex

from ivr.call.agents.call_summary import CallStory
from ivr.call.call_recording import CallRecording
from ivr.call.call_resources import CallResources
from ivr.call.clock_steps import wall_ms
from ivr.call.effects import CallContext, RunningEffects, idempotency_key
from ivr.call.line import Line
from ivr.call.served_flow import ServedFlow
from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import (
    Await,
    Caller,
    Digits,
    EffectEnded,
    End,
    Enqueue,
    Event,
    HungUp,
    Key,
    QueueEnded,
    QueueOutcome,
    Spoke,
    Turn,
)
from ivr.errors import CallerGone, TelephonyError
from ivr.flow.model import HandoffReason
from ivr.flow.steps.acts import Say
from ivr.flow.steps.effects import BankRequest, Result
from ivr.records import numbers
from ivr.records.emergency import InForce
from ivr.records.facts import AppLost, CallerSpoke, DrillJoined, Fact, HandoffLeft, TransactionEnded
from ivr.tasks import background
from ivr.telephony.agi.fastagi import AgiCall
from ivr.telephony.channels import asterisk_queue, flow_queue, is_try
from ivr.telephony.dialplan import NextStep, Variable

log = logging.getLogger(__name__)

#: app_queue's QUEUESTATUS → what became of the visit. CONTINUE: an agent talked to the caller and hung up; PASSEDBACK
#: is the dialplan's own word for an agent who passed the caller on to nobody, KEY for a key that leads to the question,
#: AGENTLOST for an agent whose telephone was lost in the talk.
_STATUS = {
    "CONTINUE": QueueOutcome.ANSWERED,
    "TIMEOUT": QueueOutcome.TIMEOUT,
    "JOINEMPTY": QueueOutcome.NO_AGENTS,
    "LEAVEEMPTY": QueueOutcome.NO_AGENTS,
    "JOINUNAVAIL": QueueOutcome.NO_AGENTS,
    "LEAVEUNAVAIL": QueueOutcome.NO_AGENTS,
    "FULL": QueueOutcome.FULL,
    "PASSEDBACK": QueueOutcome.PASSED_BACK,
    "KEY": QueueOutcome.ASKED,
    "AGENTLOST": QueueOutcome.AGENT_LOST,
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


class Session:
    """One live call. `note` takes its facts. `waiting` is the turn that sent the caller to a queue. `spoken`: the
    caller has heard the dialplan already. `node` is what the node gives its calls."""

    def __init__(
        self,
        call_id: str,
        service: ServedFlow,
        note: Callable[[Fact], None],
        *,
        spoken: bool = False,
        node: CallResources | None = None,
    ) -> None:
        node = node or CallResources()
        self._places = node.places
        #: From when on a key leads out of the queue, epoch s.
        self._offer_at = 0
        self.call_id = call_id
        self.service = service
        self.waiting: Turn | None = None
        self.story = CallStory(call_id)
        self._note = self._with_key(self.story.following(note))
        self._conversation: Conversation | None = None
        self._spoken = spoken
        self._busy = asyncio.Lock()
        #: The line went, and it is not known yet whether with the caller: Asterisk may have taken the call back.
        self._parted: HungUp | None = None
        self._over = self._stalled = False
        self._listening = node.listening
        self._recording = CallRecording(call_id, note)
        self._emergency = node.emergency
        self._called: str | None = None
        self._drilled = self._test = False
        self._who_calls = node.who_calls
        self._agi: AgiCall | None = None
        self._caller = Caller(None)
        self._token = ""
        self._effects = node.effects
        self._running = RunningEffects(node.effects, self._context)
        self._settling: set[asyncio.Task[None]] = set()
        self._turn_ids = (f"{call_id}-t{number}" for number in itertools.count(1))

    @property
    def serving(self) -> bool:
        """Whether a segment is in progress."""
        return self._busy.locked()

    async def serve(self, agi: AgiCall) -> None:
        """Serve one segment: from here until the caller hangs up, goes to a queue, or is bidden goodbye."""
        async with self._busy:
            self._agi, self._test = agi, is_try(agi.env.get("agi_channel", ""))
            try:
                await self._segment(agi)
            except CallerGone:
                return
            except TelephonyError as wrong:
                # Asterisk does not answer as it should: the connection is closed, and the dialplan's fallback goes on.
                log.error("call %s: given back to the dialplan: %s", self.call_id, wrong)
            finally:
                self._agi = None

    async def _segment(self, agi: AgiCall) -> None:
        turn = await self._first_turn(agi)
        resources = self._listening.resources if self._listening is not None else None
        line = Line(
            agi,
            self.service,
            self._note,
            spoken_before=self._spoken,
            turn_ids=self._turn_ids,
            resources=resources,
            recording=self._recording,
            effects=self._running,
        )
        self._spoken = True
        try:
            while turn is not None:
                for fact in turn.facts:
                    self._note(fact)
                event = await line.perform(turn)
                if event is None:
                    await self._leave(agi, turn)
                    return
                if not isinstance(event, EffectEnded):
                    self._settle_later(turn)
                if isinstance(event, HungUp):
                    self._part(event)
                    return
                turn = self._next(event)
                if isinstance(event, Spoke) or (isinstance(event, Key | Digits) and event.beside is not None):
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

    # ---- effects

    def _context(self) -> CallContext:
        drill = self._drilled or self._test
        return CallContext(self.call_id, self._token, self._caller.number, self._agi, drill)

    def _settle_later(self, turn: Turn) -> None:
        """The turn ended otherwise than with its effect: a write goes on without the caller, and how it ends is for the
        record."""
        then = turn.then
        if isinstance(then, Await) and (running := self._running.writing(then.number, then.effect)) is not None:
            task = background(self._settle(running), f"settling {self.call_id}")
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)

    async def _settle(self, running: asyncio.Task[Result]) -> None:
        conversation = self._conversation
        assert conversation is not None
        result = await running
        number = -1
        while (effect := conversation.settle(wall_ms(), result)) is not None:
            self._note_all(conversation.closing)
            result = await self._running.begin(number, effect)
            number -= 1
        self._note_all(conversation.closing)

    def _with_key(self, note: Callable[[Fact], None]) -> Callable[[Fact], None]:
        """Transactions are recorded with the key by which the bank knows them."""

        def noted(fact: Fact) -> None:
            if isinstance(fact, TransactionEnded):
                fact = replace(fact, key=idempotency_key(self._context(), int(fact.key)))
            note(fact)

        return noted

    def _note_all(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            self._note(fact)

    def lost(self, t: int, *, stalled: bool = False) -> None:
        """The dialplan had to take the call back: the application did not answer in time. `stalled`: it may bring it
        again soon, to go on where it was; otherwise it serves the caller by itself."""
        if not stalled:
            self.waiting = None
        self._stalled = stalled
        self._note(AppLost(t, "stalled" if stalled else "fallback"))
        if self._parted is not None and not stalled:
            self._next(self._parted)
            self._parted = None

    def caller_gone(self, t: int) -> None:
        """The caller has hung up."""
        self._over = True
        if self._parted is not None:  # also while the segment still closes what it listened with
            parted, self._parted = self._parted, None
            self._next(parted)
        elif self._conversation is not None and not self._busy.locked():
            self._next(HungUp(t, 0))

    def _part(self, event: HungUp) -> None:
        if self._over:
            self._next(event)
        else:
            self._parted = event

    async def _first_turn(self, agi: AgiCall) -> Turn | None:
        start = agi.start
        now, status = start.began, start.queue_status
        caller = self._caller
        if self._conversation is None:
            caller = self._caller = Caller(numbers.caller(start.caller)[0])
            self._called = await agi.get_variable(Variable.DID) if self.service.flow.emergency.drills.numbers else None
            self.story.caller_number = caller.number
            if self._who_calls is not None and not status:
                caller = self._caller = await self._who_calls(caller, self._context())
                now = wall_ms()
        if self._conversation is None:
            self._conversation = self._begun(caller, now)
            queue, reason = flow_queue(start.queue), start.reason
            if status and queue in self.service.flow.queues and reason in set(HandoffReason):
                # An application that has died since sent the caller to the queue.
                return self._conversation.resume(self._ended(status, now), queue, HandoffReason(reason))
            return self._conversation.start(now)
        stalled, self._stalled, self._parted = self._stalled, False, None
        if self.waiting is None or not status:
            if stalled:
                return self._conversation.again(now)
            # The dialplan came back on its own (its fallback found no agent): begin afresh, the record goes on.
            self._conversation = self._begun(caller, now)
            return self._conversation.start(now)
        self.waiting = None
        return self._next(replace(self._ended(status, now), queue=flow_queue(start.queue)))

    def _begun(self, caller: Caller, now: int) -> Conversation:
        """The caller is asked to speak only where that can be recognised now."""
        self._token = token_hex(4)
        hears = self._listening is not None and self._listening.resources.ready
        understanding = self.service.understanding if hears else None
        met = self._met(now)
        bank = self._effects.can(BankRequest)
        return Conversation(self.service.flow, caller, now, understanding, bank=bank, emergency=met)

    # ---- emergencies

    def _met(self, now: int) -> InForce | None:
        """The emergency under which the call is served now; a drill makes the call one, once and for all."""
        met = self.service.flow.emergency.met(self._emergency(), self._caller.number, self._called)
        if met is not None and met.drill and not self._drilled:
            self._drilled = True
            self._note(DrillJoined(now))
        return met

    def told_waiting(self) -> tuple[Say, ...]:
        """What the caller who waits has not been told yet, of what has happened and of what is announced."""
        if self._conversation is None:
            return ()
        self._conversation.meet(self._met(wall_ms()))
        return self._conversation.told_waiting()

    def _ended(self, status: str, now: int) -> QueueEnded:
        outcome = _STATUS.get(status, QueueOutcome.FAILED)
        if outcome in _LEFT:
            self._note(HandoffLeft(now, _LEFT[outcome]))
        return QueueEnded(now, outcome)

    def _next(self, event: Event) -> Turn | None:
        conversation = self._conversation
        assert conversation is not None
        conversation.meet(self._met(event.at))
        conversation.bank_answers(self._effects.bank_answers())
        if (turn := conversation.on(event)) is None:
            for fact in conversation.closing:
                self._note(fact)
        return turn

    async def _leave(self, agi: AgiCall, turn: Turn) -> None:
        """Tell the dialplan what to do next; it does it even if the application dies now."""
        try:
            if isinstance(turn.then, Enqueue):
                await self._to_queue(agi, turn, turn.then)
            elif isinstance(turn.then, End):
                await agi.set_variable(Variable.NEXT, NextStep.END)
        except CallerGone:
            self._part(HungUp(wall_ms(), len(turn.say)))

    async def _to_queue(self, agi: AgiCall, turn: Turn, then: Enqueue) -> None:
        queue = self.service.flow.queues[then.queue]
        self.waiting, self.story.answers = turn, then.notes
        offers = queue.callback or queue.message
        # where more than waiting is offered, a place is kept exactly; elsewhere who comes back goes before the others
        place = self._places(self.call_id, then.queue) if offers and then.again and not then.first else None
        if not then.again:
            self._offer_at = (wall_ms() + queue.offer_ms) // 1000
        values = {
            Variable.QUEUE: asterisk_queue(then.queue),
            Variable.PRIORITY: str(then.priority if place is None else then.priority - then.bonus),
            Variable.POSITION: "1" if then.first else "" if place is None else str(place),
            Variable.OFFER: str(self._offer_at) if offers else "",
            Variable.WAIT: str(max(1, round(queue.wait_ms / 1000))),
            Variable.REASON: str(then.reason),
            Variable.RECORD.inherited: "1" if then.record else "",
            Variable.NOTES.inherited: "; ".join(f"{name}={value}" for name, value in then.notes.items()),
            Variable.ABOUT.inherited: self.story.summary(wall_ms()).about,
            Variable.NEXT: NextStep.QUEUE,
        }
        for name, value in values.items():
            await agi.set_variable(name, value)
