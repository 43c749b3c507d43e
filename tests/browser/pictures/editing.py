"""What was published, proposed, labelled and scored by the day of the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ivr.care.publishing import drafts, editing, prompt_sounds, publication
from ivr.care.publishing.drafts import WorkingCopy
from ivr.care.publishing.review import review
from ivr.care.publishing.working_copy import check_out
from ivr.care.quality.scoring import give
from ivr.flow.model import Flow
from ivr.flow.quality_form import STANDARD
from ivr.people.actions import Action
from ivr.records.labels.utterances import Utterances
from ivr.records.model import Annotation, Turn
from ivr.records.publishing.model import Trial
from ivr.training.plans import SampleRequest, draw_sample
from tests.browser.pictures.day import DAY, HOUR, MINUTE, NOW, TODAY, Day
from tests.browser.pictures.sound import as_wav, speech


def published(day: Day) -> None:
    """A second publication, a draft that was refused, one that waits, a recording that waits."""
    stale = _proposed(
        day, "zhang", NOW - 14 * DAY, "账单和额度分开念",
        {"prompts.yaml": ("text: 账单额度按1，", "text: 账单、额度按1，")},
    )  # fmt: skip
    first = _proposed(
        day, "zhang", NOW - 13 * DAY, "客户常说听不清按几",
        {"prompts.yaml": ("text: 账单额度按1，", "text: 账单和额度按1，")},
    )  # fmt: skip
    at = NOW - 13 * DAY + HOUR
    review(day.store, day.permit("li", Action.FLOW_REVIEW, f"draft:{first}", at), first, day.console.settings.flows, at)
    publication.publish(
        day.store, day.permit("li", Action.FLOW_PUBLISH, f"draft:{first}", at + MINUTE), first,
        day.console.settings.flows, at + MINUTE,
    )  # fmt: skip
    permit = day.permit("zhang", Action.FLOW_PROPOSE, "working", at + HOUR)
    check_out(day.store, permit, day.console.settings.flows, None, at + HOUR, discard=True)
    no = _proposed(
        day, "zhang", NOW - 6 * DAY, "问候语加上节日祝福",
        {"prompts.yaml": ("text: 您好，示例银行，}", "text: 您好，祝您节日愉快，这里是示例银行，}")},
    )  # fmt: skip
    permit = day.permit("li", Action.FLOW_PUBLISH, f"draft:{no}", NOW - 6 * DAY + HOUR)
    drafts.refuse(day.store, permit, no, "问候语太长，老年客户要多等一秒多", NOW - 6 * DAY + HOUR)
    waits = _proposed(
        day, "zhang", NOW - 70 * MINUTE, "转账限额调整；贷款排队四十五秒就问是否继续等",
        {
            "prompts.yaml": ("单笔最高五万元，每日累计最高二十万元", "单笔最高十万元，每日累计最高五十万元"),
            "agents.yaml": ("{label: 贷款, hours: service, wait: 60s", "{label: 贷款, hours: service, wait: 45s"),
        },
    )  # fmt: skip
    day.sample.at |= {"draft": str(waits), "publication": "2", "stale": str(stale)}
    asked = NOW - 40 * MINUTE
    target = "prompt:zh/normal/greeting"
    permit = day.permit("zhang", Action.PROMPTS_MAKE, target, asked)
    folder = day.console.settings.state / "prompts-waiting"
    prompt_sounds.ask(day.store, permit, folder, target, as_wav(speech(None, 1.6, 3)), "换成真人录音", asked)


def _tried(_flow: Flow, _folder: Path) -> Sequence[Trial]:
    from ivr.call.flow_trials import trials  # needs dictionaries

    return trials(_flow, _folder, NOW)


def _proposed(day: Day, person: str, at: int, reason: str, changes: dict[str, tuple[str, str]]) -> int:
    """A draft with these texts in place of those."""
    flows = day.console.settings.flows
    base = editing.base(day.store, flows)
    texts = {}
    for name, (before, after) in changes.items():
        assert base.files[name].count(before) == 1, before
        texts[name] = base.files[name].replace(before, after)
    permit = day.permit(person, Action.FLOW_PROPOSE, "draft", at)
    return editing.propose_texts(day.store, permit, WorkingCopy(flows, _tried), base, texts, reason, at).id


def labelled(day: Day) -> None:
    """Two people have labelled most of a sample, and do not agree on all of it."""
    audio = Utterances(day.console.settings.utterances, least_free=0)
    first = TODAY.fromordinal(TODAY.toordinal() - 6)
    drawn = draw_sample(day.store, audio, SampleRequest(first, TODAY, 40, 1, "第四十八周"), NOW - 20 * HOUR)
    ids = [one.turn_id for one in drawn.drawn]
    day.sample.at["plan"] = drawn.plan.id
    notes = []
    for who, count in (("he", 34), ("zhou", 22)):
        notes += [_note(place, drawn.turns[id_], who) for place, id_ in enumerate(ids[:count])]
    day.store.annotate_all(notes)


def _note(place: int, turn: Turn, who: str) -> Annotation:
    doubts = turn.intent is None
    gold = turn.intent or ("account_balance" if place % 3 else "-")
    if who == "zhou" and place % 7 == 3:
        gold = "card_bill"
    right = None if doubts else gold == turn.intent
    at = NOW - 19 * HOUR + place * 9_000 + (0 if who == "he" else 2 * HOUR)
    return Annotation(turn.turn_id, who, turn.asr_text, True, at, place % 9 != 4, gold, right, not doubts)


def scored(day: Day) -> None:
    """A monitor has scored some talks, a supervisor one of them too."""
    calls = [call for call in day.store.list(limit=200) if call.agent_legs and not call.drill]
    ours = [call for call in calls if call.call_id != day.sample.at["call"]]
    full = {one.id: one.most for one in STANDARD.items}
    for number, call in enumerate(ours[:8]):
        agent, at = call.agent_legs[0].agent_id, max(call.t_ended, NOW - 5 * HOUR) + (number + 1) * 3 * MINUTE
        given = {**full, "manner": 15 - number % 4, "answer": 30 - 3 * (number % 3), "waiting": 10 if number % 5 else 4}
        for person in ("qian", "lin") if number == 0 else ("qian",):
            permit = day.permit(person, Action.QUALITY_SCORE, f"call:{call.call_id}", at)
            give(day.store, permit, call, agent, STANDARD, {name: str(points) for name, points in given.items()}, at)
    day.sample.at |= {
        "scored": ours[0].call_id,
        "to_score": ours[8].call_id,
        "to_score_agent": ours[8].agent_legs[0].agent_id,
    }
