"""What callers hear: every text there, polite, short enough, and no hang-up without a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ivr.flow import codes
from ivr.flow.checks.menus import MOST_SECONDS
from ivr.flow.model import SlotKind
from ivr.flow.prompts import emergency, prompt_text, waiting
from ivr.flow.prompts.derived import ASKING_PROMPTS, LISTENING_PROMPTS, derived_ids
from ivr.flow.prompts.system_prompts import CONSENT_QUESTION, OPTIONAL_PROMPTS, SYSTEM_PROMPTS
from ivr.flow.reading import characters
from ivr.flow.reading.collector import At
from ivr.flow.reading.document import Document, Spoken
from ivr.flow.reading.field_tables import HOTLINE_FILE, HOURS_FILE, PROMPT_KINDS, PROMPTS_FILE
from ivr.flow.reading.words import SLOTS
from ivr.flow.steps import registry
from ivr.flow.steps.ask import SLOT_SPOKEN

#: Prompts with values of the moment, besides those of leaves that ask: prompt → its placeholders and their types.
PLACEHOLDERS = {
    "queue_position": {"ahead": "count"},
    "queue_wait": {"minutes": "count"},
    **registry.VALUES,
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
    idle = _catalogue(document)
    known = _known(document)
    for prompt in document.prompts.values():
        _prompt(document, prompt, known.get(prompt.id, {}), spoken=prompt.id not in idle)
    _labels(document)
    _greetings(document)


def _catalogue(document: Document) -> frozenset[str]:
    """Report what is missing and what nobody speaks; the latter."""
    prompts, report = document.prompts, document.report
    table = document.rec(PROMPTS_FILE)
    if "prompts" in table.fields:
        for name, use in _USES.items():
            if name not in prompts:
                report.add(codes.SYSTEM_PROMPT, table.fields["prompts"].key, name=name, use=use)
    if not document.has(HOTLINE_FILE) or document.files.keys() - document.recs.keys():
        return frozenset()  # what speaks them may stand in a file that could not be read
    used = {ref.id for ref in document.reading.refs if ref.kind == "prompt"} | {*SYSTEM_PROMPTS, *OPTIONAL_PROMPTS}
    used |= {
        *LISTENING_PROMPTS,
        *ASKING_PROMPTS,
        *registry.NEEDED,
        *waiting.ALL,
        *emergency.NEEDED,
        CONSENT_QUESTION,
        *derived_ids(document.intents),
    }
    used |= {near for (kind, _), near in document.meant.items() if kind == "prompt"}
    idle = [id for id in prompts if id not in used]
    for id in idle:
        report.add(codes.IDLE_PROMPT, prompts[id].pos, prompt=id)
    return frozenset(idle)


def _prompt(document: Document, prompt: Spoken, known: _Values, *, spoken: bool) -> None:
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
        if spoken:  # what nobody speaks has no values to lack
            _placeholders(document, prompt.id, language, at, known)
        _impolite(document, f"提示语「{prompt.id}」", at)
        if prompt_text.is_chinese(language):
            _numbers(document, f"提示语「{prompt.id}」", at)
            _keys(document, prompt.id, at)
            if (prompt.kind == "goodbye" or prompt.id in _ENDINGS) and "再见" not in at.value:
                report.add(codes.NO_FAREWELL, at.pos, prompt=prompt.id)
            seconds = prompt_text.seconds(document.said(at.value))
            if seconds > MOST_SECONDS:
                report.add(codes.LONG_PROMPT, at.pos, prompt=prompt.id, seconds=f"{seconds:.1f}")


@dataclass(frozen=True, slots=True)
class _Value:
    """A value that a prompt may name: of which leaf, its placeholder type, and what is asked for where it is asked."""

    leaf: str
    type: str
    slot: SlotKind | None


_Values = Mapping[str, _Value]


def _known(document: Document) -> dict[str, _Values]:
    """Prompt → the values that every leaf that speaks it knows by then."""
    speakers = Counter(ref.id for ref in document.reading.refs if ref.kind == "prompt")
    found: dict[str, _Values] = {}
    for prompt, leaves in document.spoken_by.items():
        if len(leaves) < speakers[prompt]:
            continue  # a menu speaks it too
        leaf, first, slots = leaves[0]
        same = {name: kind for name, kind in first.items() if all(one.get(name) == kind for _, one, _ in leaves)}
        unspoken = {name: "" for name in slots if name not in first}
        found[prompt] = {name: _Value(leaf, kind, slots.get(name)) for name, kind in {**unspoken, **same}.items()}
    return found


def _placeholders(document: Document, id: str, language: str, at: At, known: _Values) -> None:
    allowed = PLACEHOLDERS.get(id, {})
    if prompt_text.hours_named(at.value) and not prompt_text.is_chinese(language):
        what = "{hours:…} 会换成中文，只能用在中文里"
        document.report.add(codes.PLACEHOLDER, at.pos, prompt=id, what=what)
    try:
        found = prompt_text.placeholders(prompt_text.fill_hours(at.value, lambda _: ""))
    except ValueError as wrong:
        document.report.add(codes.PLACEHOLDER, at.pos, prompt=id, what=str(wrong))
        return
    can = {**allowed, **{name: value.type for name, value in known.items() if value.type}}
    for name, kind in found:
        if can.get(name) == kind:
            continue
        if name in known and name not in allowed:
            value = known[name]
            slot = SLOTS[value.slot] if value.slot is not None else "银行给的值"
            right = f"应写 {{{name}:{value.type}}}" if value.type else "不能播报"
            words = {"prompt": id, "name": name, "kind": kind, "leaf": value.leaf, "slot": slot, "right": right}
            document.report.add(codes.SLOT_TYPE, at.pos, **words)
            continue
        if not document.has(HOTLINE_FILE) or "leaves" in document.hotline.broken:
            continue  # what is asked there is not known
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


def _keys(document: Document, prompt: str, at: At) -> None:
    for offset, character in characters.keys_written(at.value):
        place = document.within(at, offset, character)
        document.report.add(
            codes.KEY_WRITTEN, place, prompt=prompt, character=character, number=f"{ord(character):04X}"
        )


def _numbers(document: Document, where: str, at: At) -> None:
    """Numbers that may be spoken wrongly (HB 7.4.2)."""
    for one in prompt_text.unsure(at.value):
        others = "」或「".join(one.others)
        advice = f"若应念作「{others}」，请照样用汉字写" if others else "请按念法用汉字写"
        words = {"where": where, "written": one.written, "spoken": one.spoken, "advice": advice}
        document.report.add(codes.UNSURE_NUMBER, document.within(at, one.at, one.written), **words)


def _labels(document: Document) -> None:
    for id, menu in document.menus.items():
        for option in menu.value.items("options"):
            if label := option.value.get("label"):
                _impolite(document, f"菜单「{id}」的选项名称", label)
    for kind, table in (("业务", document.leaves), ("队列", document.queues), ("知识", document.intents)):
        for id, named in table.items():
            if label := named.value.get("label"):
                _impolite(document, f"{kind}「{id}」的名称", label)
                if prompt_text.is_chinese(document.languages[0]):  # 您是要……，对吗？
                    _numbers(document, f"{kind}「{id}」的名称", label)


def _greetings(document: Document) -> None:
    """Every entry greets (CBA 十一); a closed one names the hours, in its greeting or its menu (CBA 七)."""
    default = document.languages[0]
    if not prompt_text.is_chinese(default):
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
        if said is not None and not prompt_text.hours_named(said):
            document.report.add(codes.HOURS_UNNAMED, entry.pos, where=f"第 {number} 个入口（非营业时间）")


def _texts(document: Document, ids: list[str], language: str) -> str | None:
    """The texts joined; None where one of them is not there, which is reported elsewhere."""
    found = [document.prompts.get(id) for id in ids]
    texts = [prompt.texts.get(language) if prompt else None for prompt in found]
    return None if None in texts else "".join(at.value for at in texts if at)
