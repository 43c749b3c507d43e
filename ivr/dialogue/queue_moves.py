"""The moves of a caller who waits in a queue, or is back from it. Rules as in `ivr.dialogue.engine`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from ivr.dialogue import instead
from ivr.dialogue.escalation import EscalationPolicy
from ivr.dialogue.handoff import OUTCOME_PROMPTS, Request, spoken_if_there
from ivr.dialogue.leaf_run import LeafRun
from ivr.dialogue.model import QueueOutcome, Turn
from ivr.dialogue.recording_consent import asked_before
from ivr.dialogue.state import IN_LEAF, DialogueState, Position
from ivr.flow.emergency import Others
from ivr.flow.model import (
    QUEUE_OFFER_LEAVE,
    QUEUE_OFFER_MENU,
    QUEUE_OFFER_WAIT,
    Flow,
    Leaf,
    LeafKind,
    Level,
)
from ivr.flow.prompts.emergency import CALLED_BACK
from ivr.flow.prompts.waiting import OFFER_CALLBACK
from ivr.flow.steps.acts import Ending, Finish, HandOver, Say
from ivr.flow.steps.survey import SurveyStep
from ivr.records.facts import RecordingAnswered

#: So often a caller whom agents pass on to nobody, or whose agents are lost, goes back to the queue unasked.
MOST_PASSED_BACK = 3
#: What he is told then (`OPTIONAL_PROMPTS`).
_BACK_AGAIN = {QueueOutcome.PASSED_BACK: "transfer_failed", QueueOutcome.AGENT_LOST: "agent_lost"}
#: After these the queue has served the caller as it can: he was not turned away.
WAITED = (QueueOutcome.TIMEOUT, QueueOutcome.ASKED)
#: How somebody answered the question about recording who did not.
UNASKED = "none"
#: After an agent the caller may be asked how content he is.
_SURVEY = "survey"


class QueueMoves(ABC):
    """That part of `ivr.dialogue.transitions`."""

    def __init__(self, flow: Flow, state: DialogueState) -> None:
        self._flow = flow
        self._state = state
        self._escalation = EscalationPolicy()
        self._stranded = 0

    @abstractmethod
    def _progress(self) -> None:
        """A valid choice: the misses are forgotten."""

    @abstractmethod
    def _go_on(self, run: LeafRun, *before: Say) -> Turn:
        """What the leaf wants of the caller next, or what follows it."""

    def hand_over(self, request: Request, *before: str | Say, first: tuple[Say, ...] = ()) -> Turn:
        """To the agents asked for, where they can be had; whom an emergency does not keep call back where the plan says
        so, the queue's agents call back (`callback`) and callbacks are made now."""
        state, measures = self._state, self._state.announcer.measures
        if state.place is Position.CONSENT and state.consent.open:
            self.note_consent(False, UNASKED)  # he went on without a word about it
        elif state.reached(request.queue) and asked_before(
            self._flow, request.queue, state.consent, elderly=state.elderly
        ):
            return self.ask_consent(lambda: self.hand_over(request), *first, *before)
        called = measures.others is Others.CALLBACK and self._flow.queues[request.queue].callback
        if measures.keeps(request.queue) or not (called and instead.calls_back(self._flow, request.queue, state.now)):
            return state.hand_over(request, *before, first=first)
        state.turn_facts.requested(request.reason, request.queue)
        state.turn_facts.stands()
        state.request, state.requested_at = request, state.now
        leaf = instead.leaf(self._flow, request.queue, OFFER_CALLBACK, state.now)
        return self._go_on(state.carry_out(leaf), *first, Say(CALLED_BACK))

    def ask_consent(self, then: Callable[[], Turn], *before: str | Say) -> Turn:
        """Speak `before`, then ask whether the call may be recorded; `then` goes on, whatever the caller says."""
        self._state.place, self._state.consent.then = Position.CONSENT, then
        return self._state.ask(*before)

    def consent(self, yes: bool, how: str) -> Turn:
        """The caller's word about recording, and what he came for."""
        self._progress()
        self.note_consent(yes, how)
        then = self._state.consent.then
        return self._state.to_menu() if then is None else then()

    def note_consent(self, yes: bool, how: str) -> None:
        """What the caller said about recording, and how: `key`, `word`, or `none` where he did not say."""
        self._state.consent.given = yes
        self._state.turn_facts.note(RecordingAnswered(self._state.now, yes, how))

    @property
    def _instead(self) -> bool:
        """Whether the caller is about to have something instead of waiting."""
        run = self._state.run
        return self._state.place in IN_LEAF and run is not None and instead.is_instead(run.leaf)

    def offer(self, key: str) -> Turn:
        """The answer to the question whether to wait on."""
        self._progress()
        state = self._state
        if key == QUEUE_OFFER_WAIT:
            return self._wait_on()
        if key == QUEUE_OFFER_MENU:
            state.path.home()
            return state.to_menu()
        if key == QUEUE_OFFER_LEAVE:
            return state.end()
        if key in instead.LEAVES:
            queue = state.request.queue
            return self._go_on(state.carry_out(instead.leaf(self._flow, queue, key, state.requested_at)))
        raise ValueError(f"no key of the queue's question: {key!r}")

    def _wait_on(self, *before: str) -> Turn:
        """Back into the queue: with a request of its own after a whole wait, else with the one that goes on."""
        state = self._state
        if state.request.outcome is not QueueOutcome.ASKED or not state.reached(state.request.queue):
            return self.hand_over(state.request.again(), *before)
        state.turn_facts.waits_on()
        state.place = Position.QUEUE
        return state.wait(*before)

    def queue_ended(self, outcome: QueueOutcome) -> Turn:
        """The caller is back from the queue."""
        state = self._state
        state.turn_facts.left("agent")
        self._escalation.reset()
        if outcome is QueueOutcome.ANSWERED:
            return self._after_agent()
        if outcome in WAITED:
            self._stranded = 0
        if outcome is QueueOutcome.ASKED:
            state.turn_facts.stands()
        request = state.request = state.request.ended(outcome)
        if outcome in _BACK_AGAIN and request.failures <= MOST_PASSED_BACK:
            return self.hand_over(request.again(), spoken_if_there(self._flow, _BACK_AGAIN[outcome], "fault"))
        if outcome is QueueOutcome.FAILED and request.failures == 1:
            return self.hand_over(request, "fault")
        return state.to_offer(*OUTCOME_PROMPTS[outcome])

    def _after_agent(self) -> Turn:
        """The agent has ended the conversation: the caller may be asked how content he is (HB 11.2)."""
        if not self._flow.survey_after_agent:
            return self._state.end("agent_left")
        leaf = Leaf(_SURVEY, "", LeafKind.CONSULT, Level.NONE, (SurveyStep("agent"),), None, (), 1, goodbye=True)
        return self._go_on(self._state.carry_out(leaf), Say("agent_left"))

    def _after_instead(self, run: LeafRun, ending: Ending) -> Turn:
        """The callback is promised, or the message kept: goodbye. What came to nothing leads back to the question."""
        state = self._state
        if not run.complete:
            said = (*run.says, *(ending.says if isinstance(ending, Finish | HandOver) else ()))
            return state.to_offer(*said) if state.reached(state.request.queue) else state.to_menu(*said)
        if run.leaf.id == instead.LEAVES[OFFER_CALLBACK]:
            state.turn_facts.promised(state.request.queue)
        return state.end(*run.says)
