"""The conversation with one caller: events in, turns out. Pure: no clock, no I/O, no chance.

Rules: D2 (repeat, back) and D3 (misses) of requirements 2.4; HB 7.2.1–7.2.4, CBA 七, 十二, 十四, 十九, 二十二.
Where the rules leave a choice:

* Back at the root repeats, and is recorded as `repeat`; an option that leads to a menu already
  passed returns to it, so the root stays the root.
* A wrong key while a leaf's information is spoken does not lose it: it is spoken again after the hint.
* A refused request (queue closed) skips what was to be said before the transfer: nobody hears
  "I am connecting you" and "we are closed" in one breath.
* A listed caller's way to the elderly queue has the reason `policy`: no key was pressed.
* While the elderly queue is closed and the agent key's queue is open, the elderly key leads there.
* Speech has no power that keys have not: whatever is said leads to a move of `ivr.dialogue.transitions` that keys can
  make. A guess that the caller denies counts as a miss, and is not guessed again until he has chosen something.
* While a leaf asks for an answer of several keys, 0 and 9 are digits; by themselves they lead to the agent and to the
  elderly queue as everywhere. The agent is then one of the leaf's own queue, and sees what was answered.
* A caller who does not answer a leaf's questions reaches its agents all the same, on the last step of the escalation.
* The reserved keys are announced in full until the caller has heard them to the end, once in each language, and briefly
  after; the elderly key comes right after the first words of the greeting and before every root menu.
* Whatever fails in recognition is told once; from then on the call goes by keys.
* Announcements come after the greeting and before the first menu, at the beginning of a leaf, and while the caller
  waits; in an emergency what has happened comes first. A key pressed during them chooses as it does during the menu.
* Agents whom an emergency does not keep cannot be had: the caller is told and back at the menu, or is called back. Who
  waits for them already waits on, and is told.
* The escalation's end with no agent to hand to (queue closed, empty, full or out of order) leads once
  back to the question; the second time in a row the caller is told so and bidden goodbye. A full
  wait in the queue, an answer and every valid choice start that count afresh.
"""

from __future__ import annotations

from dataclasses import replace

from ivr.bank.secret import Secret
from ivr.dialogue.announcer import Announcer
from ivr.dialogue.arrival import MENU, arrive, elderly_queue
from ivr.dialogue.escalation import Miss
from ivr.dialogue.handoff import Request
from ivr.dialogue.key_handler import Keys
from ivr.dialogue.model import (
    Caller,
    Digits,
    EffectEnded,
    Event,
    Failed,
    HungUp,
    Key,
    NoInput,
    QueueEnded,
    SecretKeys,
    SpeechUnavailable,
    Spoke,
    Turn,
)
from ivr.dialogue.speech_handler import SpeechHandler
from ivr.dialogue.state import IN_LEAF, DialogueState, Position
from ivr.dialogue.transitions import Transitions
from ivr.flow.model import Flow, HandoffReason
from ivr.flow.steps.acts import Choose, Perform, Say
from ivr.flow.steps.effects import Effect, InDoubt, OutcomeRequest, Result, is_write
from ivr.flow.steps.step import Identity
from ivr.nlu import Understanding
from ivr.records.emergency import InForce
from ivr.records.facts import EntryChanged, Fact

#: Faults of the line in a row after which the call is ended: nothing can be said to the caller.
MAX_FAULTS = 3

BOT = "bot"


