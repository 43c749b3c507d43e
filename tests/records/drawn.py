"""Hypothesis draws records and facts: any value their types allow and a database can keep."""

from __future__ import annotations

import dataclasses
import types
from enum import StrEnum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from ivr.records.exchange.typed import LARGEST
from ivr.records.facts import FACTS, Fact, MenuKey
from ivr.records.model import RECORDS, Call, Record

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
TIMES = st.integers(0, LARGEST)


def of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type as the records' fields use it."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return st.one_of(*(of(arg) for arg in get_args(kind)))
    if origin is tuple:
        return st.lists(of(get_args(kind)[0]), max_size=3).map(tuple)
    if origin is Literal:
        return st.sampled_from(get_args(kind))
    if dataclasses.is_dataclass(kind):
        return built(kind)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    numbers = st.floats(-(2.0**60), 2.0**60).map(lambda number: number + 0.0)
    plain = {str: TEXTS, int: TIMES, float: numbers, bool: st.booleans(), types.NoneType: st.none()}
    return plain[kind]


def built(cls: Any) -> st.SearchStrategy[Any]:
    """Instances of a dataclass."""
    if cls is MenuKey:
        return st.builds(MenuKey, t=TIMES, outcome=TEXTS, key=st.none() | st.sampled_from("0123456789*#"))
    hints = get_type_hints(cls)
    return st.builds(cls, **{field.name: of(hints[field.name]) for field in dataclasses.fields(cls)})


CALLS: st.SearchStrategy[Call] = built(Call)
RECORDS_DRAWN: st.SearchStrategy[Record] = st.one_of(*(built(cls) for cls in RECORDS.values()))
FACTS_DRAWN: st.SearchStrategy[Fact] = st.one_of(*(built(cls) for cls in FACTS.values()))
