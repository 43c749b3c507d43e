"""What the caller said → a move. The recogniser's words are understood against what was asked (CBA 十七, 二十)."""

from __future__ import annotations

import re
from dataclasses import replace

from ivr.dialogue.asking import told
from ivr.dialogue.ladder import Miss
from ivr.dialogue.model import Spoke, Turn
from ivr.dialogue.moves import Moves
from ivr.dialogue.scene import Place, Scene
from ivr.flow.model import (
    QUEUE_OFFER_LEAVE,
    QUEUE_OFFER_MENU,
    QUEUE_OFFER_WAIT,
    Flow,
    HandoffReason,
    SlotKind,
    TargetKind,
)
from ivr.nlu import Context, Decision, Meaning, Understanding, Universal, mask, yes_no

_OFFER = (
    (re.compile("不等|不用等|结束|挂|再见|算了"), QUEUE_OFFER_LEAVE, "leave"),
    (re.compile("菜单"), QUEUE_OFFER_MENU, "home"),
    (re.compile("等"), QUEUE_OFFER_WAIT, "wait"),
)
#: Which of two, by its place; 都不 before 第二 and so on.
_NEITHER = re.compile("都不|都没|两个都|第三|其他|别的|^三$|^3$")
_ORDINALS = (re.compile("第一|前面|前一|^一$|^1$"), re.compile("第二|后面|后一|^二$|^2$"))
#: Where the caller may say anything that the hotline does.
_ANYTHING = (Place.MENU, Place.LEAF, Place.ANSWER)
#: Context.among of a caller who has said no to everything: nothing is left that he may mean.
_NOTHING = ("",)


