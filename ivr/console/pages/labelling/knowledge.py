"""The knowledge base: every intent with its questions, findings and validity; a sentence tried out; a question added,
with its effect measured on callers that nothing was learnt from before anything is written (CBA 十八, 二十一)."""

from __future__ import annotations

import time
from datetime import timedelta

from starlette.responses import Response

from ivr.console.page import Visit, act, page
from ivr.dialogue.trial import PLACES, try_out
from ivr.errors import LabelError
from ivr.flow.findings import Finding
from ivr.flow.kinds import TargetKind
from ivr.flow.loader import load_or_kept, require
from ivr.flow.model import Flow, Intent
from ivr.people.actions import Action
from ivr.records.days import local_day
from ivr.report.time_line import menu_names
from ivr.training import knowledge as learning
from ivr.training.knowledge import KNOWLEDGE
from ivr.training.plans import labelled_turns
from ivr.training.turn_text import action_words, names_of

#: An entry that ends within so many days is shown as ending soon.
_SOON = 30
#: Of a sentence and of an intent's new questions so many characters are read.
_MOST_TEXT, _MOST_QUESTIONS = 200, 4_000


@page("/knowledge", Action.LABELS_READ, title="知识")
def knowledge(visit: Visit) -> Response:
    """Every intent, with what is wrong with it."""
    flow, findings = _checked(visit)
    today = local_day(visit.now)
    soon = today + timedelta(days=_SOON)
    return visit.render(
        "labelling/knowledge.html", flow=flow, findings=findings, today=today, soon=soon, places=PLACES, tried=None,
        text="", place="", goals=_goals(flow),
    )  # fmt: skip


@act("/knowledge/try", Action.LABELS_READ, title="知识", target="knowledge", back=knowledge)
def try_sentence(visit: Visit) -> Response:
    """What a sentence is taken for, now."""
    text, place = visit.field("text")[:_MOST_TEXT], visit.field("place")
    flow, findings = _checked(visit)
    try:
        tried = try_out(flow, visit.console.understandings.of(flow), text, time.time_ns() // 1_000_000, place)
    except ValueError as wrong:
        raise LabelError(str(wrong)) from wrong
    names = {id: intent.label or intent.question for id, intent in flow.knowledge.items()}
    today = local_day(visit.now)
    return visit.render(
        "labelling/knowledge.html", flow=flow, findings=findings, today=today, soon=today + timedelta(days=_SOON),
        places=PLACES, tried=tried, text=text, place=place, told=tried.as_json(text, place), names=names,
        done=action_words(tried.spoke.action, names_of(flow)), goals=_goals(flow),
    )  # fmt: skip


@page("/knowledge/{id}", Action.LABELS_READ, title="知识", target="knowledge:{id}")
def intent(visit: Visit) -> Response:
    """One intent with its questions."""
    flow, findings = _checked(visit)
    id_ = str(visit.path["id"])
    if id_ not in flow.knowledge:
        raise LabelError(f"知识库里没有「{id_[:40]}」")
    own = findings.get(id_, [])
    return visit.render(
        "labelling/intent.html", one=flow.knowledge[id_], findings=own, lessons=None, typed="", goals=_goals(flow)
    )


@act("/knowledge/{id}/questions", Action.KNOWLEDGE_EDIT, title="知识", target="knowledge:{id}", back=intent)
def questions(visit: Visit) -> Response:
    """What new questions would change; with `write` they are written into the working copy, unless callers would be
    understood worse."""
    flow, findings = _checked(visit)
    id_, typed = str(visit.path["id"]), str(visit.form.get("questions", ""))[:_MOST_QUESTIONS]
    if id_ not in flow.knowledge:
        raise LabelError(f"知识库里没有「{id_[:40]}」")
    found = learning.by_hand(flow, id_, [line for line in typed.splitlines() if line.strip()])
    if not found.count and not found.refused:
        raise LabelError("请写至少一个扩展问，一行一个")
    said = learning.material(labelled_turns(visit.store, None, None), None, 1)
    measured = learning.effect(flow, found, (*said.learnt, *said.measuring))
    if visit.field("write") and found.count:
        why = f"{visit.field('reason') or '增加扩展问'}：{flow.knowledge[id_].label} 加入 {found.count} 句，{measured}"
        changed = learning.changed_files(visit.settings.flows, found, visit.person, why)
        learning.write(visit.settings.flows, changed, measured)
        return visit.redirect(f"/knowledge/{id_}", f"已写入 {KNOWLEDGE} 的工作副本，请到“菜单”提交发布")
    return visit.render(
        "labelling/intent.html", one=flow.knowledge[id_], findings=findings.get(id_, []), lessons=found,
        effect=measured, typed=typed, goals=_goals(flow),
    )  # fmt: skip


def _goals(flow: Flow) -> dict[str, str]:
    """Where each intent leads, as the flow calls it."""
    names = menu_names(flow)

    def goal(one: Intent) -> str:
        if one.target is None:
            return "播放答案"
        kind, id_ = one.target.kind, one.target.id
        if kind is TargetKind.LEAF:
            return f"业务：{flow.leaves[id_].label}"
        return (
            f"人工：{flow.queues[id_].label}"
            if kind is TargetKind.HANDOFF
            else f"菜单：{names.get(f'menu:{id_}', id_)}"
        )

    return {id_: goal(one) for id_, one in flow.knowledge.items()}


def _checked(visit: Visit) -> tuple[Flow, dict[str, list[Finding]]]:
    """The working copy, and what is wrong with each intent."""
    loaded = load_or_kept(visit.settings.flows)
    flow = loaded.flow or require(visit.settings.flows)
    return flow, learning.findings_by_intent(visit.settings.flows, flow, loaded.findings)
