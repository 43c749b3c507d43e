"""One annotator's way through a sampling plan: which turn is next, what is suggested, and what the answers become.
Every answer is kept at once, so one may stop at any time and go on another day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ivr.errors import LabelError
from ivr.metrics.indicators.recognition import intent_right
from ivr.metrics.labels.accuracy import align
from ivr.metrics.labels.sampling import candidate
from ivr.nlu import mask
from ivr.people.access import Permit
from ivr.records.labels.utterances import Utterances
from ivr.records.model import Annotation, Call, Turn
from ivr.records.sampling import SamplingPlan
from ivr.records.store import Store
from ivr.training.agreement import disputed as is_disputed

_PAGE = 50


@dataclass(frozen=True, slots=True)
class LabelStep:
    """One label that was kept: what was said of a turn, what the same annotator had said of it before, and whether its
    sound was removed then."""

    said: Annotation
    before: Annotation | None
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class LabellingSession:
    """What an annotator works with: the turns `ids` of a plan in its order, the intents by id and name (what may be
    answered), the names of what speech leads to."""

    store: Store
    audio: Utterances
    annotator: str
    plan: SamplingPlan
    ids: Sequence[str]
    intents: Mapping[str, str]
    names: Mapping[str, str]

    def next(self, at: int) -> int:
        """The place of the next turn that this annotator has not labelled, at `at` or after it; the end: none."""
        for start in range(at, len(self.ids), _PAGE):
            page = self.ids[start : start + _PAGE]
            there = self.store.labels.annotators(page)
            for place, id in enumerate(page, start):
                if id in there and self.annotator not in there[id]:
                    return place
        return len(self.ids)

    def turn(self, at: int) -> tuple[Call, Turn]:
        """The turn at a place, with its call."""
        return self.store.turns([self.ids[at]])[self.ids[at]]

    def mine(self, turn: Turn) -> Annotation | None:
        """What this annotator has said about the turn."""
        return next((note for note in turn.annotations if note.annotator == self.annotator), None)

    def sound(self, turn: Turn) -> Path | None:
        """The file of the turn's sound, plain or encrypted, where it was kept."""
        ref = turn.audio_ref
        return self.audio.path(ref) if ref is not None and self.audio.has(ref) else None

    def likely_reference(self, turn: Turn) -> str | None:
        """What was probably said: what the annotator wrote before, else what was recognised, but that only where it
        can be checked by ear."""
        before = self.mine(turn)
        if before is not None:
            return before.ref_text
        return turn.asr_text if self.sound(turn) is not None else None

    def likely_intent(self, turn: Turn) -> str | None:
        """What the caller probably wanted: what the annotator said before, else what the hotline took it for."""
        before = self.mine(turn)
        known = before.intent_gold if before and before.intent_gold else turn.intent
        return known if known in self.intents else None

    def noise(self, turn: Turn, text: str, now: int) -> Annotation:
        """Nobody spoke to the hotline: then nobody said to it what was recognised either."""
        return Annotation(turn.turn_id, self.annotator, "" if text == turn.asr_text else text, False, now)

    def speech(self, call: Call, turn: Turn, text: str, heard: bool, intent: str, now: int) -> Annotation:
        """A caller spoke to the hotline: what was said, whether it was recognised, what was wanted. `interaction_ok` is
        what is likely, None where nothing is; the annotator decides."""
        one = Annotation(turn.turn_id, self.annotator, text, True, now)
        one = replace(one, asr_ok=heard, intent_gold=intent)
        right = intent_right(turn, one)
        fine = True if right and heard and not reasons(call, turn) else None
        return replace(one, intent_ok=right, interaction_ok=fine)

    def save(self, annotation: Annotation, typed: str) -> LabelStep:
        """Keep it in place of this annotator's earlier one. Where a number was `typed` as the reference text, the
        sound goes, now that the turn is done. Raises StoreError."""
        _, turn = self.store.turns([annotation.turn_id])[annotation.turn_id]
        self.store.annotate(annotation.turn_id, annotation)
        dropped = mask(typed) != typed and self.sound(turn) is not None
        if dropped and turn.audio_ref is not None:
            self.audio.drop(turn.audio_ref)
        return LabelStep(annotation, self.mine(turn), dropped)

    def undo(self, step: LabelStep, permit: Permit, now: int) -> None:
        """Take a label back: the turn is as it was before, without one or with the earlier one. Sound that was removed
        stays away. Raises LabelError where it is another's, or was changed since; StoreError."""
        if step.said.annotator != self.annotator:
            raise LabelError("只能撤销自己的标注")
        entry = permit.entry_with(f"turn:{step.said.turn_id}", undone=True, earlier=step.before is not None)
        if not self.store.labels.put_back(step.said, step.before, entry, now):
            raise LabelError("这条标注后来又改过或已删除，没有撤销")

    @property
    def done(self) -> int:
        """How many of the turns this annotator has labelled."""
        return sum(self.annotator in who for who in self.store.labels.annotators(self.ids).values())


def open_session(
    store: Store,
    audio: Utterances,
    annotator: str,
    plan: SamplingPlan,
    intents: Mapping[str, str],
    names: Mapping[str, str],
    *,
    disputed: bool = False,
) -> LabellingSession:
    """Begin or go on with a plan; `disputed`: only turns that others judged differently."""
    there = store.labels.annotators(one.turn_id for one in plan.drawn)
    ids = list(there)
    if disputed:
        judged = store.turns(id for id, who in there.items() if len(who) > 1)
        ids = [id for id, (_, turn) in judged.items() if is_disputed(turn)]
    return LabellingSession(store, audio, annotator, plan, ids, intents, names)


def recognised_exactly(turn: Turn, text: str) -> bool:
    """Whether the recogniser wrote the reference text, characters alone compared."""
    return align(text, turn.asr_text).errors == 0


def reasons(call: Call, turn: Turn) -> Sequence[str]:
    """Why the turn is looked at: what there is to worry about."""
    return candidate(call, call.turns.index(turn)).reasons
