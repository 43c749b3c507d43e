"""Flows that pages work with, and the texts of an edit that goes on."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.care.publishing import editing
from ivr.care.publishing.editing import Base
from ivr.console.page import Visit
from ivr.errors import PublishingRefused
from ivr.flow.findings import FlowRefused
from ivr.flow.loader import Loaded
from ivr.flow.model import Flow

#: The field of a form that holds the text of a file begins so.
TEXT = "text:"


def checked(visit: Visit, base: Base, changed: Mapping[str, str]) -> Loaded:
    """The base with these texts, as it would be served. Raises PublishingRefused."""
    return editing.check(base, changed, visit.settings.flows)


def flow_of(visit: Visit, source: str = "") -> Flow:
    """What is served now, or what `source` names (`editing.base`). Raises FlowRefused, PublishingRefused."""
    found = checked(visit, editing.base(visit.store, visit.settings.flows, source), {})
    if found.flow is None:
        raise FlowRefused(found.findings)
    return found.flow


def edited(visit: Visit) -> tuple[Base, dict[str, str]]:
    """What a form of the editor holds: what the edit began with, and the texts that are different now. Raises
    PublishingRefused."""
    number = visit.field("base", "0")
    if not number.isascii() or not number.isdecimal() or len(number) > 9:
        raise PublishingRefused("这份修改没有写明基于哪一次发布：请重新打开编辑页")
    base = editing.resume(visit.store, visit.settings.flows, visit.field("source"), int(number), visit.field("digest"))
    changed: dict[str, str] = {}
    for field, typed in visit.form.multi_items():
        name = field.removeprefix(TEXT)
        if field.startswith(TEXT) and isinstance(typed, str):
            text = _with_line_ends(typed, base.files.get(name, ""))
            if text != base.files.get(name):
                changed[name] = text
    return base, changed


def _with_line_ends(typed: str, before: str) -> str:
    """What was typed, with line ends as the file had them: forms send CR LF whatever the file had."""
    text = typed.replace("\r\n", "\n")
    if text == before.replace("\r\n", "\n"):
        return before
    return text.replace("\n", "\r\n") if "\r\n" in before else text
