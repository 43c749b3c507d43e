"""What a caller can bring about, by whichever way: keys and speech lead to the same moves. The rules are in
`ivr.dialogue.engine`."""

from __future__ import annotations

from dataclasses import replace

from ivr.dialogue import instead
from ivr.dialogue.arrival import ELDERLY_DIRECT, Arrival, elderly_queue
from ivr.dialogue.escalation import EscalationStep, Miss
from ivr.dialogue.handoff import OUTCOME_PROMPTS, Request
from ivr.dialogue.leaf_run import NO, YES, LeafRun
from ivr.dialogue.model import Turn
from ivr.dialogue.queue_moves import UNASKED, WAITED, QueueMoves
from ivr.dialogue.state import IN_LEAF, DialogueState, Position
from ivr.flow.model import (
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
from ivr.flow.steps.acts import Choose, Finish, Given, HandOver, Say, Value
from ivr.flow.steps.bank import BY_AGENT, RECORDED
from ivr.flow.steps.effects import Result
from ivr.flow.steps.handoff import HandoffStep
from ivr.nlu import Slots
from ivr.records.vocabulary import Action

#: Exhausted ladders in a row, with nobody to hand to, after which the call is ended.
MAX_STRANDED = 2

_GUESSING = (Position.CONFIRM, Position.WHICH)
_ASKING = (Position.ASK, Position.CHECK)


class Transitions(QueueMoves):
    """Every method is one move: it changes the state and gives the turn that follows. `key` is the key that was pressed
    for it, None where it was said. Without a `bank` agents serve what would ask it. `refused` are intents that the
    caller has said he does not mean."""

    def __init__(self, flow: Flow, arrival: Arrival, state: DialogueState, *, bank: bool = True) -> None:
        super().__init__(flow, state)
        self._bank = bank
        self._recorded = False  # the caller has been told that the call is recorded
        self._arrival = arrival
        self.refused: set[str] = set()

    # ---- everywhere

    def repeat(self, key: str | None) -> Turn:
        """D2: the question again, without greeting or hint."""
        if self._state.place is Position.MENU:
            self._state.turn_facts.left("repeat", key)
        return self._state.ask()

    def back(self, key: str | None) -> Turn:
        """D2. From a leaf, its questions or a queue's question, back is to the menu that led there; from a guess to
        what was asked before it."""
        state = self._state
        if state.place in _GUESSING:
            state.turn_facts.left("back", key)
            return state.ask(info=state.leave_guess())
        if self._instead:
            return state.to_offer() if state.reached(state.request.queue) else state.to_menu()
        if state.place is not Position.MENU:
            return state.to_menu()
        if not state.path.back():
            return self.repeat(key)
        state.turn_facts.left("back", key)
        return state.to_menu()

    def home(self) -> Turn:
        """To the root menu."""
        self._state.turn_facts.left("back")
        self._state.path.home()
        return self._state.to_menu()

    def slower(self) -> Turn:
        """Slowly from here on, and the question again (CBA 十二)."""
        if self._state.place is Position.MENU:
            self._state.turn_facts.left("repeat")
        self._state.slow = True
        return self._state.ask("slower", info=self._state.unheard)

    def speech_unavailable(self) -> Turn:
        """The caller cannot be heard any more: the same question by keys."""
        if self._state.place is Position.MENU:
            self._state.turn_facts.left("repeat")
        self._state.understanding = None
        return self._state.ask("speech_down", info=self._state.unheard)

    def agent(self, reason: HandoffReason, key: str | None) -> Turn:
        """To an agent: from a leaf's question to those of the leaf, who see what has been answered so far."""
        state = self._state
        state.turn_facts.left("agent", key)
        if state.place is Position.OFFER or self._instead:
            return self.offer(QUEUE_OFFER_WAIT)
        request = self._of_leaf(reason) or Request(self._flow.agent_queue, reason)
        self._progress()
        return self.hand_over(request)

    def elderly(self, reason: HandoffReason, key: str | None, *, first: bool = False) -> Turn:
        """CBA 二十二: to the elderly queue; the `first` key of a call makes it an elderly one."""
        self._state.turn_facts.left("agent", key)
        self._progress()
        self._state.elderly = True
        if first and self._arrival.entry != ELDERLY_DIRECT:
            self._state.turn_facts.entry_changed(ELDERLY_DIRECT)
        return self.hand_over(
            Request(elderly_queue(self._flow, self._state.now, self._state.announcer.measures), reason)
        )

    def complain(self) -> Turn:
        """CBA 四十九: to the leaf that takes complaints, else to an agent."""
        for leaf in self._flow.leaves.values():
            if leaf.kind is LeafKind.COMPLAINT:
                return self.go(Target(TargetKind.LEAF, leaf.id), None)
        return self.agent(HandoffReason.COMPLAINT, None)

    # ---- choices

    def choose(self, option: Option, *, said: bool = False) -> Turn:
        """A menu's option, by its key, pressed or `said`."""
        key = None if said else option.key
        if option.language is not None and option.language != self._state.language:
            self._state.language = option.language
            self._state.turn_facts.left("choice", key)
            self._state.turn_facts.language_chosen(option.language)
        return self.go(option.target, key)

    def go(self, target: Target, key: str | None, heard: Slots | None = None) -> Turn:
        """To what was chosen; `heard` are the values that were said with it."""
        self._state.turn_facts.left("choice", key)
        self._state.turn_facts.leave_queue()
        self._progress()
        match target.kind:
            case TargetKind.MENU:
                self._state.path.enter(target.id)
                return self._state.to_menu()
            case TargetKind.LEAF:
                return self._to_leaf(self._flow.leaves[target.id], heard)
            case TargetKind.HANDOFF:
                reason = HandoffReason.INTENT if key is None else HandoffReason.KEY
                return self.hand_over(Request(target.id, reason))

    def go_to_intent(self, id: str, heard: Slots | None = None) -> Turn:
        """To what the caller meant."""
        intent = self._flow.knowledge[id]
        if intent.target is not None:
            return self.go(intent.target, None, heard)
        self._state.turn_facts.left("choice")
        self._progress()
        return self._state.to_answer(intent)

    def not_that(self, kind_prompt: str = "not_that") -> Turn:
        """None of what was guessed: the question before, as after a miss (D3)."""
        self.refused.update(self._state.guess)
        return self.miss(Miss.NO_MATCH, "invalid", None, kind_prompt, leave=True)

    # ---- a leaf and its steps

    def _to_leaf(self, leaf: Leaf, heard: Slots | None, *before: Say) -> Turn:
        queue = leaf.queue or self._flow.agent_queue
        before = (*before, *self._state.announcer.in_leaf(leaf.id))
        if leaf.for_agents and not self._state.reached(queue):
            handoff = leaf.steps[-1]  # nothing is asked for agents who are not there
            reason = handoff.reason if isinstance(handoff, HandoffStep) else HandoffReason.POLICY
            return self.hand_over(Request(queue, reason), first=before)
        if leaf.asks_bank and not self._bank:
            return self.hand_over(Request(queue, HandoffReason.POLICY), *before, Say(BY_AGENT))
        if leaf.recorded and self._state.consent.open:
            return self.ask_consent(lambda: self._to_leaf(leaf, heard), *before)
        if leaf.recorded and not self._recorded and self._state.consent.recorded:
            self._recorded, before = True, (*before, Say(RECORDED))
        return self._go_on(self._state.carry_out(leaf, heard), *before)

    def _go_on(self, run: LeafRun, *before: Say) -> Turn:
        """What the leaf wants of the caller next, or what follows it."""
        state = self._state
        if run.ending is not None and instead.is_instead(run.leaf):
            return self._after_instead(run, run.ending)
        match run.ending:
            case None:
                return state.to_run(run, *before)
            case HandOver(says=says, reason=reason, queue=queue, level=level):
                request = replace(self._request(run, reason), queue=queue or run.leaf_queue, level=level)
                return self.hand_over(request, *before, *run.says, first=says)
            case Finish(says=says, target=target, goodbye=goodbye, served=served):
                told = (*before, *run.says, *says)
                completes = run.complete or served
                if completes and (target is not None or goodbye or run.leaf.back):
                    run.served()  # what follows is said in the same breath
                if goodbye:
                    return state.end(*told)
                if target is not None and target.kind is TargetKind.LEAF:
                    return self._to_leaf(self._flow.leaves[target.id], None, *told)
                if target is not None:
                    state.path.enter(target.id)
                    return state.to_menu(*told)
                if run.complete and run.leaf.back:
                    return state.to_menu(*told)
                return state.to_leaf(run.leaf, *told, heard=run.heard, completes=completes)
            case _:
                raise TypeError(f"no ending: {type(run.ending).__name__}")

    def _request(self, run: LeafRun, reason: HandoffReason) -> Request:
        return Request(run.leaf_queue, reason, notes=run.notes)

    def _of_leaf(self, reason: HandoffReason) -> Request | None:
        """The request of a caller with whom a leaf is at work, where its agents are on duty."""
        run = self._state.run
        if self._state.place not in IN_LEAF or run is None:
            return None
        request = self._request(run, reason)
        return request if self._state.reached(request.queue) else None

    def effect_ended(self, number: int, result: Result) -> Turn:
        """What the caller has waited for. An effect that nobody waits for any more changes nothing here."""
        state, run = self._state, self._state.run
        if state.place is not Position.AWAIT or run is None or number != state.effect:
            return self.repeat(None)
        run.give(result)
        return self._go_on(run)

    def answer(self, run: LeafRun, value: Value) -> Turn:
        """A value was given: is it right?"""
        run.pending = value
        return self.right(run) if run.question.slot is SlotKind.YES_NO else self._state.to_run(run)

    def right(self, run: LeafRun) -> Turn:
        """The value is right: on with the leaf."""
        return self.give(run, run.pending)

    def give(self, run: LeafRun, given: Given) -> Turn:
        """What the step at work wanted of the caller."""
        self._progress()
        run.give(given)
        return self._go_on(run)

    def wrong(self, run: LeafRun) -> Turn:
        """The value is wrong: asked again, as after a miss (D3)."""
        run.pending = None
        self._state.place = Position.ASK
        return self.miss(Miss.NO_MATCH, "invalid", None, "corrected")

    def yes_no(self, yes: bool) -> Turn:
        """The answer to the question of yes or no that is asked here."""
        state = self._state
        if state.place is Position.CONSENT:
            return self.consent(yes, "word" if state.turn_facts.speaking else "key")
        if state.place is Position.CONFIRM:
            return self.go_to_intent(state.guess[0]) if yes else self.not_that()
        run = state.run
        if run is None or state.place not in (*_ASKING, Position.AGREE):
            return self.miss(Miss.NO_MATCH, "invalid", None)
        if state.place is Position.AGREE:
            return self.give(run, yes)
        if state.place is Position.ASK:
            return self.answer(run, YES if yes else NO)
        return self.right(run) if yes else self.wrong(run)

    def _progress(self) -> None:
        """A valid choice: the misses are forgotten."""
        self._escalation.reset()
        self._stranded = 0
        self.refused.clear()

    # ---- misses

    def miss(self, kind: Miss, outcome: str, key: str | None, rephrase: str = "", *, leave: bool = False) -> Turn:
        """D3, by keys and by voice. `rephrase`: the prompt of the first one; `leave` what was guessed."""
        state = self._state
        if leave or state.place is Position.MENU:
            state.turn_facts.left(outcome, key)
        extra = self._flow.elderly.extra_misses if state.elderly else 0
        step = self._escalation.miss(kind, self._flow.misses.rephrase + extra)
        act = state.run.act if state.run is not None and state.place is Position.CHOOSE else None
        if isinstance(act, Choose) and act.optional and (kind is Miss.NO_INPUT or step is not EscalationStep.REPHRASE):
            return self.give(state.run, None)  # type: ignore[arg-type]  # there is one: its act is asked
        if state.place is Position.CONSENT and step is not EscalationStep.REPHRASE:
            return self.consent(False, UNASKED)
        if step is EscalationStep.HAND_OVER:
            state.turn_facts.acted(Action.HAND_OVER)
            state.turn_facts.left(outcome, key)
            return self._exhausted()
        unheard = state.leave_guess() if leave else state.unheard
        if step is EscalationStep.OFFER_AGENT:
            state.turn_facts.acted(Action.OFFER_AGENT)
            return state.ask("agent_offer", info=unheard)
        usual = "answer_again" if state.place in IN_LEAF else kind.value
        return state.ask(rephrase or usual, info=unheard)

    def _exhausted(self) -> Turn:
        """The last step: to an agent, from a queue's question back into that queue, from a leaf's question to those of
        the leaf. For the caller who cannot be handed to anybody see `ivr.dialogue.engine`."""
        state = self._state
        self._escalation.reset()
        offer = state.place is Position.OFFER or self._instead
        fallback = self._of_leaf(HandoffReason.FALLBACK) or Request(self._flow.agent_queue, HandoffReason.FALLBACK)
        request = state.request.again() if offer else fallback
        closed = not state.reached(request.queue)
        if closed or (offer and request.outcome not in WAITED):
            self._stranded += 1
        if self._stranded < MAX_STRANDED:
            return self._wait_on("handing_over") if offer else self.hand_over(request, "handing_over")
        if closed:
            return state.end(state.refuse(request))
        return state.end(*(OUTCOME_PROMPTS[request.outcome] if request.outcome else ()))

    def fault(self) -> Turn:
        """Something failed: the caller is told and handed over."""
        request = Request(self._flow.agent_queue, HandoffReason.FALLBACK)
        return self.hand_over(self._of_leaf(HandoffReason.FALLBACK) or request, "fault")
