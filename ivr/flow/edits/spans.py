"""Changes to a YAML text as spans of it: what is replaced, put in or taken out lies between two places of the text, and
every character outside stays. The result is read back: it has to mean what was wanted, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from ivr.errors import FlowError
from ivr.flow.reading.positioned_yaml import LOADER

#: Keys of mappings and indices of lists, from the top of the file.
Path: TypeAlias = Sequence[str | int]

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
#: Words that need no quotes anywhere in YAML, dates and moments; and names that are no words of YAML's own.
_PLAIN = re.compile(
    rf"(?:[\u4e00-\u9fff][\u4e00-\u9fffA-Za-z0-9，。、？！…]*|{_DATE}(?:\.\.{_DATE}| [0-9]{{2}}:[0-9]{{2}})?)\Z"
)
_NAME = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[a-z][a-z0-9_]*\Z")

BY_HAND = "这份 YAML 的写法不能自动修改，请手工修改"


@dataclass(frozen=True, slots=True)
class Span:
    """The characters from `start` up to `end` become `new`."""

    start: int
    end: int
    new: str


class Text(LOADER):  # type: ignore[misc]
    """Reads every scalar as text: two texts with the same words and shape are equal."""


Text.yaml_implicit_resolvers = {}
# no other tags, which the check refuses too
Text.yaml_constructors = {
    tag: LOADER.yaml_constructors[tag]
    for tag in (*(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")), None)
}


def root(text: str) -> yaml.Node | None:
    """The nodes of a text with their places, None where it is empty. Raises FlowError where it is no YAML."""
    # libyaml, which is ten times as fast, does not count a byte order mark among the characters before a place
    loader = yaml.SafeLoader if text.startswith("\ufeff") else LOADER
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=loader)
    except (yaml.YAMLError, UnicodeError) as wrong:
        raise FlowError("YAML 写法有误，先用 ivr check 改正") from wrong
    return node


def meaning(text: str) -> Any:
    """What a text says, every scalar as text. Raises FlowError where it is no YAML."""
    try:
        return yaml.load(text, Text)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, UnicodeError) as wrong:
        raise FlowError(BY_HAND) from wrong


def entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """A mapping's values by key; none of what is no mapping."""
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def found(node: yaml.Node | None, path: Path) -> yaml.Node:
    """What stands at a path. Raises FlowError where nothing does."""
    for step in path:
        if isinstance(step, int):
            items = node.value if isinstance(node, yaml.SequenceNode) else ()
            node = items[step] if step < len(items) else None
        else:
            node = entries(node).get(step)
        if node is None:
            raise FlowError(f"文件里没有「{' → '.join(str(step) for step in path)}」")
    assert node is not None
    return node


def said(meant: Any, path: Path) -> Any:
    """What `meaning` has at a path that is there."""
    for step in path:
        meant = meant[step]
    return meant


def applied(text: str, spans: Sequence[Span], wanted: Any) -> str:
    """The text with these spans, which may not overlap; it has to mean `wanted`. Raises FlowError."""
    done, after = text, len(text)
    for span in sorted(spans, key=lambda one: (one.start, one.end), reverse=True):
        if span.end > after:
            raise FlowError(BY_HAND)
        done, after = done[: span.start] + span.new + done[span.end :], span.start
    return proved(done, wanted)


def proved(text: str, wanted: Any) -> str:
    """The text, if it means what is wanted. Raises FlowError."""
    if meaning(text) != wanted:
        raise FlowError(BY_HAND)
    return text


def replaced(text: str, node: yaml.Node, word: str) -> Span:
    """A scalar becomes this word. Raises FlowError for what is none, or would lose a comment."""
    if not isinstance(node, yaml.ScalarNode):
        raise FlowError(BY_HAND)
    start, end = node.start_mark.index, end_of(text, node)
    if node.style in ("|", ">") and "#" in text[start:end].partition("\n")[0]:
        raise FlowError(BY_HAND)  # a comment behind the sign would be lost
    return Span(start, end, scalar(word) if start < end else f" {scalar(word)}")


