"""The prompts of a call in one row: a row for each would take as long to save as the rest of the call (a caller hears
several to a menu). A list in JSON, an entry for each prompt: its id, when it began and when it ended (ms after the
call was offered; null where that is not known), what cut it, 1 where something was joined into it; what is empty at an
entry's end is left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ForeignKey, Table, Text

from ivr.records.database.tables import metadata
from ivr.records.prompts import PromptHeard

prompts_heard = Table(
    "prompts_heard",
    metadata,
    Column("call_id", Text, ForeignKey("call.call_id", ondelete="CASCADE"), primary_key=True),
    Column("prompts", Text, nullable=False),
    sqlite_with_rowid=False,
)


def packed(prompts: Sequence[PromptHeard], t_offered: int) -> str:
    """As it is stored."""
    return json.dumps([_entry(one, t_offered) for one in prompts], ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str, t_offered: int) -> tuple[PromptHeard, ...]:
    """What `packed` stored."""
    return tuple(_prompt(t_offered, *entry) for entry in json.loads(text))


def _entry(one: PromptHeard, t_offered: int) -> list[Any]:
    end = None if one.t_end is None else one.t_end - t_offered
    entry: list[Any] = [one.prompt, one.t - t_offered, end, one.cut, 1 if one.values else None]
    while entry[-1] is None:
        entry.pop()
    return entry


def _prompt(
    t_offered: int, prompt: str, t: int, end: int | None = None, cut: Any = None, values: int = 0
) -> PromptHeard:
    return PromptHeard(prompt, t_offered + t, None if end is None else t_offered + end, cut, bool(values))
