"""The common edits of menus. Each is given the text of one file and gives its new text, in which only what is meant has
changed; raises FlowError where the text has no such thing, or is written in a way in which more would change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from ivr.errors import FlowError
from ivr.flow.edits import spans
from ivr.flow.edits.spans import Path, Span
from ivr.flow.kinds import Target


def set_prompt_text(text: str, prompt: str, words: str, language: str | None = None) -> str:
    """prompts.yaml with other words for a prompt, in this language where it is written in several."""
    path: list[str | int] = ["prompts", prompt]
    node = spans.found(spans.root(text), path)
    for step in ("text", language):
        if isinstance(node, yaml.MappingNode) and step is not None:
            path.append(step)
            node = spans.found(node, (step,))
    return set_word(text, path, words)


def set_word(text: str, path: Path, word: str) -> str:
    """A file in which the scalar at a path is this word."""
    span = spans.replaced(text, spans.found(spans.root(text), path), word)
    wanted = spans.meaning(text)
    spans.said(wanted, path[:-1])[path[-1]] = word
    return spans.applied(text, [span], wanted)


def set_label(text: str, table: str, id: str, label: str) -> str:
    """hotline.yaml (leaves) or agents.yaml (queues) with another name of something."""
    return set_word(text, (table, id, "label"), label)


def set_option_label(text: str, menu: str, key: str, label: str) -> str:
    """hotline.yaml with another name of a menu's option."""
    index, _ = _option(spans.meaning(text), menu, key)
    return set_word(text, (*_options(menu), index, "label"), label)


def move_keys(text: str, menu: str, moved: Mapping[str, str]) -> str:
    """hotline.yaml in which the options of a menu that had the keys of `moved` have the others; two that are swapped
    are moved at once."""
    top, wanted = spans.root(text), spans.meaning(text)
    places = [(*_option(wanted, menu, old), new) for old, new in moved.items()]
    made: list[Span] = []
    for index, option, new in places:
        made.append(spans.replaced(text, spans.found(top, (*_options(menu), index, "key")), new))
        option["key"] = new
    return spans.applied(text, made, wanted)


def add_option(text: str, menu: str, key: str, label: str, target: Target) -> str:
    """hotline.yaml with a further option of a menu, at the end of its list."""
    listed = spans.found(spans.root(text), _options(menu))
    if not isinstance(listed, yaml.SequenceNode):
        raise FlowError(spans.BY_HAND)
    where = target.kind.value
    written = {"key": spans.scalar(key), "label": spans.scalar(label), where: spans.name(target.id)}
    span = spans.appended(text, listed, spans.record(written), len(listed.value))
    wanted = spans.meaning(text)
    spans.said(wanted, _options(menu)).append({"key": key, "label": label, where: target.id})
    return spans.applied(text, [span], wanted)


def remove_option(text: str, menu: str, key: str) -> str:
    """hotline.yaml without one option of a menu; a comment on its line goes with it."""
    wanted = spans.meaning(text)
    index, _ = _option(wanted, menu, key)
    listed = spans.found(spans.root(text), _options(menu))
    assert isinstance(listed, yaml.SequenceNode)
    if len(listed.value) == 1:
        raise FlowError(f"菜单「{menu}」只有这一个选项，不能删")
    del spans.said(wanted, _options(menu))[index]
    return spans.applied(text, [spans.dropped(text, listed, index)], wanted)


def _options(menu: str) -> tuple[str, str, str]:
    return ("menus", menu, "options")


def _option(meant: Any, menu: str, key: str) -> tuple[int, dict[str, Any]]:
    """Which option has the key, and what it says."""
    menus = meant.get("menus") if isinstance(meant, dict) else None
    here = menus.get(menu) if isinstance(menus, dict) else None
    options = here.get("options") if isinstance(here, dict) else None
    for index, option in enumerate(options if isinstance(options, list) else ()):
        if isinstance(option, dict) and option.get("key") == key:
            return index, option
    raise FlowError(f"菜单「{menu}」没有按键 {key}")


def prompt_texts(text: str, prompt: str) -> dict[str, str]:
    """What prompts.yaml has for a prompt, as it is written: language → words; "" for the language where none is
    named. Empty where there is no such prompt."""
    meant = spans.meaning(text)
    table = meant.get("prompts") if isinstance(meant, dict) else None
    found = table.get(prompt) if isinstance(table, dict) else None
    if isinstance(found, dict):
        found = found.get("text")
    if isinstance(found, dict):
        return {language: words for language, words in found.items() if isinstance(words, str)}
    return {"": found} if isinstance(found, str) else {}
