"""What is told of emergencies, warnings and drills, and to whom: mails and webhooks of the contacts of the plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

from ivr.care.notify.notifier import MOST_SUBJECT, delivery_of_mail, delivery_of_webhook
from ivr.errors import NotificationError
from ivr.flow.emergency import Contact
from ivr.flow.emergency_words import measures_in_words
from ivr.flow.model import Flow
from ivr.records import days
from ivr.records.deliveries.model import Delivery
from ivr.records.emergencies.model import STEP_WORDS, Decision, Emergency, EmergencyWarning, Step
from ivr.records.emergency import KIND_WORDS, PHASE_WORDS


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is told: `key` names it, `about` what it belongs to; `facts` is what programs read of it."""

    key: str
    about: str
    subject: str
    body: str
    now: int
    facts: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of_decision(cls, flow: Flow, emergency: Emergency, decision: Decision) -> Self:
        """A start, a change or the end."""
        drill = "演练" if emergency.drill else "应急"
        level = flow.emergency.level(emergency.kind, emergency.level)
        label = emergency.level if level is None else level.label
        what = f"{KIND_WORDS[emergency.kind]}（{label}）"
        ended = decision.step is Step.END
        subject = f"【{drill}】{what}{'已结束' if ended else f'进入{PHASE_WORDS[emergency.phase]}阶段'}"
        lines = [
            f"{drill}编号：{emergency.id}" + ("（演练，不是真实事件）" if emergency.drill else ""),
            f"{STEP_WORDS[decision.step]}时间：{_at(decision.t)}",
            f"决定人：{decision.person}",
            f"原因：{decision.reason}",
        ]
        if not ended and level is not None:
            lines += ["措施：", *(f"  {line}" for line in measures_in_words(flow, level.phases[emergency.phase]))]
        facts: dict[str, object] = {
            "event": f"emergency.{decision.step.value}", "emergency": emergency.id, "drill": emergency.drill,
            "kind": emergency.kind.value, "level": emergency.level, "phase": emergency.phase.value,
            "decision": decision.number, "person": decision.person, "reason": decision.reason, "t": decision.t,
        }  # fmt: skip
        key = f"{emergency.target}:{decision.number}"
        return cls(key, emergency.target, subject, _body(lines), decision.t, facts)

    @classmethod
    def of_warning(cls, warning: EmergencyWarning) -> Self:
        """A detector has found something; nobody has decided anything yet."""
        what = KIND_WORDS[warning.kind]
        lines = [
            warning.words,
            f"节点：{warning.node}",
            f"时间：{_at(warning.t_raised)}",
            f"预案：{what} {warning.level}",
            "请应急负责人判断。启动应急：",
            f"  ivr emergency start {warning.kind.value} {warning.level} --reason 原因",
        ]
        facts: dict[str, object] = {
            "event": "emergency.warning", "node": warning.node, "detector": warning.detector.value,
            "kind": warning.kind.value, "level": warning.level, "value": warning.value, "usual": warning.usual,
            "t": warning.t_raised,
        }  # fmt: skip
        key = f"warning:{warning.node}:{warning.detector.value}:{warning.t_raised}"
        return cls(key, about(warning), f"【预警】{what}：{warning.words}", _body(lines), warning.t_raised, facts)


def about(warning: EmergencyWarning) -> str:
    """What deliveries of a warning belong to."""
    return f"warning:{warning.node}:{warning.detector.value}"


def contacts_of(flow: Flow, emergency: Emergency, decision: Decision) -> tuple[str, ...]:
    """Whom a decision is told to: those of the phase; of the end, everybody who was to be told in any phase."""
    level = flow.emergency.level(emergency.kind, emergency.level)
    if level is None:
        return ()
    if decision.step is Step.END:
        return tuple(dict.fromkeys(contact for phase in level.phases.values() for contact in phase.tell))
    return level.phases[emergency.phase].tell


def delivered(flow: Flow, contact: str, told: Told, untold: list[str]) -> Iterator[Delivery]:
    """What goes out to one contact of the plan; what never could is added to `untold` with its reason."""
    found = flow.emergency.contacts.get(contact)
    if found is None:
        untold.append(f"{contact}：预案里没有这个联系人")
        return
    for make in (_mail, _webhook):
        try:
            delivery = make(f"{told.key}:{contact}", found, told)
        except NotificationError as wrong:
            untold.append(f"{contact}：{wrong}")
            continue
        if delivery is not None:
            yield delivery


def _mail(key: str, contact: Contact, told: Told) -> Delivery | None:
    if contact.mail is None:
        return None
    subject = told.subject[:MOST_SUBJECT]
    return delivery_of_mail(f"{key}:mail", contact.mail, subject, told.body, about=told.about, now=told.now)


def _webhook(key: str, contact: Contact, told: Told) -> Delivery | None:
    if contact.webhook is None:
        return None
    body = {**told.facts, "text": told.subject}
    return delivery_of_webhook(f"{key}:webhook", contact.webhook, body, about=told.about, now=told.now)


def _at(t: int) -> str:
    return f"{days.moment(t):%Y-%m-%d %H:%M:%S}（{days.zone_name()}）"


def _body(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
