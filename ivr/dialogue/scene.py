"""Where the caller is, and the turns that can be spoken from there. `ivr.dialogue.moves` decides which."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import Enum, auto
from zoneinfo import ZoneInfo

from ivr.dialogue import hearing
from ivr.dialogue.arrival import Arrival, serving
from ivr.dialogue.asking import MOST_KEYS, Form
from ivr.dialogue.handoff import Request, transferring
from ivr.dialogue.ledger import Ledger
from ivr.dialogue.model import End, Hearing, Listen, Say, Then, Turn
from ivr.dialogue.path import Path
from ivr.flow.model import Flow, HandoffReason, Intent, Leaf, Menu, SlotKind
from ivr.flow.speaking import confirm_id, offer_id
from ivr.flow.spoken import is_chinese
from ivr.nlu import Understanding


class Place(Enum):
    """Where the caller is: at a menu, after a leaf's information or an answer, asked what he meant (one guess or two),
    asked for a value or whether it was heard right, asked whether to wait on, in the queue, gone."""

    MENU = auto()
    LEAF = auto()
    ANSWER = auto()
    CONFIRM = auto()
    WHICH = auto()
    ASK = auto()
    CHECK = auto()
    OFFER = auto()
    QUEUE = auto()
    OVER = auto()


class Scene:
    """`place` is where the caller is, `path` the menus that led there, `leaf` the consult leaf spoken last, `guess`
    what he may have meant, `form` what a leaf asks him, `request` the last request for an agent. `elderly`: he has the
    slow profile; `slow`: he asked to be spoken to slowly. `understanding`: what hears him, None once he goes by
    keys."""

    def __init__(self, flow: Flow, arrival: Arrival, at: int, understanding: Understanding | None = None) -> None:
        self._flow = flow
        self._info: tuple[Say, ...] = ()  # what the leaf or the answer says
        self._info_end: int | None = None  # prompts of the turn up to the last of them, while it is unheard
        self._before_guess: tuple[Place, bool] = (Place.MENU, False)  # and whether the information was unheard
        self.now = at
        self.ledger = Ledger()
        self.path = Path(arrival.root)
        self.place = Place.MENU
        self.leaf: Leaf | None = None
        self.guess: tuple[str, ...] = ()
        self.form: Form | None = None
        self.request = Request(flow.agent_queue, HandoffReason.FALLBACK)
        self.language = flow.languages[0]
        self.elderly = arrival.elderly
        self.slow = False
        self.understanding = understanding if any(menu.listen for menu in flow.menus.values()) else None

    def begin(self, at: int) -> None:
        """What follows happens at `at`."""
        self.now = at
        self.ledger.begin(at)

    @property
    def menu(self) -> Menu:
        """The menu the caller is at, or came from."""
        return self._flow.menus[self.path.menu]

    @property
    def today(self) -> date:
        """The local day."""
        return datetime.fromtimestamp(self.now // 1000, UTC).astimezone(ZoneInfo(self._flow.timezone)).date()

    @property
    def unheard(self) -> bool:
        """Whether the information of the leaf the caller is at has not been heard to its end."""
        return self._info_end is not None

    def hear(self, heard: int | None = None) -> None:
        """`heard` prompts of the last turn (`None`: all) were spoken to their end."""
        if self._info_end is not None and (heard is None or heard >= self._info_end):
            self._info_end = None
            if self.place is Place.LEAF and self.leaf is not None:
                self.ledger.leaf_completed(self.leaf.id)

    # ---- places

    def to_menu(self, *before: str) -> Turn:
        """Speak `before`, then the menu the caller is at or came from; a root that listens says so."""
        self.place = Place.MENU
        if self.menu.level == 1 and self._heard_here():
            before = (*before, "say_or_press")
        return self.ask(*before)

    def to_leaf(self, leaf: Leaf, *info: Say) -> Turn:
        """Speak the consult leaf's information."""
        self.place, self.leaf, self._info = Place.LEAF, leaf, info
        return self.ask()

    def to_answer(self, intent: Intent) -> Turn:
        """Answer the caller's question."""
        self.place, self._info = Place.ANSWER, tuple(Say(prompt) for prompt in intent.answer)
        return self.ask()

    def to_guess(self, *intents: str) -> Turn:
        """Ask whether the caller means the intent, or which of two."""
        if self.place not in (Place.CONFIRM, Place.WHICH):
            self._before_guess = (self.place, self.unheard)
        self.place = Place.CONFIRM if len(intents) == 1 else Place.WHICH
        self.guess = intents
        return self.ask()

    def leave_guess(self) -> bool:
        """Go back to where the caller was before he was asked what he meant; whether he has yet to hear its
        information."""
        self.place, unheard = self._before_guess
        return unheard

    def to_form(self, form: Form, *before: str) -> Turn:
        """Speak `before`, then ask the form's question, or whether its answer was heard right."""
        self.form = form
        self.place = Place.ASK if form.pending is None else Place.CHECK
        return self.ask(*before)

    def to_offer(self, *before: str) -> Turn:
        """Speak `before`, then ask whether to wait on in the queue."""
        self.place = Place.OFFER
        return self.ask(*before)

    def hand_over(self, request: Request, *before: str | Say) -> Turn:
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

    # ---- the question of a place

    def ask(self, *before: str, info: bool = True) -> Turn:
        """Speak `before`, then what the caller is asked here, and listen; `info`: a leaf's information too."""
        self._info_end = None
        if self.place is Place.MENU:
            self.ledger.entered(self.menu)
        question = self._question()
        if self.place in (Place.LEAF, Place.ANSWER) and info:
            question = (*self._info, *question)
            self._info_end = len(before) + len(self._info)
        timeout = self.menu.no_input_ms if self.place is Place.MENU else self._flow.no_input_ms
        if self.elderly or self.slow:
            timeout = round(timeout * self._flow.elderly.timeout_factor)
        return self._turn((*before, *question), Listen(timeout, self.listening, self._keys()))

    def _question(self) -> tuple[str | Say, ...]:
        match self.place:
            case Place.MENU:
                return self.menu.prompt, "keys"
            case Place.LEAF | Place.ANSWER:
                return ("after_leaf",)
            case Place.CONFIRM:
                return confirm_id(self.guess[0]), self._yes_no()
            case Place.WHICH:
                head = ("which_head",) if self.listening is not None else ()
                return (*head, offer_id(self.guess[0]), "press_1", offer_id(self.guess[1]), "press_2", "which_none")
            case Place.ASK if self.form is not None:
                kind = self.form.question.slot
                return self.form.question.prompt, self._yes_no() if kind is SlotKind.YES_NO else "answer_keys"
            case Place.CHECK if self.form is not None:
                return self.form.read_back(), self._yes_no()
            case _:
                return ("queue_offer",)

    def _yes_no(self) -> str:
        return "yes_no_keys" if self.listening is None else "yes_no_say"

    def _keys(self) -> int:
        return MOST_KEYS[self.form.question.slot] if self.place is Place.ASK and self.form is not None else 1

    @property
    def listening(self) -> Hearing | None:
        """What is listened for here; None where only keys count."""
        understanding = self.understanding
        if understanding is None or not self._heard_here():
            return None
        match self.place:
            case Place.CONFIRM:
                return hearing.of_yes_no()
            case Place.WHICH:
                return hearing.of_which(tuple(self._flow.knowledge[id].label for id in self.guess))
            case Place.ASK | Place.CHECK if self.form is not None:
                return hearing.of_question(self.form.question, self.place is Place.CHECK)
            case Place.OFFER:
                return hearing.of_offer()
            case _:
                return hearing.of_menu(self._flow, understanding, self.menu.id)

    def _heard_here(self) -> bool:
        """Whether the caller can be heard: the knowledge is Chinese, and a menu listens only where its flow says so."""
        if self.understanding is None or not is_chinese(self.language):
            return False
        return self.menu.listen or self.place not in (Place.MENU, Place.LEAF, Place.ANSWER)

    def _turn(self, say: tuple[str | Say, ...], then: Then) -> Turn:
        variant = "elderly" if self.elderly or self.slow else "normal"
        said = tuple(each if isinstance(each, Say) else Say(each) for each in say)
        return Turn(said, then, self.ledger.take(), self.language, variant)
