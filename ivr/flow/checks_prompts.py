"""What callers hear: every text there, polite, short enough, and no hang-up without a word."""

from __future__ import annotations

from collections import Counter

from ivr.flow import codes, spoken
from ivr.flow.checks_menus import MOST_SECONDS
from ivr.flow.document import Document, Spoken
from ivr.flow.model import SYSTEM_PROMPTS, SlotKind
from ivr.flow.reading import At
from ivr.flow.speaking import ASKING_PROMPTS, LISTENING_PROMPTS, SLOT_SPOKEN, derived_ids
from ivr.flow.tables import HOTLINE_FILE, HOURS_FILE, PROMPT_KINDS, PROMPTS_FILE, SLOTS

#: Prompts with values of the moment, besides those of leaves that ask: prompt → its placeholders and their types.
PLACEHOLDERS = {
    "queue_position": {"ahead": "count"},
    "queue_wait": {"minutes": "count"},
    **{f"confirm_{slot.value}": {slot.value: kind} for slot, kind in SLOT_SPOKEN.items()},
}
#: What can be the last thing before the line hangs up → the kinds it may have (HB 7.2.2).
LAST_WORDS = {
    "goodbye": ("goodbye",),
    "capacity": ("notice", "goodbye"),
    "app_down": ("notice", "goodbye"),
    "fault": ("notice", "goodbye"),
}
_ENDINGS = ("goodbye", "capacity")
_USES = {
    "keys": "每个菜单之后播报公共按键",
    "no_input": "第一次没有按键时",
    "no_match": "第一次按错键时",
    "agent_offer": "第二次时提出转人工",
    "handing_over": "第三次时告知正在转人工",
    "after_leaf": "业务播完之后",
    "transferring": "转接前，告知通话将被录音",
    "transferring_unrecorded": "转接前，不录音时",
    "agents_closed": "非人工服务时间",
    "queue_position": "排队位置",
    "queue_next": "下一位就是",
    "queue_wait": "预计等待时间",
    "queue_timeout": "等待超时",
    "queue_empty": "没有座席在线",
    "queue_full": "排队人数已满",
    "queue_offer": "问继续等待、回主菜单还是结束",
    "agent_number": "播报工号之前",
    "agent_service": "播报工号之后",
    "agent_left": "座席已结束通话",
    "goodbye": "挂机前的结束语",
    "capacity": "来电超过容量时",
    "app_down": "系统不可用时",
    "fault": "内部出错时",
}
if {*_USES} != {*SYSTEM_PROMPTS}:
    raise RuntimeError("the uses of the system prompts and the model differ")


def check(document: Document) -> None:
    """All checks of this module."""
    if not document.has(PROMPTS_FILE):
        return
    _catalogue(document)
    asked = _asked(document)
    for prompt in document.prompts.values():
        _prompt(document, prompt, asked.get(prompt.id, {}))
    _labels(document)
    _greetings(document)


def _catalogue(document: Document) -> None:
    prompts, report = document.prompts, document.report
    table = document.rec(PROMPTS_FILE)
    if "prompts" in table.fields:
        for name, use in _USES.items():
            if name not in prompts:
                report.add(codes.SYSTEM_PROMPT, table.fields["prompts"].key, name=name, use=use)
    if not document.has(HOTLINE_FILE):
        return
    used = {ref.id for ref in document.reading.refs if ref.kind == "prompt"} | {*SYSTEM_PROMPTS}
    used |= {*LISTENING_PROMPTS, *ASKING_PROMPTS, *derived_ids(document.intents)}
    used |= {near for (kind, _), near in document.meant.items() if kind == "prompt"}
    for id, prompt in prompts.items():
        if id not in used:
            report.add(codes.IDLE_PROMPT, prompt.pos, prompt=id)


def _prompt(document: Document, prompt: Spoken, asked: _Values) -> None:
    report = document.report
    if prompt.texts:  # otherwise already reported
        for language in document.languages:
            at = prompt.texts.get(language)
            if at is None or not at.value.strip():
                place = at.pos if at else prompt.pos
                words = {"prompt": prompt.id, "language": f"「{language}」"}
                report.add(codes.NO_TEXT, place, **words)
    kinds = LAST_WORDS.get(prompt.id)
    if kinds and prompt.kind not in kinds:
        said = " 或 ".join(f"{kind}（{PROMPT_KINDS[kind]}）" for kind in kinds)
        report.add(codes.SILENT_HANGUP, prompt.kind_at, prompt=prompt.id, kinds=said, kind=prompt.kind)
    for language, at in prompt.texts.items():
        if not at.value.strip():
            continue
        _placeholders(document, prompt.id, language, at, asked)
        _impolite(document, f"提示语「{prompt.id}」", at)
        if spoken.is_chinese(language):
            if (prompt.kind == "goodbye" or prompt.id in _ENDINGS) and "再见" not in at.value:
                report.add(codes.NO_FAREWELL, at.pos, prompt=prompt.id)
            seconds = spoken.seconds(document.said(at.value))
            if seconds > MOST_SECONDS:
                report.add(codes.LONG_PROMPT, at.pos, prompt=prompt.id, seconds=f"{seconds:.1f}")


