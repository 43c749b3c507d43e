"""Where the caller is, and the turns that can be spoken from there. `ivr.dialogue.transitions` decides which."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import Enum, auto
from zoneinfo import ZoneInfo

from ivr.dialogue import expected_speech, instead
from ivr.dialogue.announcer import Announcer
from ivr.dialogue.arrival import Arrival, reached, serving
from ivr.dialogue.handoff import Request, transferring
from ivr.dialogue.leaf_questions import asked, option_words
from ivr.dialogue.leaf_run import MOST_KEYS, LeafRun
from ivr.dialogue.model import Await, Caller, End, ExpectedSpeech, Listen, Then, Turn
from ivr.dialogue.path import Path
from ivr.dialogue.recording_consent import RecordingConsent
from ivr.dialogue.turn_facts import TurnFacts
from ivr.flow.model import Flow, HandoffReason, Intent, Leaf, Menu
from ivr.flow.prompts.announcements import ELDERLY_KEY, KEYS, SAY_OR_PRESS, before_menu, reserved_keys
from ivr.flow.prompts.derived import confirm_id, offer_id
from ivr.flow.prompts.emergency import NOT_KEPT
from ivr.flow.prompts.prompt_text import is_chinese
from ivr.flow.prompts.system_prompts import CONSENT_QUESTION
from ivr.flow.steps.acts import AskSecret, AskValue, AskYesNo, Choose, Perform, Say
from ivr.flow.steps.effects import is_write
from ivr.flow.steps.step import Identity
from ivr.nlu import Slots, Understanding


class Position(Enum):
    """Where the caller is: at a menu, after a leaf's information or an answer, asked what he meant (one guess or two),
    asked for a value or whether it was heard right, asked to agree, to choose, or for secret digits, waiting for an
    effect, asked whether to wait on, or whether the call may be recorded, in the queue, gone."""

    MENU = auto()
    LEAF = auto()
    ANSWER = auto()
    CONFIRM = auto()
    WHICH = auto()
    ASK = auto()
    CHECK = auto()
    AGREE = auto()
    CHOOSE = auto()
    SECRET = auto()
    AWAIT = auto()
    OFFER = auto()
    CONSENT = auto()
    QUEUE = auto()
    OVER = auto()


#: A secret is waited for so many times longer than a choice.
SECRET_PATIENCE = 2
#: Where a leaf is at work with the caller.
IN_LEAF = frozenset({Position.ASK, Position.CHECK, Position.AGREE, Position.CHOOSE, Position.SECRET, Position.AWAIT})
_TELLING = IN_LEAF | {Position.LEAF, Position.ANSWER}


class DialogueState:
    """`place` is where the caller is, `path` the menus that led there, `leaf` the consult leaf spoken last, `guess`
    what he may have meant, `run` the leaf at work, `request` the last request for an agent. `elderly`: he has the
    slow profile; `slow`: he asked to be spoken to slowly. `understanding`: what hears him, None once he goes by
    keys. `written`: he writes, so he is understood at every menu, and nothing is recorded."""

    def __init__(
        self,
        flow: Flow,
        caller: Caller,
        arrival: Arrival,
        at: int,
        understanding: Understanding | None = None,
        announcer: Announcer | None = None,
        *,
        written: bool = False,
    ) -> None:
        self._flow, self._written = flow, written
        self.announcer = announcer or Announcer(flow, at)
        self._info: tuple[Say, ...] = ()  # what the leaf or the answer says
        self._info_end: int | None = None  # prompts of the turn up to the last of them, while it is unheard
        self._question_end = 1  # prompts of the turn up to where the question itself has been heard
        self._keys_end: int | None = None  # prompts of the turn up to the keys in full, while they are unheard
        self._told: set[str] = set()  # languages in which the keys have been heard in full
        self._completes = False  # whether hearing the information to its end completes the leaf
        self._serial = self._effects = 0
        self._before_guess: tuple[Position, bool] = (Position.MENU, False)  # and whether the information was unheard
        self.now = at
        self.bank_answers = True
        self.turn_facts = TurnFacts()
        self.path = Path(arrival.root)
        self.place = Position.MENU
        self.leaf: Leaf | None = None
        self.guess: tuple[str, ...] = ()
        self.run: LeafRun | None = None
        self.request = Request(flow.agent_queue, HandoffReason.FALLBACK)
        self.requested_at = at  # when the caller asked for these agents first
        self.identity = Identity(number=caller.number, registered=caller.customer is not None)
        self.language = flow.languages[0]
        self.elderly = arrival.elderly
        self.slow = False
        self.consent = RecordingConsent(flow.recording_consent and not written)
        self.understanding = understanding if written or any(menu.listen for menu in flow.menus.values()) else None

    def begin(self, at: int) -> None:
        """What follows happens at `at`."""
        self.now = at
        self.turn_facts.begin(at)

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
            if self._completes and self.place in (Position.LEAF, Position.AGREE) and self.leaf is not None:
                self.turn_facts.leaf_completed(self.leaf.id)
        if self._keys_end is not None and (heard is None or heard >= self._keys_end):
            self._told.add(self.language)

    def asked(self, heard: int) -> bool:
        """Whether `heard` prompts of the last turn are its question to the end, but for the keys that are always
        there."""
        return heard >= self._question_end

    @property
    def effect(self) -> int:
        """The number of the effect that the caller waits for, or has waited for last."""
        return self._effects

    def next_serial(self) -> int:
        """The number of the next write of this call."""
        self._serial += 1
        return self._serial

    def carry_out(self, leaf: Leaf, before: Slots | None = None) -> LeafRun:
        """Begin the leaf; what another leaf was about is dropped."""
        if self.run is not None:
            self.run.drop()
        self.run = LeafRun(self._flow, leaf, self.identity, self.turn_facts, self, before)
        self.run.begin()
        return self.run

    # ---- places

    def to_menu(self, *before: str | Say) -> Turn:
        """Speak `before`, then the menu the caller is at or came from; a root that listens says so."""
        self.place = Position.MENU
        if self.menu.level == 1 and self._heard_here():
            before = (*before, SAY_OR_PRESS)
        return self.ask(*before)

    def to_leaf(self, leaf: Leaf, *info: Say, heard: tuple[Say, ...] = (), completes: bool = True) -> Turn:
        """Speak the end of the leaf, and ask what else; hearing it `completes` the leaf. What was `heard` of it before
        is spoken only to who asks for it again."""
        self.place, self.leaf, self._info, self._completes = Position.LEAF, leaf, (*heard, *info), completes
        if not heard:
            return self.ask()
        if completes:
            self.turn_facts.leaf_completed(leaf.id)
        return self.ask(*info, info=False)

    def to_answer(self, intent: Intent) -> Turn:
        """Answer the caller's question."""
        self.place, self._info = Position.ANSWER, tuple(Say(prompt) for prompt in intent.answer)
        return self.ask()

    def to_guess(self, *intents: str) -> Turn:
        """Ask whether the caller means the intent, or which of two."""
        if self.place not in (Position.CONFIRM, Position.WHICH):
            self._before_guess = (self.place, self.unheard)
        self.place = Position.CONFIRM if len(intents) == 1 else Position.WHICH
        self.guess = intents
        return self.ask()

    def leave_guess(self) -> bool:
        """Go back to where the caller was before he was asked what he meant; whether he has yet to hear its
        information."""
        self.place, unheard = self._before_guess
        return unheard

    def to_run(self, run: LeafRun, *before: str | Say) -> Turn:
        """Speak `before`, then what the leaf wants of the caller."""
        self.run, self._info, self._completes = run, run.says, False
        match run.act:
            case AskValue():
                self.place = Position.ASK if run.pending is None else Position.CHECK
            case AskYesNo(says=says, offer=offer):
                self.place, self._info = Position.AGREE, (*run.says, *says[:-1])
                self._completes, self.leaf = offer, run.leaf
            case Choose():
                self.place = Position.CHOOSE
            case AskSecret(says=says):
                self.place, self._info = Position.SECRET, (*run.says, *says[:-1])
            case Perform():
                self.place = Position.AWAIT
                self._effects += 1
            case _:
                raise TypeError(f"no act for a caller: {type(run.act).__name__}")
        return self.ask(*before)

    @property
    def offered(self) -> tuple[str, ...]:
        """The keys of the queue's question, as it is asked now."""
        return instead.offered(self._flow, self.request.queue, self.now)

    def to_offer(self, *before: str | Say) -> Turn:
        """Speak `before`, then ask whether to wait on in the queue."""
        self.place = Position.OFFER
        return self.ask(*before)

    def reached(self, queue: str) -> bool:
        """Whether callers reach the agents of the queue now."""
        return reached(self._flow, queue, self.now, self.announcer.measures)

    def refuse(self, request: Request) -> str:
        """The agents asked for cannot be had, for the record; the prompt that says why."""
        closed = not serving(self._flow, request.queue, self.now)
        self.turn_facts.refused(request.reason, request.queue, "closed" if closed else "emergency")
        return "agents_closed" if closed else NOT_KEPT

    def hand_over(self, request: Request, *before: str | Say, first: tuple[Say, ...] = ()) -> Turn:
        """Speak `first` and `before`, announce the transfer and queue; agents who cannot be had lead to the menu
        instead, with only `first` said (CBA 七)."""
        if not self.reached(request.queue):
            return self.to_menu(*first, self.refuse(request))
        self.turn_facts.requested(request.reason, request.queue)
        self.request = request.told()
        if request.outcome is None:
            self.requested_at = self.now
        self.place, self._info_end, self._keys_end = Position.QUEUE, None, None
        return self.wait(*first, *before, *transferring(self._flow, request, recorded=self.consent.recorded))

    def wait(self, *before: str | Say) -> Turn:
        """On to the queue, whose music starts at once, with nothing more said than `before`."""
        return self._turn(before, self.request.enqueue(self._flow, self.elderly, recorded=self.consent.recorded))

    def end(self, *before: str | Say) -> Turn:
        """Speak `before`, say goodbye and hang up (HB 7.2.2)."""
        self.place = Position.OVER
        self.turn_facts.leave_queue()
        return self._turn((*before, "goodbye"), End())

    # ---- the question of a place

    def ask(self, *before: str | Say, info: bool = True) -> Turn:
        """Speak `before`, then what the caller is asked here, and listen; `info`: what was to be told before it too."""
        self._info_end = None
        if self.place is Position.MENU:
            self.turn_facts.leave_queue()
            self.turn_facts.entered(self.menu)
            before = (*before, *before_menu(self._flow, self.menu, greeted=ELDERLY_KEY in before))
        question = self._question()
        if self.place in _TELLING and info and self._info:
            question = (*self._info, *question)
            self._info_end = len(before) + len(self._info)
        elif self.place in _TELLING and not self._info and self._completes and self.place is Position.LEAF:
            self._info_end = len(before)
        self._question_end = len(before) + max(1, len(question) - 1)
        self._keys_end = len(before) + len(question) if question and question[-1] == KEYS else None
        return self._turn((*before, *question), self._then())

    def _then(self) -> Then:
        act = self.run.act if self.run is not None else None
        if self.place is Position.AWAIT and isinstance(act, Perform):
            keys = "" if is_write(act.effect) else self._flow.keys.agent + self._flow.keys.elderly
            return Await(act.effect, act.deadline_ms, self._effects, keys)
        timeout = self.menu.no_input_ms if self.place is Position.MENU else self._flow.no_input_ms
        if self.elderly or self.slow:
            timeout = round(timeout * self._flow.elderly.timeout_factor)
        if self.place is Position.SECRET and isinstance(act, AskSecret):
            # a card is looked for, and its number read off it
            return Listen(SECRET_PATIENCE * timeout, None, act.most, secret=True, star=act.star)
        return Listen(timeout, self.listening, self._keys())

    def _question(self) -> tuple[str | Say, ...]:
        match self.place:
            case Position.MENU:
                return self.menu.prompt, reserved_keys(self._flow, told=self.language in self._told)
            case Position.LEAF | Position.ANSWER:
                return ("after_leaf",)
            case Position.CONFIRM:
                return confirm_id(self.guess[0]), self._yes_no()
            case Position.WHICH:
                head = ("which_head",) if self.listening is not None else ()
                return (*head, offer_id(self.guess[0]), "press_1", offer_id(self.guess[1]), "press_2", "which_none")
            case Position.CONSENT:
                return (CONSENT_QUESTION,)
            case Position.OFFER | Position.QUEUE | Position.OVER:
                return "queue_offer", *(instead.OPTIONS[key] for key in self.offered if key in instead.OPTIONS)
            case _:
                assert self.run is not None
                return asked(self.run, self._yes_no())

    def _yes_no(self) -> str:
        return "yes_no_keys" if self.listening is None else "yes_no_say"

    def _keys(self) -> int:
        return MOST_KEYS[self.run.question.slot] if self.place is Position.ASK and self.run is not None else 1

    @property
    def listening(self) -> ExpectedSpeech | None:
        """What is listened for here; None where only keys count."""
        understanding = self.understanding
        if understanding is None or not self._heard_here():
            return None
        match self.place:
            case Position.CONFIRM | Position.AGREE | Position.CONSENT:
                return expected_speech.of_yes_no()
            case Position.WHICH:
                return expected_speech.of_which(tuple(self._flow.knowledge[id].label for id in self.guess))
            case Position.ASK | Position.CHECK if self.run is not None:
                return expected_speech.of_question(self.run.question, self.place is Position.CHECK)
            case Position.CHOOSE:
                return expected_speech.of_choice(self.options)
            case Position.SECRET | Position.AWAIT:
                return None
            case Position.OFFER:
                return expected_speech.of_offer(self.offered)
            case _:
                return expected_speech.of_menu(self._flow, understanding, self.menu.id)

    @property
    def options(self) -> tuple[str, ...]:
        """The words of the options that the caller chooses from, by their key."""
        return option_words(self._flow, self.run, self.language)

    def _heard_here(self) -> bool:
        """Whether he is understood: the knowledge is Chinese, and a menu listens only where its flow says so."""
        if self.understanding is None or not is_chinese(self.language):
            return False
        return self._written or self.menu.listen or self.place not in (Position.MENU, Position.LEAF, Position.ANSWER)

    def _turn(self, say: tuple[str | Say, ...], then: Then) -> Turn:
        variant = "elderly" if self.elderly or self.slow else "normal"
        said = tuple(each if isinstance(each, Say) else Say(each) for each in say)
        recorded = self.run is not None and self.place in _TELLING and self.run.leaf.recorded
        return Turn(said, then, self.turn_facts.take(), self.language, variant, recorded and self.consent.recorded)
