"""The numbers that `python -m ivr.nlu.fit` fits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """`phrase` (the best stretch by pinyin), `whole` (pinyin) and `characters` sum to 1 and mix into how much an
    utterance is like one question. Of an intent's score `profile` is the share of what tells it from all others,
    times `gain`, `cover` the share of how much of the utterance its questions have, and the best question the rest.
    From `accept` an intent is taken, from `confirm` it is asked for; two nearer than `close` are asked which."""

    phrase: float
    whole: float
    characters: float
    profile: float = 0.0
    cover: float = 0.0
    gain: float = 1.0
    accept: float = 1.0
    confirm: float = 1.0
    close: float = 0.03


#: Fitted on the shipped knowledge base (each question against all others) and tests/nlu/train.tsv.
FITTED = Weights(
    phrase=0.125,
    whole=0.125,
    characters=0.75,
    profile=0.35,
    cover=0.15,
    gain=1.5,
    accept=0.557,
    confirm=0.408,
    close=0.03,
)
