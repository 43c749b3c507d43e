"""A monitor scores an agent's part of a call: every criterion, once, blind to the others' scores (CBA 十五)."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.care.quality.form import Form
from ivr.errors import RecordsError
from ivr.people.access import Permit
from ivr.records.model import Call, QualityScore
from ivr.records.quality.store import Scored
from ivr.records.store import Store


def answers_of(form: Form, given: Mapping[str, str]) -> Mapping[str, int]:
    """What was answered, as whole points. Raises RecordsError naming what is missing or beyond its most."""
    found = {}
    for one in form.criteria:
        text = given.get(one.id, "").strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 4 and int(text) <= one.most):
            raise RecordsError(f"“{one.label}”应为 0 到 {one.most} 分")
        found[one.id] = int(text)
    return found


def score_of(form: Form, answers: Mapping[str, int]) -> float:
    """0…100: the share of all points; 0 where something that must not happen did."""
    if any(one.vital and answers[one.id] == 0 for one in form.criteria):
        return 0.0
    return round(100 * sum(answers.values()) / sum(one.most for one in form.criteria), 1)


def give(store: Store, permit: Permit, call: Call, agent: str, form: Form, given: Mapping[str, str], now: int) -> float:
    """Keep the score of whoever has this leave; the score. Raises RecordsError: an agent who did not talk on this call,
    an answer that is missing, a second score, one's own call."""
    if agent not in {leg.agent_id for leg in call.agent_legs}:
        raise RecordsError(f"座席 {agent} 没有接这通电话")
    person = store.people.get(permit.person)
    if person is not None and person.agent_id == agent:
        raise RecordsError("不能给自己的通话评分")
    answers = answers_of(form, given)
    score = score_of(form, answers)
    record = QualityScore(call.call_id, agent, form.id, score, permit.person, now)
    entry = permit.entry_with(f"call:{call.call_id}", agent=agent, form=form.id, score=score)
    store.quality.add(record, answers, entry, now)
    return score


def visible(scores: tuple[Scored, ...], person: str) -> tuple[Scored, ...]:
    """Those that somebody may see: of each agent's part his own, and the others' once he has given his."""
    done = {(one.score.agent_id, one.score.form_id) for one in scores if one.score.monitor == person}
    return tuple(one for one in scores if (one.score.agent_id, one.score.form_id) in done)
