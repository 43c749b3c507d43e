"""How much an utterance is like each intent, and how much like talk that is no business of a bank.

A ridge regression over all questions and that talk says which pieces, and which pieces together, belong to which intent
(`profile`); beside it stands the most similar question of each, by characters and by sounds (`near`). A softmax makes
probabilities of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

from ivr.flow.model import Intent
from ivr.nlu.correction.syllables import encode, syllables
from ivr.nlu.intents.background import BACKGROUND, BEYOND
from ivr.nlu.intents.n_grams import Floats, NGrams, floats
from ivr.nlu.intents.weights import FITTED, Weights
from ivr.nlu.normalise import bare

#: How little one question by itself may bend the regression.
RIDGE = 0.3


#: A text is as good as asked where a question is so much like it (percent of its characters).
ASKED = 85.0

#: An offer of at most so many is a choice, not a part of the knowledge base.
FEW = 4


@dataclass(frozen=True, slots=True)
class Features:
    """Of one utterance or, stacked, of many: `profile[…, intent]` and `near[…, intent]`, both about 0…1, the background
    in the last column; `length` in characters."""

    profile: Floats
    near: Floats
    length: Floats


class Matcher:
    """Made once for a knowledge base with at least one intent; then any number of utterances."""

    def __init__(self, intents: Sequence[Intent], weights: Weights = FITTED) -> None:
        ordered = sorted(intents, key=lambda intent: intent.id)  # so that the order in the file changes nothing
        self.ids = tuple(intent.id for intent in ordered)
        self.weights = weights
        asked = [(row, bare(text)) for row, each in enumerate(ordered) for text in (each.question, *each.questions)]
        self.exact = _only(asked)
        asked += [(len(self.ids), bare(text)) for text in (*BACKGROUND, *_unasked(BEYOND, asked))]
        self.texts = [text for _, text in asked]
        self.owners = np.array([row for row, _ in asked])
        self._sounds = [encode(syllables(text)) for text in self.texts]
        self._starts = np.flatnonzero(np.diff(self.owners, prepend=-1))
        self._n_grams = NGrams(self.texts, self.owners.tolist())
        self._dual = floats(np.linalg.solve(self.system(), self.wanted()))

    def system(self) -> Floats:
        """The matrix of the regression's equations, of the questions' size squared."""
        made = _kernel(self._n_grams.kernel())
        made[np.diag_indices_from(made)] += RIDGE
        return made

    def wanted(self) -> Floats:
        """1 where a question belongs to an intent or to the background."""
        made = np.zeros((len(self.texts), len(self.ids) + 1))
        made[np.arange(len(self.texts)), self.owners] = 1.0
        return made

    def features(self, text: str) -> Features:
        """Compare an utterance with every question."""
        plain = bare(text)
        return self.compare(plain, self.alike(plain) @ self._dual, None)

    def like(self, text: str) -> list[str]:
        """The questions of the knowledge base that are nearly the text."""
        known = len(self.texts) - int((self.owners == len(self.ids)).sum())
        found = process.extract(bare(text), self.texts[:known], scorer=fuzz.ratio, score_cutoff=ASKED, limit=FEW)
        return [question for question, _, _ in found]

    def alike(self, plain: str) -> Floats:
        """What the regression knows of a bare text: how much it is like each question."""
        return _kernel(self._n_grams.likeness(plain))

    def compare(self, plain: str, profile: Floats, without: int | None) -> Features:
        """The features of a bare text with that profile; `without` is a question that is not to be seen."""
        written = process.cdist([plain], self.texts, scorer=fuzz.ratio, dtype=np.float64)[0]
        spoken = process.cdist([encode(syllables(plain))], self._sounds, scorer=fuzz.ratio, dtype=np.float64)[0]
        alike: Floats = (written + spoken) / 200.0
        if without is not None:
            alike[without] = 0.0
        return Features(profile, np.maximum.reduceat(alike, self._starts), np.array(float(len(plain))))

    def scores(self, features: Features, possible: Sequence[int] | None = None) -> Floats:
        """The probability of each intent, in the order of `ids`; 0 where it is not `possible` (None: all are)."""
        weighed = weigh(features, self.weights)
        if possible is not None:
            allowed = [*possible, len(self.ids)]
            weighed[[row for row in range(len(weighed)) if row not in allowed]] = -np.inf
            weighed[-1] -= self.weights.offered if len(possible) <= FEW else 0.0
        return softmax(weighed)[:-1]


def weigh(features: Features, weights: Weights) -> Floats:
    """The evidence for each intent and, last, for none."""
    made: Floats = weights.profile * features.profile + weights.near * features.near
    made[..., -1] = (
        weights.none
        + weights.none_profile * features.profile[..., -1]
        + weights.none_near * features.near[..., -1]
        + weights.none_length * np.minimum(features.length, MOST_LENGTH) / 10.0
    )
    return made


#: Longer sentences are no more likely to be no business of the bank.
MOST_LENGTH = 20.0


def softmax(weighed: Floats) -> Floats:
    """Evidence → probabilities, along the last axis."""
    raised = np.exp(weighed - weighed.max(axis=-1, keepdims=True))
    made: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return made


def _kernel(likeness: Floats) -> Floats:
    """The square lets two pieces together mean what neither does alone: 信用卡 and 丢."""
    made: Floats = likeness + likeness * likeness
    return made


def _unasked(texts: Sequence[str], asked: Sequence[tuple[int, str]]) -> list[str]:
    """Those of the texts that no question is like."""
    known = [text for _, text in asked]
    alike = process.cdist([bare(text) for text in texts], known, scorer=fuzz.ratio, dtype=np.float64).max(axis=1)
    return [text for text, most in zip(texts, alike.tolist(), strict=True) if most < ASKED]


def _only(asked: Sequence[tuple[int, str]]) -> dict[str, int]:
    """Question → the intent that is the only one to ask it so."""
    owners: dict[str, set[int]] = {}
    for owner, text in asked:
        owners.setdefault(text, set()).add(owner)
    return {text: min(found) for text, found in owners.items() if len(found) == 1}