class Conversation:
    """One call on one revision of the flow. `at` chooses the entry and the caller's age. With `understanding`, made of
    the same flow, menus that say so listen; without it the call goes by keys alone. Without a `bank`, what would ask
    the bank's systems is served by agents. `emergency`: what the call is served under. `written`: the customer writes
    (CBA 十七(一)): every menu understands him, and nothing is recorded."""

    def __init__(
        self,
        flow: Flow,
        caller: Caller,
        at: int,
        understanding: Understanding | None = None,
        *,
        bank: bool = True,
        emergency: InForce | None = None,
        written: bool = False,
    ) -> None:
        self._flow = flow
        announcer = Announcer(flow, at, emergency)
        self._arrival = arrive(flow, caller, at, announcer.measures)
        self._state = DialogueState(flow, caller, self._arrival, at, understanding, announcer, written=written)
        self._transitions = Transitions(flow, self._arrival, self._state, bank=bank)
        self._keys = Keys(flow, self._state, self._transitions)
        self._speech = SpeechHandler(flow, self._state, self._transitions, self._keys)
        self._first_key = True
        self._first_act = True
        self._faults = 0
        self._closing: tuple[Fact, ...] = ()

    @property
    def closing(self) -> tuple[Fact, ...]:
        """What `HungUp` added to the record; `on` has no turn to put it in."""
        return self._closing

    @property
    def place(self) -> Position:
        """Where the caller is."""
        return self._state.place

    @property
    def path(self) -> tuple[str, ...]:
        """The menus from the root to the caller, by id."""
        return self._state.path.menus

    @property
    def leaf(self) -> str | None:
        """The leaf whose information the caller hears or has heard last, or which asks him, by id."""
        state = self._state
        if state.place in IN_LEAF and state.run is not None:
            return state.run.leaf.id
        return state.leaf.id if state.place is Position.LEAF and state.leaf is not None else None

    @property
    def identity(self) -> Identity:
        """What is known of the caller."""
        return self._state.identity

    def bank_answers(self, yes: bool) -> None:
        """Whether the bank could be asked, as far as is known. Said before an event; True until then."""
        self._state.bank_answers = yes

    @property
    def options(self) -> tuple[str, ...]:
        """The words of what the caller chooses from, in the order of their keys."""
        return self._state.options

    @property
    def spoken_options(self) -> tuple[Say, ...]:
        """The same as prompts."""
        act = self._state.run.act if self._state.run is not None else None
        return act.options if self._state.place is Position.CHOOSE and isinstance(act, Choose) else ()

    @property
    def offered(self) -> tuple[str, ...]:
        """The keys of the queue's question, where the caller is asked it."""
        return self._state.offered if self._state.place is Position.OFFER else ()

    @property
    def guess(self) -> tuple[str, ...]:
        """The intents that the caller is asked to confirm, or to choose from."""
        return self._state.guess if self._state.place in (Position.CONFIRM, Position.WHICH) else ()

    def start(self, at: int) -> Turn:
        """The first turn, once the call is answered: greeting and menu, or straight to the elderly queue."""
        arrival = self._arrival
        self._state.begin(at)
        self._state.turn_facts.flow_chosen(self._flow.revision.id, arrival.entry, self._state.language)
        if arrival.direct:
            queue = elderly_queue(self._flow, at, self._state.announcer.measures)
            return self._state.hand_over(Request(queue, HandoffReason.POLICY), *arrival.greeting)
        told: tuple[str | Say, ...] = (*arrival.greeting, *self._state.announcer.before_menu())
        if not arrival.refused:
            return self._state.to_menu(*told)
        return self._state.to_menu(*told, self._state.refuse(Request(self._flow.elderly.queue, HandoffReason.POLICY)))

    def meet(self, emergency: InForce | None) -> None:
        """From now on the call is served under this emergency."""
        self._state.announcer.emergency = emergency

    def told_waiting(self) -> tuple[Say, ...]:
        """What the caller who waits in a queue has not been told yet; nothing where he does not wait."""
        state = self._state
        return state.announcer.in_queue(state.request.queue) if state.place is Position.QUEUE else ()

    def resume(self, event: QueueEnded, queue: str, reason: HandoffReason) -> Turn | None:
        """In place of `start`, where an application that has died since sent the caller to `queue`."""
        self._state.request = Request(queue, reason)
        self._state.place = Position.QUEUE
        self._first_key = self._first_act = False
        self._state.elderly |= reason is HandoffReason.ELDERLY_KEY
        return self.on(event)

    def again(self, at: int) -> Turn:
        """The turn that the caller has not heard to its end, anew: Asterisk had to take the call back for a moment."""
        self._state.begin(at)
        match self._state.place:
            case Position.QUEUE:
                return self._state.wait()
            case Position.OVER:
                return self._state.end()
            case Position.AWAIT if self.writing:
                # nobody knows what became of it meanwhile: the step looks it up
                return self._transitions.effect_ended(self._state.effect, InDoubt())
            case _:
                return self._transitions.repeat(None)

    @property
    def writing(self) -> bool:
        """Whether the caller waits for something that the bank is to carry out."""
        run = self._state.run
        act = run.act if run is not None else None
        return self._state.place is Position.AWAIT and isinstance(act, Perform) and is_write(act.effect)

    def settle(self, at: int, result: Result) -> Effect | None:
        """What became of a write whose caller is gone, for the record (`closing`): what must be looked up next for it,
        None where there is nothing more."""
        run = self._state.run
        if run is None or run.ending is not None:
            return None
        self._state.begin(at)
        run.give(result)
        self._closing = self._state.turn_facts.take()
        if isinstance(run.act, Perform) and isinstance(run.act.effect, OutcomeRequest):
            return run.act.effect
        run.drop()
        return None

    def on(self, event: Event) -> Turn | None:
        """The next turn; None once the caller has hung up or the last turn was an `End`. An event
        that cannot happen where the caller is does no harm."""
        if self._state.place is Position.OVER:
            return None
        self._state.begin(event.at)
        match event:
            case HungUp(heard=heard):
                self._hung_up(heard)
                return None
            case QueueEnded(outcome=outcome, queue=queue):
                if queue in self._flow.queues:
                    self._state.request = replace(self._state.request, queue=queue)
                return self._transitions.queue_ended(outcome)
            case Failed():
                return self._failed()
        if self._state.place is Position.QUEUE:
            return self._state.wait()
        self._faults = 0
        self._pressed(event)
        self._state.hear(None if isinstance(event, NoInput) else event.heard)
        match event:
            case Key(key=key, beside=beside):
                self._overtaken(beside)
                return self._key(key)
            case Digits(digits=digits, beside=beside):
                self._overtaken(beside)
                return self._digits(digits)
            case SecretKeys(secret=secret):
                return self._secret(secret)
            case Spoke():
                return self._spoke(event)
            case EffectEnded(number=number, result=result):
                return self._transitions.effect_ended(number, result)
            case SpeechUnavailable() if self._state.listening is not None:
                return self._transitions.speech_unavailable()
            case _ if self._state.place is Position.AWAIT:
                return self._state.ask(info=False)
            case _:
                return self._transitions.miss(Miss.NO_INPUT, "timeout", None)

    # ---- events

    def _hung_up(self, heard: int) -> None:
        self._state.hear(heard)
        self._state.turn_facts.left("hangup")
        self._closing = self._state.turn_facts.take()
        self._state.place = Position.OVER

    def _failed(self) -> Turn:
        self._faults += 1
        self._state.turn_facts.left("agent")
        if self._faults >= MAX_FAULTS:
            return self._state.end()
        return self._state.wait() if self._state.place is Position.QUEUE else self._transitions.fault()

    def _spoke(self, event: Spoke) -> Turn:
        first, self._first_act = self._first_act, False
        if self._state.understanding is None or self._state.listening is None:
            return self._transitions.repeat(None)  # nobody was listening
        turn, understood = self._speech.on(event, self._state.understanding)
        if first and understood and self._arrival.entry == MENU:
            return replace(turn, facts=(*turn.facts, EntryChanged(self._state.now, BOT)))
        return turn

    def _overtaken(self, beside: Spoke | None) -> None:
        if beside is not None and self._state.understanding is not None and self._state.listening is not None:
            self._speech.overtaken(beside, self._state.understanding)

    def _key(self, key: str) -> Turn:
        if self._state.place is Position.AWAIT and key not in (self._flow.keys.agent, self._flow.keys.elderly):
            return self._state.ask(info=False)
        first, self._first_key, self._first_act = self._first_key, False, False
        return self._keys.press(key, first=first)

    def _pressed(self, event: Event) -> None:
        """The record of keys; of secret ones nothing, not even how many."""
        facts = self._state.turn_facts
        if isinstance(event, SecretKeys) or self._state.place is Position.SECRET:
            facts.secret()
        elif isinstance(event, Key | Digits):
            pressed = event.key if isinstance(event, Key) else event.digits
            facts.pressed(pressed, heard=self._state.asked(event.heard))
        else:
            facts.paused()

    def _secret(self, secret: Secret) -> Turn:
        """The keys of a secret; the agent's or the elderly key alone is that key, as everywhere."""
        for key in (self._flow.keys.agent, self._flow.keys.elderly):
            if secret == Secret(key):
                return self._key(key)
        self._first_key = self._first_act = False
        if self._state.place is not Position.SECRET:
            return self._transitions.repeat(None)  # nobody asked for a secret
        return self._keys.secret(secret)

    def _digits(self, digits: str) -> Turn:
        """The keys of one answer; a single one is that key, as everywhere."""
        if len(digits) < 2:
            return self._key(digits or self._flow.keys.repeat)
        self._first_key = self._first_act = False
        return self._keys.value(digits) or self._transitions.miss(Miss.NO_MATCH, "invalid", None)
