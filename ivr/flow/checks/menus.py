"""Menus, their options, and the keys that work everywhere."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.flow import codes
from ivr.flow.model import QUEUE_OFFER_LEAVE, QUEUE_OFFER_MENU, QUEUE_OFFER_WAIT
from ivr.flow.prompts import prompt_text
from ivr.flow.prompts.announcements import ELDERLY_KEY, KEYS, KEYS_BRIEF, SAY_OR_PRESS
from ivr.flow.prompts.derived import NEITHER_KEY, NO_KEY, YES_KEY
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.document import Document

MANY = 5
MOST_SECONDS = 20.0

USES = {"repeat": "重听", "back": "返回", "agent": "人工服务", "elderly": "老年人专线"}
_WORDS = {
    "repeat": ("重听", "重复", "再听", "repeat", "again"),
    "back": ("返回", "上一级", "上级", "上一层", "back", "previous"),
    "agent": ("人工", "客服", "座席", "专员", "agent", "representative", "operator", "someone"),
    "elderly": ("老年", "老人", "长者", "长辈", "敬老", "银发", "senior", "elderly"),
}
_OFFER = {
    QUEUE_OFFER_WAIT: ("等", "wait", "hold"),
    QUEUE_OFFER_MENU: ("菜单", "menu"),
    QUEUE_OFFER_LEAVE: ("结束", "挂机", "离开", "end", "hang", "leave"),
}
_YES_NO = {YES_KEY: ("是", "对", "yes"), NO_KEY: ("不", "no")}
#: Questions whose keys the engine knows: key → words any of which names it.
_FIXED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "queue_offer": _OFFER,
    "yes_no_say": _YES_NO,
    "yes_no_keys": _YES_NO,
    "press_1": {YES_KEY: ("",)},
    "press_2": {NO_KEY: ("",)},
    "which_none": {NEITHER_KEY: ("都不", "没有", "其他", "none", "neither")},
}
#: Key → what it answers where the engine asks: it counts as that answer there, whatever else it is.
_ANSWERS = {
    YES_KEY: "是",
    NO_KEY: "不是",
    NEITHER_KEY: "都不是",
    QUEUE_OFFER_WAIT: "继续等待",
    QUEUE_OFFER_MENU: "回到菜单",
    QUEUE_OFFER_LEAVE: "结束通话",
}
#: Ends an answer of several keys.
ANSWER_END = "#"
#: System prompts that tell the caller to press reserved keys: which of them must be named.
_NAMING = {
    KEYS: ("repeat", "back", "agent", "elderly"),
    KEYS_BRIEF: ("repeat", "back", "agent"),
    ELDERLY_KEY: ("elderly",),
    "after_leaf": ("repeat", "back", "agent"),
    "agent_offer": ("agent",),
    "answer_keys": ("agent",),
}


def check(document: Document) -> None:
    """All checks of this module."""
    _reserved(document)
    for id, menu in document.menus.items():
        _options(document, id, menu)
        _announced(document, id, menu.value)
    for prompt, names in _NAMING.items():
        if prompt == KEYS and ELDERLY_KEY in document.prompts:
            names = tuple(name for name in names if name != "elderly")
        _reserved_announced(document, prompt, names)
    _fixed_announced(document)


def _reserved(document: Document) -> None:
    found: Rec | None = document.hotline.value("keys")
    taken: dict[str, str] = {}
    for name, at in (found.fields if found else {}).items():
        if len(at.value) > 1:
            if name == "elderly":
                document.report.add(
                    codes.ELDERLY_LONG, at.pos, why=f"老年人专线键「{at.value}」要按 {len(at.value)} 下"
                )
            else:
                words = {"name": name, "value": at.value[:40], "expected": "应为一个电话按键", "near": ""}
                document.report.add(codes.BAD_VALUE, at.pos, **words)
        elif at.value in _ANSWERS:
            words = {"key": at.value, "use": USES[name], "answer": _ANSWERS[at.value]}
            document.report.add(codes.ANSWER_KEY, at.pos, **words)
        elif at.value in taken:
            document.report.add(codes.RESERVED_TWICE, at.pos, key=at.value, use=USES[taken[at.value]], other=USES[name])
        else:
            taken[at.value] = name


def _options(document: Document, id: str, menu: At) -> None:
    report = document.report
    reserved = {at.value: USES[name] for name, at in document.keys.items()}
    taken: dict[str, str] = {}
    options = menu.value.items("options")
    for option in options:
        rec: Rec = option.value
        written = [name for name in ("menu", "leaf", "handoff") if name in rec.fields or name in rec.broken]
        if len(written) != 1:
            report.add(codes.ONE_TARGET, option.pos, count=len(written))
        key = rec.get("key")
        if key is None:
            continue
        if key.value in reserved:
            report.add(codes.SHADOWS, key.pos, menu=id, key=key.value, use=reserved[key.value])
        if key.value in taken:
            report.add(codes.OPTION_TWICE, key.pos, menu=id, key=key.value, other=taken[key.value])
        taken.setdefault(key.value, rec.value("label", ""))
    if len(options) > MANY:
        report.add(codes.MANY_OPTIONS, menu.key, menu=id, count=len(options))


def _announced(document: Document, id: str, menu: Rec) -> None:
    """Each option is named in the menu's prompt, with its own key, its label first; and the whole is not too long."""
    prompt = document.prompts.get(menu.value("prompt", ""))
    if prompt is None or "options" in menu.broken:
        return
    expected: dict[str, tuple[str, ...]] = {}
    also = [at.value for at in document.keys.values()]
    for option in menu.items("options"):
        key, label = option.value.get("key"), option.value.get("label")
        if key and label:
            expected.setdefault(key.value, (label.value,))
        else:  # half an option: its key, or any key, may be announced rightly
            also += [key.value] if key else "0123456789*#"
    for language, at in prompt.texts.items():
        if at.value:
            _announce(document, prompt.id, language, at, expected, id, also)
    keys = document.prompts.get(KEYS)
    first = id in {entry.value.value("menu") for entry in document.hotline.items("entries")}
    said = document.prompts.get(SAY_OR_PRESS) if first and menu.value("listen") else None
    elderly = document.prompts.get(ELDERLY_KEY) if first else None
    for language, at in prompt.texts.items():
        if keys is None or language not in keys.texts or not prompt_text.is_chinese(language):
            continue
        whole = [
            each.texts[language].value for each in (elderly, said, prompt, keys) if each and language in each.texts
        ]
        seconds = sum(prompt_text.seconds(document.said(text)) for text in whole)
        if seconds > MOST_SECONDS:
            document.report.add(codes.LONG_MENU, at.pos, menu=id, seconds=f"{seconds:.1f}")


