"""A monitor scores an agent's part of a call: every item of the bank's form, once, blind to the others' scores
(CBA 十五). A score keeps the form that it was given with."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.errors import RecordsError
from ivr.flow.quality_form import Item, QualityForm, from_kept
from ivr.people.access import Permit
from ivr.records.model import Call, QualityScore
from ivr.records.quality.store import Scored
from ivr.records.store import Store


def answers_of(form: QualityForm, given: Mapping[str, str]) -> Mapping[str, int]:
    """What was answered, as whole points (yes 1, no 0). Raises RecordsError naming what is missing or too much."""
    return {one.id: _answer(one, given.get(one.id, "").strip()) for one in form.items}


def _answer(item: Item, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and int(text) <= item.most):
        raise RecordsError(f"“{item.words}”应选是或否" if item.yes_no else f"“{item.words}”应为 0 到 {item.most} 分")
    return int(text)


def score_of(form: QualityForm, answers: Mapping[str, int]) -> float:
    """0…100: all points together; 0 where something that must not happen did."""
    if any(one.critical and answers[one.id] == 0 for one in form.items):
        return 0.0
    return float(sum(one.earned(answers[one.id]) for one in form.items))


def give(
    store: Store, permit: Permit, call: Call, agent: str, form: QualityForm, given: Mapping[str, str], now: int
) -> float:
    """Keep the score of whoever has this leave; the score. Raises RecordsError: an agent who did not talk on this call,
    an answer that is missing, a second score, one's own call."""
    if agent not in {leg.agent_id for leg in call.agent_legs}:
        raise RecordsError(f"座席 {agent} 没有接这通电话")
    person = store.people.get(permit.person)
    if person is not None and person.agent_id == agent:
        raise RecordsError("不能给自己的通话评分")
    answers = answers_of(form, given)
    score = score_of(form, answers)
    record = QualityScore(call.call_id, agent, form.version, score, permit.person, now)
    entry = permit.entry_with(f"call:{call.call_id}", agent=agent, form=form.version, score=score)
    store.quality.add(record, answers, form.kept, entry, now)
    return score


def visible(scores: tuple[Scored, ...], person: str) -> tuple[Scored, ...]:
    """Those that somebody may see: of each agent's part his own, and the others' once he has given his."""
    done = {one.score.agent_id for one in scores if one.score.monitor == person}
    return tuple(one for one in scores if one.score.agent_id in done)


def form_of(scored: Scored) -> QualityForm | None:
    """The form that the score was given with, as it was then; None for a score from elsewhere. Raises FlowError where
    what was kept of it is damaged."""
    return None if scored.form is None else from_kept(scored.form)


def verdict(scored: Scored) -> str:
    """The score in a word, by its own form; the form's name for a score from elsewhere. Raises as `form_of` does."""
    form = form_of(scored)
    return scored.score.form_id if form is None else form.verdict(scored.score.score)
