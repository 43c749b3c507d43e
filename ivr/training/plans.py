"""Sampling plans: draw one, find one, see how far each annotator is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from ivr.errors import LabelError
from ivr.metrics import rules
from ivr.metrics.labels.sampling import METHOD, Candidate, candidates, draw, drawn
from ivr.records.labels.utterances import Utterances
from ivr.records.model import Call, Turn
from ivr.records.sampling import SamplingPlan
from ivr.records.store import Store


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """`n` turns of the local days `first` to `last` (both included), by `seed` alone; `name` None: named after all of
    that. `audio_only`: only turns whose sound was kept."""

    first: date
    last: date
    n: int
    seed: int
    name: str | None = None
    audio_only: bool = False

    @property
    def id(self) -> str:
        """The plan's id."""
        made = f"{self.first}_{self.last}_n{self.n}_s{self.seed}{'_audio' if self.audio_only else ''}"
        return self.name or made


@dataclass(frozen=True, slots=True)
class DrawnSample:
    """A plan with what was drawn, worst first. `spoken` turns could be labelled, `population` of them were wanted;
    `silent` of the drawn have no sound; `turns` are the drawn ones by id."""

    plan: SamplingPlan
    drawn: tuple[Candidate, ...]
    spoken: int
    population: int
    silent: int
    turns: Mapping[str, Turn]


def draw_sample(store: Store, audio: Utterances, request: SampleRequest, now: int) -> DrawnSample:
    """Draw a stratified sample and keep it as a plan, made `now` (UTC epoch ms); where nothing can be drawn, `drawn` is
    empty and nothing is kept. Raises LabelError where a plan of that id drew other turns, StoreError."""
    found = candidates(store.all(rules.day_start(request.first), rules.day_end(request.last)))
    heard = {one.turn_id for one in found if audio.has(one.audio_ref)}
    chosen = [one for one in found if one.turn_id in heard or not request.audio_only]
    done = draw(chosen, request.n, request.seed)
    since, until = str(request.first), str(request.last)
    plan = SamplingPlan(request.id, now, since, until, request.n, request.seed, METHOD, done.strata, drawn(done))
    if done.drawn and not store.save_plan(plan):
        _same_or_refused(store, plan)
    turns = {id: turn for id, (_, turn) in store.turns(one.turn_id for one in done.drawn).items()}
    silent = sum(one.turn_id not in heard for one in done.drawn)
    return DrawnSample(plan, done.drawn, len(found), len(chosen), silent, turns)


def _same_or_refused(store: Store, plan: SamplingPlan) -> None:
    known = next(one for one in store.plans() if one.id == plan.id)
    if known.drawn != plan.drawn:
        raise LabelError(f"已有抽样方案 {plan.id}，抽到的话轮与这次不同；用 --name 另取名称")


def find_plan(store: Store, name: str | None) -> SamplingPlan:
    """The named plan, or the newest one. Raises LabelError where there is none."""
    known = store.plans()
    found = next((plan for plan in known if name in (None, plan.id)), None)
    if found is None:
        there = f"；已有：{'、'.join(plan.id for plan in known)}" if known else "，先用 ivr label sample 抽样"
        raise LabelError(f"没有抽样方案{f' {name}' if name else ''}{there}")
    return found


def drawn_ids(store: Store, name: str | None) -> Collection[str] | None:
    """The turns that the named plan drew; None (no restriction) without a name. Raises LabelError."""
    return None if name is None else {one.turn_id for one in find_plan(store, name).drawn}


def progress(store: Store, plan: SamplingPlan) -> list[tuple[str, int]]:
    """Annotator and how many of the plan's turns are labelled, who did most first."""
    done = Counter(name for who in store.labels.annotators(one.turn_id for one in plan.drawn).values() for name in who)
    return done.most_common()


def labelled_turns(store: Store, since: date | None, until: date | None) -> list[tuple[Call, Turn]]:
    """Every annotated turn of the local days, both included, with its call, the oldest first; drills left out (D10)."""
    start = None if since is None else rules.day_start(since)
    end = None if until is None else rules.day_end(until)
    found = store.turns(one.turn_id for one in store.labelled(start, end))
    return sorted(found.values(), key=lambda pair: (pair[0].t_offered, pair[0].call_id, pair[1].t_start))
