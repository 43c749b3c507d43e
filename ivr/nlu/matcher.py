"""How much an utterance is like each intent: a mixture of pinyin, characters and what tells the intents apart.

Each question of the knowledge base is compared by its best stretch and as a whole by pinyin, and by characters; an
intent counts as its best question. On top of that a ridge regression over all questions, and over talk that is no
business of a bank, says which pieces belong to which intent (`profile`), and how many of them it has (`cover`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

from ivr.flow.model import Intent
from ivr.nlu.background import BACKGROUND
from ivr.nlu.clean import bare
from ivr.nlu.grams import Floats, Grams
from ivr.nlu.syllables import encode, encode_halves, syllables
from ivr.nlu.weights import FITTED, Weights

#: Ridge: how little one question by itself may bend the profile.
RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class Features:
    """Of one utterance: `near[feature, question]` (phrase, whole, characters), `profile[intent]` and
    `cover[intent]`; all about 0…1."""

    near: Floats
    profile: Floats
    cover: Floats


class Matcher:
    """Made once for a knowledge base with at least one intent; then any number of utterances."""

    def __init__(self, intents: Sequence[Intent], weights: Weights = FITTED) -> None:
        self.ids = tuple(intent.id for intent in intents)
        self.weights = weights
        asked = [(row, bare(text)) for row, each in enumerate(intents) for text in (each.question, *each.questions)]
        self.texts = [text for _, text in asked]
        self.owners = np.array([row for row, _ in asked])
        self._starts = np.flatnonzero(np.diff(self.owners, prepend=-1))
        self.exact = _only(asked)
        heard = [syllables(text) for text in self.texts]
        self._sounds = [encode(each) for each in heard]
        self._halves = [encode_halves(each) for each in heard]
        self._lengths = np.array([len(each) for each in heard], dtype=np.float64)
        background = [bare(text) for text in BACKGROUND]
        self.grams = Grams([*self.texts, *background], [*self.owners.tolist(), *[len(self.ids)] * len(background)])
        self._dual, self._inverse = self._profile([*self.texts, *background])

    def _profile(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        kernel = np.stack([self.grams.likeness(text) for text in texts])
        inverse = np.linalg.inv(kernel + RIDGE * np.eye(len(texts)))
        return inverse @ self._wanted(len(texts)), np.diag(inverse).copy()

    def _wanted(self, rows: int) -> Floats:
        """1 where a question belongs to an intent; background belongs to none."""
        wanted = np.zeros((rows, len(self.ids)))
        wanted[np.arange(len(self.owners)), self.owners] = 1.0
        return wanted

    def features(self, text: str) -> Features:
        """Compare an utterance with every question."""
        plain = bare(text)
        heard = syllables(plain)
        grams = self.grams.likeness(plain)
        near = np.stack(
            [
                self._phrase(encode(heard)),
                _ratio(encode_halves(heard), self._halves),
                _ratio(plain, self.texts),
            ]
        )
        return Features(near, grams @ self._dual, self.grams.coverage(plain)[: len(self.ids)])

    def left_out(self, number: int) -> Features:
        """The features of question `number` as if it were not in the knowledge base: what the fit learns from."""
        found = self.features(self.texts[number])
        found.near[:, number] = 0.0
        wanted = self._wanted(len(self._inverse))[number]
        cover = self.grams.coverage(self.texts[number], without=int(self.owners[number]))
        return Features(found.near, wanted - self._dual[number] / self._inverse[number], cover[: len(self.ids)])

    def best(self, near: Floats, weights: Weights) -> Floats:
        """How much the utterance is like the best question of each intent; `near` may hold many utterances."""
        mixed = np.array([weights.phrase, weights.whole, weights.characters]) @ near
        found: Floats = np.maximum.reduceat(mixed, self._starts, axis=-1)
        return found

    def scores(self, features: Features) -> Floats:
        """0…1 for each intent, in the order of `ids`."""
        return mix(self.best(features.near, self.weights), features.profile, features.cover, self.weights)

    def _phrase(self, sounds: str) -> Floats:
        """The best stretch; a question longer than the utterance cannot be found in it whole."""
        part = np.minimum(1.0, len(sounds) / np.maximum(self._lengths, 1.0)) ** 0.5
        found = process.cdist([sounds], self._sounds, scorer=fuzz.partial_ratio, dtype=np.float64)[0]
        made: Floats = found * part / 100.0
        return made


def _only(asked: Sequence[tuple[int, str]]) -> dict[str, int]:
    """Question → the intent that is the only one to ask it so."""
    owners: dict[str, set[int]] = {}
    for owner, text in asked:
        owners.setdefault(text, set()).add(owner)
    return {text: min(found) for text, found in owners.items() if len(found) == 1}


def mix(best: Floats, profile: Floats, cover: Floats, weights: Weights) -> Floats:
    """The scores of the intents, of one utterance or of many."""
    told = np.clip(weights.gain * profile, 0.0, 1.0)
    rest = 1.0 - weights.profile - weights.cover
    made: Floats = np.clip(rest * best + weights.profile * told + weights.cover * cover, 0.0, 1.0)
    return made


def _ratio(text: str, others: Sequence[str]) -> Floats:
    found: Floats = process.cdist([text], others, scorer=fuzz.ratio, dtype=np.float64)[0] / 100.0
    return found
