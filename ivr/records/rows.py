"""Records ↔ table rows. The columns are the records' fields, so one small mapping serves every child."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from ivr.records import model, tables

Row = dict[str, Any]
Rows = dict[Table, list[Row]]


@dataclass(frozen=True, slots=True)
class _Grandchild:
    field: str
    table: Table
    cls: type[Any]
    place: str


@dataclass(frozen=True, slots=True)
class _Child:
    field: str
    table: Table
    cls: type[Any]
    inner: _Grandchild | None = None


_CHILDREN = (
    _Child("handoffs", tables.handoff, model.Handoff),
    _Child("agent_legs", tables.agent_leg, model.AgentLeg, _Grandchild("hold", tables.hold, model.Hold, "leg")),
    _Child(
        "turns",
        tables.turn,
        model.Turn,
        _Grandchild("annotations", tables.annotation, model.Annotation, "turn"),
    ),
    _Child("surveys", tables.survey, model.Survey),
    _Child("menu_visits", tables.menu_visit, model.MenuVisit),
    _Child("verifications", tables.verification, model.Verification),
)


def call_rows(calls: Iterable[model.Call]) -> Rows:
    """Rows by table, parents before children."""
    rows: Rows = {tables.call: [], tables.completed_leaf: []}
    for child in _CHILDREN:
        rows[child.table] = []
        if child.inner:
            rows[child.inner.table] = []
    for call in calls:
        rows[tables.call].append(_flat(call, tables.call))
        for position, leaf in enumerate(call.completed_leaf):
            rows[tables.completed_leaf].append({"call_id": call.call_id, "position": position, "leaf_id": leaf})
        for child in _CHILDREN:
            _add_children(rows, child, call)
    return rows


def read_calls(connection: Connection, rows: Sequence[Row]) -> list[model.Call]:
    """The calls of these rows of table `call`, with their children, in the rows' order."""
    ids = [row["call_id"] for row in rows]
    leaves = _grouped(connection, tables.completed_leaf, ids)
    children = {child.field: _read_children(connection, child, ids) for child in _CHILDREN}
    return [
        model.Call(
            **row,
            completed_leaf=tuple(leaf["leaf_id"] for leaf in leaves[row["call_id"]]),
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


def complaint_call_rows(complaint: model.Complaint) -> list[Row]:
    """The rows that tie a complaint to its calls."""
    return [
        {"id": complaint.id, "position": place, "call_id": call_id} for place, call_id in enumerate(complaint.call_ids)
    ]


def _flat(record: Any, table: Table) -> Row:
    return {column.name: getattr(record, column.name) for column in table.columns}


def _add_children(rows: Rows, child: _Child, call: model.Call) -> None:
    for position, value in enumerate(getattr(call, child.field)):
        rows[child.table].append(_placed(value, call_id=call.call_id, position=position))
        if child.inner:
            for inner_position, inner in enumerate(getattr(value, child.inner.field)):
                place = {"call_id": call.call_id, child.inner.place: position, "position": inner_position}
                rows[child.inner.table].append(_placed(inner, **place))


def _placed(value: Any, **place: Any) -> Row:
    fields = (f.name for f in dataclasses.fields(value))
    return place | {name: getattr(value, name) for name in fields if not isinstance(getattr(value, name), tuple)}


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


def _own(row: Row, cls: type[Any]) -> Row:
    names = {f.name for f in dataclasses.fields(cls)}
    return {name: value for name, value in row.items() if name in names}
