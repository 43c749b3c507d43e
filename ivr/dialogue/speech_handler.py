"""What the caller said → a move. The recogniser's words are understood against what was asked (CBA 十七, 二十)."""

from __future__ import annotations

import re
from functools import partial

from ivr.dialogue.alternatives import made_out
from ivr.dialogue.escalation import Miss
from ivr.dialogue.key_handler import Keys, reached
from ivr.dialogue.leaf_run import LeafRun, told
from ivr.dialogue.model import Spoke, Turn
from ivr.dialogue.state import IN_LEAF, DialogueState, Position
from ivr.dialogue.transitions import Transitions
from ivr.flow.model import (
    QUEUE_OFFER_LEAVE,
    QUEUE_OFFER_MENU,
    QUEUE_OFFER_WAIT,
    Flow,
    HandoffReason,
    SlotKind,
    When,
)
from ivr.flow.prompts.waiting import OFFER_CALLBACK, OFFER_MESSAGE
from ivr.flow.steps.acts import Choose
from ivr.nlu import (
    MOST_KEPT,
    Context,
    Decision,
    Meaning,
    Understanding,
    Universal,
    WaitingAnswer,
    affirmed,
    begun,
    chosen,
    instead_of_waiting,
    mask,
    may_be_a_day,
    names_a_key,
    only_answers,
    only_waiting,
    said_key,
    sounded_key,
    storable,
    waiting,
    yes_no,
)
from ivr.nlu.intents.weights import FITTED
from ivr.records.vocabulary import Action

_OFFER = {
    WaitingAnswer.WAIT: QUEUE_OFFER_WAIT,
    WaitingAnswer.HOME: QUEUE_OFFER_MENU,
    WaitingAnswer.LEAVE: QUEUE_OFFER_LEAVE,
    WaitingAnswer.CALLBACK: OFFER_CALLBACK,
    WaitingAnswer.MESSAGE: OFFER_MESSAGE,
}
#: Which of two, by its place; 都不 before 第二 and so on.
_NEITHER = re.compile("都不|都没|两个都|第三|其他|别的|^三$|^3$")
_ORDINALS = (re.compile("第一|前面|前一|^一$|^1$"), re.compile("第二|后面|后一|^二$|^2$"))
#: Words that are no answer to the question whether to wait on.
_OTHERWISE = (Universal.AGENT, Universal.ELDERLY, Universal.COMPLAINT, Universal.SLOWER, Universal.REPEAT)
#: Where the caller may say anything that the hotline does.
_ANYTHING = (Position.MENU, Position.LEAF, Position.ANSWER)
#: Where he was asked something.
_ASKED = (
    Position.CONFIRM,
    Position.WHICH,
    Position.ASK,
    Position.CHECK,
    Position.AGREE,
    Position.CONSENT,
    Position.CHOOSE,
    Position.OFFER,
)
#: Context.among of a caller who has said no to everything: nothing is left that he may mean.
_NOTHING = ("",)


