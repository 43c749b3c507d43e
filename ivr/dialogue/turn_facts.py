"""Collects the facts of a turn and keeps the record of one call within bounds."""

from __future__ import annotations

from dataclasses import replace

from ivr.dialogue.model import Spoke
from ivr.dialogue.recordable_keys import KeysKept
from ivr.flow.model import HandoffReason, Menu
from ivr.nlu import MOST_KEPT, Meaning
from ivr.records.facts import (
    CallbackAsked,
    CallerSpoke,
    EntryChanged,
    Fact,
    FlowChosen,
    HandoffLeft,
    HandoffRequested,
    LanguageChosen,
    LeafCompleted,
    MenuEntered,
    MenuKey,
)
from ivr.records.vocabulary import Action

#: A call records this many menu visits and refused handoffs; a key that is stuck (a DTMF flood) is
#: served on, but what it does after that adds nothing to the record. People stay below fifty.
MAX_VISITS = 500
MAX_TURNS = 500
MAX_REFUSALS = 100


class TurnFacts:
    """Writes facts with the time of the event they follow from. Each `MenuEntered` is followed by
    exactly one `MenuKey`."""

    def __init__(self) -> None:
        self._t = 0
        self._keys = KeysKept()
        self._facts: list[Fact] = []
        self._visits = 0
        self._visiting = False
        self._refusals = 0
        self._completed: set[str] = set()
        self._spoken: CallerSpoke | None = None
        self._turns = 0
        self._standing = False

    def begin(self, at: int) -> None:
        """The facts that follow happened at `at`."""
        self._t = at

    def pressed(self, keys: str, *, heard: bool) -> None:
        """Keys are pressed now, whatever they lead to; `heard`: after the question had been heard to its end."""
        self._keys.pressed(self._t, keys, heard=heard)

    def secret(self) -> None:
        """A secret is keyed now: neither its keys nor how many there were are known here, and those that come after the
        last that was asked for are not kept."""
        self._keys.typing()

    def paused(self) -> None:
        """Something else than a key happens now."""
        self._keys.paused()

    def take(self) -> tuple[Fact, ...]:
        """The facts since the last take."""
        spoken, self._spoken = self._spoken, None
        facts, self._facts = tuple(self._facts), []
        return facts if spoken is None else (spoken, *facts)

    def spoke(self, event: Spoke, meaning: Meaning, kept: str, corrected: str | None, personal: bool) -> None:
        """The caller said something; `acted` says what comes of it. `kept` is what may be stored of the recogniser's
        own text, `corrected` what it was taken for. Of a personal answer nothing that was said is kept, of a number
        that nobody asked for neither it nor the sound (CBA 十三, 三十)."""
        if self._turns >= MAX_TURNS:
            return
        self._turns += 1
        private = personal or meaning.personal or kept != event.text
        self._spoken = CallerSpoke(
            t=event.t_start,
            turn_id=event.turn_id,
            t_end=event.t_end,
            asr_text="" if personal else kept[:MOST_KEPT],
            asr_conf=event.score,
            intent=None if personal else meaning.intent,
            intent_score=None if personal else meaning.score,
            action=str(Action.REPHRASE),
            barge_in=event.barge_in,
            audio_ref=None if private else event.audio_ref,
            pii=private,
            corrected=None if personal else corrected,
        )

    def acted(self, action: str) -> None:
        """What came of what the caller said last: a word of CallerSpoke."""
        if self._spoken is not None:
            self._spoken = replace(self._spoken, action=str(action))

    @property
    def speaking(self) -> bool:
        """Whether what happens now follows from what the caller said."""
        return self._spoken is not None

    def overtaken(self) -> None:
        """A key that was pressed in the same moment counts instead of what the caller said last."""
        if self._spoken is not None:
            self._facts.append(replace(self._spoken, action=str(Action.KEY)))
            self._spoken = None

    def flow_chosen(self, revision: str, entry: str, language: str) -> None:
        """The flow serves the call."""
        self._facts.append(FlowChosen(self._t, revision, entry, language))

    def entry_changed(self, entry: str) -> None:
        """The first key changed how the call came in."""
        self._facts.append(EntryChanged(self._t, entry))

    def language_chosen(self, language: str) -> None:
        """The caller chose a language; bounded as the visits are."""
        if self._visits < MAX_VISITS:
            self._facts.append(LanguageChosen(self._t, language))

    def entered(self, menu: Menu) -> None:
        """A menu is spoken from here on."""
        if self._visits < MAX_VISITS:
            self._visits += 1
            self._visiting = True
            self._facts.append(MenuEntered(self._t, menu.id, menu.level))

    def left(self, outcome: str, key: str | None = None) -> None:
        """The open visit, if there is one, ends so. A key that may be one of a number's is not kept."""
        key = self._keys.keep(key, outcome)
        if self._visiting:
            self._visiting = False
            self._facts.append(MenuKey(self._t, outcome, key))

    def leaf_completed(self, leaf: str) -> None:
        """A leaf's information was heard to its end; once per call and leaf."""
        if leaf not in self._completed:
            self._completed.add(leaf)
            self._facts.append(LeafCompleted(self._t, leaf))

    def note(self, *facts: Fact) -> None:
        """What a step of a leaf has found out or done."""
        self._facts.extend(facts)

    def stands(self) -> None:
        """The caller was led out of the queue by a key; his request goes on."""
        self._standing = True

    def waits_on(self) -> None:
        """Back into the queue, with the same request."""
        self._standing = False

    def promised(self, queue: str) -> None:
        """The caller will be called back by the queue's agents."""
        self._standing = False
        self._facts.append(CallbackAsked(self._t, queue))

    def leave_queue(self) -> None:
        """A request that still goes on ends: the caller goes elsewhere."""
        if self._standing:
            self._standing = False
            self._facts.append(HandoffLeft(self._t, "abandoned"))

    def requested(self, reason: HandoffReason, queue: str) -> None:
        """The caller goes to a queue."""
        self.leave_queue()
        self._facts.append(HandoffRequested(self._t, reason.value, queue))

    def refused(self, reason: HandoffReason, queue: str, why: str) -> None:
        """The caller cannot go to the queue."""
        if self._refusals < MAX_REFUSALS:
            self._refusals += 1
            self._facts.append(HandoffRequested(self._t, reason.value, queue, refused=True, why=why))
