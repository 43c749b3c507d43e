"""Labelling: samples and how far everybody is, one turn after the other by keys, agreement, and what the labels teach
(CBA 二十一). Nobody sees what another annotator said before both have."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from ivr.console.names import served_names
from ivr.console.page import Visit, act, page
from ivr.console.pages.labelling.undo import label_steps
from ivr.console.sound import sound
from ivr.errors import LabelError, PrivacyError
from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.metrics.indicators.recognition import NO_INTENT
from ivr.nlu import mask
from ivr.nlu.intents.extended_questions import lessons
from ivr.people.actions import Action
from ivr.records.days import local_day
from ivr.records.labels.utterances import Utterances
from ivr.records.model import Annotation
from ivr.training import knowledge as learning
from ivr.training.agreement import compare
from ivr.training.plans import SampleRequest, draw_sample, find_plan, labelled_turns, progress
from ivr.training.session import LabellingSession, open_session, reasons, recognised_exactly
from ivr.training.suggestions import suggestions
from ivr.training.turn_text import describe_turn, intents_of, names_of

_MOST = 5_000
_JUDGEMENTS = {"valid": "是否有效", "intent": "意图", "interaction": "交互是否正确"}
_NAME = re.compile(r"[\w.-]{0,60}")


@page("/labels", Action.LABELS_READ, title="标注")
def labels(visit: Visit) -> Response:
    """The samples, and how far everybody is."""
    plans = [(plan, progress(visit.store, plan)) for plan in visit.store.plans()]
    return visit.render("labelling/labels.html", plans=plans, today=local_day(visit.now))


@act("/labels/samples", Action.LABELS_WRITE, target="labels", back=labels)
def sample(visit: Visit) -> Response:
    """Draw turns to be labelled, the most doubtful first."""
    n, name = visit.field("n"), visit.field("name")
    if not n.isdecimal() or not 1 <= int(n[:6]) <= _MOST:
        raise LabelError(f"条数应在 1 到 {_MOST} 之间")
    if not _NAME.fullmatch(name):
        raise LabelError("名称只能用汉字、字母、数字和 _ . -，最多 60 个")
    request = SampleRequest(
        _day(visit.field("from")), _day(visit.field("to")), int(n), 1, name or None, visit.field("audio_only") == "1"
    )
    if request.last < request.first:
        raise LabelError("截止日早于起始日")
    done = draw_sample(visit.store, _utterances(visit), request, visit.now)
    if not done.drawn:
        raise LabelError("这段时间没有可抽的话轮" + ("：都没有录音（设置 [speech] keep_audio）" if done.spoken else ""))
    return visit.redirect("/labels", f"抽样方案 {done.plan.id}：{done.population} 条话轮里抽出 {len(done.drawn)} 条")


@page("/labels/walk", Action.LABELS_LISTEN, title="标注", target="labels")
def walk(visit: Visit) -> Response:
    """One turn: what there is to hear and to read, the likeliest answers at the keys 1 to 9."""
    flow = require(visit.settings.flows)
    session = _session(visit, flow)
    place = _place(visit, session)
    if place >= len(session.ids):
        return visit.render("labelling/done.html", session=session, **_undo_fields(visit))
    call, turn = session.turn(place)
    _entered(visit, turn.turn_id)
    chosen = suggestions(flow, visit.console.understandings.of(flow), session, turn)
    mine = session.mine(turn)
    return visit.render(
        "labelling/walk.html", session=session, place=place, turn=turn, suggestions=chosen, mine=mine,
        text=describe_turn(call, turn, session.intents, session.names), worries=reasons(call, turn),
        heard=session.sound(turn) is not None, reference=session.likely_reference(turn) or "", none=NO_INTENT,
        **_undo_fields(visit),
    )  # fmt: skip


@page("/labels/sound/{turn_id}", Action.LABELS_LISTEN, title="话轮录音", target="labels")
def recording(visit: Visit) -> Response:
    """The sound of a turn that some plan has drawn."""
    wanted = str(visit.path["turn_id"])
    if not any(one.turn_id == wanted for plan in visit.store.plans() for one in plan.drawn):
        raise PrivacyError("这句话不在任何抽样方案里，不能从标注收听")
    _entered(visit, wanted)
    found = visit.store.turns([wanted])
    audio = _utterances(visit)
    for _, turn in found.values():
        path = audio.path(turn.audio_ref) if turn.audio_ref is not None and audio.has(turn.audio_ref) else None
        if path is not None:
            return sound(visit, path)
    raise PrivacyError("这句话没有录音")


@act("/labels/walk", Action.LABELS_WRITE, title="标注", target="labels", back=walk)
def answer(visit: Visit) -> Response:
    """Keep the answer and go on; what is not clear by itself is asked for."""
    flow = require(visit.settings.flows)
    session = _session(visit, flow)
    place = _place(visit, session)
    if place >= len(session.ids):
        raise LabelError("没有这一条")
    step = session.save(_annotation(visit, session, place), visit.field("reference"))
    label_steps(visit.console).add(visit.signed_in.session.id, step)
    return visit.redirect(_at(visit, session, session.next(place + 1)))


@act("/labels/undo", Action.LABELS_WRITE, title="撤销标注", target="labels", back=walk)
def undo(visit: Visit) -> Response:
    """Take back the last label that was given since the visitor signed in, and show its turn again."""
    steps, mine = label_steps(visit.console), visit.signed_in.session.id
    step = steps.last(mine)
    if step is None:
        raise LabelError("没有可以撤销的标注：只有本次登录以后标的才能撤销")
    flow = require(visit.settings.flows)
    session = _session(visit, flow)
    steps.gone(mine, step)
    session.undo(step, visit.permit, visit.now)
    told = "已撤销上一条标注，" + ("恢复为您先前的标注" if step.before is not None else "这一条又是没有标过的")
    if step.dropped:
        told += "。参考文本里有过号码，录音当时就删除了，现在只能凭文字标"
    return visit.redirect(_shown_again(visit, session, step.said.turn_id), told)


@page("/labels/agreement", Action.LABELS_READ, title="一致性", target="labels")
def agreement(visit: Visit) -> Response:
    """Two annotators: Cohen's κ, and where they differ."""
    names = (visit.query.get("one", "").strip(), visit.query.get("two", "").strip())
    turns = [turn for _, turn in labelled_turns(visit.store, None, None)]
    compared = compare(turns, names if all(names) else None)
    return visit.render(
        "labelling/agreement.html", compared=compared, words=_JUDGEMENTS, names=names, intents=served_names(visit)
    )