#: Leaf and kind of a value that a prompt may speak, by its name.
_Values = dict[str, tuple[str, SlotKind]]


def _asked(document: Document) -> dict[str, _Values]:
    """Prompt → the values that everybody who speaks it has asked for."""
    given: dict[str, list[_Values]] = {}
    for leaf, at in document.leaves.items():
        asks = [ask.value for ask in at.value.items("ask") if {"id", "slot"} <= ask.value.fields.keys()]
        if asks:
            values = {ask.value("id"): (leaf, SlotKind(ask.value("slot"))) for ask in asks}
            for prompt in at.value.items("say"):
                given.setdefault(prompt.value, []).append(values)
    speakers = Counter(ref.id for ref in document.reading.refs if ref.kind == "prompt" and ref.id in given)
    return {
        prompt: {name: slot for name, slot in each[0].items() if all(name in other for other in each)}
        for prompt, each in given.items()
        if len(each) == speakers[prompt]
    }


def _placeholders(document: Document, id: str, language: str, at: At, asked: _Values) -> None:
    allowed = PLACEHOLDERS.get(id, {})
    if spoken.hours_named(at.value) and not spoken.is_chinese(language):
        what = "{hours:…} 会换成中文，只能用在中文里"
        document.report.add(codes.PLACEHOLDER, at.pos, prompt=id, what=what)
    try:
        found = spoken.placeholders(spoken.fill_hours(at.value, lambda _: ""))
    except ValueError as wrong:
        document.report.add(codes.PLACEHOLDER, at.pos, prompt=id, what=str(wrong))
        return
    can = allowed | {name: SLOT_SPOKEN[slot] for name, (_, slot) in asked.items() if slot in SLOT_SPOKEN}
    for name, kind in found:
        if can.get(name) == kind:
            continue
        if name in asked and name not in allowed:
            leaf, slot = asked[name]
            right = f"应写 {{{name}:{can[name]}}}" if name in can else "不能播报"
            words = {"prompt": id, "name": name, "kind": kind, "leaf": leaf, "slot": SLOTS[slot], "right": right}
            document.report.add(codes.SLOT_TYPE, at.pos, **words)
            continue
        named = "、".join(f"{{{name}:{kind}}}" for name, kind in can.items())
        here = f"这句只能用 {named}" if named else "这句没有可填的值"
        document.report.add(codes.PLACEHOLDER, at.pos, prompt=id, what=f"「{{{name}:{kind}}}」没有值，{here}")
    for name, kind in allowed.items():
        if (name, kind) not in found:
            document.report.add(codes.PLACEHOLDER, at.pos, prompt=id, what=f"缺少 {{{name}:{kind}}}")


def _impolite(document: Document, where: str, at: At) -> None:
    for word in document.banned:
        if word in at.value:
            document.report.add(codes.IMPOLITE, at.pos, where=where, word=word)


def _labels(document: Document) -> None:
    for id, menu in document.menus.items():
        for option in menu.value.items("options"):
            if label := option.value.get("label"):
                _impolite(document, f"菜单「{id}」的选项名称", label)
    for id, leaf in document.leaves.items():
        if label := leaf.value.get("label"):
            _impolite(document, f"业务「{id}」的名称", label)


def _greetings(document: Document) -> None:
    """Every entry greets (CBA 十一); a closed one names the hours, in its greeting or its menu (CBA 七)."""
    default = document.languages[0]
    if not spoken.is_chinese(default):
        return
    for number, entry in enumerate(document.hotline.items("entries"), 1):
        ids = [document.meant.get(("prompt", at.value), at.value) for at in entry.value.items("greeting")]
        greeting = _texts(document, ids, default)
        if ids and greeting is not None and "您好" not in greeting:
            document.report.add(codes.NO_HELLO, entry.value.where("greeting"), number=number)
        if not entry.value.value("closed", False) or not document.has(HOURS_FILE):
            continue
        menu = document.menus.get(entry.value.value("menu", ""))
        menu_prompt = menu.value.value("prompt") if menu else None
        said = _texts(document, [*ids, menu_prompt] if menu_prompt else ids, default)
        if said is not None and not spoken.hours_named(said):
            document.report.add(codes.HOURS_UNNAMED, entry.pos, where=f"第 {number} 个入口（非营业时间）")


def _texts(document: Document, ids: list[str], language: str) -> str | None:
    """The texts joined; None where one of them is not there, which is reported elsewhere."""
    found = [document.prompts.get(id) for id in ids]
    texts = [prompt.texts.get(language) if prompt else None for prompt in found]
    return None if None in texts else "".join(at.value for at in texts if at)
