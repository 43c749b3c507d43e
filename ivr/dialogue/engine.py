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

from enum import Enum, auto

from ivr.dialogue.arrival import ELDERLY_DIRECT, arrive, elderly_queue, queue_open
from ivr.dialogue.handoff import OUTCOME_PROMPTS, Request, transferring
from ivr.dialogue.ladder import Ladder, Miss, Step
from ivr.dialogue.ledger import Ledger
from ivr.dialogue.model import (
    Caller,
    End,
    Event,
    Failed,
    HungUp,
    Key,
    Listen,
    NoInput,
    QueueEnded,
    QueueOutcome,
    Say,
    Then,
    Turn,
)
from ivr.dialogue.path import Path
from ivr.flow.model import (
    QUEUE_OFFER_LEAVE,
    QUEUE_OFFER_MENU,
    QUEUE_OFFER_WAIT,
    Flow,
    HandoffReason,
    Leaf,
    LeafKind,
    Menu,
    Option,
    TargetKind,
)
from ivr.records.facts import Fact

#: Exhausted ladders in a row, with nobody to hand to, after which the call is ended.
MAX_STRANDED = 2

#: Faults of the line in a row after which the call is ended: nothing can be said to the caller.
MAX_FAULTS = 3


class Place(Enum):
    """Where the caller is."""

    MENU = auto()
    LEAF = auto()
    OFFER = auto()
    QUEUE = auto()
    OVER = auto()


