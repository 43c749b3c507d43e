"""When the next drill is due, and the word to those who lead it (CBA 三十九)."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.care.emergencies.telling import Told, delivered
from ivr.flow.model import Flow
from ivr.records import days
from ivr.records.deliveries.model import Delivery
from ivr.records.emergency import EmergencyPhase

#: Who has not held it is reminded again after so many days.
AGAIN_DAYS = 7


def due_at(flow: Flow, last: int | None) -> int | None:
    """The moment (epoch ms) from which a drill is due, `last` being the end of the last one: at once where none was
    ever held. None without a plan."""
    if not flow.emergency.kinds:
        return None
    return 0 if last is None else last + flow.emergency.drills.every_days * days.DAY_MS


def due(flow: Flow, last: int | None, now: int) -> bool:
    """Whether it is time for one."""
    at = due_at(flow, last)
    return at is not None and now >= at


def reminders(flow: Flow, last: int | None, now: int, untold: list[str]) -> Iterator[Delivery]:
    """What is told while a drill is due, to those whom the plan would warn first: once a week, the same key for the
    same week, however often it is asked for."""
    if not due(flow, last, now):
        return
    week = now // (AGAIN_DAYS * days.DAY_MS)
    every = flow.emergency.drills.every_days
    when = "从未演练" if last is None else f"上次演练 {days.moment(last):%Y-%m-%d}"
    subject = "【提醒】应急演练到期"
    body = f"{when}，预案规定每 {every} 天一次。\n演练：\n  ivr emergency start 类别 级别 --drill --reason 原因\n"
    told = Told(f"drill-due:{week}", "drill", subject, body, now, {"event": "emergency.drill_due", "last": last})
    levels = (level for kind in flow.emergency.kinds.values() for level in kind.values())
    first = dict.fromkeys(contact for level in levels for contact in level.phases[EmergencyPhase.WARN].tell)
    for contact in first:
        yield from delivered(flow, contact, told, untold)
