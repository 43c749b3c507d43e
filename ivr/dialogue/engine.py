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
* Speech has no power that keys have not: whatever is said leads to a move of `ivr.dialogue.moves` that keys can make.
  A guess that the caller denies counts as a miss, and is not guessed again until he has chosen something.
* While a leaf asks for an answer of several keys, 0 and 9 are digits; by themselves they lead to the agent and to the
  elderly queue as everywhere. The agent is then one of the leaf's own queue, and sees what was answered.
* A caller who does not answer a leaf's questions reaches its agents all the same, on the last step of the ladder.
* Whatever fails in recognition is told once; from then on the call goes by keys.
* The ladder's end with no agent to hand to (queue closed, empty, full or out of order) leads once
  back to the question; the second time in a row the caller is told so and bidden goodbye. A full
  wait in the queue, an answer and every valid choice start that count afresh.
"""

from __future__ import annotations

from dataclasses import replace

from ivr.dialogue.arrival import MENU, arrive, elderly_queue
from ivr.dialogue.asking import keyed
from ivr.dialogue.handoff import Request
from ivr.dialogue.ladder import Miss
from ivr.dialogue.model import (
    Caller,
    Digits,
    Event,
    Failed,
    HearingLost,
    HungUp,
    Key,
    NoInput,
    QueueEnded,
    Spoke,
    Turn,
)
from ivr.dialogue.moves import Moves
from ivr.dialogue.scene import Place, Scene
from ivr.dialogue.speech import Speech
from ivr.flow.model import (
    QUEUE_OFFER_LEAVE,
    QUEUE_OFFER_MENU,
    QUEUE_OFFER_WAIT,
    Flow,
    HandoffReason,
    SlotKind,
)
from ivr.flow.speaking import NEITHER_KEY, NO_KEY, YES_KEY
from ivr.nlu import Understanding
from ivr.records.facts import EntryChanged, Fact

#: Faults of the line in a row after which the call is ended: nothing can be said to the caller.
MAX_FAULTS = 3

BOT = "bot"


class Conversation:
    """One call on one revision of the flow. `at` chooses the entry and the caller's age. With `understanding`, made of
    the same flow, menus that say so listen; without it the call goes by keys alone."""

    def __init__(self, flow: Flow, caller: Caller, at: int, understanding: Understanding | None = None) -> None:
        self._flow = flow
        self._arrival = arrive(flow, caller, at)
        self._scene = Scene(flow, self._arrival, at, understanding)
        self._moves = Moves(flow, self._arrival, self._scene)
        self._speech = Speech(flow, self._scene, self._moves)
        self._first_key = True
        self._first_act = True
        self._faults = 0
        self._closing: tuple[Fact, ...] = ()

    @property
    def closing(self) -> tuple[Fact, ...]:
        """What `HungUp` added to the record; `on` has no turn to put it in."""
        return self._closing

    @property
    def place(self) -> Place:
        """Where the caller is."""
        return self._scene.place

    @property
    def path(self) -> tuple[str, ...]:
        """The menus from the root to the caller, by id."""
        return self._scene.path.menus

    @property
    def leaf(self) -> str | None:
        """The leaf whose information the caller hears or has heard last, or which asks him, by id."""
        scene = self._scene
        if scene.place in (Place.ASK, Place.CHECK) and scene.form is not None:
            return scene.form.leaf.id
        return scene.leaf.id if scene.place is Place.LEAF and scene.leaf is not None else None

    @property
    def guess(self) -> tuple[str, ...]:
        """The intents that the caller is asked to confirm, or to choose from."""
        return self._scene.guess if self._scene.place in (Place.CONFIRM, Place.WHICH) else ()

    def start(self, at: int) -> Turn:
        """The first turn, once the call is answered: greeting and menu, or straight to the elderly queue."""
        arrival = self._arrival
        self._scene.begin(at)
        self._scene.ledger.flow_chosen(self._flow.revision.id, arrival.entry, self._scene.language)
        if arrival.direct:
            return self._scene.hand_over(
                Request(elderly_queue(self._flow, at), HandoffReason.POLICY), *arrival.greeting
            )
        if not arrival.refused:
            return self._scene.to_menu(*arrival.greeting)
        self._scene.ledger.refused(HandoffReason.POLICY, self._flow.elderly.queue, "closed")
        return self._scene.to_menu(*arrival.greeting, "agents_closed")

    def resume(self, event: QueueEnded, queue: str, reason: HandoffReason) -> Turn | None:
        """In place of `start`, where an application that has died since sent the caller to `queue`."""
        self._scene.request = Request(queue, reason)
        self._scene.place = Place.QUEUE
        self._first_key = self._first_act = False
        self._scene.elderly |= reason is HandoffReason.ELDERLY_KEY
        return self.on(event)

    def on(self, event: Event) -> Turn | None:
        """The next turn; None once the caller has hung up or the last turn was an `End`. An event
        that cannot happen where the caller is does no harm."""
        if self._scene.place is Place.OVER:
            return None
        self._scene.begin(event.at)
        match event:
            case HungUp(heard=heard):
                self._hung_up(heard)
                return None
            case QueueEnded(outcome=outcome):
                return self._moves.queue_ended(outcome)
            case Failed():
                return self._failed()
        if self._scene.place is Place.QUEUE:
            return self._scene.wait()
        self._faults = 0
        self._scene.hear(None if isinstance(event, NoInput) else event.heard)
        match event:
            case Key(key=key):
                return self._key(key)
            case Digits(digits=digits):
                return self._digits(digits)
            case Spoke():
                return self._spoke(event)
            case HearingLost() if self._scene.listening is not None:
                return self._moves.deaf()
            case _:
                return self._moves.miss(Miss.NO_INPUT, "timeout", None)

    # ---- events

    def _hung_up(self, heard: int) -> None:
        self._scene.hear(heard)
        self._scene.ledger.left("hangup")
        self._closing = self._scene.ledger.take()
        self._scene.place = Place.OVER

    def _failed(self) -> Turn:
        self._faults += 1
        self._scene.ledger.left("agent")
        if self._faults >= MAX_FAULTS:
            return self._scene.end()
        return self._scene.wait() if self._scene.place is Place.QUEUE else self._moves.fault()

    def _spoke(self, event: Spoke) -> Turn:
        first, self._first_act = self._first_act, False
        if self._scene.understanding is None or self._scene.listening is None:
            return self._moves.repeat(None)  # nobody was listening
        turn, understood = self._speech.on(event, self._scene.understanding)
        if first and understood and self._arrival.entry == MENU:
            return replace(turn, facts=(*turn.facts, EntryChanged(self._scene.now, BOT)))
        return turn

    def _key(self, key: str) -> Turn:
        first, self._first_key, self._first_act = self._first_key, False, False
        fixed = self._fixed(key)
        if fixed is not None:
            return fixed
        match self._flow.keys.all().get(key):
            case "repeat":
                return self._moves.repeat(key)
            case "back":
                return self._moves.back(key)
            case "agent":
                return self._moves.agent(HandoffReason.KEY, key)
            case "elderly":
                return self._moves.elderly(HandoffReason.ELDERLY_KEY, key, first=first)
        if self._scene.place is Place.MENU:
            for option in self._scene.menu.options:
                if option.key == key:
                    return self._moves.choose(option)
        return self._value(key) or self._moves.miss(Miss.NO_MATCH, "invalid", key)

    def _fixed(self, key: str) -> Turn | None:
        """A key of a question that the engine itself asks."""
        scene = self._scene
        match scene.place:
            case Place.OFFER if key in (QUEUE_OFFER_WAIT, QUEUE_OFFER_MENU, QUEUE_OFFER_LEAVE):
                return self._moves.offer(key)
            case Place.CONFIRM | Place.CHECK if key in (YES_KEY, NO_KEY):
                return self._moves.yes_no(key == YES_KEY)
            case Place.WHICH if key in (YES_KEY, NO_KEY):
                return self._moves.go_to_intent(scene.guess[key == NO_KEY])
            case Place.WHICH if key == NEITHER_KEY:
                return self._moves.not_that()
            case Place.ASK if self._asks_yes_no and key in (YES_KEY, NO_KEY):
                return self._moves.yes_no(key == YES_KEY)
            case _:
                return None

    @property
    def _asks_yes_no(self) -> bool:
        form = self._scene.form
        return form is not None and form.question.slot is SlotKind.YES_NO

    def _digits(self, digits: str) -> Turn:
        """The keys of one answer; a single one is that key, as everywhere."""
        if len(digits) < 2:
            return self._key(digits or self._flow.keys.repeat)
        self._first_key = self._first_act = False
        return self._value(digits) or self._moves.miss(Miss.NO_MATCH, "invalid", None)

    def _value(self, digits: str) -> Turn | None:
        """The answer to a leaf's question."""
        form = self._scene.form
        if form is None or self._scene.place is not Place.ASK:
            return None
        value = keyed(form.question.slot, digits, self._scene.today)
        return None if value is None else self._moves.answer(form, value)
