"""Records ↔ table rows. The columns are the records' fields, so one small mapping serves every child."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, get_type_hints

from sqlalchemy import Connection, Table, bindparam, delete, insert, select

from ivr.records import model
from ivr.records.database import tables
from ivr.records.database.packed_prompts import packed, prompts_heard, unpacked

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Grandchild:
    field: str
    table: Table
    cls: type[Any]
    place: str
    values: Callable[[Any], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Child:
    field: str
    table: Table
    cls: type[Any]
    values: Callable[[Any], tuple[Any, ...]]
    inner: _Grandchild | None = None


def _values(table: Table, places: int) -> Callable[[Any], tuple[Any, ...]]:
    """A record's values in the order of its table's columns, which begin with so many places."""
    return attrgetter(*(column.name for column in list(table.columns)[places:]))


def _child(field: str, table: Table, cls: type[Any], inner: _Grandchild | None = None) -> _Child:
    return _Child(field, table, cls, _values(table, 2), inner)


def _grandchild(field: str, table: Table, cls: type[Any], place: str) -> _Grandchild:
    return _Grandchild(field, table, cls, place, _values(table, 3))


_CHILDREN = (
    _child("handoffs", tables.handoff, model.Handoff),
    _child("agent_legs", tables.agent_leg, model.AgentLeg, _grandchild("hold", tables.hold, model.Hold, "leg")),
    _child(
        "turns",
        tables.turn,
        model.Turn,
        _grandchild("annotations", tables.annotation, model.Annotation, "turn"),
    ),
    _child("surveys", tables.survey, model.Survey),
    _child("menu_visits", tables.menu_visit, model.MenuVisit),
    _child("verifications", tables.verification, model.Verification),
    _child("transactions", tables.transaction, model.Transaction),
    _child(
        "recordings", tables.recording, model.Recording, _grandchild("muted", tables.muted, model.Muted, "recording")
    ),
    _child("supervisions", tables.supervision, model.Supervision),
    _child("recording_consents", tables.recording_consent, model.RecordingConsent),
    _child("announcements_heard", tables.announcement_heard, model.HeardAnnouncement),
)
_CALL = _values(tables.call, 0)
#: Parents before children.
_INSERTED = (
    tables.call,
    tables.completed_leaf,
    *(table for child in _CHILDREN for table in (child.table, *([child.inner.table] if child.inner else []))),
    prompts_heard,
)


def insert_calls(connection: Connection, calls: Sequence[model.Call]) -> None:
    """Write new calls with everything on them, parents before children."""
    rows = {table: list[tuple[Any, ...]]() for table in _INSERTED}
    for call in calls:
        call_id = call.call_id
        rows[tables.call].append(_CALL(call))
        rows[tables.completed_leaf] += ((call_id, position, leaf) for position, leaf in enumerate(call.completed_leaf))
        if call.prompts_heard:
            rows[prompts_heard].append((call_id, packed(call.prompts_heard, call.t_offered)))
        for child in _CHILDREN:
            for position, value in enumerate(getattr(call, child.field)):
                rows[child.table].append((call_id, position, *child.values(value)))
                if (inner := child.inner) is not None:
                    rows[inner.table] += (
                        (call_id, position, at, *inner.values(one))
                        for at, one in enumerate(getattr(value, inner.field))
                    )
    for table, given in rows.items():
        if given:
            connection.exec_driver_sql(_statement(table, connection.dialect.name), given)


@cache
def _statement(table: Table, dialect: str) -> str:
    """The driver's own words: rows that pass through SQLAlchemy take longer than the rest of a call's saving."""
    place = "%s" if dialect == "postgresql" else "?"
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join([place] * len(table.columns))})'  # noqa: S608


def read_calls(connection: Connection, rows: Sequence[Row]) -> list[model.Call]:
    """The calls of these rows of table `call`, with their children, in the rows' order."""
    ids = [row["call_id"] for row in rows]
    leaves = _grouped(connection, tables.completed_leaf, ids)
    prompts = _grouped(connection, prompts_heard, ids)
    children = {child.field: _read_children(connection, child, ids) for child in _CHILDREN}
    return [
        model.Call(
            **row,
            completed_leaf=tuple(leaf["leaf_id"] for leaf in leaves[row["call_id"]]),
            prompts_heard=tuple(
                one for told in prompts[row["call_id"]] for one in unpacked(told["prompts"], row["t_offered"])
            ),
            **_tuples(row["call_id"], children),
        )
        for row in rows
    ]


def _tuples(call_id: str, children: Mapping[str, Mapping[str, list[Any]]]) -> dict[str, Any]:
    return {name: tuple(found[call_id]) for name, found in children.items()}


def other_table(record: model.Other) -> Table:
    """The table a record of its own lives in."""
    match record:
        case model.Complaint():
            return tables.complaint
        case model.AgentState():
            return tables.agent_state
        case model.QualityScore():
            return tables.quality_score


def other_row(record: model.Other) -> Row:
    """The record's own row; a complaint's calls are `complaint_call_rows`."""
    return _flat(record, other_table(record))


def replace_other(connection: Connection, record: model.Other) -> None:
    """Insert the record, in place of the one with its natural key."""
    table, row = other_table(record), other_row(record)
    key = [column == bindparam(f"key_{column.name}") for column in table.primary_key.columns]
    values = {f"key_{column.name}": row[column.name] for column in table.primary_key.columns}
    connection.execute(delete(table).where(*key), values)
    connection.execute(insert(table), row)
    if isinstance(record, model.Complaint) and (ties := complaint_call_rows(record)):
        connection.execute(insert(tables.complaint_call), ties)


def complaint_call_rows(complaint: model.Complaint) -> list[Row]:
    """The rows that tie a complaint to its calls."""
    return [
        {"id": complaint.id, "position": place, "call_id": call_id} for place, call_id in enumerate(complaint.call_ids)
    ]


def _flat(record: Any, table: Table) -> Row:
    return {column.name: getattr(record, column.name) for column in table.columns}


def _grouped(connection: Connection, table: Table, ids: Collection[str]) -> Mapping[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    query = select(table).where(table.c.call_id.in_(ids)).order_by(*table.primary_key.columns)
    for row in connection.execute(query).mappings():
        found[row["call_id"]].append(dict(row))
    return found


def _read_children(connection: Connection, child: _Child, ids: Collection[str]) -> Mapping[str, list[Any]]:
    inner = child.inner
    nested: defaultdict[tuple[str, int], list[Any]] = defaultdict(list)
    if inner:
        for call_id, grandchildren in _grouped(connection, inner.table, ids).items():
            for row in grandchildren:
                nested[call_id, row[inner.place]].append(inner.cls(**_own(row, inner.cls)))
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for call_id, rows in _grouped(connection, child.table, ids).items():
        for row in rows:
            deeper = {inner.field: tuple(nested[call_id, row["position"]])} if inner else {}
            found[call_id].append(child.cls(**_own(row, child.cls), **deeper))
    return found


def _own(row: Row, cls: Any) -> Row:
    kinds = _kinds(cls)
    return {name: _as(kinds[name], value) for name, value in row.items() if name in kinds}


@cache
def _kinds(cls: Any) -> Mapping[str, Any]:
    hints = get_type_hints(cls)
    return {one.name: hints[one.name] for one in dataclasses.fields(cls)}


def _as(kind: Any, value: Any) -> Any:
    """A column's value as the record's field has it: a word of an enumeration is its member."""
    return kind(value) if isinstance(kind, type) and issubclass(kind, StrEnum) else value
