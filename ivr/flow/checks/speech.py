"""Menus that listen, leaves that ask, and what they need."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ivr.flow import codes
from ivr.flow.checks.menus import MOST_SECONDS
from ivr.flow.findings import Pos
from ivr.flow.model import SlotKind
from ivr.flow.prompts import prompt_text
from ivr.flow.prompts.derived import ASKING_PROMPTS, LISTENING_PROMPTS, confirm_id, texts
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.document import Document
from ivr.flow.reading.field_tables import HOTLINE_FILE, KNOWLEDGE_FILE, PROMPTS_FILE
from ivr.flow.steps import ask

_YES_NO = ("yes_no_say", "yes_no_keys")
_ALWAYS = ("answer_again", "corrected", *_YES_NO)
_USES = {
    "say_or_press": "请客户说出需要或按键",
    "not_understood": "第一次没有听懂时",
    "not_that": "猜错了客户的意思时",
    "which_head": "问客户是两件事中的哪一件",
    "press_1": "第一件事按哪个键",
    "press_2": "第二件事按哪个键",
    "which_none": "两件都不是按哪个键",
    "yes_no_say": "请客户说或按键回答是不是",
    "yes_no_keys": "请客户按键回答是不是",
    "speech_down": "告知语音识别暂时不可用",
    "slower": "客户要求说慢一点时",
    "answer_keys": "告知按什么键结束输入、怎样转人工",
    "answer_again": "第一次没有得到回答时",
    "corrected": "复述错了、重新提问时",
    "confirm_amount": "复述金额",
    "confirm_date": "复述日期",
    "confirm_last4": "复述卡号后四位",
    "confirm_phone": "复述电话号码",
    "confirm_count": "复述数目",
    "confirm_reference": "复述编号",
}
if {*_USES} != {*LISTENING_PROMPTS, *ASKING_PROMPTS}:
    raise RuntimeError("the uses of the prompts of speech and the model differ")


def check(document: Document) -> None:
    """All checks of this module."""
    _listening(document)
    for id, leaf in document.leaves.items():
        for at in leaf.value.items("steps"):
            kind, value = at.value
            if kind is ask.KIND:
                _asking(document, id, value)
    if document.has(KNOWLEDGE_FILE, PROMPTS_FILE) and listens(document):
        for id, intent in document.intents.items():
            _label(document, id, intent)
    if document.has(KNOWLEDGE_FILE, HOTLINE_FILE, PROMPTS_FILE):
        _answers(document)


def listens(document: Document) -> bool:
    """Whether any menu listens."""
    return any(menu.value.value("listen") for menu in document.menus.values())


def label_of(document: Document, intent: Rec) -> At | None:
    """What the intent is called: its own label, else that of the leaf or queue it leads to, else its question."""
    if own := intent.get("label"):
        return own
    for kind, ref, named in (("leaf", "leaf", document.leaves), ("handoff", "queue", document.queues)):
        at = intent.get(kind)
        there = at and named.get(document.meant.get((ref, at.value), at.value))
        if there:
            label: At | None = there.value.get("label")
            return label
    return intent.get("question")


def _listening(document: Document) -> None:
    listening = [(id, menu.value) for id, menu in document.menus.items() if menu.value.value("listen")]
    if not listening:
        return
    if not os.path.lexists(document.directory / KNOWLEDGE_FILE):
        for id, menu in listening:
            document.report.add(codes.NO_KNOWLEDGE, menu.fields["listen"].key, menu=id)
    id, menu = listening[0]
    needed(
        document,
        {name: _USES[name] for name in LISTENING_PROMPTS},
        menu.fields["listen"].key,
        f"菜单「{id}」在听客户说话",
    )


def needed(document: Document, uses: Mapping[str, str], pos: Pos, why: str) -> None:
    """Report the prompts, each with what it is for, that the flow lacks."""
    if document.has(PROMPTS_FILE) and "prompts" in document.rec(PROMPTS_FILE).fields:
        for name, use in uses.items():
            if name not in document.prompts:
                document.report.add(codes.SPEECH_PROMPT, pos, why=why, name=name, use=use)


def _asking(document: Document, id: str, at: At) -> None:
    slot = at.value.value("slot")
    if slot is None:
        return
    kind = SlotKind.LAST4 if slot == SlotKind.ACCOUNT else slot
    own = () if slot == SlotKind.YES_NO else ("answer_keys", f"confirm_{kind}")
    uses = {name: _USES[name] for name in (*own, *_ALWAYS)}
    needed(document, uses, at.pos, f"业务「{id}」要提问")


def _label(document: Document, id: str, intent: At) -> None:
    """The question made from the label can be spoken, politely and in time."""
    label = label_of(document, intent.value)
    if label is None or confirm_id(id) in document.prompts:
        return
    question, _ = texts(label.value)
    if "{" in label.value or "}" in label.value:
        document.report.add(codes.PLACEHOLDER, label.pos, prompt=confirm_id(id), what="：名称里不能有花括号")
        return
    if not any(character.isalnum() for character in label.value):
        words = {"name": "label", "value": label.value, "expected": "里面没有文字", "near": ""}
        document.report.add(codes.BAD_VALUE, label.pos, **words)
    for word in document.banned:
        if word in question:
            document.report.add(codes.IMPOLITE, label.pos, where=f"知识「{id}」的名称", word=word)
    seconds = prompt_text.seconds(question)
    if seconds > MOST_SECONDS:
        document.report.add(codes.LONG_PROMPT, label.pos, prompt=confirm_id(id), seconds=f"{seconds:.1f}")


def _answers(document: Document) -> None:
    """What is answered aloud can also be heard by keys: some leaf says it (HB 8.3.2)."""
    if not document.leaves:  # broken or missing: reported where they should be
        return
    said = {document.meant.get(("prompt", prompt), prompt) for prompt in document.spoken_by}
    for id, intent in document.intents.items():
        for at in intent.value.items("answer"):
            name = document.meant.get(("prompt", at.value), at.value)
            if name in document.prompts and name not in said:
                document.report.add(codes.SPOKEN_ANSWER, at.pos, intent=id, prompt=name)
