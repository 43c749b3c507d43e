"""The common edits of hours.yaml, as `ivr.flow.edits.menus` has them of the other files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from ivr.errors import FlowError
from ivr.flow.edits import spans
from ivr.flow.edits.spans import Span


def set_opening(text: str, calendar: str, days: str, open: Sequence[str]) -> str:
    """hours.yaml with other times (08:30-18:00) for the days that are written as `days` (mon-fri); none: closed."""
    path = ("calendars", calendar, "weekly", days)
    listed = _list(spans.found(spans.root(text), path))
    was = len(listed.value)
    made = [
        spans.replaced(text, node, new)
        for node, new in zip(listed.value, open, strict=False)
        if not isinstance(node, yaml.ScalarNode) or node.value != new
    ]
    if not open and was:
        made = [_emptied(text, listed)]
    elif len(open) < was:
        made.append(_dropped_from(text, listed, len(open)))
    elif len(open) > was:
        made.append(_further(text, listed, open[was:]))
    wanted = spans.meaning(text)
    spans.said(wanted, path[:-1])[days] = list(open)
    return spans.applied(text, made, wanted)


def add_holiday(text: str, calendar: str, date: str, name: str, open: Sequence[str]) -> str:
    """hours.yaml with a further holiday (2027-05-01, or 2027-05-01..2027-05-03) of a calendar, behind those before it;
    `open` are the times on it, none: closed."""
    top, wanted = spans.root(text), spans.meaning(text)
    path = ("calendars", calendar)
    here = spans.found(top, path)
    entry = spans.record(
        {"date": spans.scalar(date), "name": spans.scalar(name), "open": f"[{', '.join(map(spans.scalar, open))}]"}
    )
    holiday = {"date": date, "name": name, "open": list(open)}
    meant = spans.said(wanted, path)
    if not isinstance(here, yaml.MappingNode):
        raise FlowError(spans.BY_HAND)
    if "holidays" not in spans.entries(here):
        made = spans.added_key(text, here, "holidays", f"[{entry}]")
        meant["holidays"] = [holiday]
    else:
        listed = _list(spans.entries(here)["holidays"])
        at = _behind(meant["holidays"], date)
        made = spans.appended(text, listed, entry, at)
        meant["holidays"].insert(at, holiday)
    return spans.applied(text, [made], wanted)


def _list(node: yaml.Node) -> yaml.SequenceNode:
    if not isinstance(node, yaml.SequenceNode):
        raise FlowError(spans.BY_HAND)
    return node


def _behind(holidays: Sequence[Any], date: str) -> int:
    """Where among the holidays a date belongs."""
    before = [index for index, one in enumerate(holidays) if isinstance(one, dict) and str(one.get("date")) <= date]
    return before[-1] + 1 if before else 0


def _further(text: str, listed: yaml.SequenceNode, open: Sequence[str]) -> Span:
    words = [spans.scalar(each) for each in open]
    if listed.flow_style:
        return spans.appended(text, listed, ", ".join(words), len(listed.value))
    first = spans.appended(text, listed, words[0], len(listed.value))
    between = first.new[: first.new.index(words[0])]
    return Span(first.start, first.end, "".join(f"{between}{word}" for word in words))


def _dropped_from(text: str, listed: yaml.SequenceNode, index: int) -> Span:
    """The list without its entries from `index` (1 or more) on."""
    items = listed.value
    if listed.flow_style:
        start, end = spans.end_of(text, items[index - 1]), spans.end_of(text, items[-1])
        if "#" in text[start:end]:
            raise FlowError(spans.BY_HAND)
        return Span(start, end, "")
    first, last = spans.dropped(text, listed, index), spans.dropped(text, listed, len(items) - 1)
    if "#" in text[first.start : last.end]:
        raise FlowError(spans.BY_HAND)
    return Span(first.start, last.end, "")


def _emptied(text: str, listed: yaml.SequenceNode) -> Span:
    start, end = listed.value[0].start_mark.index, spans.end_of(text, listed.value[-1])
    if not listed.flow_style or "#" in text[start:end]:
        raise FlowError(spans.BY_HAND)
    return Span(start, end, "")
