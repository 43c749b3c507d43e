"""Which turns people should label (CBA 二十一): a stratified sample, worst first; and what stands behind a figure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ivr.metrics.indicators.recognition import understood
from ivr.records.model import Call, Turn
from ivr.records.sampling import Drawn, Labelled, SamplingPlan, Stratum
from ivr.records.vocabulary import Action, kind_of

#: The name of what is done here: layers by intent and score band, the same number from each as far as it goes, by
#: chance within a layer. Whoever changes that changes the name.
METHOD = "stratified_v1"
#: Upper ends of the score bands: below about 0.4 an intent is not even asked about, from about 0.85 it is taken.
_BANDS = ((0.4, "低分"), (0.85, "中分"))
_HIGH, _NO_SCORE = "高分", "无分"
_UNSURE = 0.5
_ASKED = frozenset({Action.CONFIRM, Action.WHICH, Action.SLOT})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A turn that may be drawn: its layer, how much there is to worry about (points) and why, its sound."""

    turn_id: str
    stratum: str
    concern: int
    reasons: tuple[str, ...]
    score: float
    audio_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn, worst first, and from which layers."""

    strata: tuple[Stratum, ...]
    drawn: tuple[Candidate, ...]


def candidates(calls: Iterable[Call]) -> list[Candidate]:
    """Every turn of the calls that can be labelled; the calls are looked at once. Left out are drills (D10), personal
    answers, of which nothing was kept, and ids that several turns share."""
    found: list[Candidate] = []
    times: Counter[str] = Counter()
    for call in calls:
        times.update(turn.turn_id for turn in call.turns)
        if not call.drill and call.direction == "in":
            spoken = [at for at, turn in enumerate(call.turns) if turn.asr_text or not turn.pii]
            found += [candidate(call, at) for at in spoken]
    return [one for one in found if times[one.turn_id] == 1]


def candidate(call: Call, at: int) -> Candidate:
    """The call's turn number `at`, judged by itself and by what happened after it."""
    turn = call.turns[at]
    worries = _worries(call, at)
    score = turn.intent_score if turn.intent_score is not None else 0.0
    return Candidate(turn.turn_id, stratum(turn), sum(worries.values()), tuple(worries), score, turn.audio_ref)


def stratum(turn: Turn) -> str:
    """The turn's layer: its intent (or the universal word, or that it was rejected) and its score band."""
    what = (turn.intent or f"通用词:{kind_of(turn.action)}") if understood(turn) else "拒识"
    return f"{what} {_band(turn.intent_score)}"


def draw(found: Sequence[Candidate], n: int, seed: int) -> Sample:
    """`n` turns (all, where there are no more). Layers take turns, the most worrying first, until there are `n`; within
    a layer chance decides, by `seed` alone: the order of `found` changes nothing."""
    layers: defaultdict[str, list[Candidate]] = defaultdict(list)
    for one in sorted(found, key=lambda one: one.turn_id):
        layers[one.stratum].append(one)
    order = sorted(layers, key=lambda name: (-_mean(layers[name]), name))
    share = _shares([len(layers[name]) for name in order], n)
    chance = np.random.default_rng(seed)
    drawn: list[Candidate] = []
    for name, count in zip(order, share, strict=True):
        mixed = chance.permutation(len(layers[name]))
        drawn += [layers[name][place] for place in mixed[:count]]
    strata = tuple(Stratum(name, len(layers[name]), count) for name, count in zip(order, share, strict=True))
    return Sample(strata, tuple(sorted(drawn, key=lambda one: (-one.concern, one.score, one.turn_id))))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many labelled turns of a period (`labelled`) a sampling plan drew; `plan` None: labelled, but drawn by none.
    `without_audio`: those of them whose reference nobody can have heard."""

    plan: SamplingPlan | None
    labelled: int
    without_audio: int


def coverage(
    labelled: Iterable[Labelled], plans: Sequence[SamplingPlan], test_dids: frozenset[str] = frozenset()
) -> list[Coverage]:
    """Which sampling plans stand behind the recognition figures of a period: figures from labels are published with
    them. A turn counts with the newest plan that drew it (`plans` come newest first); test calls are left out (D10)."""
    of = {one.turn_id: plan.id for plan in reversed(plans) for one in plan.drawn}
    count: Counter[str | None] = Counter()
    silent: Counter[str | None] = Counter()
    for one in labelled:
        if one.did not in test_dids:
            count[of.get(one.turn_id)] += 1
            silent[of.get(one.turn_id)] += not one.heard
    known: list[tuple[SamplingPlan | None, str | None]] = [*((plan, plan.id) for plan in plans), (None, None)]
    return [Coverage(plan, count[name], silent[name]) for plan, name in known if count[name]]


def held_out(groups: Iterable[str], share: float, seed: int) -> frozenset[str]:
    """A part of the groups (callers), about `share` of them and by chance: what is learnt from the others is measured
    on it. At least one and never all; none where there are fewer than two groups."""
    names = sorted(set(groups))
    if len(names) < 2:
        return frozenset()
    count = min(len(names) - 1, max(1, round(len(names) * share)))
    mixed = np.random.default_rng(seed).permutation(len(names))
    return frozenset(names[place] for place in mixed[:count])


def drawn(sample: Sample) -> tuple[Drawn, ...]:
    """The sample as a plan keeps it."""
    return tuple(Drawn(one.turn_id, one.stratum) for one in sample.drawn)


def _shares(sizes: Sequence[int], n: int) -> list[int]:
    """How many from each layer: one from each in turn, none more than it has."""
    share = [0] * len(sizes)
    left = min(n, sum(sizes))
    while left:
        for at, size in enumerate(sizes):
            if left and share[at] < size:
                share[at], left = share[at] + 1, left - 1
    return share


def _mean(layer: Sequence[Candidate]) -> float:
    return sum(one.concern for one in layer) / len(layer)


def _band(score: float | None) -> str:
    if score is None:
        return _NO_SCORE
    return next((name for bound, name in _BANDS if score < bound), _HIGH)


def _worries(call: Call, at: int) -> Mapping[str, int]:
    """Reason → points, the worst first."""
    turn = call.turns[at]
    after = call.turns[at + 1] if at + 1 < len(call.turns) else None
    denied = after is not None and kind_of(after.action) == Action.NO
    found = {
        "确认时客户说不对": 4 if kind_of(turn.action) in _ASKED and denied else 0,
        "没听懂": 0 if understood(turn) else 3,
        "之后转了人工": 3 if any(h.reason == "fallback" and h.t_requested >= turn.t_end for h in call.handoffs) else 0,
        "之后又没听懂": 2 if after is not None and not understood(after) else 0,
        "之后按错或没有按键": 2 if _fumbled(call, turn, after) else 0,
        "识别分低": 2 if turn.asr_conf is not None and turn.asr_conf < _UNSURE else 0,
        "意图分低": 2 if turn.intent and understood(turn) and (turn.intent_score or 0.0) < _BANDS[0][0] else 0,
        "问了是哪一个": 1 if kind_of(turn.action) == "which" else 0,
    }
    return {reason: points for reason, points in found.items() if points}


def _fumbled(call: Call, turn: Turn, after: Turn | None) -> bool:
    until = after.t_start if after else call.t_ended
    visits = [visit for visit in call.menu_visits if turn.t_end <= visit.t_enter < until]
    return any(visit.outcome in ("invalid", "timeout") for visit in visits)
