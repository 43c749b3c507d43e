"""Changes to the operator's YAML that keep every comment and the layout: text is inserted where a value ends, lines of
what is removed go, and the result is read back to see that nothing else has changed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import yaml

from ivr.errors import FlowError
from ivr.flow.edits.spans import (
    BY_HAND,
    dash,
    end_of,
    entries,
    line_end,
    line_start,
    meaning,
    newline,
    next_line,
    proved,
    root,
    scalar,
)
from ivr.flow.loader import load
from ivr.flow.model import Flow

#: Characters of a line; what does not fit goes to the next one, unless the whole entry is one line.
_WIDTH = 84


def add_questions(text: str, added: Mapping[str, Sequence[str]]) -> str:
    """knowledge.yaml with further extended questions of some intents, at the end of their lists. Raises FlowError where
    the text has no such intent, or cannot be changed without changing more than that."""
    intents = entries(entries(root(text)).get("intents"))
    edits: list[tuple[int, str]] = []
    for id, questions in added.items():
        intent = intents.get(id)
        if not isinstance(intent, yaml.MappingNode):
            raise FlowError(f"knowledge.yaml 里没有知识「{id}」")
        if questions:
            edits.append(_insertion(text, intent, questions))
    done = _applied(text, edits)
    wanted = meaning(text)
    for id, questions in added.items():
        intent_now = wanted["intents"][id]
        intent_now["questions"] = [*(intent_now.get("questions") or ()), *questions]
    return proved(done, wanted)


def set_words(text: str, words: Mapping[str, str]) -> str:
    """A YAML text with some top-level words (author, reason) set; where one is missing it becomes the first line.
    Raises FlowError as above."""
    found = entries(root(text))
    edits: list[tuple[int, str]] = []
    cut: list[tuple[int, int]] = []
    head = ""
    for name, value in words.items():
        node = found.get(name)
        if isinstance(node, yaml.ScalarNode):
            cut.append((node.start_mark.index, node.end_mark.index))
            edits.append((node.start_mark.index, scalar(value)))
        else:
            head += f"{name}: {scalar(value)}{newline(text)}"
    done = text
    for (start, end), (_, new) in sorted(zip(cut, edits, strict=True), reverse=True):
        done = done[:start] + new + done[end:]
    return proved(head + done, {**meaning(text), **words})


def change_entries(text: str, name: str, added: Sequence[Mapping[str, str]] = (), removed: Collection[int] = ()) -> str:
    """A YAML text whose top-level list `name` has lost the entries at the indices `removed` and has `added` at its end,
    a line each. Raises FlowError as above."""
    top = root(text)
    listed = entries(top).get(name)
    if not isinstance(top, yaml.MappingNode) or not isinstance(listed, yaml.SequenceNode):
        raise FlowError(f"{name} 不是列表，先用 ivr check 改正")
    new = ["{" + ", ".join(f"{key}: {scalar(value)}" for key, value in entry.items()) + "}" for entry in added]
    if listed.flow_style:
        done = _rewritten(text, listed, removed, new)
    else:
        done = _relined(text, listed, removed, new)
        if len(removed) == len(listed.value) and not new:
            (key,) = (key for key, value in top.value if value is listed)
            colon = text.index(":", key.end_mark.index) + 1
            done = f"{done[:colon]} []{done[colon:]}"
    wanted = meaning(text)
    wanted[name] = [
        *(entry for index, entry in enumerate(wanted[name]) if index not in removed),
        *(dict(entry) for entry in added),
    ]
    return proved(done, wanted)


def mark_entry(text: str, table: str, id: str, name: str, words: Mapping[str, str]) -> str:
    """A YAML text in which the entry `id` of the top-level mapping `table` has a further key `name` with these words.
    Raises FlowError as above, and where it has that key already."""
    entry = entries(entries(root(text)).get(table)).get(id)
    if not isinstance(entry, yaml.MappingNode) or not entry.value:
        raise FlowError(f"{table} 里没有「{id}」")
    if name in entries(entry):
        raise FlowError(f"「{id}」已经写了 {name}")
    new = f"{name}: {{" + ", ".join(f"{key}: {scalar(value)}" for key, value in words.items()) + "}"
    start = entry.value[0][0].start_mark
    done = text[: start.index] + new + (", " if entry.flow_style else newline(text) + " " * start.column)
    wanted = meaning(text)
    wanted[table][id][name] = dict(words)
    return proved(done + text[start.index :], wanted)


def _rewritten(text: str, listed: yaml.SequenceNode, removed: Collection[int], new: Sequence[str]) -> str:
    """A list in brackets with these changes; what was empty gets lines."""
    start, end = listed.start_mark.index, listed.end_mark.index
    if not listed.value and new:
        line = text[text.rfind("\n", 0, start) + 1 : start]
        indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
        return text[:start].rstrip(" ") + "".join(f"{newline(text)}{indent}- {entry}" for entry in new) + text[end:]
    words, between, at = [], "", start
    for index, item in enumerate(listed.value):
        between += text[at : item.start_mark.index]
        at = item.end_mark.index
        if index not in removed:
            words.append(text[item.start_mark.index : at])
    if "#" in between + text[at:end]:
        raise FlowError(BY_HAND)  # a comment in the brackets would be lost
    return f"{text[:start]}[{', '.join((*words, *new))}]{text[end:]}"


def _relined(text: str, listed: yaml.SequenceNode, removed: Collection[int], new: Sequence[str]) -> str:
    """A list of lines with these changes; a comment on the line of an entry goes with it."""
    lines = [(line_start(text, dash(text, item)), next_line(text, end_of(text, item))) for item in listed.value]
    first, last = lines[0][0], lines[-1][1]
    before = text[first : dash(text, listed.value[0])]
    done = text[:last] + ("" if text[last - 1] == "\n" or not new else newline(text))
    for index in sorted(removed, reverse=True):
        start, after = lines[index]
        done = done[:start] + done[after:]
    done += "".join(f"{before}- {entry}{newline(text)}" for entry in new)
    return done + text[last:]


def checked(folder: Path, changed: Mapping[str, str]) -> Flow:
    """The flow in `folder` with these new texts of some of its files, which is still sound. Nothing is written. Raises
    FlowError with what is wrong."""
    with tempfile.TemporaryDirectory(prefix="ivr-edit-") as place:
        trial = Path(place) / "flows"
        shutil.copytree(folder, trial, ignore=_other_files)
        for name, text in changed.items():
            (trial / name).write_bytes(text.encode())
        loaded = load(trial)
    if loaded.flow is None:
        told = "\n".join(str(finding) for finding in loaded.findings).replace(str(trial), str(folder))
        raise FlowError(f"改动后菜单文件有错，没有写入：\n{told}")
    return loaded.flow


def replace(path: Path, text: str) -> None:
    """All of the new file or the old one, with the same rights. Raises OSError."""
    path = path.resolve()
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(text.encode())
            out.flush()
            os.fsync(out.fileno())
        shutil.copymode(path, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _other_files(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith((".yaml", ".yml"))]


def _insertion(text: str, intent: yaml.MappingNode, questions: Sequence[str]) -> tuple[int, str]:
    """Where in the text to insert what, so that the intent has these questions too."""
    words = [scalar(question) for question in questions]
    listed = entries(intent).get("questions")
    if isinstance(listed, yaml.SequenceNode) and listed.flow_style:
        if not listed.value:
            return listed.start_mark.index + 1, ", ".join(words)
        return _in_brackets(text, listed, words, wraps=not intent.flow_style)
    if isinstance(listed, yaml.SequenceNode) and listed.value:
        first = listed.value[-1].start_mark
        line = text.rfind("\n", 0, first.index) + 1
        dash = text[line : first.index].rstrip(" ")
        new = "".join(f"{newline(text)}{dash} {word}" for word in words)
        return line_end(text, listed.value[-1].end_mark.index), new
    if listed is not None:
        raise FlowError("questions 不是列表，先用 ivr check 改正")
    last_key, last = intent.value[-1]
    if intent.flow_style:
        return last.end_mark.index, f", questions: [{', '.join(words)}]"
    indent = " " * last_key.start_mark.column
    where = line_end(text, intent.value[0][1].end_mark.index)
    return where, f"{newline(text)}{indent}questions: [{', '.join(words)}]"


def _in_brackets(text: str, listed: yaml.SequenceNode, words: Sequence[str], *, wraps: bool) -> tuple[int, str]:
    last = listed.value[-1]
    line = text.rfind("\n", 0, last.start_mark.index) + 1
    starts = [item.start_mark for item in listed.value if item.start_mark.index >= line]
    indent = starts[0].column if starts else last.start_mark.column
    column, new = last.end_mark.column, ""
    for word in words:
        if wraps and column + 2 + len(word) > _WIDTH:
            new += f",{newline(text)}{' ' * indent}{word}"
            column = indent + len(word)
        else:
            new += f", {word}"
            column += 2 + len(word)
    return last.end_mark.index, new


def _applied(text: str, edits: Sequence[tuple[int, str]]) -> str:
    for index, new in sorted(edits, reverse=True):
        text = text[:index] + new + text[index:]
    return text
