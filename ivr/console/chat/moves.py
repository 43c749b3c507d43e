"""What a form of a conversation asks for: one command of the node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def command(session: str, field: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The command of a form with these fields, and what goes with it; without a known `do` the conversation is only
    looked at."""
    known: dict[str, Any] = {"session": session}
    match field.get("do"):
        case "say":
            return "text-say", known | {"text": field.get("text", "")}
        case "choose":
            return "text-choose", known | {"key": field.get("key", "")}
        case "rate":
            resolved = {"yes": True, "no": False}.get(field.get("resolved", ""))
            return "text-rate", known | {"question": field.get("question", ""), "resolved": resolved}
        case "end":
            return "text-end", known
        case _:
            return "text-look", known
