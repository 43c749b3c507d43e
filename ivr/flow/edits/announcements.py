"""The common edits of announcements.yaml, as `ivr.flow.edits.menus` has them of the other files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import yaml

from ivr.errors import FlowError
from ivr.flow.edits import spans
from ivr.flow.edits.spans import Span

_TABLE = "announcements"


def set_times(text: str, id: str, times: Mapping[str, str]) -> str:
    """announcements.yaml with other moments (2026-12-01 09:00) of an announcement: of publish_at, starts_at, ends_at
    those that are given; one that was not written is written at the end."""
    here = spans.found(spans.root(text), (_TABLE, id))
    if not isinstance(here, yaml.MappingNode):
        raise FlowError(spans.BY_HAND)
    there, made = spans.entries(here), list[Span]()
    for key in (key for key in times if key in there):
        made.append(spans.replaced(text, there[key], times[key]))
    new = {key: at for key, at in times.items() if key not in there}
    wanted = spans.meaning(text)
    wanted[_TABLE][id].update({key: times[key] for key in times if key in there})
    done = spans.applied(text, made, wanted)
    for key, at in new.items():
        here = spans.found(spans.root(done), (_TABLE, id))
        assert isinstance(here, yaml.MappingNode)
        wanted[_TABLE][id][key] = at
        done = spans.applied(done, [spans.added_key(done, here, key, spans.scalar(at))], wanted)
    return done


def add_announcement(text: str, id: str, fields: Mapping[str, str | bool | Sequence[str]]) -> str:
    """announcements.yaml with a further announcement at the end; `fields` as the file has them, in their order. Raises
    FlowError where it has one of that name."""
    top = spans.root(text)
    table = spans.entries(top).get(_TABLE)
    if id in spans.entries(table):
        raise FlowError(f"已经有公告「{id}」")
    line = spans.newline(text)
    wanted = spans.meaning(text) or {}
    meant = {key: _meant(value) for key, value in fields.items()}
    written = {key: _written(value) for key, value in fields.items()}
    wanted[_TABLE] = {**(wanted.get(_TABLE) or {}), id: meant}
    if isinstance(table, yaml.MappingNode) and table.value:
        if table.flow_style:
            return spans.applied(text, [spans.added_key(text, table, spans.name(id), spans.record(written))], wanted)
        column = table.value[0][0].start_mark.column
        last = spans.line_end(text, spans.end_of(text, table))
        return spans.applied(text, [Span(last, last, line + _lines(id, written, column, line))], wanted)
    if table is None:
        head = "" if not text or text.endswith("\n") else line
        new = f"{head}{_TABLE}:{line}{_lines(id, written, 2, line)}{line}"
        return spans.applied(text, [Span(len(text), len(text), new)], wanted)
    start = text.rindex(":", 0, table.start_mark.index + 1) + 1
    if "#" in text[start : table.end_mark.index]:
        raise FlowError(spans.BY_HAND)
    end = spans.line_end(text, table.end_mark.index)
    made = [Span(start, table.end_mark.index, ""), Span(end, end, line + _lines(id, written, 2, line))]
    return spans.applied(text, made, wanted)


def _lines(id: str, written: Mapping[str, str], column: int, line: str) -> str:
    inner = "".join(f"{line}{' ' * (column + 2)}{key}: {value}" for key, value in written.items())
    return f"{' ' * column}{spans.name(id)}:{inner}"


def _meant(value: str | bool | Sequence[str]) -> str | list[str]:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else list(value)


def _written(value: str | bool | Sequence[str]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return spans.name(value) if isinstance(value, str) else f"[{', '.join(map(spans.name, value))}]"