class Speech:
    """Understands what one caller says, and moves accordingly."""

    def __init__(self, flow: Flow, scene: Scene, moves: Moves) -> None:
        self._flow = flow
        self._scene = scene
        self._moves = moves

    def on(self, event: Spoke, understanding: Understanding) -> tuple[Turn, bool]:
        """The turn that follows, and whether the caller was understood. The record has one CallerSpoke of it."""
        scene = self._scene
        event = self._made_out(event, understanding)
        question = scene.form.question if scene.form is not None and scene.place in (Place.ASK, Place.CHECK) else None
        meaning = understanding.understand(event.text, self._context(event.score))
        # the record has what was heard in the bank's words: 会款 is 汇款
        kept = replace(meaning, text=mask(understanding.mend(meaning.text)))
        scene.ledger.spoke(event, kept, question is not None and question.personal)
        turn = self._word(meaning) or self._answer(event, meaning, understanding)
        if turn is not None:
            return turn, True
        if scene.place in (Place.ASK, Place.CHECK):
            return self._moves.miss(Miss.NO_MATCH, "invalid", None), False
        return self._moves.miss(Miss.NO_MATCH, "invalid", None, "not_understood"), False

    def _made_out(self, event: Spoke, understanding: Understanding) -> Spoke:
        """What the caller may want is taken as it makes the most sense; an answer, as it was heard."""
        if self._scene.place not in _ANYTHING or not event.others:
            return event
        ways = ((event.text, event.score), *event.others)
        text, score = understanding.likeliest(ways, self._context(event.score))
        return replace(event, text=text, score=score)

    def _context(self, recognised: float) -> Context:
        scene = self._scene
        slot = None
        if scene.place in (Place.ASK, Place.CHECK) and scene.form is not None:
            slot = scene.form.question.slot
        elif scene.place is Place.CONFIRM:
            slot = SlotKind.YES_NO
        return Context(slot=slot, among=self._among(), day=scene.today, recognised=recognised)

    def _among(self) -> tuple[str, ...]:
        """What may be meant here; empty: anything. What the caller has said no to is not."""
        at_menu = self._scene.place in _ANYTHING
        possible = self._scene.menu.intents if at_menu and self._scene.menu.intents else ()
        if not self._moves.refused:
            return possible
        return tuple(id for id in possible or self._flow.knowledge if id not in self._moves.refused) or _NOTHING

    # ---- words that work everywhere

    def _word(self, meaning: Meaning) -> Turn | None:
        scene, moves = self._scene, self._moves
        match meaning.universal:
            case Universal.AGENT:
                scene.ledger.acted("agent")
                return moves.agent(HandoffReason.INTENT, None)
            case Universal.ELDERLY:
                scene.ledger.acted("elderly")
                return moves.elderly(HandoffReason.INTENT, None)
            case Universal.COMPLAINT:
                scene.ledger.acted("complaint")
                return moves.complain()
            case Universal.BACK:
                scene.ledger.acted("back")
                return moves.back(None)
            case Universal.MENU:
                scene.ledger.acted("home")
                return moves.home()
            case Universal.REPEAT:
                scene.ledger.acted("repeat")
                return moves.repeat(None)
            case Universal.SLOWER:
                scene.ledger.acted("slower")
                return moves.slower()
            case Universal.NO if scene.place in (Place.LEAF, Place.ANSWER):
                scene.ledger.acted("no")
                scene.place = Place.MENU
                return scene.ask("not_that")
            case _:
                return None

    # ---- answers to what was asked

    def _answer(self, event: Spoke, meaning: Meaning, understanding: Understanding) -> Turn | None:
        match self._scene.place:
            case Place.CONFIRM:
                return self._confirm(meaning)
            case Place.WHICH:
                return self._which(event.text, meaning, understanding)
            case Place.ASK | Place.CHECK:
                return self._value(event.text, meaning)
            case Place.OFFER:
                return self._offer(event.text, meaning)
            case _:
                return self._intent(meaning)

    def _confirm(self, meaning: Meaning) -> Turn | None:
        """是的, or 不是, or something else that is clear (不是，我要查余额)."""
        guess = self._scene.guess[0]
        yes = meaning.slots.yes
        other = meaning.intent if meaning.decision is Decision.ACCEPT else None
        if other is not None and other != guess and meaning.universal is None:
            return self._intent(meaning)
        if yes is None and meaning.intent == guess and meaning.decision in (Decision.ACCEPT, Decision.CONFIRM):
            yes = True  # he says it again
        return None if yes is None else self._yes_no(yes)

    def _which(self, text: str, meaning: Meaning, understanding: Understanding) -> Turn | None:
        plain = re.sub(r"\W", "", text)
        if meaning.universal is Universal.NO or _NEITHER.search(plain):
            self._scene.ledger.acted("no")
            return self._moves.not_that()
        for ordinal, intent in zip(_ORDINALS, self._scene.guess, strict=True):
            if ordinal.search(plain):
                return self._go(intent, meaning)
        if meaning.universal is None and meaning.intent is not None and meaning.decision is Decision.ACCEPT:
            return self._go(meaning.intent, meaning)
        here = understanding.understand(text, Context(among=self._scene.guess, day=self._scene.today))
        if here.intent is not None and here.decision in (Decision.ACCEPT, Decision.CONFIRM):
            return self._go(here.intent, here)
        return None

    def _value(self, text: str, meaning: Meaning) -> Turn | None:
        """The value that was asked for, whether it was heard right, or the right one (不对，是六千)."""
        form = self._scene.form
        if form is None:
            return None
        checking = self._scene.place is Place.CHECK
        question = form.question
        value = told(question.slot, meaning.slots)
        if value is not None and not (checking and value == form.pending):
            self._scene.ledger.acted(f"slot:{question.id}")
            return self._moves.answer(form, value)
        yes = yes_no(mask(text)) if checking else None
        if value is not None and yes is None:
            yes = True  # he says it again
        if yes is not None:
            self._scene.ledger.acted(f"confirmed:{question.id}" if yes else "no")
            return self._moves.yes_no(yes)
        if not question.personal and meaning.intent is not None and meaning.decision is Decision.ACCEPT:
            return self._go(meaning.intent, meaning)
        return None

    def _offer(self, text: str, meaning: Meaning) -> Turn | None:
        for words, key, action in _OFFER:
            if words.search(text):
                self._scene.ledger.acted(action)
                return self._moves.offer(key)
        if meaning.universal is Universal.YES:
            self._scene.ledger.acted("wait")
            return self._moves.offer(QUEUE_OFFER_WAIT)
        return self._intent(meaning)

    def _intent(self, meaning: Meaning) -> Turn | None:
        if meaning.universal is not None or meaning.intent is None:
            return None
        match meaning.decision:
            case Decision.CONFIRM:
                self._scene.ledger.acted(f"confirm:{meaning.intent}")
                return self._scene.to_guess(meaning.intent)
            case Decision.ASK_WHICH if meaning.runner_up is not None and self._differ(
                meaning.intent, meaning.runner_up
            ):
                self._scene.ledger.acted(f"which:{meaning.intent},{meaning.runner_up}")
                return self._scene.to_guess(meaning.intent, meaning.runner_up)
            case Decision.ACCEPT if self._flow.knowledge[meaning.intent].confirm:
                self._scene.ledger.acted(f"confirm:{meaning.intent}")
                return self._scene.to_guess(meaning.intent)
            case Decision.REJECT:
                return None
            case _:
                return self._go(meaning.intent, meaning)

    def _differ(self, one: str, other: str) -> bool:
        """Whether the two lead to different things."""
        first, second = self._flow.knowledge[one], self._flow.knowledge[other]
        return first.target is None or first.target != second.target

    def _go(self, intent: str, meaning: Meaning) -> Turn:
        target = self._flow.knowledge[intent].target
        kinds = {TargetKind.MENU: "menu", TargetKind.LEAF: "leaf", TargetKind.HANDOFF: "queue"}
        self._scene.ledger.acted(f"answer:{intent}" if target is None else f"{kinds[target.kind]}:{target.id}")
        return self._moves.go_to_intent(intent, meaning.slots)

    def _yes_no(self, yes: bool) -> Turn:
        self._scene.ledger.acted("yes" if yes else "no")
        return self._moves.yes_no(yes)