class Conversation:
    """One call on one revision of the flow. `at` chooses the entry and the caller's age."""

    def __init__(self, flow: Flow, caller: Caller, at: int) -> None:
        self._flow = flow
        self._arrival = arrive(flow, caller, at)
        self._path = Path(self._arrival.root)
        self._ladder = Ladder()
        self._ledger = Ledger()
        self._language = flow.languages[0]
        self._elderly = self._arrival.elderly
        self._place = Place.MENU
        self._leaf: Leaf | None = None
        self._info_end: int | None = None  # prompts of the turn up to the leaf's last, while it is unheard
        self._request = Request(flow.agent_queue, HandoffReason.FALLBACK)
        self._now = at
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
        return self._place

    @property
    def path(self) -> tuple[str, ...]:
        """The menus from the root to the caller, by id."""
        return self._path.menus

    @property
    def leaf(self) -> str | None:
        """The consult leaf whose information the caller hears or has heard last, by id."""
        return self._leaf.id if self._place is Place.LEAF and self._leaf is not None else None

    def start(self, at: int) -> Turn:
        """The first turn, once the call is answered: greeting and menu, or straight to the elderly queue."""
        arrival = self._arrival
        self._begin(at)
        self._ledger.flow_chosen(self._flow.revision.id, arrival.entry, self._language)
        if arrival.direct:
            return self._hand_over(Request(elderly_queue(self._flow, at), HandoffReason.POLICY), *arrival.greeting)
        if not arrival.refused:
            return self._ask(*arrival.greeting)
        self._ledger.refused(HandoffReason.POLICY, self._flow.elderly.queue, "closed")
        return self._ask(*arrival.greeting, "agents_closed")

    def resume(self, event: QueueEnded, queue: str, reason: HandoffReason) -> Turn | None:
        """In place of `start`, where an application that has died since sent the caller to `queue`."""
        self._request = Request(queue, reason)
        self._place = Place.QUEUE
        self._first_key = False
        return self.on(event)

    def on(self, event: Event) -> Turn | None:
        """The next turn; None once the caller has hung up or the last turn was an `End`. An event
        that cannot happen where the caller is does no harm."""
        if self._place is Place.OVER:
            return None
        self._begin(event.at)
        match event:
            case HungUp(heard=heard):
                self._hung_up(heard)
                return None
            case Key(key=key, heard=heard):
                return self._key(key, heard)
            case NoInput():
                return self._no_input()
            case QueueEnded(outcome=outcome):
                return self._queue_ended(outcome)
            case Failed():
                return self._failed()

    # ---- events

    def _begin(self, at: int) -> None:
        self._now = at
        self._ledger.begin(at)

    def _hung_up(self, heard: int) -> None:
        self._hear(heard)
        self._ledger.left("hangup")
        self._closing = self._ledger.take()
        self._place = Place.OVER

    def _key(self, key: str, heard: int) -> Turn:
        first, self._first_key = self._first_key, False
        if self._place is Place.QUEUE:
            return self._wait()
        self._faults = 0
        self._hear(heard)
        if self._place is Place.OFFER and key in (QUEUE_OFFER_WAIT, QUEUE_OFFER_MENU, QUEUE_OFFER_LEAVE):
            return self._offer_key(key)
        match self._flow.keys.all().get(key):
            case "repeat":
                self._ledger.left("repeat", key)
                return self._ask()
            case "back":
                return self._back(key)
            case "agent":
                return self._agent(key)
            case "elderly":
                return self._elderly_key(key, first)
        if self._place is Place.MENU:
            for option in self._menu().options:
                if option.key == key:
                    return self._choose(option)
        return self._miss(Miss.NO_MATCH, "invalid", key)

    def _no_input(self) -> Turn:
        if self._place is Place.QUEUE:
            return self._wait()
        self._faults = 0
        if self._info_end is not None:
            self._hear(self._info_end)
        return self._miss(Miss.NO_INPUT, "timeout", None)

    def _queue_ended(self, outcome: QueueOutcome) -> Turn:
        self._ledger.left("agent")
        self._ladder.reset()
        if outcome is QueueOutcome.ANSWERED:
            return self._end("agent_left")
        if outcome is QueueOutcome.TIMEOUT:
            self._stranded = 0
        request = self._request = self._request.ended(outcome)
        if outcome is QueueOutcome.FAILED and request.failures == 1:
            return self._hand_over(request, "fault")
        self._place = Place.OFFER
        return self._ask(*OUTCOME_PROMPTS[outcome])

    def _failed(self) -> Turn:
        self._faults += 1
        self._ledger.left("agent")
        if self._faults >= MAX_FAULTS:
            return self._end()
        if self._place is Place.QUEUE:
            return self._wait()
        return self._hand_over(Request(self._flow.agent_queue, HandoffReason.FALLBACK), "fault")

    # ---- keys

    def _back(self, key: str) -> Turn:
        """D2. From a leaf or a queue's question, back is to the menu that led there."""
        if self._place is Place.MENU:
            self._ledger.left("back" if self._path.back() else "repeat", key)
        return self._to_menu()

    def _agent(self, key: str) -> Turn:
        self._ledger.left("agent", key)
        if self._place is Place.OFFER:
            return self._offer_key(QUEUE_OFFER_WAIT)
        self._progress()
        return self._hand_over(Request(self._flow.agent_queue, HandoffReason.KEY))

    def _elderly_key(self, key: str, first: bool) -> Turn:
        self._ledger.left("agent", key)
        self._progress()
        self._elderly = True
        if first and self._arrival.entry != ELDERLY_DIRECT:
            self._ledger.entry_changed(ELDERLY_DIRECT)
        return self._hand_over(Request(elderly_queue(self._flow, self._now), HandoffReason.ELDERLY_KEY))

    def _offer_key(self, key: str) -> Turn:
        self._progress()
        if key == QUEUE_OFFER_WAIT:
            return self._hand_over(self._request.again())
        if key == QUEUE_OFFER_MENU:
            self._path.home()
            return self._to_menu()
        return self._end()

    def _choose(self, option: Option) -> Turn:
        self._ledger.left("choice", option.key)
        self._progress()
        if option.language is not None and option.language != self._language:
            self._language = option.language
            self._ledger.language_chosen(option.language)
        match option.target.kind:
            case TargetKind.MENU:
                self._path.enter(option.target.id)
                return self._to_menu()
            case TargetKind.LEAF:
                return self._to_leaf(self._flow.leaves[option.target.id])
            case TargetKind.HANDOFF:
                return self._hand_over(Request(option.target.id, HandoffReason.KEY))

    def _to_leaf(self, leaf: Leaf) -> Turn:
        if leaf.kind is LeafKind.CONSULT:
            self._place, self._leaf = Place.LEAF, leaf
            return self._ask()
        request = Request(leaf.queue or self._flow.agent_queue, leaf.reason or HandoffReason.POLICY)
        return self._hand_over(request, *leaf.say)

    def _progress(self) -> None:
        """A valid choice: the misses are forgotten."""
        self._ladder.reset()
        self._stranded = 0

    # ---- misses

    def _miss(self, kind: Miss, outcome: str, key: str | None) -> Turn:
        self._ledger.left(outcome, key)
        extra = self._flow.elderly.extra_misses if self._elderly else 0
        unheard = self._info_end is not None
        match self._ladder.miss(kind, self._flow.misses.rephrase + extra):
            case Step.REPHRASE:
                return self._ask(kind.value, info=unheard)
            case Step.OFFER_AGENT:
                return self._ask("agent_offer", info=unheard)
            case Step.HAND_OVER:
                return self._exhausted()

    def _exhausted(self) -> Turn:
        """The last step: to an agent, from a queue's question back into that queue. See the module
        docstring for the caller who cannot be handed to anybody."""
        self._ladder.reset()
        offer = self._place is Place.OFFER
        request = self._request.again() if offer else Request(self._flow.agent_queue, HandoffReason.FALLBACK)
        closed = not queue_open(self._flow, request.queue, self._now)
        if closed or (offer and request.outcome is not QueueOutcome.TIMEOUT):
            self._stranded += 1
        if self._stranded < MAX_STRANDED:
            return self._hand_over(request, "handing_over")
        if closed:
            self._ledger.refused(request.reason, request.queue, "closed")
            return self._end("agents_closed")
        return self._end(*(OUTCOME_PROMPTS[request.outcome] if request.outcome else ()))

    # ---- turns

    def _menu(self) -> Menu:
        return self._flow.menus[self._path.menu]

    def _hear(self, heard: int) -> None:
        """`heard` prompts of the turn were spoken to their end."""
        if self._leaf is not None and self._info_end is not None and heard >= self._info_end:
            self._info_end = None
            self._ledger.leaf_completed(self._leaf.id)

    def _to_menu(self, *before: str) -> Turn:
        self._place = Place.MENU
        return self._ask(*before)

    def _ask(self, *before: str, info: bool = True) -> Turn:
        """Speak `before`, then what the caller is asked here; `info`: with the leaf's information."""
        self._info_end = None
        timeout = self._flow.no_input_ms
        if self._place is Place.MENU:
            menu = self._menu()
            self._ledger.entered(menu)
            question: tuple[str, ...] = (menu.prompt, "keys")
            timeout = menu.no_input_ms
        elif self._place is Place.LEAF and self._leaf is not None:
            spoken = self._leaf.say if info else ()
            self._info_end = len(before) + len(spoken) if info else None
            question = (*spoken, "after_leaf")
        else:
            question = ("queue_offer",)
        if self._elderly:
            timeout = round(timeout * self._flow.elderly.timeout_factor)
        return self._turn((*before, *question), Listen(timeout))

    def _hand_over(self, request: Request, *before: str) -> Turn:
        """Speak `before`, announce the transfer and queue; a closed queue leads to the menu instead (CBA 七)."""
        if not queue_open(self._flow, request.queue, self._now):
            self._ledger.refused(request.reason, request.queue, "closed")
            return self._to_menu("agents_closed")
        self._ledger.requested(request.reason, request.queue)
        self._request = request
        self._place, self._info_end = Place.QUEUE, None
        announcement = transferring(self._flow, request.queue)
        return self._turn((*before, announcement), request.enqueue(self._flow, self._elderly))

    def _wait(self) -> Turn:
        """On to the queue, whose music starts at once, with nothing said before."""
        return self._turn((), self._request.enqueue(self._flow, self._elderly))

    def _end(self, *before: str) -> Turn:
        self._place = Place.OVER
        return self._turn((*before, "goodbye"), End())

    def _turn(self, say: tuple[str, ...], then: Then) -> Turn:
        variant = "elderly" if self._elderly else "normal"
        return Turn(tuple(Say(prompt) for prompt in say), then, self._ledger.take(), self._language, variant)
