"""The numbers that `python -m ivr.nlu.intents.fit` fits."""

from __future__ import annotations

from dataclasses import dataclass

#: See `Weights.short`.
SHORT = 3


@dataclass(frozen=True, slots=True)
class Weights:
    """How evidence becomes probability. An intent weighs `profile` times what the regression says for it plus
    `near` times its most similar question. That nothing was meant weighs `none`, plus `none_profile` and `none_near`
    times the same of the background talk, plus `none_length` for each ten characters. The softmax over all of them is
    the score.

    From `accept` an intent is taken, from `confirm` it is asked for. Where none is taken, two that have `which` between
    them, the second at least `share` of the first, are asked which. Where the recogniser was less sure than `unsure`,
    nothing is taken without asking; `short` is that for an utterance of at most SHORT characters, which may be any
    word that sounds like one of the bank's. Where the caller was offered a choice of few, `offered` is taken off the
    weight of none: he will hardly talk of something else.

    Where something was asked (yes or no, which of two, an offer), nothing answers it of which the recogniser was less
    sure than `answer`, and of which it was less sure than `value` no number or day: the caller is asked again, and
    offered the keys."""

    profile: float
    near: float
    none: float
    none_profile: float
    none_near: float
    none_length: float
    accept: float = 1.0
    confirm: float = 1.0
    which: float = 0.5
    share: float = 0.4
    unsure: float = 0.55
    short: float = 0.75
    offered: float = 2.5
    answer: float = 0.35
    value: float = 0.45


#: Fitted on the shipped knowledge base (each question against all others) and the training sentences in tests/nlu.
FITTED = Weights(
    profile=13.1,
    near=7.48,
    none=5.33,
    none_profile=8.0,
    none_near=4.23,
    none_length=-2.63,
    accept=0.859,
    confirm=0.189,
)
