"""Changes to the operator's YAML that keep every comment and the layout: text is inserted where a value ends, and the
result is read back to see that nothing else has changed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from ivr.errors import FlowError

#: Characters of a line; what does not fit goes to the next one, unless the whole entry is one line.
_WIDTH = 84
#: Words that need no quotes anywhere in YAML.
_PLAIN = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fffA-Za-z0-9，。、？！…]*\Z")


def add_questions(text: str, added: Mapping[str, Sequence[str]]) -> str:
    """knowledge.yaml with further extended questions of some intents, at the end of their lists. Raises FlowError where
    the text has no such intent, or cannot be changed without changing more than that."""
    intents = _entries(_entries(_root(text)).get("intents"))
    edits: list[tuple[int, str]] = []
    for id, questions in added.items():
        intent = intents.get(id)
        if not isinstance(intent, yaml.MappingNode):
            raise FlowError(f"knowledge.yaml 里没有知识「{id}」")
        if questions:
            edits.append(_insertion(text, intent, questions))
    done = _applied(text, edits)
    wanted = yaml.load(text, _Text)  # noqa: S506 - a SafeLoader
    for id, questions in added.items():
        intent_now = wanted["intents"][id]
        intent_now["questions"] = [*(intent_now.get("questions") or ()), *questions]
    return _proved(done, wanted)


def set_words(text: str, words: Mapping[str, str]) -> str:
    """A YAML text with some top-level words (author, reason) set; where one is missing it becomes the first line.
    Raises FlowError as above."""
    found = _entries(_root(text))
    edits: list[tuple[int, str]] = []
    cut: list[tuple[int, int]] = []
    head = ""
    for name, value in words.items():
        node = found.get(name)
        if isinstance(node, yaml.ScalarNode):
            cut.append((node.start_mark.index, node.end_mark.index))
            edits.append((node.start_mark.index, _scalar(value)))
        else:
            head += f"{name}: {_scalar(value)}{_newline(text)}"
    done = text
    for (start, end), (_, new) in sorted(zip(cut, edits, strict=True), reverse=True):
        done = done[:start] + new + done[end:]
    return _proved(head + done, {**yaml.load(text, _Text), **words})  # noqa: S506 - a SafeLoader


class _Text(yaml.SafeLoader):
    """Reads every scalar as text: two texts with the same words and shape are equal."""


_Text.yaml_implicit_resolvers = {}


def _root(text: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as wrong:
        raise FlowError("YAML 写法有误，先用 ivr check 改正") from wrong
    return node


def _entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def _insertion(text: str, intent: yaml.MappingNode, questions: Sequence[str]) -> tuple[int, str]:
    """Where in the text to insert what, so that the intent has these questions too."""
    words = [_scalar(question) for question in questions]
    listed = _entries(intent).get("questions")
    if isinstance(listed, yaml.SequenceNode) and listed.flow_style:
        if not listed.value:
            return listed.start_mark.index + 1, ", ".join(words)
        return _in_brackets(text, listed, words, wraps=not intent.flow_style)
    if isinstance(listed, yaml.SequenceNode) and listed.value:
        first = listed.value[-1].start_mark
        line = text.rfind("\n", 0, first.index) + 1
        dash = text[line : first.index].rstrip(" ")
        new = "".join(f"{_newline(text)}{dash} {word}" for word in words)
        return _end_of_line(text, listed.value[-1].end_mark.index), new
    if listed is not None:
        raise FlowError("questions 不是列表，先用 ivr check 改正")
    last_key, last = intent.value[-1]
    if intent.flow_style:
        return last.end_mark.index, f", questions: [{', '.join(words)}]"
    indent = " " * last_key.start_mark.column
    where = _end_of_line(text, intent.value[0][1].end_mark.index)
    return where, f"{_newline(text)}{indent}questions: [{', '.join(words)}]"


def _in_brackets(text: str, listed: yaml.SequenceNode, words: Sequence[str], *, wraps: bool) -> tuple[int, str]:
    last = listed.value[-1]
    line = text.rfind("\n", 0, last.start_mark.index) + 1
    starts = [item.start_mark for item in listed.value if item.start_mark.index >= line]
    indent = starts[0].column if starts else last.start_mark.column
    column, new = last.end_mark.column, ""
    for word in words:
        if wraps and column + 2 + len(word) > _WIDTH:
            new += f",{_newline(text)}{' ' * indent}{word}"
            column = indent + len(word)
        else:
            new += f", {word}"
            column += 2 + len(word)
    return last.end_mark.index, new


def _end_of_line(text: str, index: int) -> int:
    end = text.find("\n", index)
    if end < 0:
        return len(text)
    return end - 1 if text[end - 1] == "\r" else end


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _scalar(word: str) -> str:
    return word if _PLAIN.match(word) else json.dumps(word, ensure_ascii=False)


def _applied(text: str, edits: Sequence[tuple[int, str]]) -> str:
    for index, new in sorted(edits, reverse=True):
        text = text[:index] + new + text[index:]
    return text


def _proved(text: str, wanted: Any) -> str:
    try:
        same = yaml.load(text, _Text) == wanted  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as wrong:
        raise FlowError("这份 YAML 的写法不能自动修改，请手工添加") from wrong
    if not same:
        raise FlowError("这份 YAML 的写法不能自动修改，请手工添加")
    return text
