"""Queues and agents: somebody in each, recordings announced, hours told truly."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.flow import codes, service_codes
from ivr.flow.prompts import prompt_text, waiting
from ivr.flow.prompts.system_prompts import CONSENT_QUESTION
from ivr.flow.reading.document import Document
from ivr.flow.reading.field_tables import AGENTS_FILE, ALWAYS, HOTLINE_FILE, PROMPTS_FILE
from ivr.flow.steps import callback as callback_step
from ivr.flow.steps import message as message_step

MOST_TRANSFER_SECONDS = 3.0
_RECORDED = "录音"


def check(document: Document) -> None:
    """All checks of this module."""
    if document.has(AGENTS_FILE):
        _people(document)
        _callbacks(document)
        _numbers(document)
    if document.has(AGENTS_FILE, HOTLINE_FILE):
        _used(document)
    if document.has(AGENTS_FILE, PROMPTS_FILE):
        _recorded(document)
        _hours(document)
        _waiting(document)


def _people(document: Document) -> None:
    staffed: set[str] = set()
    agents = document.agents_file.table("agents")
    for id, at in agents.items():
        queues = at.value.table("queues")
        if not queues and "queues" not in at.value.broken:
            document.report.add(codes.IDLE_AGENT, at.key, agent=id)
        staffed.update(document.meant.get(("queue", queue), queue) for queue in queues)
    if "agents" in document.agents_file.broken:
        return
    for id, at in document.queues.items():
        if id not in staffed:
            document.report.add(codes.EMPTY_QUEUE, at.key, queue=id)


def _callbacks(document: Document) -> None:
    """Who is to be called back must be allowed to be: no queue promises what is not set."""
    agents_file = document.agents_file
    if "callbacks" in agents_file.fields or "callbacks" in agents_file.broken:
        return
    for id, at in document.queues.items():
        if at.value.value("callback", False):
            document.report.add(codes.CALLBACK_UNSET, at.key, queue=id)


def _waiting(document: Document) -> None:
    """A queue that offers something says so, and what comes of it."""
    told: set[str] = set()
    for id, at in document.queues.items():
        callback, message = (at.value.value(name, False) for name in ("callback", "message"))
        what = "、".join(word for word, on in (("回电", callback), ("留言", message)) if on)
        for name, use in _needed(callback, message).items():
            if name not in document.prompts and name not in told:
                told.add(name)
                document.report.add(codes.WAITING_PROMPT, at.key, queue=id, what=what, name=name, use=use)


def _needed(callback: bool, message: bool) -> Mapping[str, str]:
    """The prompts that such a queue needs, and what each is for."""
    both = waiting.CHOICES_PROMPTS if callback or message else {}
    of_callback = {**waiting.CALLBACK_PROMPTS, **callback_step.KIND.needed} if callback else {}
    of_message = {**waiting.MESSAGE_PROMPTS, **message_step.KIND.needed} if message else {}
    return {**both, **of_callback, **of_message}


def _numbers(document: Document) -> None:
    """What agents dial leads to one queue, or to one colleague."""
    taken = {id: f"座席 {id} 的工号" for id in document.agents_file.table("agents")}
    for id, at in document.queues.items():
        number = at.value.get("number")
        if number is None or not number.value:
            continue
        if number.value in taken:
            expected = f"应为没有用过的号码：它已是{taken[number.value]}"
            document.report.add(
                codes.BAD_VALUE, number.pos, name="number", value=number.value, expected=expected, near=""
            )
        taken.setdefault(number.value, f"队列 {id} 的号码")


def _used(document: Document) -> None:
    hotline = str(document.hotline.pos.file)
    used = {
        document.meant.get(("queue", ref.id), ref.id)
        for ref in document.reading.refs
        if ref.kind == "queue" and ref.pos.file == hotline
    }
    for id, at in document.queues.items():
        if id not in used:
            document.report.add(codes.IDLE, at.key, queue=id)


def _recorded(document: Document) -> None:
    """Recorded conversations are announced first, and only those; and the announcement is short."""
    report = document.report
    default = document.languages[0]
    recorded = [id for id, at in document.queues.items() if at.value.value("record", False)]
    asks = document.hotline.value("recording")
    if asks is not None and asks.value("consent", False) and CONSENT_QUESTION not in document.prompts:
        report.add(service_codes.CONSENT_PROMPT, asks.where("consent"))
    for id in ("transferring", "transferring_unrecorded"):
        prompt = document.prompts.get(id)
        at = prompt.texts.get(default) if prompt else None
        if at is None or not at.value or not prompt_text.is_chinese(default):
            continue
        if id == "transferring" and recorded and _RECORDED not in at.value:
            report.add(codes.NO_RECORDING_NOTICE, at.pos, queue=recorded[0])
        if id != "transferring" and _RECORDED in at.value:
            report.add(codes.FALSE_RECORDING_NOTICE, at.pos)
        seconds = prompt_text.seconds(document.said(at.value))
        if seconds > MOST_TRANSFER_SECONDS:
            report.add(codes.SLOW_TRANSFER, at.pos, prompt=id, seconds=f"{seconds:.1f}")


def _hours(document: Document) -> None:
    """`agents_closed` names the hours of every queue that has some (CBA 七)."""
    prompt = document.prompts.get("agents_closed")
    limited = {id: at.value.get("hours") for id, at in document.queues.items()}
    limited = {id: at for id, at in limited.items() if at and at.value != ALWAYS}
    for language, at in (prompt.texts if prompt else {}).items():
        if not at.value or not limited or not prompt_text.is_chinese(language):
            continue
        named = {document.meant.get(("calendar", id), id) for id in prompt_text.hours_named(at.value)}
        if not named:
            document.report.add(codes.HOURS_UNNAMED, at.pos, where="提示语「agents_closed」")
            continue
        for id, hours in limited.items():
            if hours and document.meant.get(("calendar", hours.value), hours.value) not in named:
                document.report.add(codes.OTHER_HOURS, hours.pos, queue=id, hours=hours.value)