@page("/labels/lessons", Action.MODELS_TRAIN, title="从标注学习", target="knowledge")
def lessons_page(visit: Visit) -> Response:
    """Needs a run, which takes some seconds: see `learn`."""
    return visit.render("labelling/lessons.html", found=None, effect=None, difference="", plans=visit.store.plans())


@act("/labels/lessons", Action.MODELS_TRAIN, title="从标注学习", target="knowledge", back=lessons_page)
def learn(visit: Visit) -> Response:
    """What the labels would teach, measured on callers that nothing was learnt from; with `write` it is written."""
    flow, plan = require(visit.settings.flows), visit.field("plan")
    wanted = {one.turn_id for one in find_plan(visit.store, plan).drawn} if plan else None
    said = learning.material(labelled_turns(visit.store, None, None), wanted, 1)
    found = lessons(flow, said.learnt, every=visit.field("every") == "1")
    measured = learning.effect(flow, found, said.measuring)
    changed: dict[str, str] = {}
    if found.count:
        why = f"标注训练：加入 {found.count} 句，{measured}"
        changed = learning.changed_files(visit.settings.flows, found, visit.person, why)
    if visit.field("write") and changed:
        learning.write(visit.settings.flows, changed, measured)
        return visit.redirect("/knowledge", "已写入知识库的工作副本，请到“菜单”提交发布")
    return visit.render(
        "labelling/lessons.html", found=found, effect=measured, plans=visit.store.plans(), said=said,
        names=intents_of(flow),
        difference=learning.difference(visit.settings.flows, changed),
    )  # fmt: skip


def _session(visit: Visit, flow: Flow) -> LabellingSession:
    """The visitor's way through a plan: the annotator is who is signed in."""
    name = visit.query.get("plan") or visit.field("plan") or None
    disputed = bool(visit.query.get("disputed") or visit.field("disputed"))
    return open_session(
        visit.store, _utterances(visit), visit.person, find_plan(visit.store, name), intents_of(flow), names_of(flow),
        disputed=disputed,
    )  # fmt: skip


def _place(visit: Visit, session: LabellingSession) -> int:
    given = visit.query.get("at") or visit.field("at")
    return min(int(given), len(session.ids)) if given.isdecimal() and len(given) < 9 else session.next(0)


def _undo_fields(visit: Visit) -> dict[str, Any]:
    last = label_steps(visit.console).last(visit.signed_in.session.id)
    return {"last": last, "disputed": visit.query.get("disputed") or visit.field("disputed")}


def _shown_again(visit: Visit, session: LabellingSession, turn_id: str) -> str:
    """Where a turn stands: in the plan that is walked through, or in the one that it was drawn for."""
    if turn_id in session.ids:
        return _at(visit, session, session.ids.index(turn_id))
    for plan in visit.store.plans():
        ids = list(visit.store.labels.annotators(one.turn_id for one in plan.drawn))
        if turn_id in ids:
            return f"/labels/walk?plan={quote(plan.id)}&at={ids.index(turn_id)}"
    return "/labels"


def _at(visit: Visit, session: LabellingSession, place: int) -> str:
    disputed = "&disputed=1" if visit.field("disputed") else ""
    return f"/labels/walk?plan={quote(session.plan.id)}&at={place}{disputed}"


def _annotation(visit: Visit, session: LabellingSession, place: int) -> Annotation:
    call, turn = session.turn(place)
    text = mask(visit.field("reference"))
    if visit.field("answer") == "noise":
        return session.noise(turn, text, visit.now)
    intent = visit.field("other") if visit.field("answer") == "other" else visit.field("answer")
    if intent not in session.intents:
        raise LabelError("请选择客户要办什么，没有业务意图按 0，噪声按 n")
    if not text:
        raise LabelError("请写参考文本：客户说了什么；没人说话按 n")
    note = session.speech(call, turn, text, recognised_exactly(turn, text), intent, visit.now)
    judged = {"yes": True, "no": False}.get(visit.field("interaction"), note.interaction_ok)
    if judged is None:
        raise LabelError("请判断热线最后做得对吗：y 对，x 不对，再选意图")
    return replace(note, interaction_ok=judged)


def _entered(visit: Visit, turn_id: str) -> None:
    """Whose words are shown or heard, with the reason that was given for labelling (CBA 十三)."""
    visit.permit_for(Action.LABELS_LISTEN, f"turn:{turn_id}", visit.permit.entry.reason)


def _utterances(visit: Visit) -> Utterances:
    return Utterances(visit.settings.utterances)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LabelError("请写明起止日，如 2026-10-01") from None
