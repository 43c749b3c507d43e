"""An emergency as it may go, in a store: a surge of half an hour with callers who are lost, told and led."""

from __future__ import annotations

from dataclasses import replace

from ivr.care.emergencies import lead
from ivr.care.emergencies.lead import Change
from ivr.flow.model import Flow
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records.audit.model import AuditEntry
from ivr.records.deliveries.model import DeliveryState
from ivr.records.emergencies.model import DetectorId, EmergencyWarning
from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce
from ivr.records.model import Call, Handoff, HeardAnnouncement
from ivr.records.store import Store

#: 2026-01-15 14:30 in Shanghai; it lasts for 30 minutes.
T = 1_768_458_600_000
MINUTE = 60_000
ENDED = T + 30 * MINUTE
NOW = T + 3 * 60 * MINUTE
HEARD = "emergency:surge:general:respond"


def handoff(t: int, waited_s: int, outcome: str, queue: str = "general", **more: object) -> Handoff:
    """A request for an agent."""
    left = t + 1000 * waited_s
    connected = left if outcome == "answered" else None
    given = {"t_queued": t, "t_connected": connected, "queue": queue} | more
    return Handoff(t, "asked", left, outcome, **given)  # type: ignore[arg-type]


def call(id_: str, t: int, number: str | None, *handoffs: Handoff, **more: object) -> Call:
    """A call from a number."""
    over = max((one.t_left for one in handoffs), default=t + 40_000) + 20_000
    given = {
        "caller_number": number, "t_answered": t + 1000, "t_first_prompt": t + 1500, "handoffs": handoffs,
        "caller_kind": "normal" if number else "withheld",
    } | more  # fmt: skip
    return Call(id_, id_, "in", "95000", t_offered=t, t_ended=over, hangup_by="caller", **given)  # type: ignore[arg-type]


def number(n: int) -> str:
    """A caller's number."""
    return f"+86139{n:08d}"


def calls(*, drill: bool) -> list[Call]:
    """Twenty served in the hour before; in it ten who are served, eight who give up, two who hear the busy notice, one
    who is promised a callback and one whom the plan refuses; ten after it, among them two of the lost."""
    hour_before = [T - 60 * MINUTE + n * 3 * MINUTE for n in range(20)]
    found = [call(f"before{n}", at, number(n), handoff(at + 5000, 8, "answered")) for n, at in enumerate(hour_before)]
    heard = (HeardAnnouncement(HEARD, "menu", T + 2 * MINUTE), HeardAnnouncement(HEARD, "queue", T + 3 * MINUTE, False))
    for n in range(10):
        at = T + n * 2 * MINUTE
        found.append(call(f"served{n}", at, number(100 + n), handoff(at + 5000, 15 + n, "answered"), drill=drill))
    for n in range(8):
        at = T + n * 3 * MINUTE + 7000
        kept = handoff(at + 5000, 60 + 10 * n, "abandoned")
        found.append(call(f"gone{n}", at, number(200 + n), kept, drill=drill, announcements_heard=heard))
    for n in range(2):
        at = T + 10 * MINUTE + n
        found.append(call(f"busy{n}", at, number(300 + n), hangup_cause="capacity", drill=drill, t_answered=None,
                          t_first_prompt=None))  # fmt: skip
    promised = handoff(T + 12 * MINUTE, 30, "callback", "urgent")
    found.append(call("promised", T + 11 * MINUTE, None, promised, drill=drill))
    refused = handoff(T + 13 * MINUTE, 0, "closed", "cards", refused=True, why="emergency", t_queued=None)
    found.append(call("refused", T + 13 * MINUTE - 5000, number(400), refused, drill=drill))
    at = ENDED + 20 * MINUTE
    back = Call("back", "back", "out", "95000", "normal", at, at + 90_000, "caller", parent_call_id="promised",
                caller_number="+8613911112222", t_answered=at + 9000, drill=drill,
                handoffs=(handoff(at, 10, "answered", "urgent"),))  # fmt: skip
    found.append(back)
    for n in range(10):
        at = ENDED + 5 * MINUTE + n * MINUTE
        found.append(
            call(f"after{n}", at, number(200 + n if n < 2 else 500 + n), handoff(at + 5000, 6, "answered"), drill=drill)
        )
    return found


def permit(reason: str, *, drill: bool, role: str | None = "emergency_lead") -> Permit:
    """Of the emergency lead, or of somebody without a role."""
    action = Action.EMERGENCY_DRILL if drill else Action.EMERGENCY_LEAD
    return Permit(action, AuditEntry("zhao", action.value, "emergency", reason=reason, role=role))


def lived_through(store: Store, flow: Flow, *, drill: bool = False, role: str | None = "emergency_lead") -> int:
    """Everything of it in the store. Returns its id."""
    store.save(calls(drill=drill))
    warning = EmergencyWarning("node1", DetectorId.SURGE, T - 40_000, EmergencyKind.SURGE, "general", 41, 8)
    store.emergencies.warn(replace(warning, t_over=T + 25 * MINUTE))
    wanted = InForce(EmergencyKind.SURGE, "general", EmergencyPhase.RESPOND, drill)
    one = lead.start(store.emergencies, flow, permit("来电是平时的五倍", drill=drill, role=role), wanted, T).emergency
    told = store.deliveries.about(one.target)
    for at, delivery in enumerate(told):
        held = store.deliveries.hold(delivery.key, T, T + 1)
        assert held is not None
        then = replace(held, state=DeliveryState.DELIVERED, receipt=f"250 queued as M{at}", t_done=T + 2000, t_held=0)
        store.deliveries.settle(held, then)
    for phase, at, reason in ((EmergencyPhase.HANDLE, 10, "=排队超过十分钟"), (EmergencyPhase.RECOVER, 24, "来电回落")):
        asked = permit(reason, drill=drill, role=role)
        one = lead.change(store.emergencies, flow, asked, one, Change(phase=phase), T + at * MINUTE).emergency
    lead.end(store.emergencies, flow, permit("恢复正常", drill=drill, role=role), one, ENDED)
    return one.id
