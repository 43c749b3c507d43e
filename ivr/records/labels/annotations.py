"""Labels in the store: annotations that people add to turns later, and the samples drawn for them (CBA 二十一).
Everything happens on a connection of `Store`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from ivr.records.database import label_tables, tables
from ivr.records.model import Annotation, Call, Turn
from ivr.records.sampling import Drawn, Labelled, SamplingPlan, Stratum

#: Ids per statement, well below SQLite's limit of bound values.
_PAGE = 500
_FIELDS = tuple(Annotation.__slots__)
_PLAN = ("id", "t", "since", "until", "n", "seed", "method")
_PARTS: tuple[tuple[Any, type[Any], str], ...] = (
    (label_tables.stratum, Stratum, "strata"),
    (label_tables.drawn, Drawn, "drawn"),
)


def places(connection: Connection, turn_ids: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Turn id → its call and its place there; an id that no turn has, or several have, is not in it."""
    table, found = tables.turn, defaultdict[str, list[tuple[str, int]]](list)
    for at in range(0, len(turn_ids), _PAGE):
        query = select(table.c.turn_id, table.c.call_id, table.c.position)
        for row in connection.execute(query.where(table.c.turn_id.in_(turn_ids[at : at + _PAGE]))):
            found[row.turn_id].append((row.call_id, row.position))
    return {turn_id: where[0] for turn_id, where in found.items() if len(where) == 1}


def annotators(connection: Connection, turn_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """Turn id → who has labelled it, in the order of `turn_ids`; an id that no turn has, or several have, is not in
    it."""
    turn, note = tables.turn, tables.annotation
    there, who = places(connection, turn_ids), defaultdict[str, set[str]](set)
    for at in range(0, len(turn_ids), _PAGE):
        joined = turn.join(note, and_(note.c.call_id == turn.c.call_id, note.c.turn == turn.c.position))
        query = select(turn.c.turn_id, note.c.annotator).select_from(joined)
        for row in connection.execute(query.where(turn.c.turn_id.in_(turn_ids[at : at + _PAGE]))):
            who[row.turn_id].add(row.annotator)
    return {turn_id: frozenset(who[turn_id]) for turn_id in dict.fromkeys(turn_ids) if turn_id in there}


def annotate(connection: Connection, annotations: Sequence[Annotation]) -> set[str]:
    """Write each annotation to its turn, in place of the same annotator's earlier one. Returns the ids without a turn
    of their own."""
    where = places(connection, sorted({one.turn_id for one in annotations}))
    for one in annotations:
        if one.turn_id in where:
            _write(connection, *where[one.turn_id], one)
    return {one.turn_id for one in annotations} - where.keys()


def _write(connection: Connection, call_id: str, turn: int, one: Annotation) -> None:
    table = tables.annotation
    here = and_(table.c.call_id == call_id, table.c.turn == turn)
    values = {name: getattr(one, name) for name in _FIELDS}
    mine = list(
        connection.execute(
            select(table.c.position).where(here, table.c.annotator == one.annotator).order_by(table.c.position)
        ).scalars()
    )
    if mine:
        connection.execute(update(table).where(here, table.c.position == mine[0]).values(**values))
        connection.execute(delete(table).where(here, table.c.position.in_(mine[1:])))
        return
    last = connection.execute(select(func.max(table.c.position)).where(here)).scalar_one()
    place = {"call_id": call_id, "turn": turn, "position": 0 if last is None else last + 1}
    connection.execute(insert(table), place | values)


def put_back(connection: Connection, said: Annotation, before: Annotation | None) -> bool:
    """Have a turn's annotation `said` be again what its annotator had said `before`, or nothing. False where it is not
    there as it was written: nothing is changed then."""
    table = tables.annotation
    as_written = [
        column.is_(None) if (value := getattr(said, name)) is None else column == value
        for name, column in ((name, table.c[name]) for name in _FIELDS)
    ]
    if before is None:
        return bool(connection.execute(delete(table).where(*as_written)).rowcount)
    values = {name: getattr(before, name) for name in _FIELDS}
    return bool(connection.execute(update(table).where(*as_written).values(**values)).rowcount)


def carried(connection: Connection, calls: Iterable[Call]) -> list[Call]:
    """The calls with what people said about their turns since: a record that is written again (late facts, an import
    of an old file) takes no label away. Of one annotator's two the later stands."""
    wanted = list(calls)
    kept: defaultdict[tuple[str, str], dict[str, Annotation]] = defaultdict(dict)
    table = tables.annotation
    query = select(table).where(table.c.call_id.in_([call.call_id for call in wanted]))
    for row in connection.execute(query.order_by(*table.primary_key.columns)).mappings():
        one = Annotation(**{name: row[name] for name in _FIELDS})
        kept[row["call_id"], one.turn_id][one.annotator] = one
    return [_with(call, kept) for call in wanted] if kept else wanted


def _with(call: Call, kept: dict[tuple[str, str], dict[str, Annotation]]) -> Call:
    turns = tuple(_joined(turn, kept.pop((call.call_id, turn.turn_id), {})) for turn in call.turns)
    return replace(call, turns=turns)


def _joined(turn: Turn, kept: dict[str, Annotation]) -> Turn:
    mine = tuple(
        kept[one.annotator] if one.annotator in kept and kept[one.annotator].t > one.t else one
        for one in turn.annotations
    )
    given = {one.annotator for one in turn.annotations}
    return replace(turn, annotations=(*mine, *(one for name, one in kept.items() if name not in given)))


def labelled(connection: Connection, bounds: Sequence[ColumnElement[bool]]) -> list[Labelled]:
    """The annotated turns of inbound calls within `bounds` (over table `call`), drills left out, by id."""
    call, turn, note = tables.call, tables.turn, tables.annotation
    query = select(turn.c.turn_id, call.c.did, turn.c.audio_ref).distinct()
    joined = call.join(turn, turn.c.call_id == call.c.call_id).join(
        note, and_(note.c.call_id == turn.c.call_id, note.c.turn == turn.c.position)
    )
    live = (call.c.direction == "in", call.c.drill.is_(False), *bounds)
    rows = connection.execute(query.select_from(joined).where(*live).order_by(turn.c.turn_id))
    return [Labelled(row.turn_id, row.did, row.audio_ref is not None) for row in rows]


def save_plan(connection: Connection, plan: SamplingPlan) -> bool:
    """Keep a plan; False where there is one of this id already, which stays as it is."""
    table = label_tables.sampling_plan
    if connection.execute(select(table.c.id).where(table.c.id == plan.id)).first() is not None:
        return False
    connection.execute(insert(table), {name: getattr(plan, name) for name in _PLAN})
    for child, cls, field in _PARTS:
        rows = [
            {"plan": plan.id, "position": at} | {name: getattr(one, name) for name in cls.__slots__}
            for at, one in enumerate(getattr(plan, field))
        ]
        if rows:
            connection.execute(insert(child), rows)
    return True


def plans(connection: Connection) -> list[SamplingPlan]:
    """Every plan, the newest first."""
    parts: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for child, cls, field in _PARTS:
        for row in connection.execute(select(child).order_by(child.c.plan, child.c.position)).mappings():
            one = cls(**{name: row[name] for name in cls.__slots__})
            of_plan = parts[row["plan"]]
            of_plan[field] = (*of_plan.get(field, ()), one)
    table = label_tables.sampling_plan
    rows = connection.execute(select(table).order_by(table.c.t.desc(), table.c.id)).mappings()
    return [replace(SamplingPlan(**row), **parts[row["id"]]) for row in rows]
