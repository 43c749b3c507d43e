"""Names that lead nowhere."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ivr.flow import codes
from ivr.flow.codes import Code
from ivr.flow.findings import Pos
from ivr.flow.prompts.prompt_text import hours_named
from ivr.flow.reading.document import Document
from ivr.flow.reading.field_tables import AGENTS_FILE, HOTLINE_FILE, HOURS_FILE, KNOWLEDGE_FILE, PROMPTS_FILE

_WHAT = {
    "menu": "菜单",
    "leaf": "业务",
    "queue": "队列",
    "calendar": "营业时间",
    "prompt": "提示语",
    "intent": "知识",
    "disposition": "话后小结",
}
_CODES: dict[str, Code] = {
    "menu": codes.UNKNOWN_TARGET,
    "leaf": codes.UNKNOWN_TARGET,
    "queue": codes.UNKNOWN_QUEUE,
    "calendar": codes.UNKNOWN_CALENDAR,
    "prompt": codes.UNKNOWN_PROMPT,
    "intent": codes.UNKNOWN_INTENT,
    "disposition": codes.UNKNOWN_TARGET,
}
_PLACES: dict[str, tuple[str, Callable[[Document], Collection[str]]]] = {
    "menu": (HOTLINE_FILE, lambda document: document.menus),
    "leaf": (HOTLINE_FILE, lambda document: document.leaves),
    "queue": (AGENTS_FILE, lambda document: document.queues),
    "calendar": (HOURS_FILE, lambda document: document.calendar_names),
    "prompt": (PROMPTS_FILE, lambda document: document.prompts),
    "intent": (KNOWLEDGE_FILE, lambda document: document.intents),
    "disposition": (AGENTS_FILE, lambda document: document.agents_file.table("dispositions")),
}


def check(document: Document) -> None:
    """Report every name without a thing; `document.meant` keeps the thing that was probably meant, so that one
    slip is not reported again as what follows from it."""
    for ref in document.reading.refs:
        _known(document, ref.kind, ref.id, ref.pos)
    for prompt in document.prompts.values():
        for at in prompt.texts.values():
            for id in hours_named(at.value):
                _known(document, "calendar", id, at.pos)
    _languages(document)


def _known(document: Document, kind: str, id: str, pos: Pos) -> None:
    file, things = _PLACES[kind]
    there = things(document)
    if id in there or not document.has(file):
        return
    near = document.meant.get((kind, id)) or document.reading.nearest(id, there)
    if near:
        document.meant[(kind, id)] = near
    hint = f"，是不是「{near}」？" if near else ""
    document.report.add(_CODES[kind], pos, name=id, what=_WHAT[kind], near=hint)


def _languages(document: Document) -> None:
    listed = document.languages
    if not document.has(HOTLINE_FILE):
        return
    given = [option.value.get("language") for menu in document.menus.values() for option in menu.value.items("options")]
    places = [(at.value, at.pos) for at in given if at]
    places += [(name, at.key) for prompt in document.prompts.values() for name, at in prompt.texts.items()]
    for name, pos in places:
        if name not in listed:
            near = document.reading.hint(name, listed)
            document.report.add(codes.UNKNOWN_LANGUAGE, pos, name=name, near=near)
