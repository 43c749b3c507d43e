"""One utterance by itself: what the dialogue would do with it at a given question. The very decisions of a call, on a
dialogue of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from ivr.dialogue.arrival import MENU, Arrival
from ivr.dialogue.key_handler import Keys
from ivr.dialogue.model import Caller, Spoke
from ivr.dialogue.speech_handler import SpeechHandler
from ivr.dialogue.state import DialogueState, Position
from ivr.dialogue.transitions import Transitions
from ivr.flow.model import Flow, Leaf, LeafKind, Level, Question, SlotKind
from ivr.flow.steps.acts import Value
from ivr.flow.steps.ask import AskStep
from ivr.nlu import Meaning, Understanding
from ivr.records.facts import CallerSpoke

#: Where an utterance may be tried, besides `menu:ID`: a question of yes or no, the queue's question, and the values.
YES_NO, OFFER = "yes-no", "offer"
_SLOTS = (SlotKind.AMOUNT, SlotKind.DATE, SlotKind.LAST4, SlotKind.PHONE, SlotKind.REFERENCE)
PLACES = (YES_NO, OFFER, *(slot.value for slot in _SLOTS))
_MENU = "menu:"


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of it. `spoke` is what the record of a call would have, `meaning` how it was understood; `value`
    the value that was taken, as the dialogue keeps it (fen, ISO date, digits), None where the hotline asks again."""

    spoke: CallerSpoke
    meaning: Meaning
    value: Value | None = field(default=None, repr=False)

    def as_json(self, text: str, place: str) -> dict[str, object]:
        """The answer for programs, beside what was said and where; an amount in yuan (15000.00)."""
        value = self.value
        if place == SlotKind.AMOUNT and isinstance(value, int):
            value = f"{value // 100}.{value % 100:02}"
        return {
            "text": text,
            "action": self.spoke.action,
            "intent": self.meaning.intent,
            "score": self.meaning.score,
            "value": value,
            "corrected": self.spoke.corrected,
        }


def try_out(flow: Flow, understanding: Understanding, text: str, at: int, place: str = "") -> Tried:
    """The dialogue's answer to `text`, said at `place` (`menu:ID`, one of PLACES; "": the root menu of the day) at the
    moment `at` (UTC epoch ms). Raises ValueError
    where the flow has no such place."""
    root = _root(flow, place)
    arrival = Arrival(MENU, (), root)
    state = DialogueState(flow, Caller(None), arrival, at, understanding)
    transitions = Transitions(flow, arrival, state)
    state.begin(at)
    _ask(flow, state, place)
    state.turn_facts.take()
    speech = SpeechHandler(flow, state, transitions, Keys(flow, state, transitions))
    said = Spoke(at, 0, text, 1.0, at, at, "try")
    meaning = speech.meaning(said, understanding)
    turn, _ = speech.on(said, understanding)
    spoke = next(fact for fact in turn.facts if isinstance(fact, CallerSpoke))
    asked = place in PLACES and state.place is Position.CHECK
    return Tried(spoke, meaning, state.run.pending if asked and state.run is not None else None)


def _root(flow: Flow, place: str) -> str:
    """The menu where the dialogue begins."""
    if place.startswith(_MENU):
        menu = place.removeprefix(_MENU)
        if menu not in flow.menus:
            raise ValueError(f"没有菜单「{menu}」，有：{'、'.join(flow.menus)}")
        return menu
    if place and place not in PLACES:
        raise ValueError(f"不认识「{place}」，可以是 menu:菜单、{'、'.join(PLACES)}")
    return next((entry.menu for entry in flow.entries if not entry.closed), flow.entries[0].menu)


def _ask(flow: Flow, state: DialogueState, place: str) -> None:
    """Bring the dialogue to the question."""
    if place == OFFER:
        state.to_offer()
    elif place == YES_NO:
        if not flow.knowledge:
            raise ValueError("知识库是空的，热线不会问是或不是")
        state.to_guess(next(iter(flow.knowledge)))
    elif place in PLACES:
        state.to_run(state.carry_out(_asking(flow, SlotKind(place))))
    else:
        state.to_menu()


def _asking(flow: Flow, slot: SlotKind) -> Leaf:
    """A leaf that asks for the value first: one of the flow's, else one like those."""
    for leaf in flow.leaves.values():
        first = leaf.steps[0] if leaf.steps else None
        if leaf.auth is Level.NONE and isinstance(first, AskStep) and first.question.slot is slot:
            return leaf
    step = AskStep(Question(slot.value, slot, "queue_offer", "", personal=False))
    return Leaf("trial", "", LeafKind.TRANSACTION, Level.NONE, (step,), None, (), 1)