def _announce(
    document: Document,
    prompt: str,
    language: str,
    at: At,
    expected: Mapping[str, tuple[str, ...]],
    menu: str,
    also: list[str],
) -> None:
    found = prompt_text.announced(at.value, language, expected, also)
    report = document.report
    for key in found.silent:
        report.add(codes.OPTION_SILENT, at.pos, prompt=prompt, label=expected[key][0], key=key, menu=menu)
    for key in found.dead:
        report.add(codes.DEAD_KEY, at.pos, prompt=prompt, key=key)
    for key in found.wrong:
        report.add(codes.WRONG_LABEL, at.pos, prompt=prompt, key=key, label=expected[key][0])
    for key in found.after:
        report.add(codes.LABEL_AFTER, at.pos, prompt=prompt, key=key, label=expected[key][0])


def _reserved_announced(document: Document, id: str, names: tuple[str, ...]) -> None:
    prompt = document.prompts.get(id)
    uses = {at.value: name for name, at in document.keys.items()}
    if prompt is None or len(uses) < len(USES):  # a key is missing or given twice: reported where it is set
        return
    expected = {key: _WORDS[name] for key, name in uses.items() if name in names}
    others = {key: _WORDS[name] for key, name in uses.items() if name not in names}
    for language, at in prompt.texts.items():
        if not at.value:
            continue
        found = prompt_text.announced(at.value, language, expected | others, ANSWER_END if id == "answer_keys" else "")
        for key in found.silent:
            if key in expected:
                document.report.add(codes.RESERVED_SILENT, at.pos, prompt=id, use=USES[uses[key]], key=key)
        for key in found.dead:
            document.report.add(codes.DEAD_KEY, at.pos, prompt=id, key=key)
        for key in found.wrong:
            document.report.add(codes.WRONG_LABEL, at.pos, prompt=id, key=key, label=USES[uses[key]])
        for key in found.after:
            document.report.add(codes.LABEL_AFTER, at.pos, prompt=id, key=key, label=USES[uses[key]])


def _fixed_announced(document: Document) -> None:
    """The questions of the engine name the keys that it knows."""
    reserved = [at.value for at in document.keys.values()]
    for id, expected in _FIXED.items():
        prompt = document.prompts.get(id)
        for language, at in (prompt.texts if prompt else {}).items():
            if at.value:
                _announce(document, id, language, at, expected, id, reserved)
