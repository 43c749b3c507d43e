"""Where the caller is, and the turns that can be spoken from there. `ivr.dialogue.engine` decides which."""

from __future__ import annotations

from enum import Enum, auto

from ivr.dialogue.arrival import Arrival, serving
from ivr.dialogue.handoff import Request, transferring
from ivr.dialogue.ledger import Ledger
from ivr.dialogue.model import End, Listen, Say, Then, Turn
from ivr.dialogue.path import Path
from ivr.flow.model import Flow, HandoffReason, Leaf, Menu


class Place(Enum):
    """Where the caller is."""

    MENU = auto()
    LEAF = auto()
    OFFER = auto()
    QUEUE = auto()
    OVER = auto()


class Scene:
    """`place` is where the caller is, `path` the menus that led there, `leaf` the consult leaf spoken
    last, `request` the last request for an agent, `elderly` whether the caller has the slow profile."""

    def __init__(self, flow: Flow, arrival: Arrival, at: int) -> None:
        self._flow = flow
        self._info_end: int | None = None  # prompts of the turn up to the leaf's last, while it is unheard
        self.now = at
        self.ledger = Ledger()
        self.path = Path(arrival.root)
        self.place = Place.MENU
        self.leaf: Leaf | None = None
        self.request = Request(flow.agent_queue, HandoffReason.FALLBACK)
        self.language = flow.languages[0]
        self.elderly = arrival.elderly

    def begin(self, at: int) -> None:
        """What follows happens at `at`."""
        self.now = at
        self.ledger.begin(at)

    @property
    def menu(self) -> Menu:
        """The menu the caller is at, or came from."""
        return self._flow.menus[self.path.menu]

    @property
    def unheard(self) -> bool:
        """Whether the information of the leaf the caller is at has not been heard to its end."""
        return self._info_end is not None

    def hear(self, heard: int | None = None) -> None:
        """`heard` prompts of the last turn (`None`: all) were spoken to their end."""
        if self.leaf is not None and self._info_end is not None and (heard is None or heard >= self._info_end):
            self._info_end = None
            self.ledger.leaf_completed(self.leaf.id)

    def to_menu(self, *before: str) -> Turn:
        """Speak `before`, then the menu the caller is at or came from."""
        self.place = Place.MENU
        return self.ask(*before)

    def to_leaf(self, leaf: Leaf) -> Turn:
        """Speak the consult leaf's information."""
        self.place, self.leaf = Place.LEAF, leaf
        return self.ask()

    def to_offer(self, *before: str) -> Turn:
        """Speak `before`, then ask whether to wait on in the queue."""
        self.place = Place.OFFER
        return self.ask(*before)

    def ask(self, *before: str, info: bool = True) -> Turn:
        """Speak `before`, then what the caller is asked here, and listen; `info`: a leaf's information too."""
        self._info_end = None
        timeout = self._flow.no_input_ms
        question: tuple[str, ...] = ("queue_offer",)
        if self.place is Place.MENU:
            self.ledger.entered(self.menu)
            question, timeout = (self.menu.prompt, "keys"), self.menu.no_input_ms
        elif self.place is Place.LEAF and self.leaf is not None:
            spoken = self.leaf.say if info else ()
            question = (*spoken, "after_leaf")
            self._info_end = len(before) + len(spoken) if info else None
        if self.elderly:
            timeout = round(timeout * self._flow.elderly.timeout_factor)
        return self._turn((*before, *question), Listen(timeout))

    def hand_over(self, request: Request, *before: str) -> Turn:
        """Speak `before`, announce the transfer and queue; a closed queue leads to the menu instead (CBA 七)."""
        if not serving(self._flow, request.queue, self.now):
            self.ledger.refused(request.reason, request.queue, "closed")
            return self.to_menu("agents_closed")
        self.ledger.requested(request.reason, request.queue)
        self.request = request
        self.place, self._info_end = Place.QUEUE, None
        announcement = transferring(self._flow, request.queue)
        return self._turn((*before, announcement), request.enqueue(self._flow, self.elderly))

    def wait(self) -> Turn:
        """On to the queue, whose music starts at once, with nothing said before."""
        return self._turn((), self.request.enqueue(self._flow, self.elderly))

    def end(self, *before: str) -> Turn:
        """Speak `before`, say goodbye and hang up (HB 7.2.2)."""
        self.place = Place.OVER
        return self._turn((*before, "goodbye"), End())

    def _turn(self, say: tuple[str, ...], then: Then) -> Turn:
        variant = "elderly" if self.elderly else "normal"
        return Turn(tuple(Say(prompt) for prompt in say), then, self.ledger.take(), self.language, variant)