class SpeechHandler:
    """Understands what one caller says, and moves accordingly."""

    def __init__(self, flow: Flow, state: DialogueState, transitions: Transitions, keys: Keys) -> None:
        self._flow = flow
        self._state = state
        self._transitions = transitions
        self._keys = keys
        self._number_goes_on = False

    def on(self, event: Spoke, understanding: Understanding) -> tuple[Turn, bool]:
        """The turn that follows, and whether the caller was understood. The record has one CallerSpoke of it."""
        state = self._state
        event, meaning = self._noted(event, understanding)
        turn = self._turn(event, meaning, understanding)
        if turn is not None:
            return turn, True
        if state.place in IN_LEAF:
            return self._transitions.miss(Miss.NO_MATCH, "invalid", None), False
        return self._transitions.miss(Miss.NO_MATCH, "invalid", None, "not_understood"), False

    def overtaken(self, event: Spoke, understanding: Understanding) -> None:
        """A key counts that was pressed in the moment when the text came: what was said is recorded, no more."""
        self._noted(event, understanding)
        self._state.turn_facts.overtaken()

    def _noted(self, event: Spoke, understanding: Understanding) -> tuple[Spoke, Meaning]:
        """What the caller said, as it makes the most sense, and what it means; the record has the recogniser's own
        first text, and beside it what that was taken for."""
        state = self._state
        chosen = made_out(event, understanding, self._context(event.score), anything=state.place in _ANYTHING)
        asking = self._asking
        question = None if asking is None else asking.question
        meaning = self.meaning(chosen, understanding)
        asked = self._context(chosen.score).slot
        # where one of the alternatives is a number, nothing else of what was heard is kept
        keep = partial(storable, asked=asked, goes_on=self._number_goes_on)
        heard = chosen if keep(chosen.text) != chosen.text else event
        kept = keep(heard.text)
        taken = keep(understanding.mend(meaning.text))
        begins = begun(chosen.text, asked) or begun(event.text, asked)
        self._number_goes_on = begins or (self._number_goes_on and kept != heard.text)
        differs = taken if kept and taken != kept[:MOST_KEPT] else None
        state.turn_facts.spoke(heard, meaning, kept, differs, question is not None and question.personal)
        return chosen, meaning

    def meaning(self, event: Spoke, understanding: Understanding) -> Meaning:
        """What the caller means, asked what he is asked here."""
        return understanding.understand(event.text, self._context(event.score))

    def _turn(self, event: Spoke, meaning: Meaning, understanding: Understanding) -> Turn | None:
        """The move; a said key makes its own (按一), and one that leads nowhere here makes none."""
        key = said_key(event.text, self._keys.offered)
        if key is not None and not self._is_day(event.text):
            named = names_a_key(event.text)
            if named or (key in self._keys.known and self._keys.offered):
                return self._keys.say(key)
        yes_or_no = (Position.CONFIRM, Position.CHECK, Position.AGREE, Position.CONSENT)
        asked = self._state.place in yes_or_no and only_answers(mask(event.text))
        if asked or self._state.place is Position.OFFER:
            return self._answer(event, meaning, understanding)
        return self._word(meaning) or self._answer(event, meaning, understanding) or self._sounded(event)

    def _sounded(self, event: Spoke) -> Turn | None:
        """A key that was said, as one of the recogniser's alternatives names it or as it sounds, where nothing else was
        understood at a menu that has it."""
        offered = self._keys.offered
        if self._state.place is not Position.MENU:
            return None
        ways = (event.text, *(text for text, _ in event.others))
        named = (said_key(text, offered) for text in ways if names_a_key(text))
        key = next((key for key in named if key in offered), None) or sounded_key(event.text, offered)
        return self._keys.say(key) if key is not None else None

    def _is_day(self, text: str) -> bool:
        """Whether 8号 is the answer to a question for a date, and no key."""
        run = self._asking
        return run is not None and run.question.slot is SlotKind.DATE and may_be_a_day(text)

    @property
    def _asking(self) -> LeafRun | None:
        """The leaf that asks for a value, or whether it was heard right."""
        return self._state.run if self._state.place in (Position.ASK, Position.CHECK) else None

    def _context(self, recognised: float) -> Context:
        state = self._state
        slot, when = None, When.COMING
        if (run := self._asking) is not None:
            slot, when = run.question.slot, run.question.when
        elif state.place in (Position.CONFIRM, Position.AGREE, Position.CONSENT):
            slot = SlotKind.YES_NO
        return Context(slot, self._among(), state.today, recognised, when, self._number_goes_on)

    def _among(self) -> tuple[str, ...]:
        """What may be meant here; empty: anything. What the caller has said no to is not."""
        at_menu = self._state.place in _ANYTHING
        possible = self._state.menu.intents if at_menu and self._state.menu.intents else ()
        if not self._transitions.refused:
            return possible
        return tuple(id for id in possible or self._flow.knowledge if id not in self._transitions.refused) or _NOTHING

    # ---- words that work everywhere

    def _word(self, meaning: Meaning) -> Turn | None:
        state, transitions = self._state, self._transitions
        match meaning.universal:
            case Universal.AGENT:
                state.turn_facts.acted(Action.AGENT)
                return transitions.agent(HandoffReason.INTENT, None)
            case Universal.ELDERLY:
                state.turn_facts.acted(Action.ELDERLY)
                return transitions.elderly(HandoffReason.INTENT, None)
            case Universal.COMPLAINT:
                state.turn_facts.acted(Action.COMPLAINT)
                return transitions.complain()
            case Universal.BACK:
                state.turn_facts.acted(Action.BACK)
                return transitions.back(None)
            case Universal.MENU:
                state.turn_facts.acted(Action.HOME)
                return transitions.home()
            case Universal.REPEAT:
                state.turn_facts.acted(Action.REPEAT)
                return transitions.repeat(None)
            case Universal.SLOWER:
                state.turn_facts.acted(Action.SLOWER)
                return transitions.slower()
            case Universal.NO if state.place in (Position.LEAF, Position.ANSWER):
                state.turn_facts.acted(Action.NO)
                state.place = Position.MENU
                return state.ask("not_that")
            case _:
                return None

    # ---- answers to what was asked

    def _answer(self, event: Spoke, meaning: Meaning, understanding: Understanding) -> Turn | None:
        if self._state.place in _ASKED and event.score < FITTED.answer:
            return self._word(meaning)
        match self._state.place:
            case Position.CONFIRM:
                return self._confirm(event.text, meaning)
            case Position.WHICH:
                return self._which(event.text, meaning, understanding)
            case Position.ASK | Position.CHECK:
                return self._value(event, meaning)
            case Position.AGREE | Position.CONSENT:
                return self._agree(event.text)
            case Position.CHOOSE:
                return self._choose(event.text)
            case Position.OFFER:
                return self._offer(event.text, meaning)
            case _:
                return self._intent(meaning)

    def _agree(self, text: str) -> Turn | None:
        """Only a clear yes is one: something is done then."""
        yes = yes_no(mask(text))
        return None if yes is None else self._yes_no(yes)

    def _choose(self, text: str) -> Turn | None:
        """One of the options."""
        act = self._state.run.act if self._state.run is not None else None
        found = chosen(text, self._state.options, act.said) if isinstance(act, Choose) else None
        return None if found is None else self._keys.say(str(found + 1))

    def _confirm(self, text: str, meaning: Meaning) -> Turn | None:
        """是的, or 不是, or something else that is clear (不是，我要查余额)."""
        guess = self._state.guess[0]
        yes = meaning.slots.yes
        other = meaning.intent if meaning.decision is Decision.ACCEPT else None
        if other is not None and other != guess and meaning.universal is None and not only_answers(mask(text)):
            return self._intent(meaning)
        if yes is None and meaning.intent == guess and meaning.decision in (Decision.ACCEPT, Decision.CONFIRM):
            yes = True  # he says it again
        return None if yes is None else self._yes_no(yes)

    def _which(self, text: str, meaning: Meaning, understanding: Understanding) -> Turn | None:
        plain = re.sub(r"\W", "", text)
        if meaning.universal is Universal.NO or _NEITHER.search(plain):
            self._state.turn_facts.acted(Action.NO)
            return self._transitions.not_that()
        wanted = affirmed(text)  # 不是第一个 is not the first
        for ordinal, intent in zip(_ORDINALS, self._state.guess, strict=True):
            if ordinal.search(wanted):
                return self._go(intent, meaning)
        if meaning.universal is None and meaning.intent is not None and meaning.decision is Decision.ACCEPT:
            return self._go(meaning.intent, meaning)
        here = understanding.understand(text, Context(among=self._state.guess, day=self._state.today))
        if here.intent is not None and here.decision in (Decision.ACCEPT, Decision.CONFIRM):
            return self._go(here.intent, here)
        return None

    def _value(self, event: Spoke, meaning: Meaning) -> Turn | None:
        """The value that was asked for, whether it was heard right, or the right one (不对，是六千)."""
        run = self._asking
        if run is None:
            return None
        text, checking = event.text, self._state.place is Position.CHECK
        question = run.question
        key = (
            checking and said_key(text, ()) is not None and not self._is_day(text)
        )  # 一 answers the question, and is no new value
        value = None if key else told(question.slot, meaning.slots)
        if value is not None and event.score < FITTED.value and not (checking and value == run.pending):
            return None  # nor is it a yes (是六千)
        if value is not None and not (checking and value == run.pending):
            self._state.turn_facts.acted(f"{Action.SLOT}:{question.id}")
            return self._transitions.answer(run, value)
        yes = yes_no(mask(text)) if checking else None
        if yes and meaning.slots.unclear:  # 是三千左右
            yes = None
        if value is not None and yes is None:
            yes = True  # he says it again
        if yes is not None:
            self._state.turn_facts.acted(f"{Action.CONFIRMED}:{question.id}" if yes else Action.NO)
            return self._transitions.yes_no(yes)
        if not question.personal and meaning.intent is not None and meaning.decision is Decision.ACCEPT:
            return self._go(meaning.intent, meaning)
        return None

    def _offer(self, text: str, meaning: Meaning) -> Turn | None:
        """Whoever wants something else, and is understood, is served with it rather than bidden goodbye."""
        other_than_waiting = instead_of_waiting(text)
        if other_than_waiting is not None and _OFFER[other_than_waiting] in self._state.offered:
            self._state.turn_facts.acted(other_than_waiting)
            return self._transitions.offer(_OFFER[other_than_waiting])
        wants = waiting(text)
        word = None if meaning.everyday else meaning.universal
        meant = word is None and meaning.decision is Decision.ACCEPT and not meaning.everyday
        other = word in _OTHERWISE or meant
        if wants is not None and (only_waiting(text) or not other):
            self._state.turn_facts.acted(wants)
            return self._transitions.offer(_OFFER[wants])
        return self._word(meaning) or self._intent(meaning)

    def _intent(self, meaning: Meaning) -> Turn | None:
        if meaning.universal is not None or meaning.intent is None:
            return None
        match meaning.decision:
            case Decision.CONFIRM:
                self._state.turn_facts.acted(f"{Action.CONFIRM}:{meaning.intent}")
                return self._state.to_guess(meaning.intent)
            case Decision.ASK_WHICH if meaning.runner_up is not None and self._differ(
                meaning.intent, meaning.runner_up
            ):
                self._state.turn_facts.acted(f"{Action.WHICH}:{meaning.intent},{meaning.runner_up}")
                return self._state.to_guess(meaning.intent, meaning.runner_up)
            case Decision.ACCEPT if self._flow.knowledge[meaning.intent].confirm:
                self._state.turn_facts.acted(f"{Action.CONFIRM}:{meaning.intent}")
                return self._state.to_guess(meaning.intent)
            case Decision.REJECT:
                return None
            case _:
                return self._go(meaning.intent, meaning)

    def _differ(self, one: str, other: str) -> bool:
        """Whether the two lead to different things."""
        first, second = self._flow.knowledge[one], self._flow.knowledge[other]
        return first.target is None or first.target != second.target

    def _go(self, intent: str, meaning: Meaning) -> Turn:
        self._state.turn_facts.acted(reached(self._flow, intent))
        return self._transitions.go_to_intent(intent, meaning.slots)

    def _yes_no(self, yes: bool) -> Turn:
        self._state.turn_facts.acted(Action.YES if yes else Action.NO)
        return self._transitions.yes_no(yes)
