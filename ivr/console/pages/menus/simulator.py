"""Trying menus out without a telephone, the served ones or a draft that nobody has saved: a call walked through by
keys and words, and what would be heard at a moment."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from ivr.care.publishing import editing
from ivr.console.page import Visit, act, page
from ivr.console.pages.menus.loaded import checked, edited, flow_of
from ivr.console.pages.menus.simulations import Walk, simulations
from ivr.errors import FlowError
from ivr.flow.findings import FlowRefused
from ivr.flow.model import Flow
from ivr.people.actions import Action
from ivr.records import days
from ivr.records.emergency import KIND_WORDS, PHASE_WORDS, InForce
from ivr.records.numbers import e164

if TYPE_CHECKING:
    from ivr.call.simulation import Simulation

log = logging.getLogger(__name__)

#: Who may be said to call: what the form calls it, and its words.
CALLERS = (("plain", "普通来电"), ("withheld", "不显示号码"), ("old", "老年客户（银行告知年龄 70 岁）"))
_PLAIN = "13800000001"
_OLD_AGE = 70
#: What a visitor can do beside keys and words, by what it is called in the form: its words, and the move.
BUTTONS = (("-", "不按键"), ("h", "挂机"))
QUEUE_BUTTONS = (("a", "接通"), ("t", "等待超时"), ("n", "无座席"), ("f", "队列已满"), ("x", "无法进入"), ("h", "挂机"))
_LONGEST_MOVE = 200
#: So many publications can be chosen from; older ones by their own page.
_REVISIONS = 30


@dataclass(frozen=True, slots=True)
class Scene:
    """When, and who calls, as a form says it."""

    at: int
    number: str | None
    age: int | None
    emergency: InForce | None


@page("/menus/try", Action.FLOW_TRY, title="试走")
def try_(visit: Visit) -> Response:
    """A call through what is served, or through `source`, to begin with."""
    source = visit.field("source") if visit.error else visit.query.get("source", "")
    return visit.render(
        "menus/try.html",
        source=source,
        revisions=revisions(visit, source),
        callers=CALLERS,
        now=local(visit.now),
        emergencies=_emergencies(visit),
    )


@act("/menus/try/begin", Action.FLOW_TRY, back=try_)
def begin(visit: Visit) -> Response:
    """The call begins. Raises FlowRefused where the draft has errors, FlowError for a moment that cannot be."""
    # Imported here: it needs what understanding needs.
    from ivr.call.simulation import Simulation
    from ivr.call.transcript import opening, scene
    from ivr.dialogue.model import Caller

    flow, said = _flow(visit)
    asked = _scene(visit, flow, visit.field("at"))
    kept = simulations(visit.console)
    speaks = any(menu.listen for menu in flow.menus.values()) and not visit.field("keys_only")
    listens = visit.console.understandings.of(flow) if speaks else None
    caller = Caller(asked.number, asked.age)
    simulation = Simulation(flow, asked.at, asked.number, listens, caller, asked.emergency)
    lines = [*opening(simulation, asked.number), *scene(simulation)]
    walk = kept.add(visit.signed_in.session.id, simulation, lines, said, visit.now)
    return _shown(visit, walk)


@act("/menus/try/{walk}", Action.FLOW_TRY, target="menus")
def move(visit: Visit) -> Response:
    """The caller presses, says, waits, hangs up. What cannot be done there is told in the call."""
    from ivr.call.simulator import made

    typed = str(visit.form.get("move") or "")[:_LONGEST_MOVE]
    with simulations(visit.console).at(str(visit.path["walk"]), visit.signed_in.session.id, visit.now) as walk:
        if not walk.simulation.over:
            walk.lines += [f"› {typed or '（不按键）'}", *made(walk.simulation, typed)]
        return _shown(visit, walk)


@page("/menus/heard", Action.FLOW_TRY, title="某时会听到什么")
def heard(visit: Visit) -> Response:
    """What a caller hears who calls then, until a key is awaited; at two moments side by side. Raises FlowError."""
    source = visit.query.get("source", "")
    flow = flow_of(visit, source)
    moments = [text for name in ("at", "also") if (text := visit.query.get(name, "").strip())]
    kind = visit.query.get("caller", "plain")
    shown = [(text, _lines(flow, _scene_of(text, kind, "", flow))) for text in moments]
    return visit.render(
        "menus/heard.html",
        flow=flow,
        source=source,
        revisions=revisions(visit, source),
        callers=CALLERS,
        caller=kind,
        at=visit.query.get("at", local(visit.now)),
        also=visit.query.get("also", ""),
        shown=shown,
    )


@act("/menus/heard", Action.FLOW_TRY, title="某时会听到什么", target="menus")
def heard_in_draft(visit: Visit) -> Response:
    """The same of a draft that nobody has saved."""
    flow, said = _flow(visit)
    at = visit.field("at")
    lines = _lines(flow, _scene(visit, flow, at))
    return visit.render("menus/heard_in_draft.html", shown=[(f"{at or local(visit.now)}（{said}）", lines)])


def revisions(visit: Visit, chosen: str = "") -> list[tuple[str, str]]:
    """What can be tried out, as `editing.base` names it, with its words: what waits to be published, what was, and the
    files; `chosen` too, however old it is."""
    store = visit.store.publishing
    found = [(f"draft:{one.id}", f"草稿 {one.id}（{one.proposed_by}：{one.reason}）") for one in store.drafts()]
    found += [
        (f"publication:{one.number}", f"发布 {one.number}（{days.moment(one.t):%Y-%m-%d %H:%M} {one.reason}）")
        for one in store.history()[:_REVISIONS]
    ]
    found.append(("files", "flows/ 的文件"))
    if chosen and chosen not in dict(found):
        found.append((chosen, editing.base(visit.store, visit.settings.flows, chosen).said))
    return found


def _emergencies(visit: Visit) -> list[tuple[str, str]]:
    """Every emergency of the plan that is served, as `EmergencyPlan.named` takes it, with its words; none where no menu
    can be read: the draft that mends it can be tried all the same."""
    try:
        flow = visit.console.served.now()
    except FlowError as wrong:
        log.warning("no emergency can be chosen: %s", type(wrong).__name__)
        return []
    return [
        (f"{kind} {level.id} {phase}", f"{KIND_WORDS[kind]}（{level.label}）{PHASE_WORDS[phase]}阶段")
        for kind, levels in flow.emergency.kinds.items()
        for level in levels.values()
        for phase in level.phases
    ]


def _flow(visit: Visit) -> tuple[Flow, str]:
    """The flow that the form names or holds; and what it is."""
    if visit.field("digest") and not visit.field("revision"):
        base, changed = edited(visit)
        loaded = checked(visit, base, changed)
        if loaded.flow is None:
            raise FlowRefused(loaded.findings)
        return loaded.flow, f"{base.said}{'，加没有提交的改动' if changed else ''}"
    source = visit.field("revision") or visit.field("source")
    flow = flow_of(visit, source)
    said = editing.base(visit.store, visit.settings.flows, source).said
    return flow, f"{said}（版本 {flow.revision.id}）"


def _scene(visit: Visit, flow: Flow, at: str) -> Scene:
    return _scene_of(at or local(visit.now), visit.field("caller", "plain"), visit.field("emergency"), flow)


def _scene_of(at: str, kind: str, emergency: str, flow: Flow) -> Scene:
    from ivr.call.simulator_script import local_ms

    try:
        moment = local_ms(at.replace("T", " ")[:40], flow.timezone)
        met = flow.emergency.named(emergency) if emergency else None
    except ValueError as wrong:
        raise FlowError(str(wrong)) from wrong
    number = None if kind == "withheld" else e164(_PLAIN)
    return Scene(moment, number, _OLD_AGE if kind == "old" else None, met)


def _lines(flow: Flow, asked: Scene) -> list[str]:
    from ivr.call.simulation import Simulation
    from ivr.call.transcript import scene
    from ivr.dialogue.model import Caller

    simulation: Simulation = Simulation(
        flow, asked.at, asked.number, None, Caller(asked.number, asked.age), asked.emergency
    )
    return list(scene(simulation))


def _shown(visit: Visit, walk: Walk) -> Response:
    queued = walk.simulation.order is not None
    values: dict[str, Any] = {
        "walk": walk,
        "lines": walk.lines[-400:],
        "over": walk.simulation.over,
        "queued": queued,
        "expected": walk.simulation.expected,
        "buttons": QUEUE_BUTTONS if queued else BUTTONS,
    }
    if visit.request.headers.get("x-fragment"):
        return visit.fragment("menus/_walk.html", **values)
    return visit.render("menus/walk.html", **values)


def local(t: int) -> str:
    """A moment as a field for it has it."""
    return f"{days.moment(t):%Y-%m-%dT%H:%M}"
