"""One utterance and what was asked → its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from ivr.flow.model import Flow, LeafKind, TargetKind
from ivr.nlu import masking, slots
from ivr.nlu.clean import bare
from ivr.nlu.matcher import Matcher
from ivr.nlu.mending import Mending
from ivr.nlu.model import Context, Decision, Meaning, Universal
from ivr.nlu.universal import universal
from ivr.nlu.weights import FITTED, Weights

NO_CONTEXT = Context()
#: Characters of the masked text that a Meaning keeps.
MOST_KEPT = 500
#: Two that are nearer than this are not told apart, however likely they are.
_CLOSE = 0.03
#: What a meaning is worth (times its score) against the recogniser's log probability, and how much less likely than the
#: first a way may be.
_SENSE, _FAR = 0.2, 0.1
#: Words that lead to no intent by themselves.
_ABOUT_THE_CALL = frozenset(Universal) - {Universal.AGENT, Universal.COMPLAINT}


class Understanding:
    """Understands with one revision's knowledge base. Making one takes about a second for some 1900 questions (and
    loads the pinyin library), so make it with the flow, not with the call. Thread-safe: it only reads."""

    def __init__(self, flow: Flow, weights: Weights = FITTED) -> None:
        self._intents = flow.knowledge
        self._weights = weights
        self._direct = _direct(flow)
        self._matcher = Matcher(list(flow.knowledge.values()), weights) if flow.knowledge else None
        self._mending = Mending(flow)

    def mend(self, text: str) -> str:
        """What a recogniser wrote, in the bank's words where they sound alike: 会款 → 汇款. See `Mending`."""
        return self._mending.mend(text)

    def understand(self, text: str, context: Context | None = None) -> Meaning:
        """The meaning of what was said. Never raises for any text; of a very long one the beginning counts."""
        asked = context or NO_CONTEXT
        masked = masking.mask(text)
        heard = masked.replace(masking.MASK, " ")  # what is compared is also cached, so no number may be in it
        mended = self._mending.mend(heard)
        word = universal(heard) or universal(mended)
        found = [] if word in _ABOUT_THE_CALL else self._likelier(heard, mended, asked)
        sure = self._direct.get(word) if word else None
        if sure is not None and self._possible(sure, asked):
            found = [(sure, 1.0), *(each for each in found if each[0] != sure)]
        decision = self._decision(found, asked.recognised)
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
        )

    def likeliest(self, ways: Sequence[tuple[str, float]], context: Context | None = None) -> tuple[str, float]:
        """Of what a recogniser may have heard, each with its score and the likeliest first, what makes the most sense
        here: 账单分期 rather than 账单分析. Where one of them is a number, that stands: it must be masked."""
        first, score = ways[0]
        if not first or score <= 0:
            return ways[0]
        near = [way for way in ways if way[1] > 0 and log(way[1]) >= log(score) - _FAR]
        for way in near:
            if masking.mask(way[0]) != way[0]:
                return way
        return max(near, key=lambda way: log(way[1]) + _SENSE * self.understand(way[0], context).score)

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

    def _decision(self, found: list[tuple[str, float]], recognised: float) -> Decision:
        use = self._weights
        (_, best), (_, second) = [*found, ("", 0.0), ("", 0.0)][:2]
        if best >= use.accept and best - second > _CLOSE:
            return Decision.ACCEPT if recognised >= use.unsure else Decision.CONFIRM
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
