"""One utterance and what was asked → its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from ivr.flow.model import Flow, Intent, LeafKind, TargetKind
from ivr.nlu import masking
from ivr.nlu.correction.correction import Correction
from ivr.nlu.correction.vocabulary import in_words
from ivr.nlu.correction.wording import Wording
from ivr.nlu.intents.matcher import Matcher
from ivr.nlu.intents.weights import FITTED, SHORT, Weights
from ivr.nlu.model import Context, Decision, Meaning, Universal
from ivr.nlu.normalise import bare
from ivr.nlu.phrases import denial
from ivr.nlu.phrases.everyday import everyday
from ivr.nlu.phrases.universal import exactly, no_person, universal
from ivr.nlu.values import slots

NO_CONTEXT = Context()
#: Characters of the masked text that a Meaning keeps.
MOST_KEPT = 500
#: Two that are nearer than this are not told apart, however likely they are.
_CLOSE = 0.03
#: What a usual wording (times its mean log probability), the share of characters that make up words (twice that where
#: there are few) and a meaning (times its score) are worth against the log probability of the recogniser, fitted on
#: voices and people that are not reported on; and how much less likely a way may be.
_WORDING, _WORDS, _FEW, _SENSE, _FAR = 0.07, 0.15, 3, 0.1, 0.2
#: A way that is so many characters longer than the first goes round in circles.
_LONGER = 2
#: Words that lead to no intent by themselves.
_ABOUT_THE_CALL = frozenset(Universal) - {Universal.AGENT, Universal.COMPLAINT}


@dataclass(frozen=True, slots=True)
class _Said:
    """What of an utterance stands (`text`), what is `denied`, and the intents and words that are denied with it."""

    text: str
    denied: tuple[str, ...] = ()
    intents: frozenset[str] = frozenset()
    words: frozenset[Universal] = frozenset()


@lru_cache(maxsize=2)
def _matcher(intents: tuple[Intent, ...], weights: Weights) -> Matcher:
    """Kept, for most edits of the operator's files change no question."""
    return Matcher(intents, weights)


