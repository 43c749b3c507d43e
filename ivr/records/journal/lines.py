"""Facts ↔ JSON objects: `{"call_id": …, "fact": "Offered", "t": …, …}`, one journal line."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from typing import Any

from ivr.errors import JournalError
from ivr.records.exchange.typed import Wrong, build, clean, is_clean
from ivr.records.facts import FACTS, CustomerKnown, Fact, MenuKey, TransactionEnded
from ivr.text.check_digits import holds_personal_number

_LINE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@cache
def _fields(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cls))


def tidy(fact: Fact) -> Fact:
    """The fact as it may be kept: text without what UTF-8 or a database cannot hold, an enumeration's member as plain
    text, of a key no more than one press, and no customer's id or reference that is a card's or an ID number: no number
    that a caller typed is ever written down (CBA 十三)."""
    kind: Any = type(fact)
    texts = {name: value for name in _fields(kind) if isinstance(value := getattr(fact, name), str)}
    wrong: dict[str, Any] = {n: clean(v) for n, v in texts.items() if type(v) is not str or not is_clean(v)}
    if isinstance(fact, MenuKey) and fact.key is not None and len(fact.key) > 1:
        wrong["key"] = None
    for name in personal_numbers(fact):
        wrong[name] = "" if name == "customer_id" else None
    return dataclasses.replace(fact, **wrong) if wrong else fact


def personal_numbers(fact: Fact) -> tuple[str, ...]:
    """The fields of the fact that hold a card's or an ID number where the bank should have given an id of its own."""
    match fact:
        case CustomerKnown(customer_id=customer_id) if holds_personal_number(customer_id):
            return ("customer_id",)
        case TransactionEnded(reference=str(reference)) if holds_personal_number(reference):
            return ("reference",)
    return ()


def fact_to_json(fact: Fact) -> dict[str, Any]:
    """The tidied `fact` with its class's name under `fact`."""
    tidied = tidy(fact)
    kind: Any = type(fact)
    return {"fact": kind.__name__} | {name: getattr(tidied, name) for name in _fields(kind)}


def fact_from_json(given: dict[str, Any]) -> Fact:
    """The fact that `fact_to_json` wrote. Raises JournalError for an unknown fact, field or type."""
    rest = dict(given)
    name = rest.pop("fact", None)
    cls = FACTS.get(name) if isinstance(name, str) else None
    if cls is None:
        raise JournalError("未知的事实类型")
    try:
        return build(cls, rest)
    except Wrong as wrong:
        raise JournalError(f"{name}: {wrong}") from wrong


def fact_line(call_id: str, fact: Fact) -> bytes:
    """One journal line, newline included. Raises JournalError for values that could not be read back."""
    given = fact_to_json(fact)
    fact_from_json(given)
    return _line({"call_id": clean(call_id)} | given)


def stored_line(call_id: str) -> bytes:
    """The journal line that says: everything up to here about this call is in the store."""
    return _line({"call_id": clean(call_id), "stored": True})


def read_line(line: bytes) -> tuple[str, Fact | None]:
    """The call and its fact; None instead of a fact says that the call is in the store. Raises JournalError."""
    try:
        given = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as wrong:
        raise JournalError("不是完整的 JSON 行") from wrong
    if not isinstance(given, dict) or not isinstance(call_id := given.pop("call_id", None), str):
        raise JournalError("缺少 call_id")
    return call_id, None if given == {"stored": True} else fact_from_json(given)


def _line(given: dict[str, Any]) -> bytes:
    return _LINE.encode(given).encode("utf-8") + b"\n"
