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
* The ladder's end with no agent to hand to (queue closed, empty, full or out of order) leads once
  back to the question; the second time in a row the caller is told so and bidden goodbye. A full
  wait in the queue, an answer and every valid choice start that count afresh.
"""

from __future__ import annotations

from ivr.dialogue.arrival import ELDERLY_DIRECT, arrive, elderly_queue, serving
from ivr.dialogue.handoff import OUTCOME_PROMPTS, Request
from ivr.dialogue.ladder import Ladder, Miss, Step
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
    QueueOutcome,
    Spoke,
    Turn,
)
from ivr.dialogue.scene import Place, Scene
from ivr.flow.model import (
    QUEUE_OFFER_LEAVE,
    QUEUE_OFFER_MENU,
    QUEUE_OFFER_WAIT,
    Flow,
    HandoffReason,
    Leaf,
    LeafKind,
    Option,
    TargetKind,
)
from ivr.records.facts import Fact

#: Exhausted ladders in a row, with nobody to hand to, after which the call is ended.
MAX_STRANDED = 2

#: Faults of the line in a row after which the call is ended: nothing can be said to the caller.
MAX_FAULTS = 3


class Conversation:
    """One call on one revision of the flow. `at` chooses the entry and the caller's age."""

    def __init__(self, flow: Flow, caller: Caller, at: int) -> None:
        self._flow = flow
        self._arrival = arrive(flow, caller, at)
        self._scene = Scene(flow, self._arrival, at)
        self._ladder = Ladder()
        self._first_key = True
        self._stranded = 0
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
        """The consult leaf whose information the caller hears or has heard last, by id."""
        return self._scene.leaf.id if self._scene.place is Place.LEAF and self._scene.leaf is not None else None

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
            return self._scene.ask(*arrival.greeting)
        self._scene.ledger.refused(HandoffReason.POLICY, self._flow.elderly.queue, "closed")
        return self._scene.ask(*arrival.greeting, "agents_closed")

    def resume(self, event: QueueEnded, queue: str, reason: HandoffReason) -> Turn | None:
        """In place of `start`, where an application that has died since sent the caller to `queue`."""
        self._scene.request = Request(queue, reason)
        self._scene.place = Place.QUEUE
        self._first_key = False
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
            case Key(key=key, heard=heard):
                return self._key(key, heard)
            case NoInput() | HearingLost() | Spoke() | Digits():
                return self._no_input()
            case QueueEnded(outcome=outcome):
                return self._queue_ended(outcome)
            case Failed():
                return self._failed()

    # ---- events

    def _hung_up(self, heard: int) -> None:
        self._scene.hear(heard)
        self._scene.ledger.left("hangup")
        self._closing = self._scene.ledger.take()
        self._scene.place = Place.OVER

    def _key(self, key: str, heard: int) -> Turn:
        first, self._first_key = self._first_key, False
        if self._scene.place is Place.QUEUE:
            return self._scene.wait()
        self._faults = 0
        self._scene.hear(heard)
        if self._scene.place is Place.OFFER and key in (QUEUE_OFFER_WAIT, QUEUE_OFFER_MENU, QUEUE_OFFER_LEAVE):
            return self._offer_key(key)
        match self._flow.keys.all().get(key):
            case "repeat":
                self._scene.ledger.left("repeat", key)
                return self._scene.ask()
            case "back":
                return self._back(key)
            case "agent":
                return self._agent(key)
            case "elderly":
                return self._elderly_key(key, first)
        if self._scene.place is Place.MENU:
            for option in self._scene.menu.options:
                if option.key == key:
                    return self._choose(option)
        return self._miss(Miss.NO_MATCH, "invalid", key)

    def _no_input(self) -> Turn:
        if self._scene.place is Place.QUEUE:
            return self._scene.wait()
        self._faults = 0
        self._scene.hear()
        return self._miss(Miss.NO_INPUT, "timeout", None)

    def _queue_ended(self, outcome: QueueOutcome) -> Turn:
        self._scene.ledger.left("agent")
        self._ladder.reset()
        if outcome is QueueOutcome.ANSWERED:
            return self._scene.end("agent_left")
        if outcome is QueueOutcome.TIMEOUT:
            self._stranded = 0
        request = self._scene.request = self._scene.request.ended(outcome)
        if outcome is QueueOutcome.FAILED and request.failures == 1:
            return self._scene.hand_over(request, "fault")
        return self._scene.to_offer(*OUTCOME_PROMPTS[outcome])

    def _failed(self) -> Turn:
        self._faults += 1
        self._scene.ledger.left("agent")
        if self._faults >= MAX_FAULTS:
            return self._scene.end()
        if self._scene.place is Place.QUEUE:
            return self._scene.wait()
        return self._scene.hand_over(Request(self._flow.agent_queue, HandoffReason.FALLBACK), "fault")

    # ---- keys

    def _back(self, key: str) -> Turn:
        """D2. From a leaf or a queue's question, back is to the menu that led there."""
        if self._scene.place is Place.MENU:
            self._scene.ledger.left("back" if self._scene.path.back() else "repeat", key)
        return self._scene.to_menu()

    def _agent(self, key: str) -> Turn:
        self._scene.ledger.left("agent", key)
        if self._scene.place is Place.OFFER:
            return self._offer_key(QUEUE_OFFER_WAIT)
        self._progress()
        return self._scene.hand_over(Request(self._flow.agent_queue, HandoffReason.KEY))

    def _elderly_key(self, key: str, first: bool) -> Turn:
        self._scene.ledger.left("agent", key)
        self._progress()
        self._scene.elderly = True
        if first and self._arrival.entry != ELDERLY_DIRECT:
            self._scene.ledger.entry_changed(ELDERLY_DIRECT)
        return self._scene.hand_over(Request(elderly_queue(self._flow, self._scene.now), HandoffReason.ELDERLY_KEY))

    def _offer_key(self, key: str) -> Turn:
        self._progress()
        if key == QUEUE_OFFER_WAIT:
            return self._scene.hand_over(self._scene.request.again())
        if key == QUEUE_OFFER_MENU:
            self._scene.path.home()
            return self._scene.to_menu()
        return self._scene.end()

    def _choose(self, option: Option) -> Turn:
        self._scene.ledger.left("choice", option.key)
        self._progress()
        if option.language is not None and option.language != self._scene.language:
            self._scene.language = option.language
            self._scene.ledger.language_chosen(option.language)
        match option.target.kind:
            case TargetKind.MENU:
                self._scene.path.enter(option.target.id)
                return self._scene.to_menu()
            case TargetKind.LEAF:
                return self._to_leaf(self._flow.leaves[option.target.id])
            case TargetKind.HANDOFF:
                return self._scene.hand_over(Request(option.target.id, HandoffReason.KEY))

    def _to_leaf(self, leaf: Leaf) -> Turn:
        if leaf.kind is LeafKind.CONSULT:
            return self._scene.to_leaf(leaf)
        request = Request(leaf.queue or self._flow.agent_queue, leaf.reason or HandoffReason.POLICY)
        return self._scene.hand_over(request, *leaf.say)

    def _progress(self) -> None:
        """A valid choice: the misses are forgotten."""
        self._ladder.reset()
        self._stranded = 0

    # ---- misses

    def _miss(self, kind: Miss, outcome: str, key: str | None) -> Turn:
        self._scene.ledger.left(outcome, key)
        extra = self._flow.elderly.extra_misses if self._scene.elderly else 0
        unheard = self._scene.unheard
        match self._ladder.miss(kind, self._flow.misses.rephrase + extra):
            case Step.REPHRASE:
                return self._scene.ask(kind.value, info=unheard)
            case Step.OFFER_AGENT:
                return self._scene.ask("agent_offer", info=unheard)
            case Step.HAND_OVER:
                return self._exhausted()

    def _exhausted(self) -> Turn:
        """The last step: to an agent, from a queue's question back into that queue. See the module
        docstring for the caller who cannot be handed to anybody."""
        self._ladder.reset()
        offer = self._scene.place is Place.OFFER
        request = self._scene.request.again() if offer else Request(self._flow.agent_queue, HandoffReason.FALLBACK)
        closed = not serving(self._flow, request.queue, self._scene.now)
        if closed or (offer and request.outcome is not QueueOutcome.TIMEOUT):
            self._stranded += 1
        if self._stranded < MAX_STRANDED:
            return self._scene.hand_over(request, "handing_over")
        if closed:
            self._scene.ledger.refused(request.reason, request.queue, "closed")
            return self._scene.end("agents_closed")
        return self._scene.end(*(OUTCOME_PROMPTS[request.outcome] if request.outcome else ()))