def appended(text: str, listed: yaml.SequenceNode, entry: str, at: int) -> Span:
    """A list has a further entry, as it is written, before the one that is now at `at`, or at the end."""
    if not listed.value:
        if not listed.flow_style:
            raise FlowError(BY_HAND)
        return Span(listed.start_mark.index + 1, listed.start_mark.index + 1, entry)
    if listed.flow_style:
        if at == 0:
            start = listed.value[0].start_mark.index
            return Span(start, start, f"{entry}, ")
        end = end_of(text, listed.value[at - 1])
        return Span(end, end, f", {entry}")
    before = text[line_start(text, listed.value[0].start_mark.index) : dash(text, listed.value[0])]
    if before.strip(" "):
        raise FlowError(BY_HAND)  # the first entry stands behind something else
    if at == 0:
        start = dash(text, listed.value[0])
        return Span(start, start, f"- {entry}{newline(text)}{before}")
    end = line_end(text, end_of(text, listed.value[at - 1]))
    return Span(end, end, f"{newline(text)}{before}- {entry}")


def dropped(text: str, listed: yaml.SequenceNode, index: int) -> Span:
    """A list without one entry, which is not its only one where it is written in lines; the comment on the entry's
    line goes with it."""
    items = listed.value
    if not listed.flow_style:
        if len(items) == 1:
            raise FlowError(BY_HAND)
        start, end = line_start(text, dash(text, items[index])), next_line(text, end_of(text, items[index]))
        return Span(start, end, "")
    if len(items) == 1:
        start, end = items[0].start_mark.index, end_of(text, items[0])
    elif index + 1 < len(items):
        start, end = items[index].start_mark.index, items[index + 1].start_mark.index
    else:
        start, end = end_of(text, items[index - 1]), end_of(text, items[index])
    gap = text[start : items[index].start_mark.index] + text[end_of(text, items[index]) : end]
    if "#" in gap:
        raise FlowError(BY_HAND)  # a comment between two entries would be lost
    return Span(start, end, "")


def added_key(text: str, mapped: yaml.MappingNode, key: str, value: str) -> Span:
    """A mapping that is not empty has a further key at its end, with what is written for its value."""
    if not mapped.value:
        raise FlowError(BY_HAND)
    last_key, last = mapped.value[-1]
    end = end_of(text, last)
    if mapped.flow_style:
        return Span(end, end, f", {key}: {value}")
    end = line_end(text, end)
    return Span(end, end, f"{newline(text)}{' ' * last_key.start_mark.column}{key}: {value}")


def end_of(text: str, node: yaml.Node) -> int:
    """Where what is written of a node ends; the parser tells of a block where the next thing begins."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return end_of(text, node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return end_of(text, node.value[-1])
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return node.start_mark.index + len(text[node.start_mark.index : node.end_mark.index].rstrip())
    end: int = node.end_mark.index
    return end


def dash(text: str, item: yaml.Node) -> int:
    """Where the line of a list's entry has its dash."""
    start = text.rfind("-", 0, item.start_mark.index)
    if start < 0 or text[start + 1 : item.start_mark.index].strip(" "):
        raise FlowError(BY_HAND)
    return start


def line_start(text: str, index: int) -> int:
    """Where the line begins that a place is in."""
    return text.rfind("\n", 0, index) + 1


def next_line(text: str, index: int) -> int:
    """Where the line after it begins."""
    return text.find("\n", index) + 1 or len(text)


def line_end(text: str, index: int) -> int:
    """Where the line ends, before its line end."""
    end = text.find("\n", index)
    if end < 0:
        return len(text)
    return end - 1 if text[end - 1] == "\r" else end


def newline(text: str) -> str:
    """How the text's lines end."""
    return "\r\n" if "\r\n" in text else "\n"


def scalar(word: str) -> str:
    """A word as it is written anywhere in YAML."""
    return word if _PLAIN.match(word) else json.dumps(word, ensure_ascii=False)


def name(word: str) -> str:
    """The name of something as it is written anywhere in YAML."""
    return word if _NAME.match(word) else scalar(word)


def record(fields: Mapping[str, str]) -> str:
    """A mapping in one line; values are as they are written."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in fields.items()) + "}"