class Understanding:
    """Understands with one revision's knowledge base. Making one takes about a second for some 1900 questions that were
    not there before (and loads the pinyin library), so make it with the flow, not with the call. Thread-safe: it only
    reads."""

    def __init__(self, flow: Flow, weights: Weights = FITTED) -> None:
        self._intents = flow.knowledge
        self._weights = weights
        self._direct = _direct(flow)
        self._matcher = _matcher(tuple(flow.knowledge.values()), weights) if flow.knowledge else None
        self._correction = Correction(flow)
        self._wording = Wording(text for each in flow.knowledge.values() for text in (each.question, *each.questions))
        self._old = flow.elderly.age

    def mend(self, text: str) -> str:
        """What a recogniser wrote, in the bank's words where they sound alike: 会款 → 汇款. See `Correction`."""
        return self._correction.mend(text)

    def understand(self, text: str, context: Context | None = None) -> Meaning:
        """The meaning of what was said. Never raises for any text; of a very long one the beginning counts."""
        asked = context or NO_CONTEXT
        masked = masking.storable(text, asked.slot, goes_on=asked.number_goes_on)
        heard = masked.replace(masking.MASK, " ")  # what is compared is also cached, so no number may be in it
        said = self._stands(heard)
        word, everyday, found = self._sense(said, asked)
        short = len(bare(said.text)) <= SHORT
        decision = self._decision(found, asked.recognised, short)
        best, second = [*found, ("", 0.0), ("", 0.0)][:2]
        return Meaning(
            text=masked[:MOST_KEPT],
            decision=decision,
            intent=None if decision is Decision.REJECT else best[0],
            score=best[1],
            runner_up=second[0] or None,
            runner_up_score=second[1],
            universal=word,
            slots=slots.read(text, asked),
            personal=masked != text,
            everyday=everyday,
            denied=said.denied,
        )

    def _sense(self, said: _Said, context: Context) -> tuple[Universal | None, bool, list[tuple[str, float]]]:
        """The universal word, whether it was no word of the hotline's, and the two best intents with their scores."""
        heard = said.text
        mended = self.mend(heard)
        word = universal(heard) or universal(mended) if heard else None
        if word in said.words:
            word = None
        if word in _ABOUT_THE_CALL:
            return word, False, []
        found = [each for each in self._likelier(heard, mended, context) if each[0] not in said.intents]
        spoken = None
        if word is None and not (found and found[0][1] >= self._weights.accept):
            spoken = everyday(heard, self._old)
            word = spoken = None if spoken in said.words else spoken
            if word in _ABOUT_THE_CALL:
                return word, True, []
        sure = self._direct.get(word) if word else None
        if sure is not None and self._possible(sure, context):
            found = [(sure, 1.0), *(each for each in found if each[0] != sure)]
        return word, spoken is not None, found

    def _stands(self, heard: str) -> _Said:
        """What of the words stands, and which intents and words they deny: what would be meant if they did not."""
        person = self._direct.get(Universal.AGENT)
        whole = _Said(heard)
        if no_person(heard) and person is not None:
            return _Said(heard, (), frozenset((person,)), frozenset((Universal.AGENT,)))
        if exactly(heard):
            return whole
        read = denial.read(heard)
        if not read.denied or self._asked_so(heard):
            return whole
        intents: set[str] = set()
        words: set[Universal] = set()
        wanted = {id for id, score in self._ranked(read.affirmed, NO_CONTEXT)[:1] if score >= self._weights.accept}
        for what in read.denied:
            meant = [id for id, score in self._ranked(what, NO_CONTEXT) if score >= self._weights.confirm]
            intents.update((*meant[:1], *(set(meant[1:]) - wanted)))
            words.update(word for word in (universal(what),) if word is not None)
        if not intents and not words:
            return whole  # what is denied is nothing that the hotline does
        intents.update(self._direct[word] for word in words if word in self._direct)
        places = [self._intents[id].target for id in intents]
        same = {id for id, each in self._intents.items() if each.target is not None and each.target in places}
        return _Said(read.affirmed, read.denied, frozenset(intents | same), frozenset(words))

    def _asked_so(self, heard: str) -> bool:
        """Whether the knowledge base asks it with the same refusal in it: 不要机器人 is a way to ask for an agent."""
        if self._matcher is None:
            return False
        return any(denial.read(text).denied for text in self._matcher.like(heard))

    def likeliest(self, ways: Sequence[tuple[str, float]], context: Context | None = None) -> tuple[str, float]:
        """Of what a recogniser may have heard, each with its score and the likeliest first, the usual wording that
        makes sense here: 账单分期 rather than 账单分析. Of numbers the first stands: it is masked."""
        first, score = ways[0]
        if not first or score <= 0:
            return ways[0]
        near = [way for way in ways if way[0] and way[1] > 0 and log(way[1]) >= log(score) - _FAR]
        for way in near:
            if masking.storable(way[0]) != way[0]:
                return way
        near = [way for way in near if len(way[0]) <= len(first) + _LONGER]
        if len(near) == 1:
            return near[0]
        return max(near, key=lambda way: log(way[1]) + self._sensible(way[0], context))

    def _sensible(self, text: str, context: Context | None) -> float:
        words = in_words(text)
        share = sum(words) / len(words) * (2 if len(words) <= _FEW else 1)
        meant = self.understand(text, context).score
        return _WORDING * self._wording.usual(text) + _WORDS * share + _SENSE * meant

    def _likelier(self, heard: str, mended: str, context: Context) -> list[tuple[str, float]]:
        """What the words mean as they were heard; as they were mended only where that makes it clearer."""
        found = self._ranked(heard, context)
        if mended == heard or _drone(bare(heard)) or (found and found[0][1] >= self._weights.accept):
            return found
        return max(found, self._ranked(mended, context), key=lambda ranked: ranked[0][1] if ranked else 0.0)

    def _ranked(self, text: str, context: Context) -> list[tuple[str, float]]:
        """The two best intents that may be meant here, with their scores."""
        if self._matcher is None or not (plain := bare(text)) or _drone(plain):
            return []
        ids = self._matcher.ids
        possible = [row for row, id in enumerate(ids) if self._possible(id, context)]
        chosen = possible if len(possible) < len(ids) else None
        scores = self._matcher.scores(self._matcher.features(text), chosen)
        same = self._matcher.exact.get(plain)
        if same is not None and same in possible:  # word for word what the operator wrote
            scores[same] = 1.0
        best = sorted(possible, key=lambda row: -scores[row])[:2]
        return [(ids[row], round(float(scores[row]), 4)) for row in best]

    def _possible(self, id: str, context: Context) -> bool:
        if context.among and id not in context.among:
            return False
        return context.day is None or self._intents[id].valid(context.day)

    def _decision(self, found: list[tuple[str, float]], recognised: float, short: bool) -> Decision:
        use = self._weights
        sure = max(use.unsure, use.short) if short else use.unsure
        (_, best), (_, second) = [*found, ("", 0.0), ("", 0.0)][:2]
        if best >= use.accept and best - second > _CLOSE:
            return Decision.ACCEPT if recognised >= sure else Decision.CONFIRM
        if best + second >= use.which and second >= use.share * best:
            return Decision.ASK_WHICH
        return Decision.CONFIRM if best >= use.confirm else Decision.REJECT


def _drone(plain: str) -> bool:
    """Whether one character is all there is, again and again: what recognisers make of a dog or an engine."""
    return len(plain) > 1 and len(set(plain)) == 1


def _direct(flow: Flow) -> dict[Universal, str]:
    """Universal word → the intent that does what it asks for, where the knowledge base has one."""
    found: dict[Universal, str] = {}
    for id, intent in flow.knowledge.items():
        if intent.target is None:
            continue
        kind, name = intent.target.kind, intent.target.id
        if kind is TargetKind.HANDOFF and name == flow.agent_queue:
            found.setdefault(Universal.AGENT, id)
        elif kind is TargetKind.LEAF and flow.leaves[name].kind is LeafKind.COMPLAINT:
            found.setdefault(Universal.COMPLAINT, id)
    return found
