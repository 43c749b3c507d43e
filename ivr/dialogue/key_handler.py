"""A key, pressed or said (按一), → the move that it makes where the caller is."""

from __future__ import annotations

from ivr.bank.secret import Secret
from ivr.dialogue.escalation import Miss
from ivr.dialogue.leaf_run import keyed
from ivr.dialogue.model import Turn
from ivr.dialogue.state import DialogueState, Position
from ivr.dialogue.transitions import Transitions
from ivr.flow.model import (
    QUEUE_OFFER_LEAVE,
    QUEUE_OFFER_MENU,
    QUEUE_OFFER_WAIT,
    Flow,
    HandoffReason,
    Option,
    SlotKind,
    TargetKind,
)
from ivr.flow.prompts.derived import NEITHER_KEY, NO_KEY, YES_KEY
from ivr.flow.prompts.waiting import OFFER_CALLBACK, OFFER_MESSAGE
from ivr.flow.steps.acts import AskSecret
from ivr.records.vocabulary import Action

#: Target → the word of CallerSpoke.action before its id.
TARGETS = {TargetKind.MENU: Action.MENU, TargetKind.LEAF: Action.LEAF, TargetKind.HANDOFF: Action.QUEUE}
#: Ends an answer of several keys, and by itself says that there is none.
ANSWER_END = "#"
_OFFER = {QUEUE_OFFER_WAIT: Action.WAIT, QUEUE_OFFER_MENU: Action.HOME, QUEUE_OFFER_LEAVE: Action.LEAVE,
          OFFER_CALLBACK: Action.CALLBACK, OFFER_MESSAGE: Action.MESSAGE}  # fmt: skip


class Keys:
    """What the keys of one call do. Where a key was said, its move is recorded as that of what was said (`acted`), and
    no key is."""

    def __init__(self, flow: Flow, state: DialogueState, transitions: Transitions) -> None:
        self._flow = flow
        self._state = state
        self._transitions = transitions

    @property
    def offered(self) -> tuple[str, ...]:
        """The keys of what the caller is asked, in the order in which they are spoken; empty where there are none."""
        state = self._state
        match state.place:
            case Position.MENU:
                return tuple(option.key for option in state.menu.options)
            case Position.WHICH:
                return YES_KEY, NO_KEY
            case Position.CONFIRM | Position.CHECK | Position.AGREE | Position.CONSENT:
                return YES_KEY, NO_KEY
            case Position.CHOOSE:
                return tuple(str(number) for number in range(1, len(state.options) + 1))
            case Position.ASK if self._asks_yes_no:
                return YES_KEY, NO_KEY
            case Position.OFFER:
                return state.offered
            case _:
                return ()

    @property
    def known(self) -> frozenset[str]:
        """Every key that does something here."""
        more = (NEITHER_KEY,) if self._state.place is Position.WHICH else ()
        return frozenset((*self.offered, *more, *self._flow.keys.all()))

    def press(self, key: str, *, first: bool) -> Turn:
        """The turn that follows a pressed key; `first`: the first of the call."""
        found = self._fixed(key) or self._reserved(key, first=first, said=False) or self._option(key, said=False)
        return found or self.value(key) or self._transitions.miss(Miss.NO_MATCH, "invalid", key)

    def say(self, key: str) -> Turn | None:
        """The turn that follows a said key; None where it leads nowhere."""
        return self._fixed(key) or self._reserved(key, first=False, said=True) or self._option(key, said=True)

    def value(self, digits: str) -> Turn | None:
        """The answer to a leaf's question."""
        run = self._state.run
        if run is None or self._state.place is not Position.ASK:
            return None
        question = run.question
        value = keyed(question.slot, digits, self._state.today, question.when)
        return None if value is None else self._transitions.answer(run, value)

    def secret(self, digits: Secret) -> Turn:
        """Digits that nobody may see: as many as were asked for, or a miss. None of them is recorded."""
        run = self._state.run
        act = run.act if run is not None else None
        if run is None or not isinstance(act, AskSecret) or not act.least <= len(digits) <= act.most:
            return self._transitions.miss(Miss.NO_MATCH, "invalid", None)
        return self._transitions.give(run, digits)

    def _fixed(self, key: str) -> Turn | None:
        """A key of a question that the engine itself asks."""
        state = self._state
        match state.place:
            case Position.OFFER if key in self.offered:
                state.turn_facts.acted(_OFFER[key])
                return self._transitions.offer(key)
            case Position.CONFIRM | Position.CHECK | Position.AGREE | Position.CONSENT if key in (YES_KEY, NO_KEY):
                return self._yes_no(key == YES_KEY)
            case Position.CHOOSE if key in self.offered and state.run is not None:
                state.turn_facts.acted(f"{Action.CHOSEN}:{key}")
                return self._transitions.give(state.run, int(key) - 1)
            case Position.SECRET if key == ANSWER_END and state.run is not None:
                return self._transitions.give(state.run, None)
            case Position.WHICH if key in (YES_KEY, NO_KEY):
                intent = state.guess[key == NO_KEY]
                state.turn_facts.acted(reached(self._flow, intent))
                return self._transitions.go_to_intent(intent)
            case Position.WHICH if key == NEITHER_KEY:
                state.turn_facts.acted(Action.NO)
                return self._transitions.not_that()
            case Position.ASK if self._asks_yes_no and key in (YES_KEY, NO_KEY):
                return self._yes_no(key == YES_KEY)
            case _:
                return None

    def _yes_no(self, yes: bool) -> Turn:
        run = self._state.run
        asked = (
            f"{Action.CONFIRMED}:{run.question.id}"
            if run is not None and self._state.place is Position.CHECK
            else Action.YES
        )
        self._state.turn_facts.acted(asked if yes else Action.NO)
        return self._transitions.yes_no(yes)

    def _reserved(self, key: str, *, first: bool, said: bool) -> Turn | None:
        state, transitions = self._state, self._transitions
        word = self._flow.keys.all().get(key)
        pressed = None if said else key
        if word is not None:
            at_root = state.place is Position.MENU and state.path.at_root
            state.turn_facts.acted(Action.REPEAT if word == Action.BACK and at_root else word)
        match word:
            case "repeat":
                return transitions.repeat(pressed)
            case "back":
                return transitions.back(pressed)
            case "agent":
                return transitions.agent(HandoffReason.INTENT if said else HandoffReason.KEY, pressed)
            case "elderly":
                reason = HandoffReason.INTENT if said else HandoffReason.ELDERLY_KEY
                return transitions.elderly(reason, pressed, first=first)
            case _:
                return None

    def _option(self, key: str, *, said: bool) -> Turn | None:
        if self._state.place is not Position.MENU:
            return None
        for option in self._state.menu.options:
            if option.key == key:
                self._state.turn_facts.acted(_leads(option))
                return self._transitions.choose(option, said=said)
        return None

    @property
    def _asks_yes_no(self) -> bool:
        run = self._state.run
        asks = run is not None and self._state.place is Position.ASK
        return asks and run is not None and run.question.slot is SlotKind.YES_NO


def _leads(option: Option) -> str:
    return f"{TARGETS[option.target.kind]}:{option.target.id}"


def reached(flow: Flow, intent: str) -> str:
    """Where an intent leads, in the words of CallerSpoke.action."""
    target = flow.knowledge[intent].target
    return f"{Action.ANSWER}:{intent}" if target is None else f"{TARGETS[target.kind]}:{target.id}"
