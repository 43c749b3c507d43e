"""Emergencies: how it stands, the lead's decisions, drills, evidence, who was told what (CBA 三十三 to 三十九)."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from ivr.care.emergencies import drills, lead
from ivr.care.emergencies.lead import Change, Decided
from ivr.care.emergencies.words import level_words, situation
from ivr.console.page import Visit, act, page
from ivr.errors import EmergencyChanged, EmergencyRefused
from ivr.flow.emergency_words import measures_in_words
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records.emergencies.model import DETECTOR_WORDS, STEP_WORDS, Emergency
from ivr.records.emergency import KIND_WORDS, PHASE_WORDS, EmergencyKind, EmergencyPhase, InForce
from ivr.report.evidence_pack.collect import collect
from ivr.report.evidence_pack.write import write_pack
from ivr.serve.upkeep.flow_in_service import flow_in_service

_WORDS: dict[str, Any] = {
    "kinds": KIND_WORDS, "phases": PHASE_WORDS, "steps": STEP_WORDS, "situation": situation,
    "level_words": level_words,
    "measures_in_words": measures_in_words,
}  # fmt: skip
_ABOUT = {"emergency": "应急", "complaint": "投诉", "drill": "演练"}
_FILE = re.compile(r"[A-Za-z0-9_.-]{1,80}")


@page("/emergencies", Action.EMERGENCY_READ, title="应急", target="emergency")
def emergencies(visit: Visit) -> Response:
    """What is in force, what warns, whether a drill is due, and what there was."""
    store, flow = visit.store, flow_in_service(visit.settings, visit.store)
    current = store.emergencies.current()
    return visit.render(
        "emergencies/list.html", flow=flow, current=current,
        decisions=() if current is None else store.emergencies.decisions(current.id),
        warnings=[one for one in store.emergencies.warnings(since=visit.now) if one.t_over is None],
        drill_due=drills.due_at(flow, store.emergencies.last_drill()), last_drill=store.emergencies.last_drill(),
        past=store.emergencies.list(50), failed=store.deliveries.failed(), **_WORDS,
    )  # fmt: skip


@page("/emergencies/deliveries", Action.EMERGENCY_READ, title="通知与工单的送达", target="deliveries")
def deliveries(visit: Visit) -> Response:
    """What did not arrive, and why."""
    everything = visit.query.get("all") == "1"
    found = visit.store.deliveries.recent(undelivered=not everything)
    return visit.render("emergencies/deliveries.html", found=found, everything=everything, about=_about)


def _about(what: str) -> str:
    """What a delivery belongs to, in words."""
    kind, _, which = what.partition(":")
    if kind == "warning":
        node, _, detector = which.partition(":")
        return f"预警（{DETECTOR_WORDS.get(detector, detector)}，节点 {node}）"
    return f"{_ABOUT[kind]} {which}" if kind in _ABOUT else what


@page("/emergencies/{id}", Action.EMERGENCY_READ, title="应急", target="emergency:{id}")
def one(visit: Visit) -> Response:
    """One that was, with its decisions and its evidence."""
    found = _emergency(visit)
    folder = visit.settings.state / "evidence" / f"emergency-{found.id}"
    files = sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    flow = flow_in_service(visit.settings, visit.store)
    decisions = visit.store.emergencies.decisions(found.id)
    return visit.render("emergencies/one.html", one=found, flow=flow, decisions=decisions, files=files, **_WORDS)


@act("/emergencies/start", Action.EMERGENCY_READ, target="emergency", back=emergencies)
def start(visit: Visit) -> Response:
    """Put an emergency or a drill in force, from the next call on."""
    kind, phase = visit.field("kind"), visit.field("phase", EmergencyPhase.RESPOND)
    if kind not in set(EmergencyKind) or phase not in set(EmergencyPhase):
        raise EmergencyRefused("请选择类别和阶段")
    drill = visit.field("drill") == "1"
    wanted = InForce(EmergencyKind(kind), visit.field("level"), EmergencyPhase(phase), drill)
    permit = _leave(visit, drill=drill)
    flow = flow_in_service(visit.settings, visit.store)
    return _told(visit, lead.start(visit.store.emergencies, flow, permit, wanted, visit.now), "已启动")


@act("/emergencies/change", Action.EMERGENCY_READ, target="emergency", back=emergencies)
def change(visit: Visit) -> Response:
    """Another phase, level or kind."""
    current = _seen(visit)
    kind, phase = visit.field("kind"), visit.field("phase")
    if (kind and kind not in set(EmergencyKind)) or (phase and phase not in set(EmergencyPhase)):
        raise EmergencyRefused("没有这种类别或阶段")
    wanted = Change(
        EmergencyKind(kind) if kind else None, visit.field("level") or None, EmergencyPhase(phase) if phase else None
    )
    permit = _leave(visit, drill=current.drill)
    flow = flow_in_service(visit.settings, visit.store)
    return _told(visit, lead.change(visit.store.emergencies, flow, permit, current, wanted, visit.now), "已变更")


@act("/emergencies/end", Action.EMERGENCY_READ, target="emergency", back=emergencies)
def end(visit: Visit) -> Response:
    """It is over; the evidence is gathered."""
    current = _seen(visit)
    permit = _leave(visit, drill=current.drill)
    flow = flow_in_service(visit.settings, visit.store)
    decided = lead.end(visit.store.emergencies, flow, permit, current, visit.now)
    _gather(visit, current.id)
    return _told(visit, decided, "已结束，证据已整理", f"/emergencies/{current.id}")


@act("/emergencies/{id}/evidence", Action.EMERGENCY_READ, target="emergency:{id}", back=one)
def evidence(visit: Visit) -> Response:
    """Gather it again: what came in since is in it, too. Who may decide on it may, and the trail has that."""
    found = _emergency(visit)
    permit = _leave(visit, drill=found.drill, target=found.target)
    visit.store.audit.note(permit.entry_with(evidence="gathered"), visit.now)
    _gather(visit, found.id)
    return visit.redirect(f"/emergencies/{found.id}", "证据已整理")


@page("/emergencies/{id}/evidence/{name}", Action.RECORDS_LIST, title="证据", target="emergency:{id}")
def evidence_file(visit: Visit) -> Response:
    """A file of the evidence, to be taken away: lost callers and parts of the trail are in it (CBA 十三)."""
    found, name = _emergency(visit), str(visit.path["name"])
    path = visit.settings.state / "evidence" / f"emergency-{found.id}" / name
    if not _FILE.fullmatch(name) or name.startswith(".") or not path.is_file():
        raise EmergencyRefused("没有这个文件")
    visit.store.audit.note(visit.permit.entry_with(found.target, evidence=name), visit.now)
    headers = {"content-disposition": f'attachment; filename="emergency-{found.id}-{name}"'}
    return Response(path.read_bytes(), media_type="application/octet-stream", headers=headers)


@act("/emergencies/deliveries/again", Action.EMERGENCY_LEAD, target="deliveries", back=deliveries)
def again(visit: Visit) -> Response:
    """Send once more what did not arrive."""
    key = visit.field("key")
    if visit.store.deliveries.again(key, visit.now, visit.permit.entry_with(target=f"delivery:{key}")) is None:
        raise EmergencyRefused("没有要重发的：只有对方拒收或已放弃的可以重发")
    return visit.redirect("/emergencies/deliveries", "会在几秒内重发（热线运行时）")


def _leave(visit: Visit, *, drill: bool, target: str = "emergency") -> Permit:
    action = Action.EMERGENCY_DRILL if drill else Action.EMERGENCY_LEAD
    return visit.permit_for(action, target, visit.field("reason") or None)


def _seen(visit: Visit) -> Emergency:
    """What is in force, as the visitor has seen it."""
    current, seen = visit.store.emergencies.current(), visit.field("seen")
    if current is None:
        raise EmergencyRefused("没有应急在执行")
    if seen != f"{current.id}.{current.version}":
        raise EmergencyChanged("刚刚有人变更过应急：请看现在的情况再决定")
    return current


def _told(visit: Visit, decided: Decided, what: str, url: str = "/emergencies") -> Response:
    untold = f"；没有通知到 {'、'.join(decided.untold)}" if decided.untold else ""
    return visit.redirect(url, f"{what}{untold}")


def _gather(visit: Visit, id_: int) -> None:
    flow = flow_in_service(visit.settings, visit.store)
    write_pack(collect(visit.store, flow, id_, visit.now), visit.settings.state / "evidence" / f"emergency-{id_}")


def _emergency(visit: Visit) -> Emergency:
    given = str(visit.path["id"])
    found = visit.store.emergencies.get(int(given)) if given.isdecimal() and len(given) < 12 else None
    if found is None:
        raise EmergencyRefused(f"没有编号为 {given[:12]} 的应急或演练")
    return found
