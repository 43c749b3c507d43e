"""What a caller can bring about, by whichever way: keys and speech lead to the same moves. The rules are in
`ivr.dialogue.engine`."""

from __future__ import annotations

from ivr.dialogue.arrival import ELDERLY_DIRECT, Arrival, elderly_queue, serving
from ivr.dialogue.asking import NO, YES, Form
from ivr.dialogue.handoff import OUTCOME_PROMPTS, Request
from ivr.dialogue.ladder import Ladder, Miss, Step
from ivr.dialogue.model import QueueOutcome, Turn, Value
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
    SlotKind,
    Target,
    TargetKind,
)
from ivr.nlu import Slots

#: Exhausted ladders in a row, with nobody to hand to, after which the call is ended.
MAX_STRANDED = 2

_GUESSING = (Place.CONFIRM, Place.WHICH)
_ASKING = (Place.ASK, Place.CHECK)


class Moves:
    """Every method is one move: it changes the scene and gives the turn that follows. `key` is the key that was pressed
    for it, None where it was said. `refused` are intents that the caller has said he does not mean."""

    def __init__(self, flow: Flow, arrival: Arrival, scene: Scene) -> None:
        self._flow = flow
        self._arrival = arrival
        self._scene = scene
        self._ladder = Ladder()
        self._stranded = 0
        self.refused: set[str] = set()

    # ---- everywhere

    def repeat(self, key: str | None) -> Turn:
        """D2: the question again, without greeting or hint."""
        if self._scene.place is Place.MENU:
            self._scene.ledger.left("repeat", key)
        return self._scene.ask()

    def back(self, key: str | None) -> Turn:
        """D2. From a leaf, its questions or a queue's question, back is to the menu that led there; from a guess to
        what was asked before it."""
        scene = self._scene
        if scene.place in _GUESSING:
            scene.ledger.left("back", key)
            return scene.ask(info=scene.leave_guess())
        if scene.place is not Place.MENU:
            return scene.to_menu()
        if not scene.path.back():
            return self.repeat(key)
        scene.ledger.left("back", key)
        return scene.to_menu()

    def home(self) -> Turn:
        """To the root menu."""
        self._scene.ledger.left("back")
        self._scene.path.home()
        return self._scene.to_menu()

    def slower(self) -> Turn:
        """Slowly from here on, and the question again (CBA 十二)."""
        if self._scene.place is Place.MENU:
            self._scene.ledger.left("repeat")
        self._scene.slow = True
        return self._scene.ask("slower", info=self._scene.unheard)

    def deaf(self) -> Turn:
        """The caller cannot be heard any more: the same question by keys."""
        if self._scene.place is Place.MENU:
            self._scene.ledger.left("repeat")
        self._scene.understanding = None
        return self._scene.ask("speech_down", info=self._scene.unheard)

    def agent(self, reason: HandoffReason, key: str | None) -> Turn:
        """To an agent: from a leaf's question to those of the leaf, who see what has been answered so far."""
        scene = self._scene
        scene.ledger.left("agent", key)
        if scene.place is Place.OFFER:
            return self.offer(QUEUE_OFFER_WAIT)
        request = self._of_form(reason) or Request(self._flow.agent_queue, reason)
        self._progress()
        return scene.hand_over(request)

    def elderly(self, reason: HandoffReason, key: str | None, *, first: bool = False) -> Turn:
        """CBA 二十二: to the elderly queue; the `first` key of a call makes it an elderly one."""
        self._scene.ledger.left("agent", key)
        self._progress()
        self._scene.elderly = True
        if first and self._arrival.entry != ELDERLY_DIRECT:
            self._scene.ledger.entry_changed(ELDERLY_DIRECT)
        return self._scene.hand_over(Request(elderly_queue(self._flow, self._scene.now), reason))

    def complain(self) -> Turn:
        """CBA 四十九: to the leaf that takes complaints, else to an agent."""
        for leaf in self._flow.leaves.values():
            if leaf.kind is LeafKind.COMPLAINT:
                return self.go(Target(TargetKind.LEAF, leaf.id), None)
        return self.agent(HandoffReason.COMPLAINT, None)

    def offer(self, key: str) -> Turn:
        """The answer to the question whether to wait on."""
        self._progress()
        if key == QUEUE_OFFER_WAIT:
            return self._scene.hand_over(self._scene.request.again())
        if key == QUEUE_OFFER_MENU:
            self._scene.path.home()
            return self._scene.to_menu()
        if key == QUEUE_OFFER_LEAVE:
            return self._scene.end()
        raise ValueError(f"no key of the queue's question: {key!r}")

    # ---- choices

    def choose(self, option: Option) -> Turn:
        """A menu's option."""
        if option.language is not None and option.language != self._scene.language:
            self._scene.language = option.language
            self._scene.ledger.left("choice", option.key)
            self._scene.ledger.language_chosen(option.language)
        return self.go(option.target, option.key)

    def go(self, target: Target, key: str | None, heard: Slots | None = None) -> Turn:
        """To what was chosen; `heard` are the values that were said with it."""
        self._scene.ledger.left("choice", key)
        self._progress()
        match target.kind:
            case TargetKind.MENU:
                self._scene.path.enter(target.id)
                return self._scene.to_menu()
            case TargetKind.LEAF:
                return self._to_leaf(self._flow.leaves[target.id], heard)
            case TargetKind.HANDOFF:
                reason = HandoffReason.INTENT if key is None else HandoffReason.KEY
                return self._scene.hand_over(Request(target.id, reason))

    def go_to_intent(self, id: str, heard: Slots | None = None) -> Turn:
        """To what the caller meant."""
        intent = self._flow.knowledge[id]
        if intent.target is not None:
            return self.go(intent.target, None, heard)
        self._scene.ledger.left("choice")
        self._progress()
        return self._scene.to_answer(intent)

    def not_that(self, kind_prompt: str = "not_that") -> Turn:
        """None of what was guessed: the question before, as after a miss (D3)."""
        self.refused.update(self._scene.guess)
        return self.miss(Miss.NO_MATCH, "invalid", None, kind_prompt, leave=True)

    # ---- a leaf and its questions

    def _to_leaf(self, leaf: Leaf, heard: Slots | None) -> Turn:
        queue = leaf.queue or self._flow.agent_queue
        if leaf.ask and (leaf.kind is LeafKind.CONSULT or serving(self._flow, queue, self._scene.now)):
            return self._scene.to_form(Form(leaf, heard))
        return self._finish(Form(leaf))

    def _finish(self, form: Form) -> Turn:
        says = form.says(self._flow, self._scene.language)
        if form.leaf.kind is LeafKind.CONSULT:
            return self._scene.to_leaf(form.leaf, *says)
        return self._scene.hand_over(self._request(form, form.leaf.reason or HandoffReason.POLICY), *says)

    def _request(self, form: Form, reason: HandoffReason) -> Request:
        return Request(form.leaf.queue or self._flow.agent_queue, reason, notes=form.notes)

    def _of_form(self, reason: HandoffReason) -> Request | None:
        """The request of a caller who is being asked, where the leaf's agents are on duty."""
        form = self._scene.form
        if self._scene.place not in _ASKING or form is None:
            return None
        request = self._request(form, reason)
        return request if serving(self._flow, request.queue, self._scene.now) else None

    def answer(self, form: Form, value: Value) -> Turn:
        """A value was given: is it right?"""
        form.pending = value
        return self.right(form) if form.question.slot is SlotKind.YES_NO else self._scene.to_form(form)

    def right(self, form: Form) -> Turn:
        """The value is right: the next question, or on with the leaf."""
        form.confirmed()
        self._progress()
        return self._finish(form) if form.done else self._scene.to_form(form)

    def wrong(self, form: Form) -> Turn:
        """The value is wrong: asked again, as after a miss (D3)."""
        form.pending = None
        self._scene.place = Place.ASK
        return self.miss(Miss.NO_MATCH, "invalid", None, "corrected")

    def yes_no(self, yes: bool) -> Turn:
        """The answer to the question of yes or no that is asked here."""
        scene = self._scene
        if scene.place is Place.CONFIRM:
            return self.go_to_intent(scene.guess[0]) if yes else self.not_that()
        form = scene.form
        if form is None or scene.place not in _ASKING:
            return self.miss(Miss.NO_MATCH, "invalid", None)
        if scene.place is Place.ASK:
            return self.answer(form, YES if yes else NO)
        return self.right(form) if yes else self.wrong(form)

    def _progress(self) -> None:
        """A valid choice: the misses are forgotten."""
        self._ladder.reset()
        self._stranded = 0
        self.refused.clear()

    # ---- misses

    def miss(self, kind: Miss, outcome: str, key: str | None, rephrase: str = "", *, leave: bool = False) -> Turn:
        """D3, by keys and by voice. `rephrase`: the prompt of the first one; `leave` what was guessed."""
        scene = self._scene
        if leave or scene.place is Place.MENU:
            scene.ledger.left(outcome, key)
        extra = self._flow.elderly.extra_misses if scene.elderly else 0
        step = self._ladder.miss(kind, self._flow.misses.rephrase + extra)
        if step is Step.HAND_OVER:
            scene.ledger.acted("hand_over")
            scene.ledger.left(outcome, key)
            return self._exhausted()
        unheard = scene.leave_guess() if leave else scene.unheard
        if step is Step.OFFER_AGENT:
            scene.ledger.acted("offer_agent")
            return scene.ask("agent_offer", info=unheard)
        usual = "answer_again" if scene.place in _ASKING else kind.value
        return scene.ask(rephrase or usual, info=unheard)

    def _exhausted(self) -> Turn:
        """The last step: to an agent, from a queue's question back into that queue, from a leaf's question to those of
        the leaf. For the caller who cannot be handed to anybody see `ivr.dialogue.engine`."""
        scene = self._scene
        self._ladder.reset()
        offer = scene.place is Place.OFFER
        fallback = self._of_form(HandoffReason.FALLBACK) or Request(self._flow.agent_queue, HandoffReason.FALLBACK)
        request = scene.request.again() if offer else fallback
        closed = not serving(self._flow, request.queue, scene.now)
        if closed or (offer and request.outcome is not QueueOutcome.TIMEOUT):
            self._stranded += 1
        if self._stranded < MAX_STRANDED:
            return scene.hand_over(request, "handing_over")
        if closed:
            scene.ledger.refused(request.reason, request.queue, "closed")
            return scene.end("agents_closed")
        return scene.end(*(OUTCOME_PROMPTS[request.outcome] if request.outcome else ()))

    def queue_ended(self, outcome: QueueOutcome) -> Turn:
        """The caller is back from the queue."""
        scene = self._scene
        scene.ledger.left("agent")
        self._ladder.reset()
        if outcome is QueueOutcome.ANSWERED:
            return scene.end("agent_left")
        if outcome is QueueOutcome.TIMEOUT:
            self._stranded = 0
        request = scene.request = scene.request.ended(outcome)
        if outcome is QueueOutcome.FAILED and request.failures == 1:
            return scene.hand_over(request, "fault")
        return scene.to_offer(*OUTCOME_PROMPTS[outcome])

    def fault(self) -> Turn:
        """Something failed: the caller is told and handed over."""
        request = Request(self._flow.agent_queue, HandoffReason.FALLBACK)
        return self._scene.hand_over(self._of_form(HandoffReason.FALLBACK) or request, "fault")
